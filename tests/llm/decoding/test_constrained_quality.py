"""What the grammar does to the calls that the shipped model writes: valid by construction, and no worse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from homewit.llm import Chunk, Engine, SamplingParams
from homewit.llm.compact.form import Call, Marker, ToolCard
from homewit.llm.compact.reader import CompactReader, CompactTokenizer
from homewit.llm.training.evaluation import CELLS, wanted_calls
from homewit.llm.training.examples import Mixture
from homewit.llm.training.frames import BUILT_IN
from homewit.llm.training.scoring import same_calls

ITEMS = 20


@dataclass(frozen=True, slots=True)
class Free:
    """The engine without grammars."""

    engine: Engine

    @property
    def tokenizer(self) -> CompactTokenizer:
        return self.engine.tokenizer

    def score(self, prompt: list[int], options: Sequence[list[int]]) -> list[float]:
        return self.engine.score(prompt, options)

    def generate(self, prompt: list[int], params: SamplingParams, cancel: Any = None) -> Iterator[Chunk]:
        return self.engine.generate(prompt, replace(params, grammar=None), cancel)


def is_valid(calls: Sequence[Call], tools: dict[str, ToolCard]) -> bool:
    """Known tools, known arguments, none missing that is required."""
    for call in calls:
        if call.tool not in tools:
            return False
        arguments = tools[call.tool].arguments
        required = {argument.name for argument in arguments if argument.required}
        if not required <= set(call.args) <= {argument.name for argument in arguments}:
            return False
    return bool(calls)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load("bundled")


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell",
    [cell for cell in CELLS if cell.name in ("unseen tools", "plan, two steps with a reference")],
    ids=lambda cell: cell.name,
)
def test_a_grammar_makes_calls_valid_and_no_less_often_right(engine: Engine, cell: Any) -> None:
    """On the same held-out requests, given the right route: shares of valid and right calls both ways."""
    readers = {"constrained": CompactReader(engine), "free": CompactReader(Free(engine))}
    valid, right = dict.fromkeys(readers, 0), dict.fromkeys(readers, 0)
    mixture, chance = Mixture(cell.splits), Random(11)
    for _ in range(ITEMS):
        example = mixture.draw(chance, cell.task)
        route, wanted = example.target[0], wanted_calls(example)
        assert isinstance(route, Marker)
        tools = [*BUILT_IN.values(), *example.tools]
        for name, reader in readers.items():
            try:
                calls = reader.calls(example.request, route, example.tools, tools)
            except (ValueError, KeyError, IndexError):
                continue  # free text that cannot even be read as calls
            valid[name] += is_valid(calls, {tool.name: tool for tool in tools})
            right[name] += same_calls(calls, wanted)

    print(f"{cell.name}: valid {valid}, right {right} of {ITEMS}")
    assert valid["constrained"] == ITEMS
    assert right["constrained"] >= right["free"] - 1  # on so few items one may go either way
