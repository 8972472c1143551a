"""The rules of the house, read from the imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "dedup"
STAGES = {"read", "text", "match", "phrasing", "cluster"}
ABOVE_STAGES = {"report", "index", "feeds", "cli", "pipeline", "store", "ahead", "engines", "estimators"}
KERNELS = {
    "text.lookalikes", "text.utf8",
    "text.words", "text.sentences", "text.simd", "text.furniture_kernels", "match.kernels", "match.align_kernels",
    "match.area_kernels", "match.fact_kernels", "match.rarity_kernels", "match.term_kernels", "match.quote_kernels",
    "match.posting_kernels", "match.rewriting_kernels", "match.rewriting_align_kernels",
    "phrasing.reference_kernels", "phrasing.score_kernels", "phrasing.feature_kernels", "phrasing.level_kernels",
    "phrasing.synonym_kernels", "phrasing.rewording_kernels",
    "phrasing.document_kernels", "phrasing.sequence_kernels", "text.table_kernels",
}  # fmt: skip
OWNERS = {
    "numba": KERNELS | {"text.code_cache", "text.lean", "text.machine_code"},
    "llvmlite": {"text.code_cache", "text.lean", "text.simd"},
    "sqlite3": {"index"},
    "click": {"cli"},
    "httpx": {"feeds"},
    "feedparser": {"feeds"},
    "lxml": {"feeds"},
    "trafilatura": {"feeds"},
    "protego": {"feeds"},
    "psycopg": {"index"},
    "pypdf": {"read.documents.pdf"},
    "striprtf": {"read.documents.rtf"},
    "warcio": {"read.documents.web"},
    "urllib.request": {"feeds"},
    "socket": {"feeds"},
    "jinja2": {"report"},
    "rich": {"report", "cli"},
    "pyspark": {"engines"},
    "pyarrow": {"read", "engines"},
    "zstandard": {"read", "index"},
    "ahocorasick_rs": {"phrasing.phrases"},
    "scipy": {"phrasing.synonyms", "pipeline"},
    "sklearn": {"phrasing.synonyms", "estimators"},
    "threadpoolctl": {"phrasing.synonyms"},
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree, *, top_level_only=False):
    """Full names of what a module imports; what only type checkers see does not count."""
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in nodes:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(tree):
    return {name.removeprefix("dedup.") for name in imports(tree) if name.startswith("dedup.")}


def room(name):
    return name.split(".")[0]


ALL = list(modules())
BY_NAME = dict(ALL)


def test_the_house_is_there():
    assert {"model", "errors", "config", "pipeline", "cluster"} <= {room(name) for name, _ in ALL}


def test_model_and_errors_import_nothing_of_ours_and_config_only_errors():
    assert ours(BY_NAME["model"]) == set()
    assert ours(BY_NAME["errors"]) == set()
    assert {room(name) for name in ours(BY_NAME["config"])} <= {"errors"}


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernels_know_no_config_and_no_document(name):
    others = {full for full in ours(BY_NAME[name]) if not {full, full.rpartition(".")[0]} & KERNELS}
    assert {room(imported) for imported in others} <= {"text", "match"}


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name or "dedup" for name, _ in ALL])
def test_stages_import_nothing_above_them_and_no_other_stage(name, tree):
    used = {room(imported) for imported in ours(tree)}
    if room(name) in STAGES:
        assert not used & ABOVE_STAGES
        allowed = {room(name), "text"} if room(name) in {"match", "phrasing"} else {room(name)}
        assert used & STAGES <= allowed


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name or "dedup" for name, _ in ALL])
def test_nobody_imports_the_top(name, tree):
    if room(name) not in {"cli", "__main__"}:
        assert not {room(imported) for imported in ours(tree)} & {"cli", "estimators"}


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name or "dedup" for name, _ in ALL])
def test_one_owner_a_dependency(name, tree):
    for imported in imports(tree):
        for dependency, owners in OWNERS.items():
            if imported == dependency or imported.startswith(dependency + "."):
                assert name in owners or room(name) in owners, f"{name} imports {imported}"


HEAVY = (
    "numba", "numpy", "scipy", "sklearn", "datasketch", "pyarrow", "rich.console", "orjson", "zstandard",
    "ahocorasick_rs", "httpx", "lxml", "feedparser", "trafilatura", "sqlite3", "asyncio",
)  # fmt: skip


LIGHT = (
    "--help", "scan --help", "--version", "config show", "score --help", "reference --help", "reference build --help",
    "feeds --help", "feeds run --help", "feeds filter --help", "feeds add --help",
)  # fmt: skip


@pytest.mark.parametrize("arguments", [words.split() for words in LIGHT], ids=LIGHT)
def test_help_loads_nothing_heavy(arguments):
    command = [sys.executable, "-X", "importtime", "-m", "dedup", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "dedup.cli" in loaded
    assert not loaded & set(HEAVY)


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, dedup; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_sorted_and_there():
    import dedup

    assert dedup.__all__ == sorted(dedup.__all__)
    for name in dedup.__all__:
        assert getattr(dedup, name) is not None
    with pytest.raises(AttributeError):
        _ = dedup.nothing_of_the_kind
