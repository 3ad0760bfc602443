"""Short requests about calendar, tasks, reminders and notes."""

from typing import Any

DAYS: dict[str, tuple[str, dict[str, Any]]] = {}
