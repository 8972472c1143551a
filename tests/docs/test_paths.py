"""Files that the documentation names are there."""

import re

import pytest

from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|tsv|npz|ref|json|toml)|(?:[a-z_]+/)+)`")
OURS = re.compile(r"(dedup|tests|benchmarks|docs|seeds|\.ci)/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_are_there(page):
    packages = {path.name for path in (ROOT / "dedup").iterdir() if path.is_dir()}
    for name in NAMED.findall(page.read_text(encoding="utf-8")):
        if OURS.match(name):
            assert (ROOT / name).exists(), name
        elif name.split("/")[0] in packages:
            assert (ROOT / "dedup" / name).exists(), name


def test_contributing_names_every_package():
    said = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    table = said[said.index("## Layers") : said.index("## Where things are")]
    packages = [path.name for path in sorted((ROOT / "dedup").iterdir()) if (path / "__init__.py").exists()]
    assert [package for package in packages if f"`{package}`" not in table] == []
