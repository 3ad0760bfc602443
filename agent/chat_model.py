"""Drives a chat checkpoint as an ``AgentModel``: a few messages per question, schema-constrained where
structure is due.

What comes back is text from a model: it is parsed and checked before it becomes anything else, and asked for
again, with the reasons, a bounded number of times. Knows nothing of tools beyond their views.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from ..llm.generation import Chunk, SamplingParams
from . import prompt
from .checks import check_plan
from .errors import ModelFailed
from .events import Route
from .model import FactDraft, StepResult, TokenCount, TurnContext
from .plan import Plan
from .plan_schema import WirePlan, plan_schema
from .route import ROUTES, normalised

ATTEMPTS = 3
ANSWER_TOKENS = 512
PLAN_TOKENS = 768
_TEMPLATE_OPTIONS = {"enable_thinking": False}  # read by the templates of models that can think aloud


class TextTokenizer(Protocol):
    def encode(self, text: str, specials: bool = ...) -> list[int]: ...


class ChatEngine(Protocol):
    """What is used of an engine; ``ScriptedEngine`` offers the same."""

    @property
    def tokenizer(self) -> TextTokenizer: ...
    def chat(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Any = None,
        params: SamplingParams = ...,
        cancel: threading.Event | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Iterator[Chunk]: ...
    def chat_ids(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Any = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]: ...
    def score(self, prompt: list[int], options: Sequence[list[int]]) -> list[float]: ...


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject: str
    key: str
    value: str
    quote: str


class _Topic(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topic: str


class ChatModel:
    """An ``AgentModel`` over any engine with a chat template."""

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine
        self._used = TokenCount()

    def route(self, turn: TurnContext, cancel: threading.Event) -> Mapping[Route, float]:
        ids = self._engine.chat_ids(prompt.route_messages(turn), None, _TEMPLATE_OPTIONS)
        options = [self._engine.tokenizer.encode(route) for route in ROUTES]
        scores = self._engine.score(ids, options)
        return dict(zip(ROUTES, normalised(scores), strict=True))

    def plan(self, turn: TurnContext, route: Route, cancel: threading.Event) -> Plan:
        """A plan that passes the static checks; raises ``ModelFailed`` after the last attempt without one."""
        messages = prompt.plan_messages(turn)
        params = SamplingParams(max_tokens=PLAN_TOKENS, schema=plan_schema(turn.tools))
        problems: list[str] = []
        for _ in range(ATTEMPTS):
            output = self._complete(messages, params, cancel)
            try:
                plan = WirePlan.model_validate_json(output).to_plan(route)
            except ValidationError as error:
                problems = _in_words(error)
            else:
                problems = [str(problem) for problem in check_plan(plan, turn.tools)]
                if not problems:
                    return plan
            messages = [*messages, *prompt.correction(output, problems)]
        raise ModelFailed(
            f"The model wrote no usable plan in {ATTEMPTS} attempts ({'; '.join(problems[:3])}). "
            "Try to say it differently, or use a larger model."
        )

    def fact(self, turn: TurnContext, cancel: threading.Event) -> FactDraft | None:
        params = SamplingParams(max_tokens=200, schema=prompt.FACT_SCHEMA)
        try:
            found = _Fact.model_validate_json(self._complete(prompt.fact_messages(turn), params, cancel))
        except ValidationError:
            return None  # the caller says that no fact was found
        return FactDraft(found.subject, found.key, found.value, found.quote)

    def topic(self, turn: TurnContext, cancel: threading.Event) -> str:
        params = SamplingParams(max_tokens=60, schema=prompt.TOPIC_SCHEMA)
        try:
            return _Topic.model_validate_json(
                self._complete(prompt.topic_messages(turn), params, cancel)
            ).topic
        except ValidationError:
            return turn.request

    def reply(self, turn: TurnContext, cancel: threading.Event) -> Iterator[str]:
        return self._write(prompt.reply_messages(turn), SamplingParams(max_tokens=ANSWER_TOKENS), cancel)

    def answer(
        self, turn: TurnContext, results: Sequence[StepResult], cancel: threading.Event
    ) -> Iterator[str]:
        messages = prompt.answer_messages(turn, results)
        return self._write(messages, SamplingParams(max_tokens=ANSWER_TOKENS), cancel)

    def take_usage(self) -> TokenCount:
        used, self._used = self._used, TokenCount()
        return used

    def _complete(
        self, messages: Sequence[prompt.Message], params: SamplingParams, cancel: threading.Event
    ) -> str:
        return "".join(self._write(messages, params, cancel))

    def _write(
        self, messages: Sequence[prompt.Message], params: SamplingParams, cancel: threading.Event
    ) -> Iterator[str]:
        for chunk in self._engine.chat(messages, None, params, cancel, _TEMPLATE_OPTIONS):
            if chunk.usage is not None:
                self._used += TokenCount(**asdict(chunk.usage))
            if chunk.text:
                yield chunk.text


def _in_words(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, detail['loc'])) or 'the plan'}: {detail['msg']}"
        for detail in error.errors(include_url=False)[:3]
    ]
