"""Settings: which wins, what is refused."""

import pytest

from dedup.config import Config, FingerprintConfig, MatchConfig, parse_size
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
        ({"read": {"input_format": "docx"}}, "is none of"),
    ],
)
def test_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        Config().update(values)


def test_file_over_defaults(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("[match]\nthreshold = 1\n[read]\nexclude = ['a', 'b']\n")
    config = Config.from_toml(path)
    assert config.match.threshold == 1.0
    assert config.read.exclude == ("a", "b")
    assert config.fingerprint == FingerprintConfig()


def test_nearest_pyproject_with_a_section(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.dedup.match]\nthreshold = 0.9\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    config, source = Config.discover(inner)
    assert config.match == MatchConfig(threshold=0.9)
    assert source == tmp_path / "pyproject.toml"


def test_bad_toml_names_the_file(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("threshold = ")
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        Config.from_toml(path)
    with pytest.raises(ConfigError, match="No such file"):
        Config.from_toml(tmp_path / "none.toml")


def test_digest_changes_with_what_changes_results_only():
    base = Config().digest()
    assert Config().update({"match": {"threshold": 0.71}}).digest() != base
    assert Config().update({"run": {"threads": 3, "memory": "1M"}}).digest() == base
