"""Moments as people read them: the host's ISO times in the clock of this machine, to the minute."""

import time
from datetime import UTC, datetime


def minute(moment: str | None) -> str:
    """``2026-05-03 09:30`` for an ISO time; what is not one stays as it is."""
    try:
        read = datetime.fromisoformat(moment or "")
    except ValueError:
        return moment or ""
    return _here(read).strftime("%Y-%m-%d %H:%M")


def second_now() -> str:
    """``2026-05-03 09:30:15``, as lines of a log begin."""
    return _here(datetime.now(UTC)).strftime("%Y-%m-%d %H:%M:%S")


def _here(moment: datetime) -> datetime:
    """On the clock of this machine, which may have been taken to another zone while a chat stayed open."""
    if hasattr(time, "tzset"):
        time.tzset()
    return moment.astimezone()
