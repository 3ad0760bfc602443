"""When a pass of a certain size is computed by kernels, and when it is left to the decoder.

Nobody waits for a compiler or for a graph. A size that is asked for the first time is prepared in the
background; meanwhile the decoder computes. The first pass after that runs kernel by kernel, is compared with
what the decoder makes of it, and is captured as a graph, which later passes replay. What fails at a size
fails once: from then on the decoder computes it, and `problems` says why. It knows neither tensors nor
devices.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

log = logging.getLogger(__name__)

SIZES = (1, 2, 4, 8, 16, 32)


class Graph(Protocol):
    """What was captured of a pass; a replay reads the inputs as they are then."""

    def replay(self) -> None: ...


class Mismatch(Exception):
    """A pass gives something else than the decoder does."""


class _Preparing:
    """The kernels of a size are being made."""


class _Prepared:
    """The kernels of a size are there, and were never used."""


class _Left:
    """The size is left to the decoder."""


def in_thread(work: Callable[[], None]) -> None:
    """Do `work` in a thread that does not keep the process from ending."""
    threading.Thread(target=work, name="gpu kernels", daemon=True).start()


class GraphTable:
    """Graphs by numbers of rows. One thread at a time may call `compute`.

    `prepare` makes the kernels of a size, `capture` a graph of what it is given; both may raise anything.
    `background` does work at some other time.
    """

    def __init__(
        self,
        prepare: Callable[[int], None],
        capture: Callable[[Callable[[], None]], Graph],
        sizes: Sequence[int] = SIZES,
        background: Callable[[Callable[[], None]], None] = in_thread,
    ) -> None:
        self.problems: dict[int, str] = {}
        """Why a size is left to the decoder."""
        self.sizes = tuple(sorted(sizes))
        self._prepare = prepare
        self._capture = capture
        self._background = background
        self._entries: dict[int, Graph | _Preparing | _Prepared | _Left] = {}

    def size_for(self, rows: int) -> int | None:
        """The smallest size that holds so many rows."""
        return next((size for size in self.sizes if rows <= size), None)

    def usable(self, size: int) -> bool:
        """Whether `compute` may compute a pass of this size; if it was never asked for, have it prepared."""
        entry = self._entries.get(size)
        if entry is None:
            self._entries[size] = _Preparing()
            self._background(lambda: self._make(size))
        return not isinstance(self._entries[size], _Preparing | _Left)

    def captured(self, size: int) -> bool:
        """Whether passes of this size are replayed, and so all their kernels are known to work."""
        return not isinstance(self._entries.get(size), _Preparing | _Prepared | _Left | None)

    def compute(self, size: int, run: Callable[[], None], check: Callable[[], None]) -> bool:
        """Compute the pass whose inputs are in place; False where the decoder has to.

        `run` computes it kernel by kernel, `check` raises `Mismatch` unless that was right.
        """
        entry = self._entries.get(size)
        if entry is None or isinstance(entry, _Preparing | _Left):
            return False
        if isinstance(entry, _Prepared):
            return self._first(size, run, check)
        entry.replay()
        return True

    def _first(self, size: int, run: Callable[[], None], check: Callable[[], None]) -> bool:
        try:
            run()
            check()
            graph = self._capture(run)
            graph.replay()
            check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the decoder can do without
            self._leave(size, error)
            return False
        self._entries[size] = graph
        return True

    def _make(self, size: int) -> None:
        try:
            self._prepare(size)
        except Exception as error:  # noqa: BLE001 - whatever it is, the decoder can do without
            self._leave(size, error)
            return
        self._entries[size] = _Prepared()

    def _leave(self, size: int, error: Exception) -> None:
        self.problems[size] = f"{type(error).__name__}: {error}"
        self._entries[size] = _Left()
        log.warning("Passes of %d rows are left to PyTorch: %s", size, self.problems[size])
