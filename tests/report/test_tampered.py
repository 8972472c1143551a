"""Saved results that were tampered with: an error of one line, or a report; no traceback."""

import copy
import io
import json
import random

import pytest

from dedup import scan
from dedup.cli.tune import _measured
from dedup.errors import InputError
from dedup.report import machine
from dedup.report.html import Anonymous, JsonSource, write_file
from dedup.report.saved import following
from tests import texts

OTHERS = (None, 5, -1, "x", [], {}, [5], 1e308, True)


@pytest.fixture(scope="module")
def saved():
    out = io.BytesIO()
    copies = [texts.spun(texts.REPORT) + " [ad_1] Source link", texts.REPORT + " More."]
    rows = [{"id": str(at), "source": "C", "text": text} for at, text in enumerate([texts.REPORT, *copies])]
    machine.write_json(scan(rows), out)
    return json.loads(out.getvalue())


def places(value, path=()):
    """The paths to all values in a result."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def tampered(saved, rng):
    found = copy.deepcopy(saved)
    *path, last = rng.choice([path for path in places(saved) if path])
    inner = found
    for key in path:
        inner = inner[key]
    if rng.random() < 0.3:
        del inner[last]
    else:
        inner[last] = rng.choice(OTHERS)
    return found


def test_no_traceback(saved, tmp_path):
    rng, errors = random.Random(5), 0
    for _ in range(150):
        result = tampered(saved, rng)
        path = tmp_path / "r.json"
        path.write_text(json.dumps(result))
        for act in (lambda: report(result), lambda: report(result, anonymous=True), lambda: _measured(str(path))):  # noqa: B023 - called at once
            try:
                act()
            except InputError as error:
                errors += 1
                assert len(str(error)) < 400
    assert errors


def report(result, anonymous=False):
    """As `dedup report` does it."""
    source = JsonSource(result, "r.json")
    with following("r.json"):
        write_file(Anonymous(source) if anonymous else source, io.BytesIO())


def test_what_goes_wrong_otherwise_is_no_fault_of_the_result():
    with pytest.raises(ZeroDivisionError), following("r.json"):
        1 / 0  # noqa: B018
    with pytest.raises(InputError, match=r"r\.json: does not follow dedup\.scan/1: KeyError 'x'"), following("r.json"):
        {}["x"]
