"""The leader's side of the agreement that all processes do the same in the same order.

One announcement is made, and carried out, at a time, whichever thread it comes from. What fails half-way
leaves the processes out of step, so nothing is announced any more. It knows nothing of what is announced.
"""

import atexit
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import LLMError, PeerLost, RequestError
from .group import Group
from .messages import Alive, Message, Ready, Stop

ALIVE_SHARE = 3  # announcements within the time after which a silent leader is given up


class Lead:
    """Leads `group`, whose members give the leader up after `timeout_s` of silence."""

    def __init__(self, group: Group, timeout_s: float) -> None:
        self.group = group
        self._lock = threading.Lock()
        self._end: tuple[type[LLMError], str] | None = None
        self._spoke_s = time.monotonic()
        self._interval_s = timeout_s / ALIVE_SHARE
        self._closed = threading.Event()
        atexit.register(self.close)

    @contextmanager
    def announce(self, message: Message) -> Iterator[None]:
        """Tell the others to do what is done inside.

        Raises `PeerLost`, and then ever after; `RequestError` once it is closed.
        """
        with self._lock:
            if self._end is not None:
                kind, reason = self._end
                raise kind(reason)
            try:
                self.group.send(message)
                yield
            except PeerLost as error:
                self._end = PeerLost, str(error)
                raise
            except BaseException as error:
                reason = f"The devices are out of step since one failed ({error!r}). Start all again."
                self._end = PeerLost, reason
                raise
            self._spoke_s = time.monotonic()

    def ready(self) -> None:
        """All have loaded; from now on they hear something in any case."""
        with self.announce(Ready()):
            self.group.serve()
        threading.Thread(target=self._stay_alive, name="lead", daemon=True).start()

    def close(self) -> None:
        """Let the others go. Also called when the program ends."""
        atexit.unregister(self.close)
        self._closed.set()
        with self._lock:
            if self._end is None:
                with suppress(PeerLost):
                    self.group.send(Stop())
            self._end = self._end or (RequestError, "This engine was closed. Load it again.")
            self.group.leave()

    def _stay_alive(self) -> None:
        while not self._closed.wait(self._interval_s) and self._end is None:
            if time.monotonic() - self._spoke_s >= self._interval_s:
                with suppress(PeerLost, RequestError), self.announce(Alive()):  # it may just have ended
                    pass
