"""What a run of a workflow starts with: the file's text as it is then, and values for its inputs.

All of it is logged with the run's first events, so that a later change of the file changes no run. Inputs are
to the plan what the result of a step named ``inputs`` would be, each with the origin of its value. Knows
nothing of execution.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..events import StepFinished
from ..log.ledger import Output
from ..plan import Plan
from ..planning.arguments import INPUTS, as_text
from ..planning.scope import nearest
from ..values import (
    PIPE,
    USER,
    Origins,
    ProgramOrigin,
    WorkflowOrigin,
    join,
    origins_from_wire,
    origins_to_wire,
)
from .input_values import InputInvalid, parse_value, wrong_with
from .model import Workflow
from .references import literals_in


@dataclass(frozen=True, slots=True)
class Start:
    """``own``: the file lies in the home folder, so its words are the user's own; those of any other file are
    called by its name, and addresses in it are asked for.

    ``given`` are values by input, of which ``piped`` names those that came through a pipe. ``caller`` is the
    other program that asks for it, if one does; then none of it is the user's own.
    """

    text: str
    name: str
    own: bool
    given: Mapping[str, Any] = field(default_factory=dict)
    piped: tuple[str, ...] = ()
    caller: str = ""

    def to_wire(self) -> dict[str, Any]:
        wire = {
            "name": self.name,
            "text": self.text,
            "own": self.own,
            "given": dict(self.given),
            "piped": list(self.piped),
        }
        return {**wire, "caller": self.caller} if self.caller else wire

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> "Start":
        piped, caller = tuple(wire["piped"]), wire.get("caller", "")
        return cls(wire["text"], wire["name"], wire["own"], wire["given"], piped, caller)

    @property
    def prompt(self) -> str:
        """What stands for the run in lists: the command that starts it in a chat. What was piped is left
        out. Of what another program calls: the tool's name, and the program's.
        """
        if self.caller:
            return f"{self.name}, called by {self.caller}"
        shown = (f"{name}={_shown(value)}" for name, value in self.given.items() if name not in self.piped)
        return " ".join(["/run", self.name, *shown])

    def words(self, flow: Workflow) -> str:
        """All that counts as typed by the user."""
        if self.caller:
            return ""
        typed = [value for name, value in self.given.items() if name not in self.piped]
        if self.own:
            typed += [dict(step.args) for step in flow.steps] + [step.foreach for step in flow.steps]
            typed += [given.default for given in flow.inputs.values()]
        return "\n".join(as_text(literal) for literal in literals_in(typed))

    def plan(self, flow: Workflow) -> Plan:
        """The plan of the workflow; what nobody typed in it comes from its file, or from its caller."""
        own: Origins = frozenset({self._author})
        return Plan("plan", tuple(replace(step, suggested=own) for step in flow.steps))

    def origins(self, name: str) -> Origins:
        """Where the value of an input comes from."""
        if name in self.piped:
            return PIPE
        typed = not self.caller and (name in self.given or self.own)
        return USER if typed else frozenset({self._author})

    @property
    def _author(self) -> ProgramOrigin | WorkflowOrigin:
        """Who wrote what nobody typed."""
        return ProgramOrigin(self.caller) if self.caller else WorkflowOrigin(self.name)


def _shown(value: Any) -> str:
    text = as_text(value)
    return f'"{text}"' if " " in text or not text else text


def given_values(flow: Workflow, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by input from what was given, texts read by the inputs' types; raises ``InputInvalid``."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in flow.inputs:
            near = nearest(name, flow.inputs) or "."
            known = f"Its inputs are: {', '.join(flow.inputs)}." if flow.inputs else "It has none."
            raise InputInvalid(f"{flow.name} has no input {name!r}{near} {known}")
        known_as = flow.inputs[name]
        if isinstance(value, str):
            values[name] = parse_value(name, known_as, value)
        elif (wrong := wrong_with(known_as, value)) is not None:
            raise InputInvalid(f"The input {name} {wrong}.")
        else:
            values[name] = value
    return values


def missing_inputs(flow: Workflow, given: Iterable[str]) -> list[str]:
    """Inputs that somebody still has to give, in the order of the file."""
    there = set(given)
    return [name for name, one in flow.inputs.items() if one.needed and name not in there]


def as_output(values: Mapping[str, Any], origins: Mapping[str, Origins]) -> Output:
    """The inputs as the result that references to them are looked up in."""
    return Output(dict(values), "", join(*origins.values()), origins)


def inputs_to_wire(output: Output) -> dict[str, Any]:
    """As they are logged with the plan."""
    return {
        name: {"value": value, "origins": origins_to_wire(output.parts[name])}
        for name, value in output.data.items()
    }


def inputs_from_wire(wire: Mapping[str, Any]) -> Output:
    values = {name: one["value"] for name, one in wire.items()}
    return as_output(values, {name: origins_from_wire(one["origins"]) for name, one in wire.items()})


def ended() -> StepFinished:
    """Inputs are there before anything runs."""
    return StepFinished(id=INPUTS, tool=INPUTS, args={}, status="done")
