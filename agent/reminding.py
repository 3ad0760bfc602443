"""Shows reminders when they come due, for as long as a client is there that a person looks at.

Each is claimed in the database first, so that of several clients one shows it, and acknowledged once it was
handed to the client. Knows nothing of screens.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..memory import Reminder, Store, StoreError
from ..tools.when.following import Next, next_reminder
from ..tools.when.moments import moment_words

log = logging.getLogger(__name__)
LOOKS_EVERY_S = 20.0
"""Another process may have set a reminder meanwhile, and a machine that slept wakes up late."""

Show = Callable[[dict[str, Any]], None]


async def claim_due(store: Store, now: datetime) -> list[dict[str, Any]]:
    """What is due at ``now``, as clients are told of it; nobody else gets the same. Raises StoreError.

    Whoever has shown one says so with `mark_shown`; otherwise it is handed out again.
    """

    def next_after(reminder: Reminder, claimed: datetime) -> Next:
        """On the clock of the place where the user is now."""
        return next_reminder(reminder.repeats or "", reminder.at.astimezone(now.tzinfo), claimed)

    firings = await asyncio.to_thread(store.records.claim_due, next_after)
    return [
        {
            "id": firing.id,
            "text": firing.text,
            "due": moment_words(firing.due.astimezone(now.tzinfo), now),
            "missed": firing.missed,
        }
        for firing in firings
    ]


async def show_due(store: Store, now: datetime, show: Show) -> int:
    """Show what is due at ``now``; returns how many. Raises StoreError."""
    due = await claim_due(store, now)
    for told in due:
        show(told)
        await asyncio.to_thread(store.records.mark_shown, told["id"])
    return len(due)


async def keep_showing(store: Store, now: Callable[[], datetime], show: Show) -> None:
    """Show each reminder when it comes due, until cancelled."""
    while True:
        wait_s = LOOKS_EVERY_S
        try:
            await show_due(store, now(), show)
            following = await asyncio.to_thread(store.records.next_reminder)
            if following is not None:
                wait_s = min(wait_s, max(0.2, (following - now()).total_seconds()))
        except StoreError as error:  # told where the database is used; a reminder waits for the next look
            log.warning("reminders could not be looked up: %s", error)
        await asyncio.sleep(wait_s)
