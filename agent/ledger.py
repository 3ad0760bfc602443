"""Writes down what a step is about to do before it does it, and what came of it afterwards.

After a crash the difference shows what may have happened: a step that is done is never done again, and one
that only has an intent is known to be uncertain. Origins are stored beside each output. Knows nothing of
scheduling.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..memory import Store
from .values import Origins, origins_from_wire, origins_to_wire

State = Literal["intent", "done", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Output:
    """What a finished step left for later ones; ``text`` is its readable form."""

    data: Any
    text: str
    origins: Origins

    def to_wire(self) -> dict[str, Any]:
        return {"data": self.data, "text": self.text, "origins": origins_to_wire(self.origins)}

    @classmethod
    def from_wire(cls, stored: Mapping[str, Any]) -> "Output":
        return cls(stored["data"], stored["text"], origins_from_wire(stored["origins"]))


@dataclass(frozen=True, slots=True)
class Entry:
    """The latest attempt at a step; ``output`` only when it is done."""

    step: str
    tool: str
    args: Mapping[str, Any]
    state: State
    output: Output | None


def idempotency_key(run: str, step: str, args: Mapping[str, Any]) -> str:
    """The same for the same step of the same run with the same arguments, and for nothing else."""
    return hashlib.sha256(canonical([run, step, args]).encode()).hexdigest()


def canonical(value: Any) -> str:
    """One spelling for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


class Ledger:
    """The ledger of one run."""

    def __init__(self, store: Store, run: str) -> None:
        self._store = store
        self._run = run

    async def intend(self, step: str, tool: str, args: Mapping[str, Any]) -> None:
        """Durable on return: what happens next can be noticed missing."""
        key = idempotency_key(self._run, step, args)
        await asyncio.to_thread(self._store.record_intent, self._run, step, tool, dict(args), key)

    async def done(self, step: str, output: Output) -> None:
        await asyncio.to_thread(self._store.record_outcome, self._run, step, "done", output.to_wire())

    async def failed(self, step: str, reason: str) -> None:
        await asyncio.to_thread(self._store.record_outcome, self._run, step, "failed", {"error": reason})

    async def unknown(self, step: str, reason: str) -> None:
        await asyncio.to_thread(self._store.record_outcome, self._run, step, "unknown", {"error": reason})

    async def entries(self) -> dict[str, Entry]:
        """The latest attempt at every step that was ever begun."""
        rows = await asyncio.to_thread(self._store.ledger, self._run)
        return {
            row.step: Entry(
                row.step,
                row.tool,
                row.args,
                row.state,
                Output.from_wire(row.output) if row.state == "done" else None,
            )
            for row in rows
        }
