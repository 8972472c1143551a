"""Files that settings come from: which counts, which is ignored, what a bad one is told."""

import os
import random
import subprocess
import sys

import pytest

from dedup import settings_files
from dedup.config import Config, FeedsConfig, FingerprintConfig, MatchConfig, RetentionConfig
from dedup.errors import ConfigError
from dedup.settings_files import find, over, read

PERMISSIONS = '[tool.dedup.feeds]\nallow_private=["127.0.0.1"]\nagent="x"\noutput="o"\nmerged="m"\nspun="drop"\n'


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text) if isinstance(text, str) else path.write_bytes(text)
    return path


def config_of(path, base=None):
    return find(path.parent, named=path).over(base or Config())


def dedup(*arguments, cwd, home=None):
    environment = os.environ | {"XDG_CONFIG_HOME": str(home or cwd / "no-home")}
    command = [sys.executable, "-m", "dedup", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=environment
    )  # fmt: skip


def test_file_over_defaults(tmp_path):
    config = config_of(written(tmp_path / "settings.toml", "[match]\nthreshold = 1\n[read]\nexclude = ['a', 'b']\n"))
    assert type(config.match.threshold) is float and config.match.threshold == 1.0
    assert config.read.exclude == ("a", "b")
    assert config.fingerprint == FingerprintConfig()


def test_nearest_pyproject_with_a_section(tmp_path):
    outer = written(tmp_path / "pyproject.toml", "[tool.dedup.match]\nthreshold = 0.9\n")
    written(tmp_path / "a" / "pyproject.toml", "[tool.other]\nx = 1\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir()
    found = find(inner)
    assert found.over(Config()).match == MatchConfig(threshold=0.9)
    assert [layer.path for layer in found.layers] == [outer] and not found.notes
    assert found.origin("match", "threshold") == outer and found.origin("match", "excerpts") is None


def test_the_users_file_is_under_that_of_the_project_and_that_which_is_named(tmp_path):
    user = written(tmp_path / "home" / "config.toml", "[match]\nthreshold = 0.5\ncontainment = 0.5\n")
    written(tmp_path / "work" / "pyproject.toml", "[tool.dedup.match]\nthreshold = 0.6\n")
    named = written(tmp_path / "named.toml", "[match]\nthreshold = 0.8\n")
    project = find(tmp_path / "work", user=user).over(Config()).match
    assert (project.threshold, project.containment) == (0.6, 0.5)
    chosen = find(tmp_path / "work", named, user).over(Config()).match
    assert (chosen.threshold, chosen.containment) == (0.8, 0.5)
    assert find(tmp_path, user=tmp_path / "none.toml").layers == []


def test_a_file_that_was_found_opens_no_network_and_says_not_where_to_write(tmp_path):
    path = written(tmp_path / "pyproject.toml", PERMISSIONS)
    found = find(tmp_path)
    assert found.over(FeedsConfig()) == FeedsConfig(spun="drop")
    names = settings_files.NAMED_ONLY["feeds"]
    assert [name for name in names if f"[feeds] {name} ignored" in "\n".join(found.notes)] == list(names)
    assert all(note.startswith(f"{path}: ") for note in found.notes)
    named = find(tmp_path, path)
    assert named.over(FeedsConfig()).allow_private == ("127.0.0.1",) and not named.notes
    user = written(tmp_path / "home" / "config.toml", PERMISSIONS)
    assert find(tmp_path / "home", user=user).over(FeedsConfig()).merged == "m"


def test_a_file_that_was_found_has_nothing_forgotten(tmp_path):
    text = '[tool.dedup.retention]\nafter = "1d"\n[tool.dedup.match]\nthreshold = 0.5\n'
    path = written(tmp_path / "pyproject.toml", text)
    found = find(tmp_path)
    assert found.over(RetentionConfig()) == RetentionConfig() and "[retention] after ignored" in found.notes[0]
    assert found.over(Config()).match.threshold == 0.5
    named = find(tmp_path, path)
    assert named.over(RetentionConfig()).seconds == 86_400 and not named.notes
    with pytest.raises(ConfigError, match=r"\[retention\] after: .*is not an age"):
        config_of(written(tmp_path / "r.toml", '[retention]\nafter = "soon"\n'), RetentionConfig())


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners here")
@pytest.mark.parametrize("who", ["file", "folder"])
def test_a_file_of_others_is_ignored_with_a_note(tmp_path, who, monkeypatch):
    path = written(tmp_path / "a" / "pyproject.toml", "[tool.dedup.match]\nthreshold = 0.9\n")
    if os.geteuid() == 0:
        os.chown(path if who == "file" else path.parent, 65534, 65534)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 65534)
    written(tmp_path / "a" / "b" / "c", "")
    for folder in (path.parent, path.parent / "b"):
        found = find(folder)
        assert found.over(Config()) == Config()
        assert len(found.notes) == 1 and str(path) in found.notes[0] and "another user" in found.notes[0]
    assert config_of(path).match.threshold == 0.9


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no modes here")
@pytest.mark.parametrize("who", ["file", "folder", "sticky folder"])
def test_a_file_that_everybody_can_write_is_ignored_with_a_note(tmp_path, who):
    outer = written(tmp_path / "pyproject.toml", "[tool.dedup.match]\nthreshold = 0.8\n")
    path = written(tmp_path / "a" / "pyproject.toml", "[tool.dedup.match]\nthreshold = 0.9\n")
    if who == "file":
        path.chmod(0o666)
    else:
        path.parent.chmod(0o777 if who == "folder" else 0o1777)
    found = find(path.parent)
    assert [layer.path for layer in found.layers] == [outer]
    assert "written by everybody" in found.notes[0] and str(path) in found.notes[0]


