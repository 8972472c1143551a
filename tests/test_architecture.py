"""The rules of the layers, read from the imports."""

import ast
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "dedup"
LAYERS = (
    {"errors"},
    {"settings"},
    {"model", "config"},
    {"applying", "columns", "decisions", "settings_files"},
    {"runtime"},
    {"storage", "text"},
    {"boilerplate", "fingerprint", "phrasing", "read"},
    {"align", "candidates"},
    {"facts", "rewriting", "stories"},
    {"relations"},
    {"pipeline"},
    {"index"},
    {"feeds", "report"},
    {"engines"},
    {"cli", "estimators"},
    {"__main__"},
)
"""What is below comes first; a package imports what is below it, and nothing beside it."""
LAYER = {package: level for level, packages in enumerate(LAYERS) for package in packages}
KERNELS = {
    "text.lookalikes", "text.utf8", "text.words", "text.sentences", "runtime.simd", "boilerplate.kernels",
    "boilerplate.suspect_kernels", "fingerprint.kernels", "fingerprint.pair_kernels", "align.kernels",
    "align.area_kernels", "align.seed_kernels", "align.word_kernels", "align.figure_kernels", "align.fact_kernels",
    "align.rarity_kernels", "align.neighbour_kernels", "text.term_kernels", "facts.alignment_kernels",
    "facts.document_kernels", "facts.quote_kernels", "candidates.posting_kernels", "candidates.slice_kernels",
    "candidates.tfidf_kernels", "stories.kernels", "relations.component_kernels", "rewriting.kernels",
    "rewriting.stem_kernels", "rewriting.align_kernels", "phrasing.reference.kernels",
    "phrasing.scoring.kernels", "phrasing.scoring.feature_kernels", "phrasing.scoring.level_kernels",
    "phrasing.reference.synonym_kernels", "phrasing.suggest.rewording_kernels", "phrasing.scoring.document_kernels",
    "phrasing.scoring.sequence_kernels", "phrasing.suggest.alternative_kernels",
    "phrasing.suggest.ranking_kernels", "phrasing.suggest.wordnet_kernels",
    "runtime.hash_tables",
}  # fmt: skip
MOST_ARGUMENTS, MOST_LINES = 12, 60
"""Of a function of a kernel module."""
COLUMNS = {"align.figures"}
"""Names of columns that kernels fill, and nothing else."""
OWNERS = {
    "numba": {"runtime.compiler", "runtime.jit", "runtime.linker", "runtime.signatures", "runtime.simd_code"},
    "llvmlite": {"runtime.code_cache", "runtime.compiler", "runtime.linker", "runtime.simd_code"},
    "sqlite3": {"storage"},
    "click": {"cli"},
    "httpx": {"feeds"},
    "feedparser": {"feeds"},
    "lxml": {"feeds"},
    "trafilatura": {"feeds"},
    "protego": {"feeds"},
    "psycopg": {"storage"},
    "pypdf": {"read.documents.pdf"},
    "striprtf": {"read.documents.rtf"},
    "warcio": {"read.documents.web"},
    "urllib.request": {"feeds"},
    "socket": {"feeds", "engines.spark"},
    "jinja2": {"report"},
    "rich": {"report", "cli"},
    "pyspark": {"engines.spark"},
    "pyarrow": {"read", "engines"},
    "zstandard": {"read", "storage"},
    "ahocorasick_rs": {"phrasing.lists.phrases"},
    "scipy": {"phrasing.reference.synonyms"},
    "sklearn": {"phrasing.reference.synonyms", "estimators"},
    "threadpoolctl": {"phrasing.reference.synonyms"},
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


def package_of(name):
    return name.split(".")[0]


def module_of(name):
    """The module that a full name stands in; empty where that is the package itself."""
    while name and name not in BY_NAME:
        name = name.rpartition(".")[0]
    return name


ALL = list(modules())
BY_NAME = dict(ALL)


def test_every_package_has_a_layer():
    assert {package_of(name) for name, _ in ALL} - {"__init__"} <= set(LAYER)


def test_model_and_errors_import_nothing_of_ours_and_config_only_what_a_setting_is():
    assert {package_of(used) for name, tree in ALL if package_of(name) == "model" for used in ours(tree)} == {"model"}
    assert ours(BY_NAME["errors"]) == set()
    assert {imported for name in COLUMNS for imported in ours(BY_NAME[name])} == set()
    assert {package_of(name) for name in ours(BY_NAME["config"])} <= {"errors", "settings"}


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernels_know_no_config_and_no_document(name):
    others = {full for full in ours(BY_NAME[name]) if not {full, full.rpartition(".")[0]} & (KERNELS | COLUMNS)}
    assert {package_of(imported) for imported in others} <= {"text", "runtime", package_of(name)}


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernels_are_short_and_take_arrays_that_belong_together_as_one(name):
    functions = [part for part in ast.walk(BY_NAME[name]) if isinstance(part, ast.FunctionDef)]
    assert {part.name for part in functions if len(part.args.args) > MOST_ARGUMENTS} == set()
    assert {part.name for part in functions if part.end_lineno - part.lineno >= MOST_LINES} == set()


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name or "dedup" for name, _ in ALL])
def test_imports_go_downwards(name, tree):
    own = package_of(name)
    if own != "__init__":  # dedup itself names what it exports
        used = {package_of(imported) for imported in ours(tree)} - {own}
        assert {package for package in used & set(LAYER) if LAYER[package] >= LAYER[own]} == set()


def test_no_modules_import_each_other():
    """Neither when they are loaded nor later: what only type checkers see does not count."""
    within = {name: {home for used in ours(tree) if (home := module_of(used)) not in ("", name)} for name, tree in ALL}
    left = dict(within)
    while loose := [name for name, used in left.items() if not used & set(left)]:
        for name in loose:
            del left[name]
    assert left == {}


def test_every_package_says_what_it_answers():
    for path in sorted(PACKAGE.rglob("__init__.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert len(ast.get_docstring(tree) or "") > 40, path
        names = [node for node in tree.body[1:] if not isinstance(node, ast.ImportFrom | ast.Assign)]
        assert not names or path.parent in (PACKAGE, PACKAGE / "cli"), f"{path} holds more than names"


@pytest.mark.parametrize(("name", "tree"), ALL, ids=[name or "dedup" for name, _ in ALL])
def test_one_owner_a_dependency(name, tree):
    for imported in imports(tree):
        for dependency, owners in OWNERS.items():
            if imported == dependency or imported.startswith(dependency + "."):
                within = {name, *accumulate(name.split("."), "{}.{}".format)}
                assert within & owners, f"{name} imports {imported}"


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
