"""The look-ups around permissions: what is allowed without asking, and taking it back.

Grants that were given on cards, and the rules of the settings, which only their file changes. Knows nothing
of what a rule covers.
"""

from ..permission.grants import is_current
from ..permission.rule_names import check_names, unknown_names
from ..permission.rules import parse_rule
from ..workplace import Workplace
from .answers import Answer, Blocking, time_of


class PermissionQueries:
    """One method per query."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.blocking: Blocking = {
            "permissions.list": self.all,
            "permissions.check": self.check,
            "permissions.revoke": self.revoke,
        }

    def all(self) -> Answer:
        """Everything in force, the newest grants first. What is not ``current`` covers nothing: its tool is
        gone, or is not what it was when it was allowed.
        """
        registry = self._place.registry
        given = [
            {
                "id": row.id,
                "rule": row.rule,
                "scope": row.scope,
                "until": time_of(row.until),
                "session": row.session,
                "run": row.run,
                "created": row.created.isoformat(),
                "current": is_current(row.rule, row.definition, registry),
            }
            for row in self._place.store.list_grants()
        ]
        nothing = dict.fromkeys(("until", "session", "run", "created"))
        standing = [
            {
                "id": "",
                "rule": rule,
                "scope": "settings",
                **nothing,
                "current": not list(unknown_names([parse_rule(rule)], registry)),
            }
            for rule in self._place.settings.allow
        ]
        return {"items": [*given, *standing]}

    def check(self, allow: list[str]) -> Answer:
        """Rules that are to be used later; raises ``RuleError`` for one that can never apply."""
        rules = [parse_rule(rule) for rule in allow]
        check_names(rules, self._place.registry)
        return {"items": [{"rule": str(rule)} for rule in rules]}

    def revoke(self, id: str) -> Answer:
        """Take a grant back; it covers nothing from now on, in any process."""
        row = self._place.store.revoke_grant(id)
        return {"item": {"id": row.id, "rule": row.rule}}
