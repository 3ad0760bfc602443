"""The versioned vocabulary of a run: everything that happens is one of these events.

The terminal UI, ``--json``, the log in the database and replay are all readers of this list; nothing else is
state. Knows nothing of engines, tools or storage, and imports nothing heavier than pydantic.
"""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, cast, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    model_serializer,
)

EVENT_VERSION = 1

Route = Literal["chat", "recall", "remember", "forget", "act", "plan", "schedule", "unclear"]
StepStatus = Literal["done", "failed", "unknown", "denied", "skipped", "omitted"]
"""``skipped``: something that it needs did not finish. ``omitted``: the plan's own condition left it out."""
RunStatus = Literal[
    "done", "failed", "unavailable", "budget", "approval_needed", "input_needed", "unknown", "cancelled"
]

EXIT_CODES: dict[str, int] = {
    "done": 0,
    "failed": 1,
    "unavailable": 3,
    "budget": 4,
    "approval_needed": 5,
    "input_needed": 5,
    "unknown": 6,
    "cancelled": 130,
}

ApprovalScope = Literal["once", "plan", "session", "date"]
WIDER: tuple[ApprovalScope, ...] = ("plan", "session", "date")
"""How long a yes may hold beyond the one call: for the rest of the plan, of the session, or up to a date."""

TOLD_BY_THE_ANSWER = frozenset({"no_tool", "no_fact"})
"""Codes of errors whose reason is also the answer of the run: who shows that needs no second message."""


class Body(BaseModel):
    """What one event says; the envelope adds who, when and in which order."""

    # Clients meet few kinds in a run, and what is not met need not be made ready to be checked.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    left_out: ClassVar[tuple[str, ...]] = ()
    """Fields that are left out of the wire form where they say nothing."""
    parent: str = ""
    """The step that it is part of, when it is said by a sub-task; its own steps are called ``PARENT/s1``."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _trimmed(serialise(self), "parent", *self.left_out)


def _trimmed(wire: dict[str, Any], *optional: str) -> dict[str, Any]:
    """``wire`` without those of the optional fields that say nothing; a list to run over may be empty."""
    return {
        name: value
        for name, value in wire.items()
        if name not in optional or value or (name == "foreach" and value is not None)
    }


class RunStarted(Body):
    type: Literal["run.started"] = "run.started"
    prompt: str
    session: str
    model: str
    piped: int = 0
    """How many characters at the end of the prompt came through a pipe."""
    workflow: dict[str, Any] | None = None
    """Of a workflow: its name, its text as it was, and what was given for its inputs."""

    left_out = ("workflow",)


class RouteChosen(Body):
    type: Literal["route"] = "route"
    route: Route
    scores: dict[str, float] = {}
    decided_by: Literal["rule", "model"] = "model"


class RecalledItem(Body):
    id: str
    kind: Literal["fact", "turn", "procedure"]
    text: str
    origin: str


class Recalled(Body):
    type: Literal["recall"] = "recall"
    items: tuple[RecalledItem, ...]


class PlannedStep(Body):
    """A step as planned: ``args`` may hold ``{"$ref": "s1.text"}`` and ``{"$ask": "question"}`` anywhere.

    The other fields are left out of the wire form where there is nothing to say.
    """

    id: str
    tool: str
    args: dict[str, Any]
    after: tuple[str, ...] = ()
    foreach: Any = None
    """A list, or a reference to one: the step runs once for each item, ``{"$ref": "item.path"}``."""
    when: dict[str, Any] | None = None
    """The condition under which it runs, such as ``{"equals": [{"$ref": "s1.count"}, 0]}``."""
    suggested: list[dict[str, Any]] = []
    """Origins of words that were in view when its arguments were written, beyond the request."""
    on_error: dict[str, Any] | None = None
    """What happens when it fails, such as ``{"retry": 2, "then": "continue"}``."""

    left_out = ("foreach", "when", "suggested", "on_error")


class Planned(Body):
    type: Literal["plan"] = "plan"
    steps: tuple[PlannedStep, ...]
    inputs: dict[str, Any] = {}
    """Of a workflow: the value of each input and where it comes from, ``{"value": …, "origins": […]}``."""
    procedure: str | None = None
    """What was learned before and is repeated here, instead of a plan by a model."""

    left_out = ("inputs", "procedure")


class PlanChanged(Body):
    type: Literal["plan.changed"] = "plan.changed"
    steps: tuple[PlannedStep, ...]
    reason: str


class StepStarted(Body):
    type: Literal["step.started"] = "step.started"
    id: str
    tool: str
    args: dict[str, Any]


class StepOutput(Body):
    """What a running step shows meanwhile: a line of ``progress``, or a piece of its ``output``."""

    type: Literal["step.output"] = "step.output"
    id: str
    text: str
    kind: Literal["progress", "output"] = "progress"


class StepFinished(Body):
    """``args`` are the resolved ones; ``output`` is the result's data, or ``{"error": message}``.

    The items of a step that runs over a list have ends of their own, with ids such as ``s2[0]``; that of the
    step itself follows, with a list as its output.
    """

    type: Literal["step.finished"] = "step.finished"
    id: str
    tool: str
    args: dict[str, Any]
    status: StepStatus
    output: Any = None
    text: str = ""
    seconds: float = 0.0
    origins: tuple[str, ...] = ()
    """Where the output comes from, in words: the tool, its arguments, the records that it read."""


CONDITION = "only if"
"""Stands where an argument is named, for the condition of a step; no argument has a space in its name."""


class SinkShown(Body):
    """One argument that decides where something goes, with the exact value and where it came from."""

    step: str
    argument: str
    value: Any
    origin: str


class ApprovalStep(Body):
    id: str
    tool: str
    effect: str
    args: dict[str, Any]
    rule: str
    """The narrowest rule that would allow exactly this step; empty where no rule can."""
    preview: str = ""
    when: dict[str, Any] | None = None
    """The condition under which it runs, with the values that it has."""
    open: tuple[str, ...] = ()
    """References in ``args`` and ``when`` whose values nobody knew yet."""
    lasts: bool = False
    """Whether a wider yes also allows its rule for longer."""

    left_out = ("when", "open", "lasts")


class ApprovalRequested(Body):
    type: Literal["approval.requested"] = "approval.requested"
    approval: str
    steps: tuple[ApprovalStep, ...]
    sinks: tuple[SinkShown, ...]
    reason: str
    scopes: tuple[ApprovalScope, ...] = ()
    """What is offered beyond a yes for this once."""
    until: date | None = None
    """The last day that is offered for the scope ``date``; the answer may name another one."""

    left_out = ("scopes", "until")


class ApprovalResolved(Body):
    """``grants``: ids of what was allowed for longer than once, as `homewit permissions list` shows them."""

    type: Literal["approval.resolved"] = "approval.resolved"
    approval: str
    decision: Literal["allow", "deny"]
    by: Literal["user", "rule", "headless", "cancelled"]
    scope: ApprovalScope = "once"
    grants: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _without_nothing(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        wire = _trimmed(serialise(self), "parent", "grants")
        return {name: value for name, value in wire.items() if (name, value) != ("scope", "once")}


class Question(Body):
    """Input the run needs; answered by a ``reply`` request or by the user's next prompt."""

    type: Literal["question"] = "question"
    question: str
    text: str
    step: str | None = None
    argument: str | None = None


