"""The program that imports many sources at once: it loads what all of them need, and each gets a fork of it.

Python, Homewit and pydantic take most of the time that importing a small plugin takes. A fork is a process of
its own, so that what one source does while it is imported is not noticed by the others. Of one that ends
without a word the host learns nothing, of none when this program is ended; those it imports one by one.
"""

import gc
import os
import selectors
import signal
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, BinaryIO

from ..decorator import tool
from ..loaders.python import describe
from .importing import definitions_to_wire, tools_of
from .process import end_all, limit, pipes_to_host
from .source import Source
from .wire import MAX_LINE_BYTES, decode, encode


@dataclass(slots=True)
class _Fork:
    """A source that is being imported."""

    number: int
    process: int
    until: float
    said: bytearray = field(default_factory=bytearray)


class ForkServer:
    """Imports the sources of one request, some at a time.

    Args:
        reads, writes: the pipes to the host. It reads `{"number": N}` for each source as it ends, with "late"
            when its time was up, or with "said" when what that has said is the next line.
        load_s: seconds that each may take.
        at_once: most forks at the same time.
    """

    def __init__(self, reads: BinaryIO, writes: BinaryIO, load_s: float, at_once: int) -> None:
        self._reads = reads
        self._writes = writes
        self._load_s = load_s
        self._at_once = at_once
        self._forks: dict[int, _Fork] = {}
        """By the end of a pipe where each is heard."""
        self._selector = selectors.DefaultSelector()

    def serve(self, sources: Sequence[Source]) -> None:
        """Tell of every source; ends with the host."""
        waiting = deque(enumerate(sources))
        self._selector.register(self._reads, selectors.EVENT_READ)
        while waiting or self._forks:
            while waiting and len(self._forks) < self._at_once:
                self._begin(*waiting.popleft())
            patience_s = min(fork.until for fork in self._forks.values()) - monotonic()
            for key, _ in self._selector.select(max(patience_s, 0.0)):
                if key.fileobj is self._reads:
                    end_all()  # the host says nothing more, so it is gone
                self._hear(key.fd)
            for end, fork in list(self._forks.items()):
                if monotonic() >= fork.until:
                    self._finish(end, late=True)

    def _begin(self, number: int, source: Source) -> None:
        ours, theirs = os.pipe()
        process = os.fork()
        if process == 0:
            self._import(source, theirs, [ours, *self._forks])
        os.close(theirs)
        self._forks[ours] = _Fork(number, process, monotonic() + self._load_s)
        self._selector.register(ours, selectors.EVENT_READ)

    def _import(self, source: Source, line: int, others: Sequence[int]) -> None:
        """The life of a fork; it has no end of a pipe but its own."""
        try:
            for other in (self._reads.fileno(), self._writes.fileno(), self._selector.fileno(), *others):
                os.close(other)
            with os.fdopen(line, "wb") as pipe:
                pipe.write(encode(_told(source)))
        finally:
            os._exit(0)

    def _hear(self, end: int) -> None:
        fork = self._forks[end]
        said = os.read(end, 1 << 16)
        fork.said += said
        if not said or said.endswith(b"\n") or len(fork.said) > MAX_LINE_BYTES:
            self._finish(end)

    def _finish(self, end: int, late: bool = False) -> None:
        fork = self._forks.pop(end)
        self._selector.unregister(end)
        os.close(end)
        os.kill(fork.process, signal.SIGKILL)
        os.waitpid(fork.process, 0)
        is_line = fork.said.find(b"\n") == len(fork.said) - 1 < MAX_LINE_BYTES
        if late:
            self._writes.write(encode({"number": fork.number, "late": True}))
        elif fork.said and is_line:
            self._writes.write(encode({"number": fork.number, "said": True}) + fork.said)
        else:
            self._writes.write(encode({"number": fork.number}))
        self._writes.flush()


def _told(source: Source) -> dict[str, Any]:
    try:
        return definitions_to_wire(tools_of(source))
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin may raise anything; the host is told
        return {"problem": describe(error)}


@dataclass(frozen=True)
class _Result:
    text: str
    amount: float


def _example(
    text: str, count: int = 1, share: float = 1.0, sure: bool = False, more: str | None = None
) -> _Result:
    """Have what most tools have.

    Args:
        text: of a usual type, as all of these.
    """
    return _Result(text, share)


def prepare() -> None:
    """Do once what every fork would have to do: import what reads types, and read the usual ones.

    What is there by then is left out of the search for garbage, which would copy its pages into each fork.
    """
    definitions_to_wire([tool(name="example")(_example)])
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve one request: `fork_server MEMORY_BYTES LOAD_S AT_ONCE`, and a line with the sources."""
    reads, writes = pipes_to_host()
    limit(int(sys.argv[1]))
    prepare()
    sources = [Source.from_wire(one) for one in decode(reads.readline())["load"]]
    ForkServer(reads, writes, float(sys.argv[2]), int(sys.argv[3])).serve(sources)


if __name__ == "__main__":
    main()
