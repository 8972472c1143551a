"""Work spread over copies of this process: all answers, in order, whatever becomes of the copies."""

import os
import signal
import sys
from pathlib import Path

import pytest

from dedup import scan
from dedup.report import machine
from dedup.runtime import forks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux alone")


@pytest.fixture(params=[1, 2, 3])
def processes(request, monkeypatch):
    fork, made = os.fork, []

    def noted():
        process = fork()
        made.append(process)
        return process

    monkeypatch.setattr(os, "fork", noted)
    monkeypatch.setattr(forks, "_allowed", 1)
    forks.allow(request.param)
    yield request.param
    for process in made:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


@pytest.mark.parametrize("parts", [0, 1, 3, 4, 5, 6, 50])
def test_all_answers_come_in_order(processes, parts):
    assert list(forks.spread(lambda part: part * part, range(parts))) == [part * part for part in range(parts)]


def test_several_processes_take_part(processes):
    pids = list(forks.spread(lambda part: os.getpid(), range(12)))
    assert len(set(pids)) == processes
    assert pids[0] == os.getpid()
    assert [pids.count(pid) for pid in set(pids)] == [12 // processes] * processes


def test_a_library_makes_no_copies(monkeypatch):
    monkeypatch.setattr(forks, "_allowed", 1)
    assert set(forks.spread(lambda part: os.getpid(), range(12))) == {os.getpid()}


def test_few_parts_are_not_worth_a_copy(processes):
    assert set(forks.spread(lambda part: os.getpid(), range(2 * forks.FEW - 1))) == {os.getpid()}


@pytest.mark.parametrize("size", [1, 70_000, 3_000_000])
def test_answers_may_be_larger_than_a_pipe(processes, size):
    found = forks.spread(lambda part: bytes([part]) * size, range(8))
    assert all(answer == bytes([number]) * size for number, answer in enumerate(found))


@pytest.mark.parametrize("dies_at", [0, 1, 7, 8, 19])
@pytest.mark.parametrize("how", [lambda: os._exit(0), lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_what_a_copy_leaves_is_done_here(processes, how, dies_at):
    here = os.getpid()

    def work(part):
        if part >= dies_at and os.getpid() != here:
            how()
        return part, os.getpid()

    answers = list(forks.spread(work, range(20)))
    assert [part for part, _ in answers] == list(range(20))
    assert all(pid == here for part, pid in answers if part >= dies_at)


def test_an_error_is_raised_here(processes):
    def work(part):
        if part == 13:
            raise ValueError(f"part {part}")
        return part

    found = forks.spread(work, range(20))
    assert [next(found) for _ in range(13)] == list(range(13))
    with pytest.raises(ValueError, match="part 13"):
        next(found)


def test_where_no_process_can_be_made_all_is_done_here(processes, monkeypatch):
    def refused():
        raise OSError("no more processes")

    monkeypatch.setattr(os, "fork", refused)
    files = len(list(Path("/proc/self/fd").iterdir()))
    assert list(forks.spread(lambda part: -part, range(9))) == [-part for part in range(9)]
    assert len(list(Path("/proc/self/fd").iterdir())) == files


def test_copies_end_with_who_asks(processes):
    found = forks.spread(lambda part: bytes(1 << 21), range(40))
    assert len(next(found)) == 1 << 21
    found.close()


def quoting(number, said):
    return (
        f"Witness number {number} told the district court in Harrow {number} on Tuesday what had happened there. "
        f'"We {said} the bridge before the flood number {number} came over the northern meadows," the witness said. '
        f"The {number} judges heard {number + 3} others, and closed the hearing at noon with a short statement."
    )


def test_a_result_is_the_same_by_any_number_of_processes(processes, tmp_path):
    records = [
        {"id": f"{side}{number}", "text": quoting(number, said)}
        for number in range(120) for side, said in (("a", "had crossed"), ("b", "had passed"))
    ]  # fmt: skip
    found = scan(records)
    assert len(found.edges) >= 120
    assert sum(len(flags) for flags in found.flags.values()) > 100
    written = {}
    for name, allowed in (("here", 1), ("spread", processes)):
        forks.allow(allowed)
        for shape, write in (("json", machine.write_json), ("jsonl", machine.write_jsonl)):
            with (tmp_path / name).open("wb") as out:
                write(found, out)
            written[name, shape] = (tmp_path / name).read_bytes()
        written[name, "flags"] = scan(records).flags
    for shape in ("json", "jsonl", "flags"):
        assert written["here", shape] == written["spread", shape]
