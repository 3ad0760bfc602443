"""Drives a chat checkpoint as an ``AgentModel``: a few messages per question, held to a grammar or a schema
where structure is due.

What comes back is text from a model: it is parsed and checked before it becomes anything else, and asked for
again, with the reasons, a bounded number of times. Knows nothing of tools beyond their views.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from ...llm.generation import Chunk, SamplingParams
from .. import prompt
from ..errors import ModelFailed
from ..events import Route
from ..extraction.fields import Field, reply_schema
from ..extraction.offering import with_extraction
from ..extraction.parts import parts_of
from ..grammar.plan_grammar import MOST_STEPS, arguments_grammar, plan_grammar
from ..model import FactDraft, StepResult, StepSoFar, TokenCount, ToolView, TurnContext
from ..plan import Argument, Plan
from ..planning.checks import Problem, check_plan
from ..planning.plan_schema import WireArguments, WirePlan, arguments_schema, plan_schema
from ..planning.schemas import Schema
from ..planning.scope import result_schema
from ..route import ROUTES, normalised

ATTEMPTS = 3
ANSWER_TOKENS = 512
EXTRACTION_TOKENS = 768
MOST_TEXT_TOKENS, FEWEST_TEXT_TOKENS = 3000, 64
"""Of a text that values are taken out of, what is read at once: small models lose track in more."""
PLAN_TOKENS = 768
FEW_STEPS = 4
"""Most steps for a request that seems to need one call."""
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

    def __init__(self, engine: ChatEngine, stepwise: bool = False) -> None:
        """``stepwise``: the first plan need not be the whole one."""
        self._engine = engine
        self._stepwise = stepwise
        self._takes_grammars = getattr(engine, "grammars", None) is not None
        self._used = TokenCount()

    def over(self, engine: ChatEngine) -> "ChatModel":
        """The same, with a count of its own, over a view of the same engine."""
        return ChatModel(engine, self._stepwise)

    def route(self, turn: TurnContext, cancel: threading.Event) -> Mapping[Route, float]:
        ids = self._engine.chat_ids(prompt.route_messages(turn), None, _TEMPLATE_OPTIONS)
        options = [self._engine.tokenizer.encode(route) for route in ROUTES]
        scores = self._engine.score(ids, options)
        return dict(zip(ROUTES, normalised(scores), strict=True))

    def plan(self, turn: TurnContext, route: Route, cancel: threading.Event) -> Plan:
        """A plan that passes the static checks; raises ``ModelFailed`` after the last attempt without one."""
        most = FEW_STEPS if route == "act" else MOST_STEPS
        turn = with_extraction(turn)
        constraint = self._constraint(
            lambda: plan_grammar(turn.tools, most=most), lambda: plan_schema(turn.tools)
        )
        messages = prompt.plan_messages(turn, self._stepwise)
        return self._checked(messages, constraint, route, turn.every_tool(), (), cancel)

    def go_on(
        self, turn: TurnContext, so_far: Sequence[StepSoFar], first: int, cancel: threading.Event
    ) -> Plan:
        """Raises ``ModelFailed`` like ``plan``."""
        before = results_of(so_far)
        turn = with_extraction(turn)
        constraint = self._constraint(
            lambda: plan_grammar(turn.tools, before, first, questions=False),
            lambda: plan_schema(turn.tools),
        )
        messages = prompt.go_on_messages(turn, so_far, first)
        return self._checked(messages, constraint, "plan", turn.every_tool(), so_far, cancel)

    def _checked(
        self,
        messages: Sequence[prompt.Message],
        constraint: Mapping[str, Any],
        route: Route,
        tools: Collection[ToolView],
        so_far: Sequence[StepSoFar],
        cancel: threading.Event,
    ) -> Plan:
        """Steps that pass the checks behind those that have run, asked for until they do."""
        problems: list[str] = []
        params = SamplingParams(max_tokens=PLAN_TOKENS, **constraint)
        for _ in range(ATTEMPTS):
            output = self._complete(messages, params, cancel)
            try:
                plan = WirePlan.model_validate_json(output).to_plan(route)
            except ValidationError as error:
                problems = _in_words(error)
            else:
                problems = [str(problem) for problem in check_more(plan, so_far, tools)]
                if not problems:
                    return plan
            messages = [*messages, *prompt.correction(output, problems)]
        raise ModelFailed(
            f"The model wrote no usable plan in {ATTEMPTS} attempts ({'; '.join(problems[:3])}). "
            "Try to say it differently, or use a larger model."
        )

    def repair(
        self,
        turn: TurnContext,
        failed: StepSoFar,
        problem: str,
        so_far: Sequence[StepSoFar],
        cancel: threading.Event,
    ) -> Mapping[str, Argument] | None:
        """One attempt: what does not fit is no repair."""
        before = results_of(so_far)
        constraint = self._constraint(
            lambda: arguments_grammar(failed.tool, before), lambda: arguments_schema(failed.tool)
        )
        params = SamplingParams(max_tokens=PLAN_TOKENS, **constraint)
        output = self._complete(prompt.repair_messages(turn, failed, problem, so_far), params, cancel)
        try:
            args = WireArguments.model_validate_json(output).to_arguments()
        except ValidationError:
            return None
        done = (one.step for one in so_far if one.status == "done")
        plan = Plan("plan", (*done, replace(failed.step, args=args, after=())))
        problems = check_plan(plan, [failed.tool, *(one.tool for one in so_far)])
        return None if any(problem.step == failed.step.id for problem in problems) else args

    def _constraint(
        self, grammar: Callable[[], str], schema: Callable[[], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """The tighter one of the two that the engine can hold to."""
        return {"grammar": grammar()} if self._takes_grammars else {"schema": schema()}

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

    def parts(self, text: str, fields: Sequence[Field]) -> Sequence[str]:
        """Raises ``ModelFailed`` where the context has no room for any text."""
        question = self._engine.chat_ids(prompt.extraction_messages("", fields), None, _TEMPLATE_OPTIONS)
        context: int = getattr(self._engine, "info", self._engine).context  # type: ignore[attr-defined]
        room = context - len(question) - EXTRACTION_TOKENS
        if room < FEWEST_TEXT_TOKENS:
            raise ModelFailed("The context of this model is too small to read a text with these fields.")

        def measure(part: str) -> int:
            return len(self._engine.tokenizer.encode(json.dumps(part, ensure_ascii=False)))

        return list(parts_of(text, measure, min(room, MOST_TEXT_TOKENS)))

    def extract(self, part: str, fields: Sequence[Field], cancel: threading.Event) -> Mapping[str, Any]:
        """Raises ``ModelFailed`` for anything but an object."""
        params = SamplingParams(max_tokens=EXTRACTION_TOKENS, schema=reply_schema(fields))
        output = self._complete(prompt.extraction_messages(part, fields), params, cancel)
        try:
            said = json.loads(output)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ModelFailed("The model said nothing that could be read as values.")
        return said

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


def check_more(plan: Plan, so_far: Sequence[StepSoFar], tools: Iterable[ToolView]) -> list[Problem]:
    """What is wrong with steps that follow on others: only what is done can be referred to, and no id comes
    twice.
    """
    done = [one.step for one in so_far if one.status == "done"]
    taken = {one.step.id for one in so_far}
    twice = [Problem(step.id, "the id is taken") for step in plan.steps if step.id in taken]
    found = check_plan(replace(plan, steps=(*done, *plan.steps)), tools)
    return twice or [problem for problem in found if problem.step not in taken]


def results_of(so_far: Sequence[StepSoFar]) -> dict[str, Schema]:
    """What later steps may refer to: the results of steps that are done, by id."""
    found = {
        one.step.id: result_schema(one.step, {one.tool.name: one.tool})
        for one in so_far
        if one.status == "done"
    }
    return {id: schema for id, schema in found.items() if schema is not None}


def _in_words(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, detail['loc'])) or 'the plan'}: {detail['msg']}"
        for detail in error.errors(include_url=False)[:3]
    ]
