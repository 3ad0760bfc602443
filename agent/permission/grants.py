"""What the user allowed on cards for longer than once, as one run meets it.

A grant is looked up in the database each time a call would otherwise be asked for, so that one that is taken
back covers nothing any more, at once and whichever process took it back. It is the narrowest rule of the call
on the card, and holds only while the tool is defined as it was. Knows nothing of what a rule covers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ...memory import GrantScope, Store
from ...tools import Registry
from ..errors import RuleError
from ..execution.gate import Prepared
from ..policy import Grant
from .rules import parse_rule

LASTS_DAYS = 30
"""How long a grant is offered for that ends at a date."""


@dataclass(frozen=True, slots=True)
class Grants:
    """The grants that hold in one run; blocks."""

    store: Store
    run: str
    session: str | None

    def covering(self, tool: str) -> list[Grant]:
        """Those for a tool that are in force now."""
        rows = self.store.grants_for(tool, self.run, self.session)
        return [grant for row in rows if (grant := _grant(row.rule, row.definition)) is not None]

    def give(self, calls: Sequence[Prepared], scope: GrantScope, until: datetime | None) -> tuple[str, ...]:
        """Keep the narrowest rule of each call that may be allowed for longer; the ids of the grants."""
        wanted = {
            str(one.call.narrowest_rule()): one
            for one in calls
            if one.decision.grantable and one.decision.lasting
        }
        return tuple(
            self.store.add_grant(self.run, rule, one.call.tool, one.call.definition, scope, until).id
            for rule, one in wanted.items()
        )


def last_moment(day: date, now: datetime) -> datetime:
    """The end of a day, where the user is."""
    return datetime.combine(day + timedelta(days=1), time(), now.tzinfo)


def offered_until(now: datetime) -> date:
    """The date up to which a lasting grant is offered."""
    return now.date() + timedelta(days=LASTS_DAYS)


def is_current(rule: str, definition: str, registry: Registry) -> bool:
    """Whether the tool of a kept rule is there, and still defined as it was."""
    grant = _grant(rule, definition)
    if grant is None or grant.rule.tool not in registry:
        return False
    return registry.get(str(grant.rule.tool)).spec.definition_hash == definition


def _grant(rule: str, definition: str) -> Grant | None:
    try:
        return Grant(parse_rule(rule), definition)
    except RuleError:
        return None  # of another version, which this one cannot read
