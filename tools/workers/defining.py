"""Learns what tools a source has without running a line of it in this process.

A source that raises, exits, hangs, prints or crashes while it is imported is a problem that is told, and
nothing more. The process is ended afterwards; calls get another one.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..calling.threads import run_in_thread
from ..errors import InvalidTool, SandboxUncertain
from ..processes import start_python
from .definition import Definition
from .pool import Shield, no_shield
from .source import Source
from .wire import MAX_LINE_BYTES, decode, encode
from .worker import USUAL, LoadsTooLong, Worker, WorkerLimits, definitions_from_wire

_AT_ONCE = max(4, min(8, os.cpu_count() or 4))


@dataclass(frozen=True, slots=True)
class Defined:
    """What a source has, or why it has nothing."""

    source: Source
    definitions: tuple[Definition, ...] = ()
    problem: str = ""
    late: bool = False
    """The problem is that it did not finish loading in its time."""
    untried: bool = False
    """The problem lies not in the source, which was not imported; the next try may give what it has."""


async def define(
    source: Source, cwd: Path, limits: WorkerLimits = USUAL, shield: Shield = no_shield
) -> Defined:
    """Import one source in a process of its own; never raises for what its code does."""
    try:
        around = await run_in_thread(shield, [source], ())
    except SandboxUncertain as error:
        return Defined(source, problem=str(error), untried=True)
    worker = await Worker.start(source, limits, cwd, around)
    try:
        await worker.load()
    except InvalidTool as error:
        return Defined(source, problem=str(error), late=isinstance(error, LoadsTooLong))
    finally:
        worker.end()
        await worker.process.wait()
    return Defined(source, tuple(worker.definitions.values()))


async def define_all(
    sources: Iterable[Source], cwd: Path, limits: WorkerLimits = USUAL, shield: Shield = no_shield
) -> Sequence[Defined]:
    """`define` for several, a few at a time, in their order; their processes begin as copies of one."""
    listed = list(sources)
    try:
        found = await _forked(listed, cwd, limits, shield) if len(listed) > 1 else {}
    except SandboxUncertain as error:
        return [Defined(source, problem=str(error), untried=True) for source in listed]
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(source: Source) -> Defined:
        if source in found:
            return found[source]
        async with turn:
            return await define(source, cwd, limits, shield)

    return await asyncio.gather(*(one(source) for source in listed))


async def _forked(
    sources: Sequence[Source], cwd: Path, limits: WorkerLimits, shield: Shield
) -> dict[Source, Defined]:
    """What the fork server (`fork_server.py`) tells of them; those of which it does not are missing."""
    program = ["-m", f"{__package__}.fork_server"]
    numbers = [str(number) for number in (limits.memory_bytes, limits.start_s, _AT_ONCE)]
    around = await run_in_thread(shield, sources, ())
    process = await start_python([*program, *numbers], cwd=cwd, shield=around, longest_line=MAX_LINE_BYTES)
    printed = asyncio.ensure_future(_read_away(process.stderr))
    found: dict[Source, Defined] = {}
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  opened as pipes
    try:
        process.stdin.write(encode({"load": [source.to_wire() for source in sources]}))
        for _ in sources:
            async with asyncio.timeout(2 * limits.start_s):  # it keeps the time of each itself
                told = decode(await process.stdout.readline())
                said = await process.stdout.readline() if "said" in told else b""
            source = sources[told["number"]]
            if (defined := _defined(source, told, said, limits)) is not None:
                found[source] = defined
    except (OSError, TimeoutError, ValueError, KeyError, IndexError, TypeError):
        pass  # a plugin has ended it, or spoken in its name
    finally:
        process.end()
        await process.wait()
        printed.cancel()
    return found


def _defined(source: Source, told: Mapping[str, Any], said: bytes, limits: WorkerLimits) -> Defined | None:
    """None when its process ended without a word, so that it is asked alone what the matter is."""
    if told.get("late"):
        return Defined(
            source, problem=f"it did not finish loading within {limits.start_s:g} seconds", late=True
        )
    if not said:
        return None
    try:
        return Defined(source, tuple(definitions_from_wire(decode(said)).values()))
    except InvalidTool as error:
        return Defined(source, problem=str(error))
    except ValueError:
        return None  # it spoke for itself


async def _read_away(stream: asyncio.StreamReader | None) -> None:
    """Read what plugins print, so that it never blocks."""
    while stream is not None and await stream.read(65_536):
        pass
