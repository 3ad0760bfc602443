"""Where every step of a plan stands while it is carried out: to come, lined up, under way or over.

A step that runs over a list is opened into one call for each item, and is over when all of them are. Knows
nothing of tools, approvals and events beyond the ends of steps.
"""

from collections.abc import Container, Iterator, Mapping

from ..errors import MissingField
from ..events import StepFinished, StepStatus
from ..log.ledger import Output
from ..plan import Plan, Step
from ..planning.on_error import counted
from .foreach import expand, list_origins, step_of
from .groups import Group
from .progress import Progress, depends_on

Closed = tuple[Step, StepStatus, str]


class Board:
    """One plan; ``finished`` and ``outputs`` are of what was over before, on resuming."""

    def __init__(
        self,
        plan: Plan,
        changes: Container[str],
        outputs: Mapping[str, Output] | None,
        finished: Mapping[str, StepFinished] | None,
        most_items: int,
    ) -> None:
        self.outputs: dict[str, Output] = dict(outputs or {})
        self._over: dict[str, StepFinished] = dict(finished or {})
        self._progress = Progress(plan.steps, _statuses(plan, self._over), changes)
        self._changes = changes
        self._most_items = most_items
        self._line: dict[str, Step] = {}
        self._under_way: set[str] = set()
        self._groups: dict[str, Group] = {}
        self._forward: dict[str, Step] = {}
        self._begun: set[str] = set()

    @property
    def over(self) -> Mapping[str, StepFinished]:
        """How every step and item ended that is over."""
        return self._over

    def closed(self) -> Iterator[Closed]:
        """Steps that can never run, with how they end and why."""
        for step in self._progress.left_out():
            yield step, "omitted", "what it refers to was left out"
        for step in self._progress.blocked():
            yield step, "skipped", "an earlier step it needs did not finish"

    def ready(self) -> list[Step]:
        """Steps whose time has come, in the order of the plan, and those that were taken forward."""
        return [*self._progress.ready(), *self._forward.values()]

    def line(self) -> list[Step]:
        """The calls that may begin; of a step that changes something, one at a time, in the order of its
        list.
        """
        next_items = {id: group.next_item() for id, group in self._groups.items() if id in self._changes}
        return [call for call in self._line.values() if next_items.get(step_of(call.id), call.id) == call.id]

    def line_up(self, step: Step) -> None:
        """Let the one call of a step begin."""
        self._leave_to(step)
        self._line[step.id] = step

    def open(self, step: Step) -> Group:
        """Let a call for each item of a step's list begin. Raises ``MissingField`` when there is no list."""
        items = expand(step, self.outputs, self._most_items)
        self._leave_to(step)
        group = self._groups[step.id] = Group(step, items, list_origins(step, self.outputs))
        for item in items:
            if item.id in self._over:
                group.ended[item.id] = (self._over[item.id].status, self._over[item.id].text)
            else:
                self._line[item.id] = item
        return group

    def _leave_to(self, step: Step) -> None:
        self._progress.begin(step.id)
        self._forward.pop(step.id, None)
        self._begun.add(step.id)

    def begin(self, call: Step) -> None:
        """The call is under way."""
        del self._line[call.id]
        self._under_way.add(call.id)

    def is_under_way(self, call: Step) -> bool:
        return call.id in self._under_way

    def set_aside(self, call: Step) -> None:
        """Something has to be found out first; until then nothing else happens to the call."""
        self._line.pop(call.id, None)
        self._under_way.add(call.id)

    def put_back(self, call: Step) -> None:
        """The call that was set aside stands in line again, as it was."""
        self._under_way.discard(call.id)
        self._line[call.id] = call

    def again(self, step: Step) -> None:
        """Let a step that was under way begin anew, with other arguments."""
        self._progress.replace(step)
        self._under_way.discard(step.id)
        self._over.pop(step.id, None)
        self._line[step.id] = step

    def retry(self, call: Step) -> None:
        """Let a call that was under way begin once more, as it is."""
        self._under_way.discard(call.id)
        self._line[call.id] = call

    def end(self, call: Step, body: StepFinished) -> Group | None:
        """Take note of how a call ended; the group that it belongs to, if there is one."""
        self._line.pop(call.id, None)
        self._forward.pop(call.id, None)
        self._under_way.discard(call.id)
        self._over[call.id] = body
        group = self._groups.get(step_of(call.id))
        if group is None or call.id == group.step.id:
            self._progress.finish(call.id, counted(call.on_error, body.status))
            return None
        group.ended[call.id] = (body.status, body.text)
        return group

    def cut_off(self) -> list[Group]:
        """Steps over a list of which some items are over and others are not."""
        return [group for group in self._groups.values() if group.step.id not in self._over]

    def to_come(self) -> Iterator[Step]:
        """Every call that has not begun; a step over a list that is not known yet stands for its calls."""
        for step in self._progress.pending:
            if (group := self._groups.get(step.id)) is not None:
                yield from (item for item in group.items if item.id in self._line)
            elif step.id not in self._under_way:
                yield from self._calls_of(step)

    def _calls_of(self, step: Step) -> tuple[Step, ...]:
        known = all(ref.step in self.outputs for ref in step.refs())
        if step.foreach is None or not known:
            return (step,)
        try:
            return expand(step, self.outputs, self._most_items)
        except MissingField:
            return ()  # it will fail before it calls anything

    def not_begun(self) -> list[Step]:
        """Steps that are neither lined up nor under way, in the order of the plan."""
        return [step for step in self._progress.pending if step.id not in self._begun]

    def waits_for_turn_only(self, step: Step) -> bool:
        """Whether a step has everything that it needs, and only changes before it are still to come."""
        return self._progress.but_for_its_turn(step.id)

    def take_forward(self, step: Step) -> None:
        """Let a step begin before its turn."""
        self._forward[step.id] = step

    def behind(self, calls: Container[str]) -> set[str]:
        """Ids of the pending steps that any of ``calls`` needs, also by way of others."""
        steps = {step.id: step for step in self._progress.pending}
        found: set[str] = set()
        todo = [step for step in steps.values() if any(call.id in calls for call in self._calls(step))]
        while todo:
            for other in depends_on(todo.pop()) - found:
                if other in steps:
                    found.add(other)
                    todo.append(steps[other])
        return found

    def _calls(self, step: Step) -> tuple[Step, ...]:
        group = self._groups.get(step.id)
        return group.items if group is not None else (step, *self._calls_of(step))


def _statuses(plan: Plan, over: Mapping[str, StepFinished]) -> dict[str, StepStatus]:
    """How what is over counts for what is not."""
    on_error = {step.id: step.on_error for step in plan.steps}
    return {id: counted(on_error.get(id), body.status) for id, body in over.items()}
