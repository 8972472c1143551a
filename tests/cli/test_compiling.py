"""What a run says while machine code is made for it."""

from __future__ import annotations

import io

import pytest

from dedup.cli.compiling import MESSAGE, compile_ahead
from dedup.runtime import machine_code
from dedup.runtime.machine_code import LEAST, Kernel


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def compiled(monkeypatch):
    """Two kernels are missing; what is compiled, of which nothing is."""
    wanted = [Kernel("dedup.text.words", name, "int64", LEAST, frozenset()) for name in ("one", "two")]
    found: list[Kernel] = []

    def compile_all(kernels, done):
        for kernel in kernels:
            found.append(kernel)
            done(kernel)

    monkeypatch.setattr(machine_code, "missing", lambda kind: wanted)
    monkeypatch.setattr(machine_code, "compile_all", compile_all)
    return found


def test_where_there_is_no_terminal_one_line_says_what_is_going_on(compiled, capsys):
    compile_ahead("default", quiet=False)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"dedup: note: {MESSAGE}; it takes up to a minute\n")
    assert [kernel.name for kernel in compiled] == ["one", "two"]


def test_who_wants_no_messages_gets_none(compiled, capsys):
    compile_ahead("default", quiet=True)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert len(compiled) == 2


def test_on_a_terminal_a_bar_moves(compiled, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    compile_ahead("default", quiet=False)
    assert MESSAGE in screen.getvalue() and "note" not in screen.getvalue()
    assert len(compiled) == 2


def test_nothing_is_said_where_all_code_is_there(compiled, monkeypatch, capsys):
    monkeypatch.setattr(machine_code, "missing", lambda kind: [])
    compile_ahead("default", quiet=False)
    assert capsys.readouterr().err == ""
    assert not compiled
