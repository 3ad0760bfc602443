"""Which runs are going on, in whichever process: each holds a file of its own for as long as it does.

A run that is stored as running and held by nobody was interrupted. No run is carried out by two processes
at once. Knows nothing of what a run does.
"""

import os
from contextlib import suppress
from pathlib import Path
from re import fullmatch

from .file_lock import hold, is_held


class Leases:
    """The leases of one home; those that this process took are in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int | None] = {}

    def take(self, run: str) -> bool:
        """Hold a run; False while somebody else does. Where no file can be made, the run goes on unheld."""
        if run in self._held:
            return False
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = hold(self._file(run))
        except (OSError, ValueError):
            self._held[run] = None
            return True
        if descriptor is None:
            return False
        self._held[run] = descriptor
        return True

    def give_back(self, run: str) -> None:
        """Let go of a run that is over, or left to be resumed."""
        descriptor = self._held.pop(run, None)
        if descriptor is not None:
            with suppress(OSError):
                self._file(run).unlink(missing_ok=True)  # first: nobody may hold a file that goes away
            os.close(descriptor)

    def is_held(self, run: str) -> bool:
        """Whether the run is going on somewhere."""
        return run in self._held or is_held(self._file(run))

    def _file(self, run: str) -> Path:
        """Raises ``ValueError`` for what is the name of no run: it may be what somebody typed."""
        if not fullmatch(r"r_\w+", run):
            raise ValueError(f"{run!r} is not the id of a run")
        return self._folder / run
