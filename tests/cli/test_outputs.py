"""Outputs of a run appear together or not at all, and none of them is ever an input."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from dedup.cli import cli, process
from dedup.cli.process import BUG

RUNS = int(os.environ.get("DEDUP_OUTPUT_RUNS", "60"))
TEXTS = [
    "The ferry sails again from Monday after two weeks of repairs in the harbour, the office said.",
    "Three swans were counted on the lake this winter, which is fewer than in any year before it.",
    "The ferry sails again from Monday after two weeks of repairs in the harbour, the office said.",
]


def csv(path: Path, *more: str) -> Path:
    path.write_text("id,text\n" + "".join(f'{at},"{text}"\n' for at, text in enumerate(TEXTS)) + "".join(more))
    return path


def jsonl(path: Path) -> Path:
    lines = [json.dumps({"id": str(at), "text": text}) for at, text in enumerate(TEXTS)]
    path.write_text("\n".join([*lines, "{broken", ""]))
    return path


def tsv(path: Path) -> Path:
    path.write_text("id\ttext\n" + "".join(f"{at}\t{text}\n" for at, text in enumerate(TEXTS)))
    return path


def array(path: Path) -> Path:
    path.write_text(json.dumps([{"id": str(at), "text": text} for at, text in enumerate(TEXTS)]))
    return path


def parquet(path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": [str(at) for at in range(len(TEXTS))], "text": TEXTS}), path)
    return path


def plain(path: Path) -> Path:
    path.write_text(TEXTS[0])
    return path


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "dedup", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False, **options)


def quick(*arguments: object) -> tuple[int, str]:
    """The command in this process; its exit code and what it said."""
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return process._told(done.exception), str(done.exception)
    code = done.return_value
    return (code if isinstance(code, int) else 0), done.output


FAST = ("--no-phrasing", "--no-stories", "--exit-zero", "-q")
OPTIONS = ("-o", "--write-kept", "--write-dropped", "--rejects")


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("alias", ["itself", "dotted", "link", "hard link", "in a folder"])
def test_an_output_that_is_an_input_is_refused(tmp_path, option, alias):
    data = csv(tmp_path / "good.csv")
    before = data.read_bytes()
    other, given = tmp_path / "other.csv", data
    if alias == "link":
        other.symlink_to(data)
    elif alias == "hard link":
        other.hardlink_to(data)
    elif alias == "dotted":
        other = tmp_path / "." / "x" / ".." / "good.csv"
        (tmp_path / "x").mkdir()
    else:
        other = data
        given = tmp_path if alias == "in a folder" else data
    code, said = quick("scan", given, option, other, *FAST)
    assert code == 2 and "is an input" in said
    assert data.read_bytes() == before


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_a_file_of_the_index_is_no_output_even_before_it_is_there(tmp_path, end):
    data, index = csv(tmp_path / "good.csv"), tmp_path / "i.sqlite"
    assert quick("index", "add", data, "--index", index, "-q")[0] == 0
    before = sorted(path.name for path in tmp_path.iterdir())
    for command in (("export",), ("query", data)):
        code, said = quick("index", *command, "--index", index, "-o", f"{index}{end}")
        assert code == 2 and "is an input" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_two_outputs_in_one_file_are_refused(tmp_path):
    data, out = csv(tmp_path / "good.csv"), tmp_path / "k.csv"
    for first, second in ((out, out), (out, tmp_path / "." / "k.csv")):
        code, said = quick("scan", data, "--write-kept", first, "--write-dropped", second, *FAST)
        assert code == 2 and "the same file" in said and not out.exists()


def test_standard_streams_are_looked_at_too(tmp_path):
    data = csv(tmp_path / "good.csv")
    before = data.read_bytes()
    with data.open("rb") as stdin:
        done = run("scan", "-", "--write-kept", data, *FAST, stdin=stdin)
    assert done.returncode == 2 and b"is an input" in done.stderr
    with data.open("ab") as stdout:
        process = subprocess.run(
            [sys.executable, "-m", "dedup", "scan", str(data), *FAST],
            stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=120,
        )  # fmt: skip
    assert process.returncode == 2 and b"standard output: is an input" in process.stderr
    assert data.read_bytes() == before


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_failed_run_leaves_the_outputs_of_the_last(tmp_path, suffix):
    data = (csv if suffix == "csv" else jsonl)(tmp_path / f"good.{suffix}")
    outputs = [tmp_path / f"{name}.{suffix}" for name in ("kept", "dropped", "rejects", "result")]
    asked = [
        part
        for pair in zip(("--write-kept", "--write-dropped", "--rejects", "-o"), outputs, strict=True)
        for part in pair
    ]
    assert quick("scan", data, *asked, *FAST)[0] == 0
    before = [path.read_bytes() for path in outputs]
    code, said = quick("scan", data, "--text-field", "txet", *asked, *FAST)
    assert code == 2 and "nothing could be read" in said
    assert [path.read_bytes() for path in outputs] == before
    assert not list(tmp_path.glob(".*"))


def test_one_output_that_fails_takes_the_others_with_it(tmp_path):
    data = csv(tmp_path / "good.csv")
    code, said = quick("scan", data, "--write-kept", tmp_path / "kept.parquet", "-o", tmp_path / "r.txt", *FAST)
    assert code == 2 and "Parquet" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.csv"]


def test_rejected_records_are_told_and_kept_on_request(tmp_path):
    data, kept = jsonl(tmp_path / "a.jsonl"), tmp_path / "kept.jsonl"
    done = run("scan", data, "--write-kept", kept, "--no-phrasing", "--exit-zero")
    assert b"1 rejected record is in no output" in done.stderr and b"--keep-rejects" in done.stderr
    assert b"{broken" not in kept.read_bytes()
    assert quick("scan", data, "--write-kept", kept, "--keep-rejects", *FAST)[0] == 0
    assert kept.read_text().splitlines() == [*data.read_text().splitlines()[:2], "{broken"]
    code, said = quick("scan", data, "--keep-rejects", *FAST)
    assert code == 2 and "--write-kept" in said


def test_rejected_rows_of_a_table_stand_where_they_stood(tmp_path):
    data, kept = tmp_path / "a.csv", tmp_path / "kept.csv"
    data.write_text(f"id,text\n1,{TEXTS[0].replace(',', ';')}\n2,a,b,c\n3,{TEXTS[1].replace(',', ';')}\n4,x,y,z\n")
    assert quick("scan", data, "--write-kept", kept, "--keep-rejects", *FAST)[0] == 0
    assert kept.read_bytes() == data.read_bytes()


def test_tables_without_rows_stay_tables(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    schema = pyarrow.schema([("id", pyarrow.int64()), ("text", pyarrow.string())])
    parquet.write_table(schema.empty_table(), tmp_path / "e.parquet")
    assert quick("scan", tmp_path / "e.parquet", "--write-kept", tmp_path / "k.parquet", *FAST)[0] == 0
    assert parquet.read_table(tmp_path / "k.parquet").schema.equals(schema)
    (tmp_path / "e.csv").write_text("id,text\n")
    assert quick("scan", tmp_path / "e.csv", "--write-kept", tmp_path / "k.csv", *FAST)[0] == 0
    assert (tmp_path / "k.csv").read_text() == "id,text\n"


@pytest.mark.parametrize(
    "kind", ["string", "large_string", "string_view", "binary", "large_binary", "binary_view", "dictionary"]
)
def test_every_type_that_text_comes_in_can_be_written(tmp_path, kind):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    wanted = pyarrow.dictionary(pyarrow.int32(), pyarrow.string()) if kind == "dictionary" else getattr(pyarrow, kind)()
    values = [text.encode() if "binary" in kind else text for text in TEXTS]
    column = pyarrow.array(values).cast(wanted) if kind == "dictionary" else pyarrow.array(values, wanted)
    parquet.write_table(pyarrow.table({"id": [1, 2, 3], "text": column}), tmp_path / "a.parquet")
    code, said = quick("scan", tmp_path / "a.parquet", "--write-kept", tmp_path / "k.parquet", *FAST)
    assert code == 0, said
    assert parquet.read_table(tmp_path / "k.parquet")["id"].to_pylist() == [1, 2]


def test_a_bug_is_no_finding(tmp_path, monkeypatch):
    assert process._told(RuntimeError("x")) == BUG
    assert process._told(MemoryError()) == 2
    assert process._told(KeyboardInterrupt()) == 130
    assert process._told(OSError(28, "No space left on device")) == 2


def test_names_cannot_steer_the_terminal(tmp_path):
    done = run("scan", tmp_path / "\x1b[31mred")
    assert done.returncode == 2 and b"\x1b" not in done.stderr
    done = run("scan", "--no-such-\x1b[31m")
    assert done.returncode == 2 and b"\x1b" not in done.stderr


@pytest.mark.parametrize(("closed", "code"), [("1>&-", 2), ("2>&-", 0), ("1>&- 2>&-", 2), ("0<&-", 0)])
def test_closed_streams_are_no_finding(tmp_path, closed, code):
    """What cannot be written out is an error."""
    (tmp_path / "a.txt").write_text(TEXTS[0])
    command = f"{sys.executable} -m dedup scan {tmp_path} --no-phrasing {closed}"
    assert subprocess.run(["sh", "-c", command], capture_output=True, timeout=120, check=False).returncode == code


def test_any_encoding_of_the_terminal_will_do(tmp_path):
    for name in ("ä→“.txt", "日本.txt"):
        (tmp_path / name).write_text(f"“{TEXTS[0]}” – ferry →")
    for encoding in ("ascii", "latin-1"):
        done = run("scan", tmp_path, "--no-phrasing", env=os.environ | {"PYTHONIOENCODING": encoding})
        assert done.returncode == 1, done.stderr
        assert b"1 copies" in done.stdout or b"1 cop" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_half_written_file(tmp_path, number):
    """It comes while the outputs are being written: standard input, which the second pass needs, never ends before."""
    body = (
        "import os, signal\nfrom pathlib import Path\nfrom dedup.cli import process as c\nfrom dedup.runtime.atomic "
        "import OutputSet\n"
        f"signal.signal({int(number)}, signal.SIG_DFL)\n"  # ignored where the tests run under nohup
        "c._catch_signals()\n"
        f"with OutputSet() as outputs, outputs.open(Path({str(tmp_path / 'out.json')!r})) as out:\n"
        "    out.write(b'half')\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
    )
    done = subprocess.run([sys.executable, "-c", body], capture_output=True, timeout=60, check=False)
    assert done.returncode == 128 + number, done.stderr
    assert list(tmp_path.iterdir()) == []


class Trouble:
    """One random run: inputs, outputs that may be inputs by some name, and what goes wrong."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng, self.folder = random.Random(seed), folder
        makers = {"csv": csv, "jsonl": jsonl, "tsv": tsv, "json": array, "parquet": parquet, "txt": plain}
        self.inputs = []
        for at in range(self.rng.choice((1, 1, 2))):
            suffix = self.rng.choice(sorted(makers))
            self.inputs.append(makers[suffix](folder / f"in{at}.{suffix}"))
        self.outputs: list[Path] = []
        self.arguments: list[object] = list(self.inputs)
        for option in self.rng.sample(OPTIONS, self.rng.randrange(1, 5)):
            self.outputs.append(self._output(option))
            self.arguments += [option, self.outputs[-1]]
        if self.rng.random() < 0.2:
            self.arguments += ["--text-field", "txet"]
        if self.rng.random() < 0.3:
            self.arguments += ["--format", self.rng.choice(("json", "jsonl", "csv"))]

    def _output(self, option: str) -> Path:
        name = self.folder / f"{option.strip('-')}.{self.rng.choice(('csv', 'jsonl', 'jsonl.gz', 'parquet'))}"
        way, source = self.rng.randrange(8), self.rng.choice(self.inputs)
        if way == 0:
            return source
        if way == 1 and not name.exists():
            name.symlink_to(source)
        elif way == 2 and not name.exists():
            name.hardlink_to(source)
        elif way == 3 and self.outputs:
            return self.rng.choice(self.outputs)
        elif way < 6 and not name.exists():
            name.write_bytes(b"old")
        return name

    def fail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make a write, a rename or a read go wrong at a random moment."""
        error = self.rng.choice([None, OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
        if error is None:
            return
        left = [self.rng.randrange(6)]

        def wrapped(function):
            def call(*args, **options):
                left[0] -= 1
                if left[0] == 0:
                    raise error
                return function(*args, **options)

            return call

        monkeypatch.setattr("dedup.runtime.atomic.os.fsync", wrapped(os.fsync))
        monkeypatch.setattr("dedup.runtime.atomic.Path.replace", wrapped(Path.replace))
        monkeypatch.setattr(
            "dedup.read.select._as_record", wrapped(__import__("dedup.read.select").read.select._as_record)
        )


def test_random_runs_lose_nothing(tmp_path):
    """Every input is as it was; every output is the old one or a whole new one; all new or none."""
    for seed in range(RUNS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        trouble = Trouble(seed, folder)
        inputs = {path: path.read_bytes() for path in trouble.inputs}
        before = {path: path.read_bytes() if path.exists() else None for path in trouble.outputs}
        with pytest.MonkeyPatch.context() as patch:
            trouble.fail(patch)
            code, said = quick("scan", *trouble.arguments, *FAST)
        assert code in (0, 2, 130), (seed, code, said)
        assert {path: path.read_bytes() for path in inputs} == inputs, seed
        after = {path: path.read_bytes() if path.exists() else None for path in trouble.outputs}
        if code:
            assert after == before, (seed, said)
        else:
            assert all(data is not None and data != b"old" for data in after.values()), seed
        expected = {path.name for path in (*inputs, *(p for p in trouble.outputs if os.path.lexists(p)))}
        assert {path.name for path in folder.iterdir()} == expected, seed
        shutil.rmtree(folder)


KILLED = """
import os, signal, sys
from pathlib import Path
import dedup.runtime.atomic
from dedup.cli import main

