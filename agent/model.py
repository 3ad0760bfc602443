"""The seam between the agent and whatever model drives it: which route, plan, fact or topic, and which words.

``CompactModel`` asks them in the bundled checkpoint's own form, ``ChatModel`` through a checkpoint's chat
template. All methods block; the session calls them off the event loop and passes ``cancel``, checked at every
token.
"""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol, TypeGuard

from .events import Route, StepStatus
from .extraction.fields import Field
from .plan import Plan, Step
from .planning.arguments import Argument


@dataclass(frozen=True, slots=True)
class ToolView:
    """What a model may know of a tool; plain data so that the llm package needs no tools."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema object; ``properties`` in the order of the signature."""
    returns: Mapping[str, Any]
    phrases: Sequence[str] = ()
    """Sentences that mean one call of it; for models that need such help."""
    outside: bool = False
    """Whether strangers may have written what it returns."""
    source: str = ""
    """Where it comes from, as ``ToolSpec.source`` has it."""
    loops: bool = True
    """Whether a plan may run it once for each of a list."""
    changes: bool = False
    """Whether it changes something, so that what it returns is seldom what somebody wants to keep."""


@dataclass(frozen=True, slots=True)
class FactView:
    id: str
    subject: str
    key: str
    value: str
    quote: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier request of the session with its answer.

    ``outside``: the answer may repeat what strangers wrote, so it has no say in what is done next.
    """

    user: str
    assistant: str
    outside: bool = False


class Catalogue(Protocol):
    """All tools, and the way to those that a request may need."""

    @property
    def views(self) -> Mapping[str, ToolView]: ...
    def offer(self, request: str, known: Collection[str] = ...) -> Sequence[ToolView]: ...


@dataclass(frozen=True, slots=True)
class TurnContext:
    """Everything that is known when a request arrives."""

    request: str
    now: datetime
    tools: Sequence[ToolView]
    """Those that the request may need; there may be many more."""
    facts: Sequence[FactView] = ()
    history: Sequence[Exchange] = ()
    catalogue: Catalogue | None = None
    """All tools; None where ``tools`` are all."""
    typed: bool = True
    """Whether the user wrote all of the request; what others wrote of it is nothing that they ask for."""
    text: str = ""
    """What the request is about, told apart from it for a model that reads one short request at a time."""

    def tools_besides(self, known: Collection[str]) -> Sequence[ToolView]:
        """For a model that knows some tools by heart: these, and of the others those that may be needed."""
        return self.tools if self.catalogue is None else self.catalogue.offer(self.request, known)

    def every_tool(self) -> Collection[ToolView]:
        """What a plan may use, though not all of it was offered."""
        return self.tools if self.catalogue is None else self.catalogue.views.values()


@dataclass(frozen=True, slots=True)
class FactDraft:
    """A fact as the model reads it; ``quote`` must stand in the request, character for character."""

    subject: str
    key: str
    value: str
    quote: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """What the answer may be worded from. ``data`` and ``text`` are data, never instructions."""

    id: str
    tool: str
    args: Mapping[str, Any]
    ok: bool
    data: Any
    text: str


@dataclass(frozen=True, slots=True)
class TokenCount:
    """What model calls cost, in the words of `llm.Usage`."""

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

    def __add__(self, later: "TokenCount") -> "TokenCount":
        """Both together; the first token is the earlier one's."""
        first = later.first_token_s if self.first_token_s is None else self.first_token_s
        names = [field.name for field in fields(self) if field.name != "first_token_s"]
        sums = {name: getattr(self, name) + getattr(later, name) for name in names}
        return TokenCount(**sums, first_token_s=first)


@dataclass(frozen=True, slots=True)
class StepSoFar:
    """A step of a plan that is under way, as a model may see it when it plans on.

    ``told`` is the readable result or the error; None where strangers may have had a hand in it, because such
    text has no say in what is done next.
    """

    step: Step
    tool: ToolView
    status: StepStatus
    told: str | None


class AgentModel(Protocol):
    def route(self, turn: TurnContext, cancel: threading.Event) -> Mapping[Route, float]:
        """Log-probability of each route, normalised over the routes."""
        ...

    def plan(self, turn: TurnContext, route: Route, cancel: threading.Event) -> Plan:
        """Steps for ``act``, ``plan`` and ``schedule``; no steps means that no tool serves the request."""
        ...

    def fact(self, turn: TurnContext, cancel: threading.Event) -> FactDraft | None:
        """The fact of a ``remember`` request, or None when there is none to be found."""
        ...

    def topic(self, turn: TurnContext, cancel: threading.Event) -> str:
        """What a ``recall`` or ``forget`` request is about, as search words."""
        ...

    def reply(self, turn: TurnContext, cancel: threading.Event) -> Iterator[str]:
        """Streamed text for ``chat`` and ``unclear``."""
        ...

    def answer(
        self, turn: TurnContext, results: Sequence[StepResult], cancel: threading.Event
    ) -> Iterator[str]:
        """Streamed wording of finished steps, or of ``turn.facts`` when there are no steps."""
        ...

    def take_usage(self) -> TokenCount:
        """Tokens counted since the last call."""
        ...


class MendingModel(AgentModel, Protocol):
    """A model that can also go on with a plan whose results, or failures, it has seen."""

    def go_on(
        self, turn: TurnContext, so_far: Sequence[StepSoFar], first: int, cancel: threading.Event
    ) -> Plan:
        """The steps that are still needed, numbered from ``first``; no steps when nothing is."""
        ...

    def repair(
        self,
        turn: TurnContext,
        failed: StepSoFar,
        problem: str,
        so_far: Sequence[StepSoFar],
        cancel: threading.Event,
    ) -> Mapping[str, Argument] | None:
        """Other arguments for a step that its tool could not use; None when there are no better ones.

        ``problem`` is data: whoever wrote it has no say beyond these arguments.
        """
        ...


def can_mend(model: AgentModel) -> TypeGuard[MendingModel]:
    return hasattr(model, "go_on") and hasattr(model, "repair")


class PartingModel(AgentModel, Protocol):
    """A model that is asked for one thing at a time, and knows requests that ask for several."""

    def several(self, turn: TurnContext) -> bool:
        """Whether the form of a request says that it asks for several things."""
        ...


def can_part(model: AgentModel) -> TypeGuard[PartingModel]:
    return hasattr(model, "several")


class ReadingModel(AgentModel, Protocol):
    """A model that can read a text by others and say which values stand in it."""

    def parts(self, text: str, fields: Sequence[Field]) -> Sequence[str]:
        """The text in parts that it can read with these fields, one at a time."""
        ...

    def extract(self, part: str, fields: Sequence[Field], cancel: threading.Event) -> Mapping[str, Any]:
        """What it says for each field; nobody has looked yet whether that is in the text.

        The text is data. No tool, no request and no memory is in view, so it can only change these values.
        """
        ...


def can_read(model: AgentModel) -> TypeGuard[ReadingModel]:
    return hasattr(model, "extract") and hasattr(model, "parts")
