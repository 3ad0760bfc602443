"""Reads when, and what, as people give it: a cron expression, how often in words, or one moment.

Knows nothing of where schedules are kept.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...memory import NewSchedule
from ...tools import ToolRetry
from ...tools.when.recurrence import read_recurrence
from ...tools.when.times import parse_moment
from ...tools.when.wall import is_after
from ..errors import UsageError
from .triggers import Cron, Once, Trigger, read_cron, zone_name, zone_of

REMIND = re.compile(
    r"(?:please )?(?:remind me|(?:(?:set|add|create|make) )?(?:an? )?reminder)(?: to| that| about| of|:)? "
    r"(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schedule as somebody asks for it; ``zone`` is that of the asker's clock unless it is named."""

    when: str
    request: str
    folder: Path
    missed: str = "run_once"
    zone: str | None = None
    inputs: dict[str, Any] | None = None
    allow: tuple[dict[str, str], ...] = ()
    is_workflow: bool = False
    """Whether the request names a workflow instead of saying what to do."""


def read_when(text: str, now: datetime, zone: str | None = None) -> Trigger:
    """When ``text`` means, said at ``now``, on the clock of ``zone``; raises ``UsageError``."""
    if zone is not None:
        now = now.astimezone(zone_of(zone))
    named = zone or zone_name(now)
    try:
        if (cron := read_cron(text, named)) is not None:
            return cron
        if (often := read_recurrence(text)) is not None:
            return Cron(often, named)
        moment = parse_moment(text, now)
    except ToolRetry as error:
        raise UsageError(
            f'{error} A schedule also takes how often: "every day at 7", or a cron expression: "0 7 * * 1-5".'
        ) from error
    if not is_after(moment, now):
        raise UsageError(f"{text!r} is in the past ({moment:%Y-%m-%d %H:%M}). Give a moment that is to come.")
    return Once(moment.astimezone(UTC))


def new_schedule(wanted: Wanted, now: datetime) -> NewSchedule:
    """What is to be stored; raises ``UsageError`` for what cannot be read."""
    request = wanted.request.strip()
    if not request:
        raise UsageError("Say what is to be done then.")
    trigger = read_when(wanted.when, now, wanted.zone)
    first = trigger.after(now)
    if first is None:
        raise UsageError(f"{wanted.when!r} never comes up.")
    reminder = REMIND.fullmatch(request)
    return NewSchedule(
        kind="workflow" if wanted.is_workflow else "reminder" if reminder else "prompt",
        prompt=reminder["what"].strip() if reminder else request,
        said=wanted.when.strip(),
        zone=trigger.zone if isinstance(trigger, Cron) else wanted.zone or zone_name(now),
        folder=str(wanted.folder),
        next=first,
        cron=trigger.expression if isinstance(trigger, Cron) else None,
        at=trigger.at if isinstance(trigger, Once) else None,
        missed=wanted.missed,  # type: ignore[arg-type] - checked where it enters
        inputs=wanted.inputs,
        allow=wanted.allow,
    )
