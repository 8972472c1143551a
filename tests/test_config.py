"""Settings: which wins, what is refused."""

import copy
import pickle
from dataclasses import replace

import pytest

from dedup.config import Config, MatchConfig, RunConfig
from dedup.errors import ConfigError
from dedup.settings import parse_size


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


def test_settings_by_their_own_names():
    config = Config(threshold=0.8, threads=2, drop=["exact"])
    assert config.match.threshold == 0.8 and config.run.threads == 2 and config.output.drop == ("exact",)
    stages = {"match": {"threshold": 0.8}, "run": {"threads": 2}, "output": {"drop": ["exact"]}}
    assert config == Config().update(stages)
    assert Config(match=MatchConfig(excerpts=False), threshold=1).match == MatchConfig(threshold=1.0, excerpts=False)
    assert config.replace(threshold=0.9, ngram=3).fingerprint.ngram == 3 and config.match.threshold == 0.8
    assert replace(config, run=RunConfig()).run.threads == 0
    assert pickle.loads(pickle.dumps(config)) == copy.copy(config) == config and hash(config)
    assert {"threshold", "text_field", "memory"} <= set(Config.names())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"treshold": 0.5}, "unknown setting 'treshold' .did you mean 'threshold'"),
        ({"zzz": 0.5}, "unknown setting 'zzz' .known: .*, ngram"),
        ({"threshold": 2}, "match.threshold: 2 is not between"),
        ({"threshold": None}, "match.threshold: expected float, got None"),
        ({"drop": "exact"}, "output.drop: expected a list of texts"),
    ],
)
def test_bad_settings_by_their_own_names(settings, message):
    for make in (Config, Config().replace):
        with pytest.raises(ConfigError, match=message):
            make(**settings)


def test_no_two_stages_have_settings_of_one_name():
    assert len(Config.names()) == sum(map(len, Config().as_dict().values()))
