"""What `homewit scheduler` asks for reminders: which are due, and that it has shown them.

They are claimed as an open chat claims them, so of all that could show one, one does. Knows nothing of how.
"""

import asyncio

from ...tools.builtin.personal.desktop import notify
from ..reminding import claim_due
from ..workplace import Workplace, granted_folders
from .answers import Answer, Waiting, time_of


class ReminderQueries:
    """One method per query."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.waiting: Waiting = {
            "reminders.due": self._due,
            "reminders.shown": self._shown,
        }

    async def _due(self) -> Answer:
        """What is to be shown now, each with whether the desktop shows it, and when the next comes due."""
        items = await claim_due(self._place.store, self._place.now())
        changeable = granted_folders(self._place.cwd, self._place.settings.roots)
        for item in items:
            item["desktop"] = await notify("Reminder", _said(item), changeable)
        following = await asyncio.to_thread(self._place.store.records.next_reminder)
        return {"items": items, "next": time_of(following)}

    async def _shown(self, ids: tuple[str, ...]) -> Answer:
        for id in ids:
            await asyncio.to_thread(self._place.store.records.mark_shown, id)
        return {}


def _said(item: Answer) -> str:
    missed = f", missed {item['missed']} times before" if item["missed"] else ""
    return f"{item['text']} ({item['due']}{missed})"
