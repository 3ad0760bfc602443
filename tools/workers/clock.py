"""The clock of a call in another process: the host's moment when it was made, moved on by the time since."""

import datetime as dt
from collections.abc import Callable
from time import monotonic


def moving_clock(began: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that stands at `began` now."""
    start = monotonic()
    # By way of UTC, since adding to a local time ignores that clocks are put forward and back.
    return lambda: (began.astimezone(dt.UTC) + dt.timedelta(seconds=monotonic() - start)).astimezone(
        began.tzinfo
    )
