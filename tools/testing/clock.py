"""The moment at which tests of tools take place."""

import datetime as dt
from zoneinfo import ZoneInfo

FAKE_NOW = dt.datetime(2026, 11, 20, 14, 30, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Friday afternoon, on which the clock of `fake_context` stands."""
