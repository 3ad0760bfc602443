"""Plain generation on the shipped model: parameters reach the engine, and what it tells comes back."""

import re

import pytest

from homewit.agent.config import Settings
from homewit.agent.errors import UsageError
from homewit.agent.models.driver import ModelDriver
from homewit.agent.models.engines import loader
from homewit.agent.models.generating import generate
from homewit.agent.requests import Generate, Generated


@pytest.fixture(scope="module")
def driver() -> ModelDriver:
    return ModelDriver(loader("bundled", Settings()))


async def run(driver: ModelDriver, **fields: object) -> tuple[Generated, list[str]]:
    pieces: list[str] = []
    result = await generate(driver, Generate(prompt="what is 17 * 23?", **fields), pieces.append)  # type: ignore[arg-type]
    return Generated.model_validate(result), pieces


async def test_the_text_comes_in_pieces_and_with_its_cost(driver: ModelDriver):
    result, pieces = await run(driver, grammar='start: "the answer is " /[0-9]{3}/', logprobs=None)

    assert "".join(pieces) == result.text
    assert result.text.startswith("the answer is ")
    assert (result.finish_reason, result.thinking, result.logprobs) == ("stop", "", [])
    assert result.usage["generated"] >= result.usage["forced"] > 0
    assert result.usage["rows"] < result.usage["generated"] * 2048


async def test_log_probabilities_come_with_their_texts(driver: ModelDriver):
    result, _ = await run(driver, max_tokens=5, logprobs=2, drafts=0)

    assert len(result.logprobs) == result.usage["generated"]
    told = "".join(entry.text for entry in result.logprobs)
    assert re.sub(r"<\|\w+\|>", "", told) == result.text  # control tokens have a name, but are not text
    assert all(entry.logprob <= entry.top[0].logprob and len(entry.top) == 2 for entry in result.logprobs)


async def test_impossible_parameters_are_the_callers_fault(driver: ModelDriver):
    with pytest.raises(UsageError, match="top_p"):
        await run(driver, top_p=1.5)
