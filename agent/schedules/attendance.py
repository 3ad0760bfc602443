"""Whether anybody carries out what is scheduled: each look of a scheduler leaves its time in a file.

A file, since a scheduler may be another process, or one that cron starts for a moment. Knows nothing of what
is due.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from ..home import Home

LATELY = timedelta(minutes=2)
"""One that goes on looks every few seconds, one of cron every minute."""


def note(home: Home, now: datetime) -> None:
    """A scheduler looks; where nothing can be written, it works all the same."""
    with suppress(OSError):
        home.last_look.parent.mkdir(mode=0o700, exist_ok=True)
        home.last_look.touch(mode=0o600)
        os.utime(home.last_look, (now.timestamp(), now.timestamp()))


def is_attended(home: Home, now: datetime) -> bool:
    """Whether a scheduler has looked lately."""
    try:
        looked = datetime.fromtimestamp(home.last_look.stat().st_mtime, UTC)
    except OSError:
        return False
    return abs(now - looked) <= LATELY