def test_what_others_have_that_is_not_ours_is_no_note(tmp_path):
    path = written(tmp_path / "pyproject.toml", "[tool.other]\nx = 1\n")
    path.chmod(0o666)
    assert find(tmp_path).notes == []


BAD = {
    "no value": ("threshold = ", "Invalid value"),
    "not UTF-8": (b"[match]\nx = '\xff'", "utf-8"),
    "deep": ("a = " + "[" * 30_000, "nested too deeply|Unclosed|Invalid"),
    "deep tables": ("[match]\nthreshold = " + "{a = " * 20_000, "nested too deeply|Unclosed|Invalid"),
    "many digits": ("[match]\nthreshold = " + "9" * 5_000, "digits"),
    "many hexadecimal digits": ("[run]\nthreads = 0x" + "f" * 90_000, r"\[run\] threads: a very long int"),
    "not a number": ("[match]\nthreshold = nan", r"\[match\] threshold: nan is not between"),
    "infinite": ("[match]\nthreshold = inf", r"\[match\] threshold: inf is not between"),
    "too much": ("[match]\nthreshold = 7", r"\[match\] threshold: 7 is not between 0.05 and 1.0"),
    "a text": ("[match]\nthreshold = 'high'", r"\[match\] threshold: expected float, got 'high'"),
    "a table": ("[match.threshold]\nx = 1", r"\[match\] threshold: expected float, got \{'x': 1\}"),
    "a date": ("[read]\nid_field = 1979-05-27", r"\[read\] id_field: expected text, got datetime"),
    "a list of numbers": ("[read]\nexclude = ['a', 1]", r"\[read\] exclude: expected a list of texts, got 1"),
    "a list of lists": ("[find]\nphrases = [['a']]", r"\[find\] phrases: expected a list of texts"),
    "tables in a list": ("[[match]]\nthreshold = 0.5", "'match' must be a section"),
    "no section": ("match = 3", "'match' must be a section"),
    "escapes": ('["\\u001b[31mX"]\nx = 1', r"unknown section '\\x1b\[31mX'"),
    "escapes in a name": ('[match]\n"\\u001b]0;x\\u0007" = 1', r"unknown setting 'match.\\x1b\]0;x\\x07'"),
    "a NUL": ('[find]\nreference = "a\\u0000b"', r"\[find\] reference: a control character"),
    "no section of a tool": ("[tool]\ndedup = 3", r"\[tool.dedup\] must be a section, got 3"),
    "a list for a tool": ("[[tool.dedup]]\nx = 1", r"\[tool.dedup\] must be a section"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_section_and_setting(tmp_path, name):
    text, message = BAD[name]
    path = written(tmp_path / "bad.toml", text)
    with pytest.raises(ConfigError, match=message) as caught:
        config_of(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).removeprefix(str(path)).isprintable() and len(str(caught.value)) < 700


def test_bad_settings_of_feeds_are_named(tmp_path):
    for text, message in [
        ("[feeds]\nspun = 'burn'", r"\[feeds\] spun: 'burn' is none of flag"),
        ("[feeds]\nallow_private = 'localhost'", r"\[feeds\] allow_private: expected a list of texts"),
        ("[feeds]\nagent = \"a\\r\\nX: y\"", r"\[feeds\] agent: a control character"),
        ("feeds = []", "'feeds' must be a section"),
        ("[feeds]\ninterval = true", r"\[feeds\] interval: expected int, got True"),
    ]:  # fmt: skip
        with pytest.raises(ConfigError, match=message):
            config_of(written(tmp_path / "feeds.toml", text), FeedsConfig())


def test_files_that_cannot_be_read(tmp_path):
    for path, message in [(tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(ConfigError, match=message):
            read(path)
    with pytest.raises(ConfigError, match="more than 1 MB"):
        read(written(tmp_path / "large.toml", "#" * (settings_files.LARGEST + 1)))
    assert read(written(tmp_path / "pyproject.toml", "tool = 'dedup'")) is None


def test_random_values_are_settings_or_a_config_error(tmp_path):
    """Every setting with every kind of value: set, or refused by name."""
    chance, base, path = random.Random(5), Config(), tmp_path / "x.toml"
    values = ["nan", "-inf", "0", "-1", "1", "0.5", "'x'", "''", "true", "[]", "['']", "[1, 'a']", "[[]]", "{}",
              "1979-05-27T07:32:00Z", "07:32:00", "9223372036854775808", "1e400", '"\\u0000"', "'\\u202e'"]  # fmt: skip
    refused = 0
    for section, settings in base.as_dict().items():
        for name in settings:
            for value in chance.sample(values, 8):
                path.write_text(f"[{section}]\n{name} = {value}\n")
                try:
                    over(base, settings_files.Layer(path, read(path)))
                except ConfigError as error:
                    refused += 1
                    assert str(error).startswith(f"{path}: [{section}] {name}: "), value
    assert refused > 50


def test_an_option_is_named_as_it_was_typed(tmp_path):
    path = written(tmp_path / "a.txt", "word " * 50)
    done = dedup("scan", str(path), "--threshold", "7", cwd=tmp_path)
    assert done.returncode == 2 and "error: --threshold: 7 is not between 0.05 and 1.0" in done.stderr
    done = dedup("scan", str(path), "--max-size", "lots", cwd=tmp_path)
    assert done.returncode == 2 and "error: --max-size: 'lots' is not a size" in done.stderr
    done = dedup("feeds", "run", "--per-host", "0", "--index", str(tmp_path / "i"), cwd=tmp_path)
    assert done.returncode == 2 and "error: --per-host: 0 is not between" in done.stderr
    written(tmp_path / "pyproject.toml", "[tool.dedup.match]\nthreshold = 7\n")
    done = dedup("scan", str(path), cwd=tmp_path)
    assert done.returncode == 2 and "pyproject.toml: [match] threshold: 7 is not between" in done.stderr


def test_show_says_where_settings_come_from(tmp_path):
    user = written(tmp_path / "home" / "dedup" / "config.toml", "[feeds]\nmerged = 'all.xml'\n[match]\nngram = 1\n")
    done = dedup("config", "show", cwd=tmp_path, home=tmp_path / "home")
    assert done.returncode == 2 and f"{user}: unknown setting 'match.ngram'" in done.stderr
    user.write_text("[feeds]\nmerged = 'all.xml'\n[match]\nthreshold = 0.6\n")
    project = written(tmp_path / "pyproject.toml", PERMISSIONS + "[tool.dedup.fingerprint]\nngram = 4\n")
    done = dedup("config", "show", "--threshold", "0.65", cwd=tmp_path, home=tmp_path / "home")
    lines = {line.partition(" = ")[0]: line for line in done.stdout.splitlines()}
    assert done.returncode == 0 and f"then {user}, then {project}, then flags" in done.stdout
    assert "[feeds]" in lines and lines["merged"].endswith(f"(from {user})")
    assert lines["ngram"].startswith("ngram = 4") and lines["ngram"].endswith(f"(from {project})")
    assert lines["threshold"].startswith("threshold = 0.65") and "(from" not in lines["threshold"]
    assert lines["allow_private"].startswith("allow_private = []") and done.stderr.count("allow_private ignored") == 1
    again = written(tmp_path / "shown.toml", done.stdout)
    assert config_of(again).match.threshold == 0.65 and config_of(again, FeedsConfig()).merged == "all.xml"
