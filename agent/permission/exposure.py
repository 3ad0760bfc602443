"""What a conversation has let in: the user's private data, and text that strangers may have written.

Either alone is harmless. With both in play, whatever leaves the machine may carry the one on behalf of the
other, so the policy then wants every word of it named or seen. Earlier turns of a session count as much as
the steps of this plan, those to come included. Knows nothing of what is decided.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from ...memory import Store
from ...tools import Registry
from ..execution.tool_kinds import may_read_private
from ..log.ledger import Output
from ..policy import Exposure
from ..values import PIPE, MemoryOrigin, Origin, ToolOrigin

TURNS = 50
"""Requests of a session that are looked back on."""


@dataclass(slots=True)
class Exposed:
    """The exposure of one run, which only ever grows. ``accounts`` are those that the user logs in to."""

    registry: Registry
    accounts: Container[str] = ()
    _private: set[Origin] = field(default_factory=set)
    _strangers: set[Origin] = field(default_factory=set)
    _made: Exposure | None = None
    _looked_back: bool = False

    def add(self, origins: Iterable[Origin]) -> None:
        for origin in origins:
            if not origin.trusted and origin not in self._strangers:
                self._strangers.add(origin)
                self._made = None
            if origin not in self._private and is_private(origin, self.registry, self.accounts):
                self._private.add(origin)
                self._made = None

    def seen(self) -> Exposure:
        if self._made is None:
            self._made = Exposure(frozenset(self._private), frozenset(self._strangers))
        return self._made

    def look_back(self, store: Store, session: str, run: str) -> None:
        """Take in, once, what the results of earlier requests of the session were made of; blocks."""
        if self._looked_back:
            return
        self._looked_back = True
        for earlier in store.list_runs(TURNS, session):
            if earlier.id == run:
                continue
            for row in store.ledger(earlier.id):
                if row.state == "done":
                    self.add(Output.from_wire(row.output).origins)
        if any(turn.piped for turn in store.turns(session)):
            self.add(PIPE)


def is_private(origin: Origin, registry: Registry, accounts: Container[str] = ()) -> bool:
    """Whether what comes from there is the user's own: memory and records, files, accounts. A page is not,
    nor what was handed over through a pipe, which is meant to be passed on.

    Each record that a call reads is an origin of its result by itself, whatever the tool declares. A login
    stands for an account; another secret may be a key to what everybody sees, such as a search.
    """
    match origin:
        case MemoryOrigin():
            return True
        case ToolOrigin(tool=name):
            if name not in registry or may_read_private(registry.get(name)):
                return True
            return any(secret in accounts for secret in registry.get(name).spec.secrets)
    return False
