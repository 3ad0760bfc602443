"""Calls that are cancelled at any moment: no place is lost, nobody waits in vain, nothing is left running."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homewit.tools import ToolContext, ToolError
from homewit.tools.workers.defining import define, define_all
from homewit.tools.workers.definition import Definition
from homewit.tools.workers.pool import Workers
from homewit.tools.workers.remote import RemoteTool
from homewit.tools.workers.source import Source

from ..moments import HOW, How, Moment
from .test_misbehaviour import running

CODE = '''
    open({pids!r}, "a").write(f"{{os.getpid()}}\\n")
    @tool
    async def fine(wait_for: str = "") -> str:
        """Work, when a file is there."""
        while wait_for and not os.path.exists(wait_for):
            await asyncio.sleep(0.01)
        return "done"
    @tool(timeout_s=0.05)
    async def late() -> str:
        """Take too long, so that the process is ended."""
        await asyncio.sleep(60)
        return "done"
    @tool
    def meet(number: int, of: int, folder: str) -> str:
        """Wait until all are here."""
        open(f"{{folder}}/{{number}}", "w").close()
        while len(os.listdir(folder)) < of:
            time.sleep(0.01)
        return "met"
'''


class Plugin:
    """A plugin whose processes write down their numbers."""

    def __init__(self, source: Source, definitions: tuple[Definition, ...], pids: Path) -> None:
        self.source = source
        self._definitions = definitions
        self._pids = pids

    def tools(self, workers: Workers) -> dict[str, RemoteTool]:
        return {one.spec.name: workers.tool(self.source, one) for one in self._definitions}

    def left(self) -> list[int]:
        """Its processes that were not waited for after they ended, or run."""
        numbers = [int(line) for line in self._pids.read_text().split()] if self._pids.exists() else []
        return [number for number in numbers if Path(f"/proc/{number}").exists()]


@pytest.fixture
async def counted(plugin: Callable[[str], Source], tmp_path: Path) -> Plugin:
    pids = tmp_path / "pids"
    source = plugin(CODE.format(pids=str(pids)))
    found = await define(source, tmp_path)
    return Plugin(source, found.definitions, pids)


@asynccontextmanager
async def started(counted: Plugin, folder: Path, per_source: int) -> AsyncIterator[dict[str, RemoteTool]]:
    """Its tools; at the end as many calls as there are places run at once, and after that nothing is left."""
    workers = Workers(folder, per_source=per_source)
    tools = counted.tools(workers)
    yield tools
    place = folder / os.urandom(8).hex()
    place.mkdir()
    ctx = ToolContext(folder)
    calls = [{"number": number, "of": per_source, "folder": str(place)} for number in range(per_source)]
    met = await asyncio.gather(*(tools["meet"].call(one, ctx) for one in calls))
    assert [one.data for one in met] == ["met"] * per_source
    await workers.close()
    assert counted.left() == []


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["fine", "late"])
async def test_whoever_waits_for_the_place_of_a_cancelled_call_gets_it(
    name: str, how: How, counted: Plugin, ctx: ToolContext, tmp_path: Path
):
    """Wherever the call is then: while its worker starts, while it runs, while its worker is ended."""
    number, came = 0, True
    while came:
        number += 1
        moment = Moment(number, how)
        async with started(counted, tmp_path, per_source=1) as tools:
            cancelled = asyncio.ensure_future(moment.run(tools[name].call({}, ctx)))
            await asyncio.sleep(0)
            assert (await tools["fine"].call({}, ctx)).data == "done"
            await asyncio.wait({cancelled})
        came = moment.came
        assert cancelled.cancelled() or isinstance(cancelled.exception(), (ToolError, type(None)))
    assert number > 5


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_cancelled_call_does_not_take_the_turn_of_the_next(
    number: int, how: How, counted: Plugin, ctx: ToolContext, tmp_path: Path
):
    """Of three calls for one place the second is cancelled while it waits, as its turn comes, or later."""
    go = tmp_path / "go"
    async with started(counted, tmp_path, per_source=1) as tools:
        fine = tools["fine"]
        first = asyncio.ensure_future(fine.call({"wait_for": str(go)}, ctx))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(Moment(number, how).run(fine.call({}, ctx)))
        await asyncio.sleep(0)
        third = asyncio.ensure_future(fine.call({}, ctx))
        go.touch()
        assert [(await one).data for one in (first, third)] == ["done"] * 2
        await asyncio.wait({second})


@pytest.mark.parametrize("how", HOW)
async def test_a_source_is_forgotten_also_by_who_is_cancelled(
    how: How, counted: Plugin, ctx: ToolContext, tmp_path: Path
):
    """All of its workers end, of whom several were idle."""
    workers, place = Workers(tmp_path), tmp_path / "met"
    place.mkdir()
    meet = counted.tools(workers)["meet"]
    await asyncio.gather(
        *(meet.call({"number": number, "of": 3, "folder": str(place)}, ctx) for number in range(3))
    )
    assert len(counted.left()) == 3
    forgetting = asyncio.ensure_future(Moment(1, how).run(workers.forget(counted.source)))
    await asyncio.wait({forgetting})
    while counted.left():  # noqa: ASYNC110  they were told to end, and take a moment for it
        await asyncio.sleep(0.01)
    await workers.close()


async def test_closing_ends_also_what_is_starting_and_waiting(
    counted: Plugin, ctx: ToolContext, tmp_path: Path
):
    """Calls under way fail, those that wait for a place are not made, and no process is there afterwards."""
    workers = Workers(tmp_path, per_source=2)
    fine = counted.tools(workers)["fine"]
    calls = [asyncio.ensure_future(fine.call({"wait_for": "/nowhere"}, ctx)) for _ in range(4)]
    while not counted.left():  # noqa: ASYNC110  another process
        await asyncio.sleep(0.01)
    await workers.close()
    await asyncio.wait(calls)
    assert all(isinstance(call.exception(), ToolError) for call in calls)
    while counted.left():  # noqa: ASYNC110  what had not said its number yet
        await asyncio.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("many", [False, True])
async def test_looking_for_tools_leaves_nothing_when_it_is_cancelled(
    many: bool, how: How, counted: Plugin, plugin: Callable[[str, str], Source], tmp_path: Path
):
    """At whatever moment: of one source, and of several that are imported by one program."""
    pids, number, came = tmp_path / "more", 0, True
    two = [plugin(CODE.format(pids=str(pids)), name) for name in ("one", "two")]
    while came:
        number += 1
        moment = Moment(number, how)
        looking = asyncio.ensure_future(
            moment.run(define_all(two, tmp_path) if many else define(counted.source, tmp_path))
        )
        await asyncio.wait({looking})
        came = moment.came
    for process in [*counted.left(), *map(int, pids.read_text().split() if pids.exists() else ())]:
        while running(process):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert number > 3
