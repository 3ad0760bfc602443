"""The list of what is allowed without asking, and taking it back: for the command line and the screen alike.

Grants that were given on cards, and the rules of the settings, which only their file changes. Knows nothing
of what a rule covers.
"""

from typing import Any

from .grants import is_current
from .rule_names import unknown_names
from .rules import parse_rule
from .workplace import Workplace


def list_permissions(place: Workplace) -> list[dict[str, Any]]:
    """Everything in force, the newest grants first. What is not ``current`` covers nothing: its tool is gone,
    or is not what it was when it was allowed.
    """
    given = [
        {
            "id": row.id,
            "rule": row.rule,
            "scope": row.scope,
            "until": None if row.until is None else row.until.isoformat(),
            "session": row.session,
            "run": row.run,
            "created": row.created.isoformat(),
            "current": is_current(row.rule, row.definition, place.registry),
        }
        for row in place.store.list_grants()
    ]
    nothing = dict.fromkeys(("until", "session", "run", "created"))
    standing = [
        {
            "id": "",
            "rule": rule,
            "scope": "settings",
            **nothing,
            "current": not list(unknown_names([parse_rule(rule)], place.registry)),
        }
        for rule in place.settings.allow
    ]
    return [*given, *standing]


def revoke_permission(place: Workplace, id: str) -> dict[str, Any]:
    """Take a grant back; it covers nothing from now on, in any process."""
    row = place.store.revoke_grant(id)
    return {"id": row.id, "rule": row.rule}
