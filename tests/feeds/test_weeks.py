"""Some days of real news with spun copies, through the machinery of a run (`python -m benchmarks feeds_weeks` has all)."""

import pytest

from benchmarks import feeds_weeks
from benchmarks.settings import BenchmarkError


def test_two_days_of_news(shared):
    try:
        found = feeds_weeks.measure(2, shared / "data", step=8)
    except BenchmarkError as error:
        pytest.skip(str(error))
    assert found["problems"] == 0
    assert found["honest"] > 120 and found["spun"] > 30
    assert found["caught"] >= 0.95 * found["spun"]
    assert found["wrong"] + found["partly"] <= 0.005 * found["honest"]
    assert found["early_caught"] >= 0.8 * found["early"]
    assert found["first_seen"] == found["flagged"]
    assert found["most_turns"] <= 1
