"""Reminders that come due, each fired once, whichever process looks first.

What is due is claimed in one transaction, which also moves a repeating reminder on. A claim is shown and then
acknowledged; one whose holder died before it was shown is handed out again. Knows nothing of how a reminder
is shown, nor of the rules by which one repeats: the caller brings the function that reads them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from .record_rows import KINDS, Firing, Reminder
from .record_schema import firings, reminders
from .transactions import Transactions, new_id

SHOWN_WITHIN = timedelta(minutes=1)
"""A claim that was not acknowledged for so long counts as lost, and its reminder is handed out again."""

NextAfter = Callable[[Reminder, datetime], tuple[datetime | None, int, str]]
"""For a repeating reminder and the present moment: when it comes next, how many times were missed, and the
rule from then on.
"""


def due(reminder: Reminder, now: datetime, next_after: NextAfter) -> tuple[Firing, Reminder] | None:
    """What fires of a reminder at ``now``, and the reminder as it is afterwards; None when it is not due.

    Times of a repeating reminder that nobody was there for are one firing, that of the last of them.
    """
    if reminder.fired or reminder.at > now:
        return None
    following, missed, rule = next_after(reminder, now) if reminder.repeats else (None, 0, None)
    firing = Firing("", reminder.id, reminder.text, reminder.at, missed, None, reminder.origins)
    return firing, replace(reminder, at=following or reminder.at, fired=following is None, repeats=rule)


class ReminderBook:
    """The part of a `RecordBook` that fires reminders."""

    _store: Transactions

    def next_reminder(self) -> datetime | None:
        """The moment at which the next reminder comes due; None when none is waiting."""
        earliest = select(reminders.c.at).where(reminders.c.fired.is_(None)).order_by(reminders.c.at).limit(1)
        with self._store.read() as connection:
            return connection.execute(earliest).scalar()

    def claim_due(self, next_after: NextAfter) -> list[Firing]:
        """What is to be shown now; nobody else gets the same within `SHOWN_WITHIN`."""
        now, read = self._store.now(), KINDS["reminder"].to_row
        pending = select(reminders).where(reminders.c.fired.is_(None), reminders.c.at <= now)
        lost = select(firings.c.id).where(firings.c.shown.is_(None), firings.c.claimed < now - SHOWN_WITHIN)
        with self._store.read() as connection:  # nearly always there is nothing, and then nothing is written
            if not (connection.execute(pending).first() or connection.execute(lost).first()):
                return []
        with self._store.write() as connection:
            claimed = list(connection.execute(lost).scalars())
            for stored in connection.execute(pending.order_by(reminders.c.at)).mappings().all():
                fired = due(read(stored), now, next_after)  # type: ignore[arg-type]
                if fired is None:
                    continue
                firing, after = fired
                values = {
                    "at": after.at,
                    "fired": now if after.fired else None,
                    "repeats": after.repeats,
                }
                connection.execute(update(reminders).where(reminders.c.id == after.id).values(values))
                claimed.append(id := new_id("g"))
                row = {"reminder": firing.reminder, "text": firing.text, "due": firing.due}
                more = {"id": id, "missed": firing.missed, "origins": stored["origins"]}
                connection.execute(insert(firings).values(**row, **more, claimed=now, created=now))
            connection.execute(update(firings).where(firings.c.id.in_(claimed)).values(claimed=now))
            wanted = select(firings).where(firings.c.id.in_(claimed)).order_by(firings.c.due)
            return [KINDS["firing"].to_row(row) for row in connection.execute(wanted).mappings()]  # type: ignore[misc]

    def mark_shown(self, firing: str) -> None:
        """Acknowledges that somebody saw it."""
        with self._store.write() as connection:
            connection.execute(update(firings).where(firings.c.id == firing).values(shown=self._store.now()))
