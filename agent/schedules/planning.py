"""The plan for a request to be carried out later: rules find the time in it, so no model is asked.

What the rules do not find is asked of the user. The step that keeps the schedule needs the user's consent
like any other; the card shows when, and what. Pure.
"""

import re
from datetime import datetime

from ...tools import ToolRetry
from ...tools.when.said_times import SaidTime, find_moment, find_recurrence
from ..plan import Argument, Ask, Plan, Step
from .reading import REMIND
from .tool import TOOL

WHEN = "When, or how often, shall I do that? For example: every day at 7, or tomorrow at 9."
WHAT = "What shall I do then?"

_WRAPPED = re.compile(
    r"^(?:please )?(?:schedule|repeat):? (?P<what>.+?)(?: for)?$", re.IGNORECASE | re.DOTALL
)


def schedule_plan(request: str, now: datetime, reminders_repeat: bool = False) -> Plan:
    """One step: a schedule, or a reminder, for one moment or where ``reminders_repeat`` by themselves."""
    found: SaidTime | None = None
    when: Argument = Ask(WHEN)
    try:
        found = find_recurrence(request) or find_moment(request, now)
    except ToolRetry as error:
        when = Ask(f"{error} So when shall I do that?")
    if found is not None:
        when = found.said
    said = _WRAPPED.sub(r"\g<what>", (found.rest if found else request).strip())
    reminder = REMIND.fullmatch(said)
    if found is not None and reminder and (found.at is not None or reminders_repeat):
        return _one_step("set_reminder", {"text": reminder["what"], "at": found.said})
    return _one_step(TOOL, {"when": when, "request": said or Ask(WHAT)})


def _one_step(tool: str, args: dict[str, Argument]) -> Plan:
    return Plan("schedule", (Step("s1", tool, args),))