left = [int(sys.argv.pop(1))]

def wrapped(function):
    def call(*args, **options):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return call

dedup.runtime.atomic.os.fsync, Path.replace = wrapped(os.fsync), wrapped(Path.replace)
main()
"""


@pytest.mark.parametrize("seed", range(max(3, RUNS // 40)))
def test_killed_while_it_writes_each_output_is_old_or_whole(tmp_path, seed):
    """At a random one of the moments when a file is made safe or takes its place."""
    trouble = Trouble(10_000 + seed, tmp_path)
    before = {path: path.read_bytes() if path.exists() else None for path in (*trouble.inputs, *trouble.outputs)}
    arguments = [str(argument) for argument in (*trouble.arguments, *FAST)]
    command = [sys.executable, "-c", KILLED, str(trouble.rng.randrange(1, 10)), "scan", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, 2, -signal.SIGKILL), done.stderr
    after = {path: path.read_bytes() if path.exists() else None for path in before}
    assert all(after[path] == before[path] for path in trouble.inputs)
    if done.returncode != 2:
        quick("scan", *trouble.arguments, *FAST)  # whole: as a run makes it that nobody kills
    for path in trouble.outputs:
        same = path.exists() and path.read_bytes() == after[path]
        timed = path.name.startswith("o.") and after[path] is not None and after[path].endswith((b"}\n", b"]\n"))
        assert after[path] == before[path] or same or timed, (path, after[path])  # reports in JSON tell times


def test_killed_at_any_moment_outputs_are_old_or_whole(tmp_path):
    data, kept = csv(tmp_path / "in.csv"), tmp_path / "kept.csv"
    whole = b"".join(data.read_bytes().splitlines(keepends=True)[:3])
    kept.write_bytes(b"old")
    before = data.read_bytes()
    for delay in (0.05, 0.3, 0.5, 0.7):
        process = subprocess.Popen(
            [sys.executable, "-m", "dedup", "scan", str(data), "--write-kept", str(kept), *FAST],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert data.read_bytes() == before
        assert kept.read_bytes() in (b"old", whole)


def test_files_that_are_not_read_are_named(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXTS[0])
    (folder / "b.png").write_bytes(b"\x89PNG")
    (folder / "c.xlsx").write_bytes(b"PK")
    rejects = tmp_path / "rejects.jsonl"
    fast = [option for option in FAST if option != "-q"]
    code, said = quick("scan", folder, *fast, "-v", "--rejects", rejects)
    assert code == 0
    assert "b.png: skipped: not a kind of file that is read" in said and "2 files skipped" in said
    rows = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [row["source"] for row in rows] == ["b.png", "c.xlsx"]
    assert rows[1]["reason"] == "skipped: not a kind of file that is read (save it as .csv)"
    code, said = quick("scan", folder, *fast)
    assert "skipped 2 files of other kinds" in said and "b.png" not in said


def articles(folder: Path) -> Path:
    """Two copies, another text, and one that cannot be read; all below `folder`."""
    for name, data in (("x/a.txt", TEXTS[0]), ("y/a.txt", TEXTS[2]), ("swans.md", TEXTS[1]), ("bad.txt", "a\0b")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("there", [False, True])
def test_files_are_kept_as_files(tmp_path, there):
    source, kept, dropped = articles(tmp_path / "in"), tmp_path / "kept", tmp_path / "dropped"
    before = tree(source)
    if there:
        kept.mkdir()
        dropped.mkdir()
    ending = "" if there else "/"
    code, said = quick(
        "scan", source, *FAST, "--write-kept", f"{kept}{ending}", "--write-dropped", f"{dropped}{ending}"
    )
    assert code == 0, said
    assert set(tree(kept)) | set(tree(dropped)) == {"x/a.txt", "y/a.txt", "swans.md"}
    assert len(tree(dropped)) == 1 and "swans.md" in tree(kept)
    assert all(before[name] == data for place in (kept, dropped) for name, data in tree(place).items())
    assert tree(source) == before and sorted(path.name for path in tmp_path.iterdir()) == ["dropped", "in", "kept"]
    assert (kept / "swans.md").stat().st_mtime_ns == (source / "swans.md").stat().st_mtime_ns


def test_files_that_could_not_be_read_are_kept_on_request(tmp_path):
    source, kept = articles(tmp_path / "in"), tmp_path / "kept"
    assert quick("scan", source, *FAST, "--write-kept", f"{kept}/", "--keep-rejects")[0] == 0
    assert tree(kept)["bad.txt"] == b"a\0b"


@pytest.mark.parametrize("absolute", [False, True])
def test_files_of_several_folders_keep_their_places(tmp_path, monkeypatch, absolute):
    articles(tmp_path / "in")
    monkeypatch.chdir(tmp_path / "in" if not absolute else tmp_path)
    paths = [tmp_path / "in/x", tmp_path / "in/y"] if absolute else ["x", "y"]
    assert (
        quick("scan", *paths, *FAST, "--write-kept", f"{tmp_path}/kept/", "--write-dropped", f"{tmp_path}/d/")[0] == 0
    )
    assert {**tree(tmp_path / "kept"), **tree(tmp_path / "d")}.keys() == {"x/a.txt", "y/a.txt"}
    monkeypatch.chdir(tmp_path / "in" / "x")
    assert quick("scan", "a.txt", "../swans.md", *FAST, "--write-kept", f"{tmp_path}/up/")[0] == 0
    assert tree(tmp_path / "up").keys() <= {"x/a.txt", "swans.md", "a.txt"} and len(tree(tmp_path / "up")) == 2


def test_a_folder_for_files_is_refused_where_it_cannot_be(tmp_path):
    source = articles(tmp_path / "in")
    before = tree(tmp_path)
    full = tmp_path / "full"
    full.mkdir()
    (full / "old").write_text("x")
    (tmp_path / "link").symlink_to(source)
    records = jsonl(tmp_path / "r.jsonl")
    cases = [
        ([source], f"{full}/", "is a folder that is not empty"),
        ([source], f"{source}/", "is a folder that is not empty"),
        ([source], f"{source}/kept/", "which is an input"),
        ([source], f"{tmp_path}/link/kept/", "which is an input"),
        ([source], f"{tmp_path}/none/kept/", "no such folder"),
        ([source], f"{records}/", "is a file, not a folder"),
        ([records], f"{tmp_path}/kept/", "r.jsonl holds many documents"),
        ([source, records], f"{tmp_path}/kept/", "r.jsonl holds many documents"),
    ]
    for inputs, target, reason in cases:
        for option in ("--write-kept", "--write-dropped"):
            code, said = quick("scan", *inputs, *FAST, option, target)
            assert code == 2 and reason in said, (target, said)
    code, said = quick("scan", source, *FAST, "--write-kept", f"{tmp_path}/k/", "-o", tmp_path / "k/report.txt")
    assert code == 2 and "lies in" in said
    code, said = quick("scan", source, *FAST, "--write-kept", f"{tmp_path}/k/", "--write-dropped", f"{tmp_path}/k")
    assert code == 2 and "is the same file as" in said
    assert {name: data for name, data in tree(tmp_path).items() if name in before} == before
    assert not (tmp_path / "k").exists() and not (tmp_path / "kept").exists()


def test_a_folder_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    from dedup.read import copies

    source, kept, calls = articles(tmp_path / "in"), tmp_path / "kept", []
    real = copies.check_unchanged

    def late(entry):
        calls.append(entry.name)
        if len(calls) == 2:
            Path(entry.path).write_text("rewritten while it was read")
        real(entry)

    monkeypatch.setattr(copies, "check_unchanged", late)
    code, said = quick("scan", source, *FAST, "--write-kept", f"{kept}/", "-o", tmp_path / "report.txt")
    assert code == 2 and "has changed while it was in use" in said
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", ["out.xyz", "out.json.gz", "out.parquet", "out.yaml"])
def test_a_name_that_no_format_has_is_no_report_for_people(tmp_path, name):
    target = tmp_path / name
    code, said = quick("scan", plain(tmp_path / "in.txt"), "-o", target, *FAST)
    assert code == 2
    assert f"no format is called '.{name.rpartition('.')[2]}'" in said
    assert not target.exists()
    assert quick("scan", tmp_path / "in.txt", "-o", target, "--format", "json", *FAST)[0] == 0
    assert json.loads(target.read_bytes())["schema"] == "dedup.scan/1"


@pytest.mark.parametrize("name", ["out", "out.txt", "out.LOG", "result.out"])
def test_a_plain_name_is_a_report_for_people(tmp_path, name):
    code, _ = quick("scan", plain(tmp_path / "in.txt"), "-o", tmp_path / name, *FAST)
    assert code == 0
    assert "1 document" in (tmp_path / name).read_text()


def test_what_compare_cannot_write_is_said(tmp_path):
    plain(tmp_path / "in.txt")
    code, said = quick("compare", tmp_path / "in.txt", tmp_path / "in.txt", "-o", tmp_path / "out.csv")
    assert code == 2
    assert "no format is called '.csv'" in said
