"""When a size is prepared, captured, replayed and given up, with graphs and work that only count."""

import logging
from collections.abc import Callable

import pytest

from homewit.llm.gpu.graphs import GraphTable, Mismatch


class Counted:
    """A graph that counts its replays."""

    def __init__(self) -> None:
        self.replays = 0

    def replay(self) -> None:
        self.replays += 1


class World:
    """A table whose background waits to be asked, and everything that it did."""

    def __init__(self) -> None:
        self.later: list[Callable[[], None]] = []
        self.prepared: list[int] = []
        self.graphs: list[Counted] = []
        self.runs = 0
        self.checks = 0
        self.fails: dict[str, Exception] = {}
        self.table = GraphTable(self._prepare, self._capture, (1, 2, 4), self.later.append)

    def background(self) -> None:
        """Let everything happen that waits to."""
        for work in self.later:
            work()
        self.later.clear()

    def compute(self, size: int) -> bool:
        """One pass, if the table takes it."""
        return self.table.usable(size) and self.table.compute(size, self._run, self._check)

    def _prepare(self, size: int) -> None:
        self.prepared.append(size)
        self._fail("prepare")

    def _capture(self, run: Callable[[], None]) -> Counted:
        self._fail("capture")
        self.graphs.append(Counted())
        return self.graphs[-1]

    def _run(self) -> None:
        self.runs += 1
        self._fail("run")

    def _check(self) -> None:
        self.checks += 1
        self._fail("check")
        if self.graphs:
            self._fail("check of the graph")

    def _fail(self, where: str) -> None:
        if where in self.fails:
            raise self.fails[where]


def test_rows_go_into_the_next_size():
    table = World().table
    assert [table.size_for(rows) for rows in (1, 2, 3, 4, 5)] == [1, 2, 4, 4, None]


def test_nobody_waits_while_kernels_are_made():
    """Passes are left to the decoder until the background is done; it is asked once."""
    world = World()
    assert [world.compute(2), world.compute(2)] == [False, False]
    assert (world.prepared, len(world.later), world.runs) == ([], 1, 0)
    world.background()
    assert world.compute(2)
    assert world.prepared == [2]


def test_the_first_pass_is_checked_twice_and_later_ones_are_replays():
    """Kernel by kernel, then as the graph that was captured of that; nothing is captured again."""
    world = World()
    world.compute(1)
    world.background()
    assert not world.table.captured(1)
    assert [world.compute(1) for _ in range(5)] == [True] * 5
    assert world.table.captured(1)
    assert (world.runs, world.checks, len(world.graphs), world.graphs[0].replays) == (1, 2, 1, 5)
    assert world.table.problems == {}


@pytest.mark.parametrize("where", ["prepare", "run", "check", "capture", "check of the graph"])
def test_what_fails_is_left_to_the_decoder_for_good(where: str, caplog: pytest.LogCaptureFixture):
    """One size alone, tried once; what happened is kept and logged."""
    world = World()
    world.fails[where] = Mismatch("it is wrong")
    with caplog.at_level(logging.WARNING):
        world.compute(1)
        world.background()
        assert [world.compute(1) for _ in range(3)] == [False] * 3
    assert world.prepared == [1]
    assert world.runs <= 1
    assert world.table.problems == {1: "Mismatch: it is wrong"}
    assert [record.getMessage() for record in caplog.records] == [
        "Passes of 1 rows are left to PyTorch: Mismatch: it is wrong"
    ]
    world.fails.clear()
    world.compute(2)
    world.background()
    assert world.compute(2)
    assert not world.compute(1)
