"""Ends the host that a test left, without a program of its own for it, which would take half a second."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from homewit.agent.hosting import address, peers

PATIENCE_S = 60.0


def end_host(home: Path) -> None:
    """End the resident host of a home, where one answers, and wait until it does no more."""
    there = address.published(home)
    if there is None or not peers.is_answered(there.socket):
        return
    with suppress(ProcessLookupError):  # it has ended by itself
        os.kill(there.pid, signal.SIGTERM)
    giving_up = time.monotonic() + PATIENCE_S
    while peers.is_answered(there.socket):
        assert time.monotonic() < giving_up, f"the host {there.pid} does not end"
        time.sleep(0.01)
