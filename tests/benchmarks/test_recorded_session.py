"""The recorded session is one that the agent could have had."""

import json

import pytest

from benchmarks.recorded_session import RECORD, opening_calls, recorded_calls, written
from benchmarks.vocabulary import Vocabulary, learned
from homewit.agent.model import ToolView
from homewit.agent.planning.checks import check_plan
from homewit.agent.planning.plan_schema import WirePlan
from homewit.llm.decoding.constrain import GrammarCompiler
from homewit.llm.tokenizer import Tokenizer

PLANS = [call for call in recorded_calls() if call.kind == "plan"]
TOOLS = [ToolView(**tool) for tool in json.loads(RECORD.read_text(encoding="utf-8"))["tools"]]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return learned(20_000)


@pytest.fixture(scope="module")
def tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    return Tokenizer(json.dumps(vocabulary.definition), 20_000, {vocabulary.end_id})


def test_ten_turns_are_recorded_most_of_them_with_a_plan():
    """Each turn ends with an answer."""
    kinds = [(call.turn, call.kind) for call in recorded_calls()]
    assert [turn for turn, kind in kinds if kind == "answer"] == list(range(1, 11))
    assert [turn for turn, kind in kinds if kind == "plan"] == [1, 2, 3, 4, 5, 7, 8, 9]


def test_every_plan_may_run():
    """The static checks find nothing, and reading and writing a plan gives the same text."""
    for call in PLANS:
        plan = WirePlan.model_validate_json(call.output)
        assert check_plan(plan.to_plan("plan"), TOOLS) == []
        assert written(json.loads(call.output)) == call.output


def test_every_plan_fits_the_schema_to_the_last_token(vocabulary: Vocabulary, tokenizer: Tokenizer):
    """Names, types and the order of the arguments are those that a model could have written."""
    grammars = GrammarCompiler(json.dumps(vocabulary.definition), tokenizer.vocab, tokenizer.eos_ids)
    for call in PLANS:
        assert call.schema is not None
        ids = tokenizer.encode(call.output)
        assert grammars.from_schema(call.schema).valid(ids) == len(ids)
    other = tokenizer.encode(PLANS[0].output.replace("search_trains", "search_planes"))  # the control
    assert PLANS[0].schema is not None
    assert grammars.from_schema(PLANS[0].schema).valid(other) < len(other)


def test_the_instructions_with_the_tools_are_as_long_as_they_are_meant_to_be(tokenizer: Tokenizer):
    """Some 2,500 to 3,000 tokens, the same before every plan and at every launch."""
    instructions = {call.messages[0]["content"] for call in (*PLANS, *opening_calls())}
    (text,) = instructions
    assert 2500 < len(tokenizer.encode(text)) < 3000
