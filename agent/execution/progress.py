"""Which steps of a plan can run now, which never will, and which are left. Pure bookkeeping over ids.

A step needs those that it refers to, and comes after those that it names. Beyond that, changes keep the
order of the plan: a step that changes something runs after everything before it and before everything after
it. So plans do what they would do step by step, while reads run side by side. Each end of a step costs only
what waits for it. Knows nothing of tools.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from ..events import StepStatus
from ..plan import Step


@dataclass(slots=True)
class _Waiting:
    """What one pending step waits for: results, the end of steps that it names, and its turn."""

    place: int
    needs: set[str]
    after: set[str]
    turn: set[str] = field(default_factory=set)

    @property
    def ready(self) -> bool:
        return not (self.needs or self.after or self.turn)


class Progress:
    """Steps in the order of the plan, each pending, begun, or finished with a status.

    ``changes`` are the ids of those that change something.
    """

    def __init__(
        self,
        steps: Iterable[Step],
        finished: Mapping[str, StepStatus] | None = None,
        changes: Container[str] = (),
    ) -> None:
        self._finished: dict[str, StepStatus] = dict(finished or {})
        self._pending: dict[str, Step] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._awaited_by: dict[str, list[str]] = {}
        self._ready: set[str] = set()
        self._blocked: dict[str, StepStatus] = {}
        self._changes = changes
        self._last_change: str | None = None
        self._since: list[str] = []
        for place, step in enumerate(steps):
            self._add(step, place)

    def _add(self, step: Step, place: int) -> None:
        """A step that is finished already only keeps its place."""
        turn = self._turn(step)
        if step.id in self._finished:
            return
        waiting = _Waiting(place, {ref.step for ref in step.refs()}, set(step.after), turn)
        self._pending[step.id], self._waiting[step.id] = step, waiting
        for other in {*waiting.needs, *waiting.after, *waiting.turn}:
            self._awaited_by.setdefault(other, []).append(step.id)
            if other in self._finished:
                self._met(step.id, other, self._finished[other])
        self._sort_in(step.id)

    def _turn(self, step: Step) -> set[str]:
        """What has to be over before the step, whatever came of it."""
        if step.id in self._changes:
            turn = {*self._since, *([self._last_change] if self._last_change else [])}
            self._last_change, self._since = step.id, []
            return turn
        self._since.append(step.id)
        return {self._last_change} if self._last_change else set()

    @property
    def pending(self) -> list[Step]:
        """Steps that have not finished, begun or not."""
        return list(self._pending.values())

    def status(self, step: str) -> StepStatus | None:
        return self._finished.get(step)

    def ready(self) -> list[Step]:
        """Steps that can begin, in the order of the plan."""
        ids = sorted(self._ready, key=lambda id: self._waiting[id].place)
        return [self._pending[id] for id in ids]

    def but_for_its_turn(self, step: str) -> bool:
        """Whether nothing but the order of changes keeps a step from beginning."""
        waiting = self._waiting.get(step)
        return waiting is not None and not waiting.needs and not waiting.after and step not in self._blocked

    def blocked(self) -> list[Step]:
        """Steps that can never run, because something they depend on ended otherwise."""
        return [self._pending[id] for id, status in self._blocked.items() if status == "skipped"]

    def left_out(self) -> list[Step]:
        """Steps that have nothing to run on, because what they refer to was left out by its own condition."""
        return [self._pending[id] for id, status in self._blocked.items() if status == "omitted"]

    def begin(self, step: str) -> None:
        """The step is being carried out, and no longer ready."""
        self._ready.discard(step)

    def finish(self, step: str, status: StepStatus) -> None:
        """Takes note of how a step ended."""
        del self._pending[step]
        early = self._waiting.pop(step).turn
        self._ready.discard(step)
        self._blocked.pop(step, None)
        self._finished[step] = status
        for other in self._awaited_by.pop(step, ()):
            if other in self._waiting:
                self._pass_on(early, step, other)
                self._met(other, step, status)
                self._sort_in(other)

    def _pass_on(self, early: set[str], step: str, other: str) -> None:
        """What a step that ended before its turn had to wait for, those that wait for their turn behind it
        still do.
        """
        waiting = self._waiting[other]
        if step in waiting.turn:
            for one in early - waiting.turn:
                waiting.turn.add(one)
                self._awaited_by.setdefault(one, []).append(other)

    def replace(self, step: Step) -> None:
        """Take a pending step's other arguments over."""
        self._pending[step.id] = step

    def _met(self, step: str, other: str, status: StepStatus) -> None:
        waiting = self._waiting[step]
        if other in waiting.needs and status != "done":
            self._block(step, "omitted" if status == "omitted" else "skipped")
        elif other in waiting.after and status not in ("done", "omitted"):
            self._block(step, "skipped")
        for reasons in (waiting.needs, waiting.after, waiting.turn):
            reasons.discard(other)

    def _block(self, step: str, status: StepStatus) -> None:
        if self._blocked.get(step) != "skipped":
            self._blocked[step] = status

    def _sort_in(self, step: str) -> None:
        if self._waiting[step].ready and step not in self._blocked:
            self._ready.add(step)


def depends_on(step: Step) -> set[str]:
    """Ids of the steps that must have ended before this one can run at all."""
    return {*step.after, *(ref.step for ref in step.refs())}
