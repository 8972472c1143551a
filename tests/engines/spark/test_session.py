"""What a session of ours is told, before there is one."""

import sys

from dedup.engines.spark import session

OURS = "dedup.engines.spark.daemon"


def test_pythons_are_forked_from_one_that_has_loaded_all(monkeypatch):
    name = "spark.python.daemon.module"
    monkeypatch.delenv("PYSPARK_PYTHON", raising=False)
    assert session._defaults("local[2]", None)[name] == OURS
    assert name not in session._defaults("spark://head:7077", None)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    assert session._defaults("local[2]", None)[name] == OURS
    monkeypatch.setenv("PYSPARK_PYTHON", "/somewhere/python")
    assert name not in session._defaults("local[2]", None)


def test_little_input_on_one_machine_is_not_worth_compiling():
    few, many = (session._defaults("local[2]", size) for size in (1 << 20, 1 << 40))
    assert set(session.SMALL) <= set(few)
    assert not set(session.SMALL) & (set(many) | set(session._defaults("local[2]", None)))
    assert not set(session.SMALL) & set(session._defaults("spark://head:7077", 1 << 20))
