"""What is said where there is no Java, or one that does not fit."""

import pytest

from dedup.engines.spark.java import check_java
from dedup.errors import ConfigError


def fake(folder, says, code=0):
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    path.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "21" 2023-09-19 LTS', 21),
        ('openjdk version "25-ea" 2025-09-16', 25),
    ],
)
def test_one_that_fits(tmp_path, monkeypatch, says, version):
    monkeypatch.setenv("JAVA_HOME", str(fake(tmp_path, says)))
    assert check_java() == version


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ('java version "1.8.0_402"', "is Java 8: install one"),
        ('openjdk version "11.0.22" 2024-01-16', "is Java 11: install one"),
        ("no such thing", "does not tell its version: no such thing"),
        ("", "does not tell its version: exit code 3"),
    ],
)
def test_one_that_does_not(tmp_path, monkeypatch, says, told):
    monkeypatch.setenv("JAVA_HOME", str(fake(tmp_path, says, code=3)))
    with pytest.raises(ConfigError, match="Spark needs Java 17 or later") as error:
        check_java()
    assert told in str(error.value)


def test_none(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"there is no java: install one .*default-jre-headless"):
        check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(ConfigError, match=r"JAVA_HOME is .*gone, and there is no bin/java"):
        check_java()
