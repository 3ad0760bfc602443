"""Moments as people read them: the host's ISO times in the clock of this machine, to the minute."""

from datetime import datetime


def minute(moment: str | None) -> str:
    """``2026-05-03 09:30`` for an ISO time; what is not one stays as it is."""
    try:
        read = datetime.fromisoformat(moment or "")
    except ValueError:
        return moment or ""
    return read.astimezone().strftime("%Y-%m-%d %H:%M")
