"""Kinds of trouble that people report of such tools, several inputs of each, by the command that they would type."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.test_outputs import FAST, TEXTS, quick

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
PIER = (
    "The harbour authority of Lindmouth will close its oldest pier for eleven months from January while divers replace "
    "the timber piles that have held it since 1911. Engineers found last autumn that shipworm had hollowed out almost "
    "a third of the supports, and that two of the outer rows could no longer carry a loaded lorry."
)
BEES = (
    "Beekeepers in the Oster valley harvested barely half as much honey this year as last, and most of them blame the "
    "cold wet weeks in May when the acacia was in bloom. Prices in farm shops have risen to fourteen crowns a jar."
)


def rows(*arguments: object) -> tuple[int, list[dict[str, object]], str]:
    """Exit code of a scan, its documents, and all that it said."""
    code, said = quick("scan", *arguments, *FAST[:2], "--format", "jsonl")
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return code, [row for row in found if row["type"] == "document"], said


def table(mark: str, head: str = "", end: str = "\n", quoted: bool = True) -> str:
    """The three texts, of which the last is the first, as Excel and others write them."""
    fields = [["id", "text"], *([str(at), f'"{text}"' if quoted else text] for at, text in enumerate(TEXTS))]
    return head + "".join(mark.join(row) + end for row in fields)


@pytest.mark.parametrize(
    "data",
    [
        table(";"), table("|"), table("\t"), table(";", end="\r\n"), table(";", head="sep=;\r\n", end="\r\n"),
        table("|", head="sep=|\n"), "\ufeff" + table(";"), table(",", end="\r\n"),
    ],
)  # fmt: skip
def test_delimiters_are_guessed(tmp_path, data):
    (tmp_path / "a.csv").write_text(data, encoding="utf-8", newline="")
    code, found, said = rows(tmp_path / "a.csv")
    assert code == 1 and [row["id"] for row in found] == ["0", "1", "2"] and "rejected" not in said


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp850", "mac_roman", "utf-16", "utf-16-le"])
def test_other_encodings_are_named(tmp_path, encoding):
    data = table(";").replace("ferry", "ferry–café" if encoding not in ("latin-1", "cp850") else "ferry-café")
    (tmp_path / "a.csv").write_bytes(data.encode(encoding))
    code, found, _ = rows(tmp_path / "a.csv", "--encoding", encoding)
    assert code == 1 and len(found) == 3


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_a_stray_quotation_mark_swallows_no_row(tmp_path, place):
    """In TSV a mark is a letter; in CSV what it would swallow is read as rows, and said."""
    texts = [f"{text} Number {at}." for at, text in enumerate([*TEXTS, PIER, BEES])]
    lines = [f"{at}\t{chr(34) * (at == place)}{text.replace(',', '')}" for at, text in enumerate(texts)]
    (tmp_path / "a.tsv").write_text("\n".join(["id\ttext", *lines, ""]))
    _, found, said = rows(tmp_path / "a.tsv")
    assert len(found) == 5 and "rejected" not in said
    (tmp_path / "a.csv").write_text("\n".join(["id\ttext", *lines, ""]).replace("\t", ","))
    _, found, said = rows(tmp_path / "a.csv")
    assert [row["id"] for row in found] == [str(at) for at in range(5) if at != place]
    assert "a quotation that begins here" in said


@pytest.mark.parametrize("kind", ["binary", "large_binary", "string_view", "binary_view", "large_string", "dictionary"])
def test_every_type_of_column_holds_ids_and_texts(tmp_path, kind):
    made = {"dictionary": pa.dictionary(pa.int32(), pa.string())}.get(kind) or getattr(pa, kind)()
    ids, texts = (
        pa.array([f"doc-{at}" for at in range(3)]).cast(pa.string()),
        pa.array(TEXTS).cast(pa.string()),
    )
    pq.write_table(pa.table({"id": ids.cast(made), "text": texts.cast(made)}), tmp_path / "a.parquet")
    kept = tmp_path / "kept.parquet"
    code, found, _ = rows(tmp_path / "a.parquet", "--write-kept", kept)
    assert code == 1 and [row["id"] for row in found] == ["doc-0", "doc-1", "doc-2"]
    assert pq.read_table(kept).num_rows == 2 and pq.read_schema(kept).equals(pq.read_schema(tmp_path / "a.parquet"))


@pytest.mark.parametrize("extra", ["text", "id", "date", "other", "ID"])
def test_of_columns_of_one_name_the_first_is_read(tmp_path, extra):
    names = ["id", "text", "date", "other", extra]
    columns = [pa.array(["a", "b", "c"]), pa.array(TEXTS), pa.array(["2025-01-01"] * 3), pa.array(["x"] * 3)]
    pq.write_table(pa.Table.from_arrays([*columns, pa.array(["no"] * 3)], names), tmp_path / "a.parquet")
    code, found, said = rows(tmp_path / "a.parquet")
    assert code == 1 and [row["id"] for row in found] == ["a", "b", "c"]
    assert ("several columns" in said) == (extra in ("text", "id", "date"))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.tsv", "a.json", "a.jsonl"])
@pytest.mark.parametrize("option", ["--write-kept", "--write-dropped"])
def test_an_empty_shard_stays_a_file_of_its_kind(tmp_path, name, option):
    file, out = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    schema = pa.schema([("id", pa.string()), ("text", pa.string())])
    content = {"a.csv": b"id,text\n", "a.tsv": b"id\ttext\n", "a.json": b"[]", "a.jsonl": b""}.get(name)
    if content is None:
        sink = io.BytesIO()
        pq.write_table(schema.empty_table(), sink)
        content = sink.getvalue()
    file.write_bytes(content)
    assert rows(file, option, out)[0] == 0
    if name == "a.parquet":
        assert pq.read_schema(out).equals(schema) and pq.read_table(out).num_rows == 0
    else:
        assert out.read_bytes() == (b"" if name == "a.json" else content)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--text-field", "txet"), ("--encoding", "klingon"), ("--threshold", "7"), ("--reference", "no.ref"),
        ("--against", "nowhere.csv"), ("--keep-by", "nothing"), ("--phrases", "no.list"),
    ],
)  # fmt: skip
def test_a_scan_that_fails_leaves_what_was_there(tmp_path, monkeypatch, wrong):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(table(","))
    outputs = [Path(name) for name in ("o.json", "kept.csv", "dropped.csv", "rejects.jsonl")]
    options = dict(zip(("-o", "--write-kept", "--write-dropped", "--rejects"), outputs, strict=True))
    for path in outputs:
        path.write_text("of the last run")
    code, _ = quick("scan", "a.csv", *(part for option in options.items() for part in option), *wrong, *FAST[:2])
    assert code == 2 and {path.read_text() for path in outputs} == {"of the last run"}
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize(
    "hide",
    [
        "hidden", 'style="display:none"', 'style="visibility: hidden"', 'style="font-size:0"',
        'style="color:#fff;background:#ffffff"',
    ],
)  # fmt: skip
def test_a_page_that_hides_an_article_is_no_copy_of_it(tmp_path, hide):
    (tmp_path / "a.html").write_text(f"<body><p>{PIER}</p></body>")
    (tmp_path / "b.html").write_text(f"<body><p>{BEES}</p><div {hide}>{PIER}</div></body>")
    assert rows(tmp_path)[0] == 0
    (tmp_path / "b.html").write_text(f"<body><p>{PIER}</p><div {hide}>{BEES}</div></body>")
    code, found, _ = rows(tmp_path)
    assert code == 1 and len({row["words"] for row in found}) == 1


HOUSE_STYLES = [
    ("I would rather stop for a year than stand in a shed without a view",
     "I'd rather stop for a year than stand in a shed without a view"),
    ("They do not want us here and they have not asked a single one of us",
     "They don't want us here and they haven't asked a single one of us"),
    ("It is a shame that ten per cent of the stalls will not come back",
     "It's a shame that ten percent of the stalls won't come back"),
    ("We learnt on 3 September that the US had cancelled all of its orders",
     "We learned on Sept. 3 that the United States had cancelled all of its orders"),
    ("We will lose 20 per cent of our guests and the colour of this town",
     "We will lose 20% of our guests and the color of this town"),
    ("She has never been to the US and she dreamed of it every single day",
     "She's never been to the U.S. and she dreamt of it every single day"),
    ("That will cost us 25,000, and who is going to pay for it all",
     "That'll cost us twenty-five thousand, and who's going to pay for it all"),
]  # fmt: skip


OTHER_WORDS = [
    ("I would rather stop for a year than stand in a shed without a view",
     "I'd rather pause for a year than remain in a shed without a view"),
    ("They do not want us here and they have not asked a single one of us",
     "They don't desire us here and they haven't questioned a single one of us"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "mutated"), [(*pair, False) for pair in HOUSE_STYLES] + [(*pair, True) for pair in OTHER_WORDS]
)
def test_house_style_changes_no_quote(tmp_path, one, two, mutated):
    said = " “{},” said Marta Ellingsen, who has sold smoked eel on the old pier for more than thirty years."
    other = (
        "Traders are bracing for a year without their pier, which shuts in winter so that divers can swap the piles."
    )
    records = [
        {"id": "a", "source": "one", "text": PIER + said.format(one)},
        {"id": "b", "source": "two", "text": other + said.format(two)},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    code, said_ = quick("scan", tmp_path / "a.jsonl", "--no-phrasing")
    assert code in (0, 1) and ("mutated-quote" in said_) is mutated


OUTLINES = {
    "feed://d.example/rss": "http", "feed:https://d.example/rss": "https://d.example/rss", "d.example/rss": "d.example",
    "HTTPS://D.example/rss": "https://d.example/rss", "  https://d.example/rss ": "https://d.example/rss",
    "feed:http://d.example/rss": "http://d.example/rss",
}  # fmt: skip


@pytest.mark.parametrize("address", OUTLINES)
def test_feeds_are_taken_as_readers_write_them(tmp_path, address):
    file, index = tmp_path / "a.opml", tmp_path / "i.sqlite"
    outlines = f'<outline text="D" xmlUrl="{address}"/><outline text="F" xmlUrl="ftp://e.example/rss"/>'
    file.write_text(f'<opml version="1.0"><body>{outlines}</body></opml>')
    code, said = quick("feeds", "import", file, "--index", index)
    assert code == 0 and "1 feeds added" in said and "ftp://e.example/rss" in said
    assert OUTLINES[address] in quick("feeds", "list", "--index", index)[1]


@pytest.mark.parametrize(
    ("files", "options", "why"),
    [
        ([], [], "no file of a kind"), (["a.bin"], [], "no file of a kind"), ([".a.txt"], [], "hidden or left out"),
        (["a.txt"], ["--exclude", "*"], "hidden or left out"), (["a.txt", ".dedupignore"], [], "hidden or left out"),
        (["a.txt", "b.exe"], ["--exclude", "*.txt"], "no file of a kind"),
    ],
)  # fmt: skip
def test_a_folder_of_which_nothing_is_read_says_why(tmp_path, files, options, why):
    for name in files:
        (tmp_path / name).write_text("*.txt")
    code, said = quick("scan", tmp_path, *options, *FAST)
    assert code == 2 and "nothing to read" in said and why in said


def test_files_are_kept_of_the_new_side_alone(tmp_path):
    for folder, names in (("new", ("a", "b")), ("old", ("a", "c", "d"))):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.txt").write_text({"a": PIER, "b": BEES}.get(name, f"{name} {TEXTS[1]}"))
    out = tmp_path / "out"
    code, said = quick("scan", tmp_path / "new", "--against", tmp_path / "old", "--write-kept", f"{out}/", *FAST[:2])
    assert code == 1, said
    assert [str(path.relative_to(out)) for path in out.rglob("*.txt")] == ["b.txt"]


@pytest.mark.parametrize("place", ["old/k/", "new/k/", "old/", "new/../old/k/"])
def test_no_folder_of_outputs_lies_in_what_is_read_of_either_side(tmp_path, place):
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text(PIER)
    code, said = quick(
        "scan", tmp_path / "new", "--against", tmp_path / "old", "--write-kept", f"{tmp_path}/{place}", *FAST[:2]
    )
    assert (code == 2 and "nothing was written" in said) or "not empty" in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.txt", "a.txt", "new", "old"]


@pytest.mark.parametrize("option", ["-o", "--write-kept", "--write-dropped", "--rejects", "--against"])
def test_an_empty_name_is_no_output_that_nobody_asked_for(tmp_path, option):
    """An unset variable of a script: the result would be nowhere."""
    (tmp_path / "a.csv").write_text(table(","))
    code, _ = quick("scan", tmp_path / "a.csv", option, "", *FAST)
    assert code == 2


@pytest.mark.parametrize("command", [("list",), ("run",), ("add", "https://a.example/rss"), ("gc",)])
def test_an_index_without_a_name_is_not_the_users_own(tmp_path, monkeypatch, command):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert quick("feeds", *command, "--index", "")[0] == 2
    assert not list(tmp_path.iterdir())
