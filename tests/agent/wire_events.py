"""What tests ask of the events of a run, in the form that they have on the wire."""

from typing import Any

Event = dict[str, Any]


def of_type(events: list[Event], kind: str) -> list[Event]:
    """Those of one type, in their order."""
    return [event for event in events if event["type"] == kind]