class TextDelta(Body):
    type: Literal["text.delta"] = "text.delta"
    text: str


class ThinkingDelta(Body):
    type: Literal["thinking.delta"] = "thinking.delta"
    text: str


class Answered(Body):
    type: Literal["answer"] = "answer"
    text: str
    citations: tuple[str, ...] = ()
    outputs: dict[str, Any] = {}
    """Of a workflow: what it says that comes of it, as data."""

    left_out = ("outputs",)


class MemoryWritten(Body):
    type: Literal["memory.written"] = "memory.written"
    action: Literal["added", "superseded", "forgotten"]
    id: str
    text: str


class UsageReported(Body):
    type: Literal["usage"] = "usage"
    prompt: int = 0
    cached: int = 0
    forced: int = 0
    drafted: int = 0
    accepted: int = 0
    generated: int = 0
    forwards: int = 0
    rows: int = 0
    seconds: float = 0.0
    first_token_s: float | None = None


class Warned(Body):
    type: Literal["warning"] = "warning"
    message: str


class Errored(Body):
    type: Literal["error"] = "error"
    code: str
    message: str


class RunFinished(Body):
    type: Literal["run.finished"] = "run.finished"
    status: RunStatus
    exit_code: int


EventBody = Annotated[
    RunStarted
    | RouteChosen
    | Recalled
    | Planned
    | PlanChanged
    | StepStarted
    | StepOutput
    | StepFinished
    | ApprovalRequested
    | ApprovalResolved
    | Question
    | TextDelta
    | ThinkingDelta
    | Answered
    | MemoryWritten
    | UsageReported
    | Warned
    | Errored
    | RunFinished,
    Field(discriminator="type"),
]

_body_adapter: TypeAdapter[EventBody] = TypeAdapter(EventBody, config=ConfigDict(defer_build=True))
_KINDS: dict[str, type[Body]] = {
    kind.model_fields["type"].default: kind for kind in get_args(get_args(EventBody)[0])
}


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)

    v: int = EVENT_VERSION
    seq: int
    run: str
    ts: datetime


class Event(_Envelope):
    """One line of a run's log."""

    body: EventBody

    def to_wire(self) -> dict[str, Any]:
        """The flat JSON object of the contract: envelope fields first, then the body's own."""
        envelope = {"v": self.v, "seq": self.seq, "run": self.run, "ts": self.ts.isoformat()}
        body = self.body.model_dump(mode="json")
        return {**envelope, "type": body.pop("type"), **body}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> "Event":
        """Read the flat form back; raises ``pydantic.ValidationError`` on anything else."""
        body = {key: value for key, value in wire.items() if key not in _Envelope.model_fields}
        return cls.model_construct(**dict(_Envelope.model_validate(wire)), body=parse_body(body))


def parse_body(wire: dict[str, Any]) -> EventBody:
    """Validate a stored body (``type`` included)."""
    kind = _KINDS.get(wire.get("type", ""))
    return _body_adapter.validate_python(wire) if kind is None else cast(EventBody, kind.model_validate(wire))
