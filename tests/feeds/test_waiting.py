"""What arrives within a moment is stored together."""

import asyncio

import pytest

from dedup.feeds import waiting
from dedup.feeds.http.request import Fetched
from dedup.feeds.waiting import Waiting


def fetched(number, size=1):
    return Fetched(f"https://a.example/{number}", "", 200, b"x" * size)


def parts(moments, monkeypatch):
    """The numbers of each part, of feeds that arrive in moments: the first at once, the others while one waits."""
    left = [list(moment) for moment in moments]

    async def run():
        arrived, found, more = asyncio.Queue(), [], True

        async def pause(_):
            if left:
                for one in left.pop(0):
                    arrived.put_nowait(one)

        monkeypatch.setattr(asyncio, "sleep", pause)
        held = Waiting()
        while more:
            if arrived.empty():
                await pause(0)
            part, _, more = await held.next(arrived, more)
            found.append([int(one.url.rpartition("/")[2]) for one in part])
        return [part for part in found if part]

    return asyncio.run(run())


def test_what_comes_in_a_moment_is_one_part_and_what_comes_later_another(monkeypatch):
    moments = [[fetched(1)], [fetched(2), fetched(3)], [fetched(4)], [], [None]]
    assert parts(moments, monkeypatch) == [[1, 2, 3], [4]]


@pytest.mark.parametrize(("name", "most"), [("TOGETHER", 3), ("TOGETHER_BYTES", 30)])
def test_a_part_has_an_end(monkeypatch, name, most):
    monkeypatch.setattr(waiting, name, most)
    assert parts([[*(fetched(at, 10) for at in range(7)), None]], monkeypatch) == [[0, 1, 2], [3, 4, 5], [6]]


def test_nothing_waits_for_more_when_the_last_is_there(monkeypatch):
    moments = [[fetched(1), fetched(2), None], [fetched(3)]]
    assert parts(moments, monkeypatch) == [[1, 2]]
