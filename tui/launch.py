"""How a command reaches its host: find or start it, greet it, and take leave however the command ends.

Also turns SIGTERM and SIGHUP into an orderly end, so that the terminal and the log are left whole: SIGTERM
ends what runs, and when the terminal goes away it rests, to be resumed. Knows nothing of what a command asks
for. asyncio and pydantic are imported when a command runs, not for its help.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .sign_of_life import sign_of_life

if TYPE_CHECKING:
    from ..agent.requests import HostStatus
    from .client import Client, Transport

Answer = TypeVar("Answer")
STARTING = "starting …"
_received: ContextVar[Sequence[int]] = ContextVar("signals that told the program to end", default=())


class Terminated(BaseException):
    """The process was told to end by a signal."""

    def __init__(self, signal_number: int) -> None:
        self.exit_code = 128 + signal_number


@dataclass(frozen=True, slots=True)
class Connection:
    client: "Client"
    status: "HostStatus"


@dataclass(frozen=True, slots=True)
class Launch:
    """Where the host comes from; tests give a double."""

    start: "Callable[[], Awaitable[Transport]] | None" = None
    private: bool = False
    """Whether the host is to be this command's alone, and to end with it."""

    async def host(self) -> "Transport":
        """A host to talk to."""
        if self.start is not None:
            return await self.start()
        from . import hosts

        return await hosts.start(self.private)

    async def begun(self) -> "Launch":
        """The same, whose first host starts from now on, so that this process can import meanwhile."""
        import asyncio

        waiting = [asyncio.ensure_future(self.host())]
        await asyncio.sleep(0)

        async def start() -> "Transport":
            return await (waiting.pop() if waiting else self.host())

        return replace(self, start=start)

    def run(self, work: "Callable[[], Awaitable[Answer]]") -> Answer:
        """Run ``work`` to its end; a signal cancels it and becomes ``Terminated``."""
        import asyncio

        return asyncio.run(_until_signal(work))

    def ask(self, question: "Callable[[Client], Awaitable[Answer]]", model: str | None = None) -> Answer:
        """Connect, ask, and end the host."""

        async def conversation() -> Answer:
            async with self.connected(model) as connection:
                return await question(connection.client)

        return self.run(conversation)

    def query(self, name: str, /, **args: Any) -> dict[str, Any]:
        """The whole answer to a look-up."""
        return self.ask(lambda client: client.query(name, **args))

    def items(self, name: str, /, **args: Any) -> list[dict[str, Any]]:
        """One list from the host."""
        return self.ask(lambda client: client.items(name, **args))

    def item(self, name: str, /, **args: Any) -> dict[str, Any]:
        """One look-up."""
        return self.ask(lambda client: client.item(name, **args))

    @asynccontextmanager
    async def connected(
        self, model: str | None = None, interactive: bool = False, reminded: bool = True
    ) -> AsyncIterator[Connection]:
        """A greeted host, closed at the end; the arguments are those of ``requests.Initialize``."""
        with sign_of_life(STARTING):
            transport = await self.host()
            from .client import Client  # while the host starts

            client = Client(transport)
        try:
            with sign_of_life(STARTING):
                status = await client.initialize(model, str(Path.cwd()), interactive, reminded)
            yield Connection(client, status)
        finally:
            await client.close(cut_off=hung_up())


def ending_signals() -> tuple[int, ...]:
    """Those that end the program. Whoever started it with ``nohup`` wants it to outlive the terminal."""
    import signal

    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGTERM,) if ignored else (signal.SIGTERM, signal.SIGHUP)


def hung_up() -> bool:
    """Whether the terminal has gone away: nobody said that what runs is to end."""
    import signal

    return signal.SIGHUP in _received.get()


async def _until_signal(work: "Callable[[], Awaitable[Answer]]") -> Answer:
    import asyncio

    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    received: list[int] = []
    _received.set(received)

    def end(number: int) -> None:
        received.append(number)
        if task is not None:
            task.cancel()

    for number in ending_signals():
        loop.add_signal_handler(number, end, number)
    try:
        return await work()
    except asyncio.CancelledError:
        if received:
            raise Terminated(received[0]) from None
        raise
