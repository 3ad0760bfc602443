"""Schedules as lines of text, for the command line, the drawer and the scheduler alike."""

from typing import Any

from .moments import minute
from .safe_text import one_line

UNATTENDED = "nothing carries it out yet: start homewit scheduler, and leave it running"
STATUS_WORDS = {
    "done": "done",
    "failed": "failed",
    "approval_needed": "needs your approval",
    "input_needed": "needs your answer",
    "unknown": "its outcome is unknown",
    "running": "running",
    "waiting": "about to run",
    "skipped": "missed",
    "budget": "stopped at a limit",
    "cancelled": "cancelled",
    "unavailable": "no model",
}


def line(row: dict[str, Any]) -> str:
    """``sch_…  2026-03-03 10:00  every day at 10  summarise my tasks  (last: done)``"""
    following = minute(row["next"]) if row["next"] else "over"
    last = f"  (last: {status_words(row['last'])})" if row["last"] else ""
    when = f"  {one_line(row['when'], 60)}" if row["cron"] else ""
    return f"{row['id']}  {following:<16}{when}  {one_line(row['request'], 120)}{last}"


def occurrence_line(one: dict[str, Any]) -> str:
    return f"{minute(one['due'])}  {status_words(one)}"


def status_words(one: dict[str, Any]) -> str:
    status = str(one["status"])
    return STATUS_WORDS.get(status, status)
