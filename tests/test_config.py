"""Settings: which wins, what is refused."""

import pytest

from dedup.config import Config, parse_size
from dedup.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"), [("4096", 4096), ("1K", 1024), ("1.5G", 3 << 29), ("512MiB", 512 << 20), (" 2 g ", 2 << 30)]
)
def test_sizes(text, expected):
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "G", "-1", "1X", "1 2"])
def test_bad_sizes(text):
    with pytest.raises(ConfigError, match="not a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"match": {"threshold": 1.5}}, "match.threshold: 1.5 is not between"),
        ({"match": {"threshold": float("nan")}}, "is not between"),
        ({"match": {"threshold": "high"}}, "expected float"),
        ({"match": {"excerpts": 1}}, "expected bool"),
        ({"match": {"treshold": 0.5}}, "unknown setting 'match.treshold'"),
        ({"matching": {}}, "unknown section 'matching'"),
        ({"match": 3}, "must be a section"),
        ({"fingerprint": {"ngram": 0}}, "not between"),
        ({"fingerprint": {"num_perm": 30}}, "not a multiple of 4"),
        ({"run": {"memory": "lots"}}, "not a size"),
        ({"read": {"input_format": "docs"}}, "is none of"),
        ({"read": {"exclude": [1]}}, "read.exclude: expected a list of texts, got 1 in it"),
        ({"read": {"exclude": "*.md"}}, "expected a list of texts, got '"),
        ({"read": {"id_field": "a\x1b[2J"}}, r"a control character in 'a\\x1b"),
        ({"read": {"max_size": "9" * 400}}, "read.max_size: .* is more than any machine has"),
        ({"match": {"threshold": 10**400}}, "too large"),
        ({"match": {"threshold": None}}, "expected float, got None"),
        ({"run": {"threads": 1 << 20_000}}, "run.threads: a very long int is not between"),
        ({"find": {"story_limit": -1}}, "is not 0 or more"),
        ({"\x1b[2J": {}}, r"unknown section '\\x1b"),
        ({"match": {"a\x1b\u202e": 1}}, r"unknown setting 'match.a\\x1b\\u202e'"),
    ],
)
def test_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        Config().update(values)


def test_digest_changes_with_what_changes_results_only():
    base = Config().digest()
    assert Config().update({"match": {"threshold": 0.71}}).digest() != base
    assert Config().update({"run": {"threads": 3, "memory": "1M"}}).digest() == base
