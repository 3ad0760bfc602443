"""A procedure as the text of a workflow that people can change, and back.

The description holds the wordings, one a line, with ``{slot}`` where a value stands; inputs are the slots.
What comes back must be something that a request can fill, or it is refused with the reasons. Pure.
"""

import re
from collections.abc import Collection, Mapping

from ...tools import ToolSpec
from ..errors import UsageError
from ..planning.arguments import INPUTS, Ask, Ref, Text, parts_of
from ..planning.schemas import choices_of, types_of
from ..workflows.checking import check_text
from ..workflows.model import Input, Workflow
from ..workflows.problems import WorkflowInvalid
from ..workflows.writing import write_workflow
from .procedure import Part, Procedure, Slot, Wording
from .wording import tokens

_SLOT = re.compile(r"\{(\w+)\}")
_KINDS = ("integer", "number", "boolean", "string")


def to_text(id: str, procedure: Procedure) -> str:
    """The workflow file of a procedure."""
    return write_workflow(
        Workflow(
            name=id.replace("_", "-"),
            steps=procedure.steps,
            inputs={slot.name: _input(slot) for slot in procedure.slots},
            description="\n".join(map(_written, procedure.wordings)),
        )
    )


def from_text(text: str, before: Procedure, tools: Collection[ToolSpec]) -> Procedure:
    """What the user made of ``before``; raises ``WorkflowInvalid`` or ``UsageError`` with what is wrong."""
    flow, problems = check_text(text, "procedure", tools)
    if flow is None or any(not problem.warning for problem in problems):
        raise WorkflowInvalid("procedure", problems)
    wordings = tuple(_wording(line) for line in flow.description.splitlines() if line.strip())
    if not wordings:
        raise UsageError("Write into the description how it is asked for, such as: save {text} to {path}")
    for wording in wordings:
        said = [part.path for part in wording.parts if isinstance(part, Ref)]
        if sorted(said) != sorted(flow.inputs):
            wanted = ", ".join(f"{{{name}}}" for name in flow.inputs) or "no slot"
            raise UsageError(f"“{_written(wording)}” has to hold each input once: {wanted}.")
    for step in flow.steps:
        _refuse_what_is_no_plan(step.id, [*step.args.values(), step.foreach])
    seen = {slot.name: slot.seen for slot in before.slots}
    slots = tuple(Slot(name, given.schema, seen.get(name, ())) for name, given in flow.inputs.items())
    return Procedure(before.route, flow.steps, slots, wordings)


def _refuse_what_is_no_plan(step: str, arguments: list[object]) -> None:
    for argument in arguments:
        if any(isinstance(part, Ask) for part in parts_of(argument)):
            raise UsageError(
                f"The step {step} asks a question; a procedure takes all values from the request."
            )
        if _mixes(argument):
            raise UsageError(f"The step {step} puts a text together; a procedure uses each value as a whole.")


def _mixes(argument: object) -> bool:
    """Whether a value is put into a text, anywhere inside."""
    if isinstance(argument, Text):
        return True
    if isinstance(argument, Mapping):
        return any(map(_mixes, argument.values()))
    return isinstance(argument, list | tuple) and any(map(_mixes, argument))


def _input(slot: Slot) -> Input:
    kinds = types_of(slot.schema)
    kind = next((kind for kind in _KINDS if kind in kinds), "string")
    choices = tuple(choices_of(slot.schema) or ())
    return Input(kind, f"so far: {', '.join(map(str, slot.seen))}" if slot.seen else "", choices=choices)


def _written(wording: Wording) -> str:
    return " ".join(f"{{{part.path}}}" if isinstance(part, Ref) else part for part in wording.parts)


def _wording(line: str) -> Wording:
    parts: list[Part] = []
    position = 0
    for match in _SLOT.finditer(line):
        parts += [token.word for token in tokens(line[position : match.start()])]
        parts.append(Ref(INPUTS, match[1]))
        position = match.end()
    parts += [token.word for token in tokens(line[position:])]
    return Wording(tuple(parts))
