"""Where a run leaves what only the user can answer, and where the answer comes in.

A question or an approval is opened before its event is shown, so that the quickest answer finds it. Without
anybody there, nothing is opened and nothing is approved. Knows nothing of what is asked.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from .stop import Stop

Kind = Literal["approval", "question"]


@dataclass(slots=True)
class Desk:
    """The open requests of one run, by id."""

    stop: Stop
    interactive: bool = False
    _numbers: dict[Kind, "count[int]"] = field(
        default_factory=lambda: {"approval": count(1), "question": count(1)}
    )
    _open: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)

    def new_id(self, kind: Kind) -> str:
        """The next id: ``a1``, ``a2`` for approvals, ``q1`` for questions."""
        return f"{kind[0]}{next(self._numbers[kind])}"

    def skip_ids(self, approvals: int, questions: int) -> None:
        """Start after the ids that an interrupted run has used."""
        self._numbers = {"approval": count(approvals + 1), "question": count(questions + 1)}

    def expect(self, id: str) -> None:
        """Open ``id``: from now on it can be answered."""
        self._open[id] = asyncio.get_running_loop().create_future()

    async def wait(self, id: str) -> Any:
        """The answer, or the reason to stop."""
        try:
            return await self.stop.race(self._open[id])
        finally:
            del self._open[id]

    def answer(self, id: str, answer: Any) -> bool:
        """Give the answer, a text to a question or an `Answer` to a card; False when nothing open has this
        id.
        """
        future = self._open.get(id)
        if future is None or future.done():
            return False
        future.set_result(answer)
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether anything waits for the user."""
        return any(not future.done() for future in self._open.values())

    @property
    def open_question(self) -> str | None:
        """The id of the question that waits for an answer, if there is one."""
        return next(
            (id for id, future in self._open.items() if id.startswith("q") and not future.done()), None
        )
