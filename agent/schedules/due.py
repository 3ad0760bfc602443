"""What a schedule has to do by now: a pure function of the schedule and the moment.

A moment that nobody could begin within five minutes was missed, because the scheduler was not running or the
run before it took that long. What becomes of missed moments is the schedule's own policy. Knows nothing of
how runs are made.
"""

from datetime import datetime, timedelta

from ...memory import HandedOut, Schedule
from .triggers import Cron, Once, Trigger

GRACE = timedelta(minutes=5)
MOST_AT_ONCE = 10
"""Of all that was missed, so many are made up for under ``run_all``: the latest."""


def trigger_of(schedule: Schedule) -> Trigger:
    if schedule.cron is not None:
        return Cron(schedule.cron, schedule.zone)
    return Once(schedule.at or schedule.created)


def hand_out(schedule: Schedule, now: datetime) -> HandedOut:
    """What is to be carried out of the moments from ``schedule.next`` to ``now``, and what comes next.

    ``run_once``: one run for all of them, that of the latest. ``skip``: the latest, unless it was missed.
    ``run_all``: each, up to ten. What is left out is told by its latest moment.
    """
    if schedule.next is None:
        return HandedOut((), (), None)
    trigger = trigger_of(schedule)
    most = MOST_AT_ONCE if schedule.missed == "run_all" else 1
    come = trigger.latest(most, schedule.next, now)
    following = trigger.after(now)
    if schedule.missed == "skip" and come and now - come[-1] > GRACE:
        return HandedOut((), come, following)
    return HandedOut(come, (), following)
