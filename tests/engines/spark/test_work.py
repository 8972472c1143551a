"""Stages that were done are not done again, and work of another run is refused."""

import pytest

from dedup.engines.spark.work import Work
from dedup.errors import ConfigError

SAME = {"settings": "s", "inputs": "i", "package": "p"}


def test_a_stage_is_done_once_and_a_half_written_one_anew(spark, tmp_path):
    made = []

    def make():
        made.append(1)
        return spark.range(0, 10, 1, 4)

    folder = str(tmp_path / "work")
    for _ in range(2):
        work = Work(spark, folder)
        work.begin(SAME)
        assert sorted(row.id for row in work.stage("numbers", make).collect()) == list(range(10))
    assert len(made) == 1
    assert work.stats["numbers"].resumed
    assert (work.stats["numbers"].rows, work.stats["numbers"].partitions, work.stats["numbers"].largest) == (10, 4, 3)
    (tmp_path / "work" / "numbers.done").unlink()  # killed before it was noted
    work = Work(spark, folder)
    work.begin(SAME)
    assert work.stage("numbers", make).count() == 10
    assert len(made) == 2
    assert not work.stats["numbers"].resumed


@pytest.mark.parametrize(
    ("name", "what"),
    [("settings", "other settings"), ("inputs", "other inputs"), ("package", "another version of dedup")],
)
def test_the_work_of_another_run_is_refused(spark, tmp_path, name, what):
    Work(spark, str(tmp_path)).begin(SAME)
    with pytest.raises(ConfigError, match=f"is the work of a run with {what}: name another folder"):
        Work(spark, str(tmp_path)).begin({**SAME, name: "other"})


def test_values_of_the_driver_are_kept(spark, tmp_path):
    Work(spark, str(tmp_path)).note("counts", lambda: {"rows": 3})
    assert Work(spark, str(tmp_path)).note("counts", lambda: {"rows": 4}) == {"rows": 3}


def test_marks_that_spark_writes_are_the_same(spark, tmp_path, monkeypatch):
    """As on an object store, where no driver sees a file."""
    monkeypatch.setattr(Work, "_disk", None)
    for _ in range(2):
        work = Work(spark, f"file://{tmp_path}/work")
        work.begin(SAME)
        assert work.stage("numbers", lambda: spark.range(0, 10, 1, 4)).count() == 10
    assert work.stats["numbers"].resumed
    assert (work.stats["numbers"].rows, work.stats["numbers"].partitions, work.stats["numbers"].largest) == (10, 4, 3)
    with pytest.raises(ConfigError, match="other inputs"):
        Work(spark, f"file://{tmp_path}/work").begin({**SAME, "inputs": "other"})
