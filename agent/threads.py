"""Blocking work beside the event loop, in daemon threads: a model that does not answer cannot keep the
program open.

A thread is never abandoned silently: ``in_thread`` ends when its function does, even if the waiting side was
cancelled meanwhile. Knows nothing of models or stores.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from ..tools.calling.threads import start_in_thread

P = ParamSpec("P")
T = TypeVar("T")


class _End:
    """Closes the queue of an iterator: with its error, or with None."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Await ``function(...)`` in a thread, to its very end; a cancellation is delivered after it."""
    return await to_its_end(start_in_thread(function, *args, **kwargs))


async def to_its_end(work: Awaitable[T]) -> T:
    """Await ``work``, which nothing stops in the middle; a cancellation is delivered after it."""
    outcome = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        if not outcome.done():
            await asyncio.wait({outcome})
        if not outcome.cancelled():
            outcome.exception()
        raise


async def blocking_iterator(
    make: Callable[[], Iterator[str]], abandoned: threading.Event, gather_s: float
) -> AsyncGenerator[str, None]:
    """Pieces of a blocking iterator, joined while they come faster than every ``gather_s`` seconds.

    The first piece is passed on at once. When the consumer closes early, ``abandoned`` is set and the
    iterator is closed in its own thread after its current piece.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | _End] = asyncio.Queue()
    ended = asyncio.Event()

    def produce() -> None:
        error: BaseException | None = None
        try:
            with contextlib.closing(_closable(make())) as pieces:
                for piece in pieces:
                    if abandoned.is_set():
                        break
                    _post(loop, queue.put_nowait, piece)
        except BaseException as raised:  # noqa: BLE001 - handed to the consumer
            error = raised
        _post(loop, queue.put_nowait, _End(error))
        _post(loop, ended.set)

    threading.Thread(target=produce, name="homewit-stream", daemon=True).start()
    end: _End | None = None
    try:
        while end is None:
            text, end = _drain(queue, await queue.get())
            if text:
                yield text
            if end is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), gather_s)
        if end.error is not None:
            raise end.error
    finally:
        abandoned.set()
        while end is None:  # the model must be at rest before anybody asks it again
            _, end = _drain(queue, await queue.get())


def _drain(queue: "asyncio.Queue[str | _End]", first: str | _End) -> tuple[str, _End | None]:
    """Everything that has come so far as one text, and the end if it is among it."""
    texts: list[str] = []
    item: str | _End = first
    while not isinstance(item, _End):
        texts.append(item)
        if queue.empty():
            return "".join(texts), None
        item = queue.get_nowait()
    return "".join(texts), item


def _closable(pieces: Iterator[str]) -> Any:
    return pieces if hasattr(pieces, "close") else (piece for piece in pieces)


def _post(loop: asyncio.AbstractEventLoop, call: Callable[..., Any], *args: Any) -> None:
    """Hand something to the loop, unless nobody is left to take it."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *args)
