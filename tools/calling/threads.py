"""Runs blocking code beside the event loop, in a thread that can be left behind.

asyncio's own executor joins its threads when the program ends, so one hanging tool would keep Homewit from
exiting. These threads are daemons: who waits for one may stop waiting, and the process may end.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def run_in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Await `function(...)` run in a daemon thread; a cancelled wait leaves the thread to itself."""
    return await start_in_thread(function, *args, **kwargs)


def start_in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[R]":
    """Begin `function(...)` in a daemon thread; the future has what comes of it, unless it is cancelled."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()
    surroundings = contextvars.copy_context()

    def deliver(result: Any, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(error)

    def report(result: Any, error: BaseException | None) -> None:
        if not loop.is_closed():  # nobody is waiting any more once the loop is gone
            try:
                loop.call_soon_threadsafe(deliver, result, error)
            except RuntimeError:  # closed between the two lines
                return

    def work() -> None:
        try:
            result = surroundings.run(function, *args, **kwargs)
        except (StopIteration, SystemExit, KeyboardInterrupt) as error:  # these mean something to the loop
            stopped = RuntimeError(f"{type(error).__name__}: {error}")
            stopped.__cause__ = error
            report(None, stopped)
        except BaseException as error:  # noqa: BLE001  handed to the waiting side, which decides
            report(None, error)
        else:
            report(result, None)

    name = getattr(function, "__name__", "call").strip("<>")
    threading.Thread(target=work, name=f"homewit-{name}", daemon=True).start()
    return outcome


def run_apart(work: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """Run a coroutine to its end in a thread with a loop of its own; blocks, also where a loop is running."""
    result: list[R] = []
    failure: list[Exception] = []

    def run() -> None:
        try:
            result.append(asyncio.run(work()))
        except Exception as error:  # noqa: BLE001  raised again in the thread that waits
            failure.append(error)

    thread = threading.Thread(target=run, name="homewit-apart", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
