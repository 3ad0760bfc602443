"""The present moment on the clock of this machine, which may be carried to another zone while a host goes on.

The zone has a name where the machine gives it one, so that others know its summer time. Knows nothing of who
asks.
"""

import os
import time
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

_CHOSEN = Path("/etc/localtime")
_Setting = tuple[str | None, int, int]


def local_now() -> datetime:
    """The current moment in the machine's own time zone, which knows about summer time."""
    return datetime.now(_zone(_setting()))


def _setting() -> _Setting:
    """What is different as soon as another zone is chosen; asked for at every look at the clock."""
    try:
        file = _CHOSEN.lstat()
    except OSError:
        return os.environ.get("TZ"), 0, 0
    return os.environ.get("TZ"), file.st_ino, file.st_mtime_ns


@lru_cache(maxsize=1)
def _zone(setting: _Setting) -> tzinfo:
    from tzlocal import reload_localzone

    if hasattr(time, "tzset"):
        time.tzset()  # what asks the system itself is to follow, too
    try:
        zone = reload_localzone()
    except (LookupError, ValueError, OSError):  # set by a rule such as CET-1CEST, and not by a name
        from dateutil.tz import tzlocal

        return tzlocal()
    if zone.key != "local":
        return zone
    with _CHOSEN.open("rb") as file:  # a copy of a zone, without its name
        return ZoneInfo.from_file(file)
