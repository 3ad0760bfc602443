"""Learns what tools a source has without running a line of it in this process.

A source that raises, exits, hangs, prints or crashes while it is imported is a problem that is told, and
nothing more. The process is ended afterwards; calls get another one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidTool
from ..threads import run_in_thread
from .pool import Shield, no_shield
from .source import Source
from .worker import USUAL, Definition, Worker, WorkerLimits

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Defined:
    """What a source has, or why it has nothing."""

    source: Source
    definitions: tuple[Definition, ...] = ()
    problem: str = ""


async def define(
    source: Source, cwd: Path, limits: WorkerLimits = USUAL, shield: Shield = no_shield
) -> Defined:
    """Import one source in a process of its own; never raises for what its code does."""
    try:
        worker = await Worker.start(source, limits, cwd, await run_in_thread(shield, source, ()))
    except InvalidTool as error:
        return Defined(source, problem=str(error))
    definitions = tuple(worker.definitions.values())
    await worker.end()
    return Defined(source, definitions)


async def define_all(
    sources: Iterable[Source], cwd: Path, limits: WorkerLimits = USUAL, shield: Shield = no_shield
) -> Sequence[Defined]:
    """`define` for several, a few at a time, in their order."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(source: Source) -> Defined:
        async with turn:
            return await define(source, cwd, limits, shield)

    return await asyncio.gather(*(one(source) for source in sources))
