"""A day with the agent, recorded: ten requests, the plans and answers to them, and what the tools gave.

What a model is asked is built from that by the agent's own prompts and schemas, as `ChatModel` does it: a
request that needs tools takes a plan under the schema of the tools, and an answer from their results; one
that needs none takes a reply. Knows nothing of engines.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from homewit.agent import prompt
from homewit.agent.model import Exchange, StepResult, ToolView, TurnContext
from homewit.agent.models.chat_model import ANSWER_TOKENS, PLAN_TOKENS
from homewit.agent.planning.plan_schema import plan_schema

RECORD = Path(__file__).with_name("recorded_session.json")
GREETING = "Hello, what can I do for you?"
Kind = Literal["plan", "answer"]


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a model, and the text that it is answered with."""

    turn: int
    kind: Kind
    messages: Sequence[Mapping[str, str]]
    output: str
    max_tokens: int
    schema: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "messages": list(self.messages),
            "max_tokens": self.max_tokens,
            "schema": self.schema,
        }


def recorded_calls() -> list[Call]:
    """Everything that is asked of the model in the session, in order; turns are counted from 1."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    tools = [ToolView(**tool) for tool in record["tools"]]
    calls: list[Call] = []
    history: list[Exchange] = []
    for number, turn in enumerate(record["turns"], start=1):
        at = datetime.fromisoformat(turn["at"])
        context = TurnContext(turn["request"], at, tools, history=tuple(history))
        calls += _calls(number, context, turn)
        history.append(Exchange(turn["request"], turn["answer"], turn.get("outside", False)))
    return calls


def opening_calls() -> tuple[Call, Call]:
    """Two requests with the instructions and tools of the session, answered in free text.

    Under a schema the first tokens are dictated, before anything has been read.
    """
    first, second, *_ = [call for call in recorded_calls() if call.kind == "plan"]
    messages = [first.messages[0], second.messages[-1]]  # without what was said before
    return (
        Call(0, "answer", first.messages, GREETING, ANSWER_TOKENS),
        Call(0, "answer", messages, GREETING, ANSWER_TOKENS),
    )


def warm_up() -> Call:
    """A call that has nothing in common with those of the session."""
    return Call(0, "answer", [{"role": "user", "content": "Hello!"}], GREETING, ANSWER_TOKENS)


def written(plan: Mapping[str, Any]) -> str:
    """A plan as a model writes it under the schema: without white space."""
    return json.dumps(plan, ensure_ascii=False, separators=(",", ":"))


def _calls(number: int, context: TurnContext, turn: Mapping[str, Any]) -> list[Call]:
    answer = turn["answer"]
    if "plan" not in turn:
        return [Call(number, "answer", prompt.reply_messages(context), answer, ANSWER_TOKENS)]
    results = [
        StepResult(step["id"], step["tool"], step["args"], True, None, text)
        for step, text in zip(turn["plan"]["steps"], turn["results"], strict=True)
    ]
    return [
        Call(
            number,
            "plan",
            prompt.plan_messages(context),
            written(turn["plan"]),
            PLAN_TOKENS,
            plan_schema(context.tools),
        ),
        Call(number, "answer", prompt.answer_messages(context, results), answer, ANSWER_TOKENS),
    ]
