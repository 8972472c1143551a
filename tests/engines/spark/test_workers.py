"""A worker that lacks something is named before anything is done."""

import gc
import sys

import pytest

from dedup.engines.spark import workers
from dedup.engines.spark.identity import identity
from dedup.errors import ConfigError, MismatchError


def test_workers_that_have_all(spark):
    assert workers.check_workers(spark) == 1


def test_workers_of_another_version(spark, monkeypatch):
    monkeypatch.setattr(workers, "identity", lambda reference: {**identity(reference), "package": "0.0.9 (other)"})
    with pytest.raises(
        MismatchError, match=r"workers would judge otherwise: \S+ has dedup-text .*, here it is 0\.0\.9"
    ):
        workers.check_workers(spark)


def test_workers_without_the_reference(spark, tmp_path):
    with pytest.raises(
        ConfigError, match=r"a worker cannot do the work .*gone\.ref.*at the same place on every worker"
    ):
        workers.check_workers(spark, str(tmp_path / "gone.ref"))


def test_workers_without_the_package(spark, monkeypatch):
    """Their Python finds the package no more, as on a machine where it was not installed."""
    probe = workers.probe.probe

    def without(names, reference, kind):
        inner = probe(names, reference, kind)

        def tell(batches):
            import sys

            held = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "dedup"}
            sys.modules["dedup"] = None
            try:
                yield from inner(batches)
            finally:
                del sys.modules["dedup"]
                sys.modules.update(held)

        return tell

    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr(workers.probe, "probe", without)
    try:
        with pytest.raises(ConfigError, match=r"a worker cannot do the work .*pip install 'dedup-text"):
            workers.check_workers(spark)
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


TRACE = """
An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "probe.py", line 28, in tell
ModuleNotFoundError: No module named 'pyarrow'

org.apache.spark.SparkException: it was not nice
"""


def test_a_worker_that_was_asked_does_not_look_through_what_it_has_loaded():
    before = gc.get_freeze_count()
    try:
        (told,) = workers.probe.probe(workers.NAMES, "", "shingles")([])
        assert told.to_pylist()[0]["error"] == ""
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_workers_that_cannot_even_be_asked():
    assert workers._said(TRACE) == "ModuleNotFoundError: No module named 'pyarrow'"
    assert workers._said("[PYTHON_VERSION] another\nmore") == "[PYTHON_VERSION] another"
