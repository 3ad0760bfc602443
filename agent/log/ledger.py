"""Writes down what a step is about to do before it does it, and what came of it afterwards.

After a crash the difference shows what may have happened: a step that is done is never done again, and one
that only has an intent is known to be uncertain. Each item of a step that runs over a list has entries of its
own. Origins are stored beside each output. Knows nothing of scheduling.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...memory import Intended, Settled
from ..values import Origins, origins_from_wire, origins_to_wire
from .commits import Commits

State = Literal["intent", "done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Output:
    """What a finished step left for later ones; ``text`` is its readable form.

    ``parts``: origins of single fields, where these came from different places.
    """

    data: Any
    text: str
    origins: Origins
    parts: Mapping[str, Origins] = field(default_factory=dict)

    def origins_at(self, path: str) -> Origins:
        """Where the field at a path comes from; of the whole where that is not known."""
        return self.parts.get(path.partition(".")[0], self.origins)

    def to_wire(self) -> dict[str, Any]:
        return {"data": self.data, "text": self.text, "origins": origins_to_wire(self.origins)}

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> "Output":
        return cls(stored["data"], stored["text"], origins_from_wire(stored["origins"]))


@dataclass(frozen=True, slots=True)
class Entry:
    """The latest attempt at a step; ``output`` only when it is done.

    ``again``: it failed, and is known not to have happened, so it may be tried again.
    """

    step: str
    tool: str
    args: Mapping[str, Any]
    state: State
    output: Output | None
    again: bool = False


def idempotency_key(run: str, step: str, args: Mapping[str, Any]) -> str:
    """The same for the same step of the same run with the same arguments, and for nothing else."""
    return hashlib.sha256(canonical([run, step, args]).encode()).hexdigest()


def canonical(value: Any) -> str:
    """One spelling for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


class Ledger:
    """The ledger of one run."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits

    async def intend(self, step: str, tool: str, args: Mapping[str, Any]) -> None:
        """Durable on return: what happens next can be noticed missing."""
        await self._commits.put(Intended(step, tool, dict(args), self.key(step, args)))

    def key(self, step: str, args: Mapping[str, Any]) -> str:
        """What names this call, also when it is made again after a crash."""
        return idempotency_key(self._commits.run, step, args)

    def done(self, step: str, output: Output) -> Awaitable[None]:
        """Given to be written; wait for it where something outside of the log relies on it."""
        return self._commits.put(Settled(step, "done", output.to_wire()))

    def failed(self, step: str, reason: str, again: bool = False) -> Awaitable[None]:
        return self._commits.put(Settled(step, "failed", {"error": reason, "again": again}))

    def unknown(self, step: str, reason: str) -> Awaitable[None]:
        return self._commits.put(Settled(step, "unknown", {"error": reason}))

    async def entries(self) -> dict[str, Entry]:
        """The latest attempt at every step that was ever begun."""
        rows = await asyncio.to_thread(self._commits.store.ledger, self._commits.run)
        return {
            row.step: Entry(
                row.step,
                row.tool,
                row.args,
                row.state,
                Output.from_wire(row.output) if row.state == "done" else None,
                row.state == "failed" and bool((row.output or {}).get("again")),
            )
            for row in rows
        }
