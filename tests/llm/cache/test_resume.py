"""Every family resumes what it computed: after a rewind, in the next turn, in pieces, in fewer bits."""

from pathlib import Path
from typing import Any

import pytest
import torch

from homewit.llm import Engine, SamplingParams
from homewit.llm.cache.prefix_cache import PAGE_TOKENS
from homewit.llm.families import FAMILIES
from homewit.llm.spec import ExpertsSpec

from ..conftest import SHAPES

PIECES = 600  # tokens of a prompt that is read in more than one piece


def prompt(length: int, seed: int) -> list[int]:
    return torch.randint(0, 400, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def generate(engine: Engine, ids: list[int], count: int = 30) -> tuple[list[int], int]:
    """Greedy tokens, and how many tokens of the prompt were held."""
    chunks = list(engine.generate(ids, SamplingParams(max_tokens=count)))
    usage = chunks[-1].usage
    assert usage is not None
    return [token for chunk in chunks for token in chunk.tokens], usage.cached


def plain(engine: Engine, ids: list[int], tokens: list[int]) -> list[int]:
    """What one pass without any state chooses behind `ids` and behind each of `tokens`."""
    rows = engine.logits([*ids, *tokens])[len(ids) - 1 : -1]
    return rows.argmax(dim=-1).tolist()


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: Any, make_checkpoint: Any) -> Path:
    return make_checkpoint(request.param)[0]


def test_turns_and_rewinds_give_the_tokens_of_one_pass(folder: Path) -> None:
    """A long prompt, one that parts from it in the middle, the next turn, and the first again."""
    engine = Engine.load(folder)
    first = prompt(PIECES, 1)
    answer, nothing = generate(engine, first)
    parted = [*first[:300], *prompt(40, 2)]
    following = [*first, *answer, *prompt(20, 3)]

    found = {}
    for name, ids in {"parted": parted, "following": following, "again": first}.items():
        tokens, cached = generate(engine, ids)
        found[name] = cached
        assert tokens == plain(engine, ids, tokens), name

    assert answer == plain(engine, first, answer)
    assert nothing == 0
    # All but what was never fed, the last token of the answer, and what is new.
    assert found["following"] == len(first) + len(answer) - 1
    assert found["again"] == len(first) - 1


def last_words(engine: Engine, tokens: list[int]) -> tuple[str, ...]:
    """What stands at the end of some of the last `tokens` and nowhere before, to stop there; or nothing."""
    for count in range(len(tokens) - 8, len(tokens) - 20, -1):
        text = engine.tokenizer.decode(tokens[:count])
        if text.find(text[-2:]) == len(text) - 2 >= 0 and "\ufffd" not in text[-2:]:
            return (text[-2:],)
    return ()


def test_a_turn_computes_what_is_new_and_a_page_at_most(folder: Path) -> None:
    """Turns whose answers are longer than a page, guessed, in part wrongly, and stopped among the guesses.

    What is left of them does not stand in the way of the next turn.
    """
    writer, engine = Engine.load(folder), Engine.load(folder)
    ids, new, rejected = prompt(100, 6), 100, 0
    for turn in range(2):
        whole, _ = generate(writer, ids, 60)
        engine._requests.history.add(
            [*ids[-2:], *(token if at % 17 else 0 for at, token in enumerate(whole, 1))]
        )
        params = SamplingParams(max_tokens=60, stop=last_words(writer, whole))
        chunks = list(engine.generate(ids, params))
        answer, usage = [token for chunk in chunks for token in chunk.tokens], chunks[-1].usage
        assert usage is not None
        assert answer == whole[: len(answer)]
        assert usage.prompt - usage.cached <= new + PAGE_TOKENS
        rejected += usage.drafted - usage.accepted
        new = 15
        ids = [*ids, *answer, *prompt(new, turn)]

    assert rejected > 0


def test_every_family_is_tried_here() -> None:
    assert set(FAMILIES) == set(SHAPES)


def test_scores_are_sums_over_one_pass(folder: Path) -> None:
    """Branches behind a prompt do not disturb each other, nor what is read after them."""
    engine = Engine.load(folder)
    ids = prompt(50, 4)
    options = [[5], [6, 7, 8], [6, 7, 9, 9]]
    expected = []
    for option in options:
        rows = engine.logits([*ids, *option]).log_softmax(-1)
        expected.append(sum(float(rows[len(ids) - 1 + i, token]) for i, token in enumerate(option)))

    assert engine.score(ids, options) == pytest.approx(expected, abs=1e-3)
    assert engine.score(ids, options) == pytest.approx(expected, abs=1e-3)
    assert generate(engine, ids, 10)[0] == generate(Engine.load(folder), ids, 10)[0]


@pytest.mark.parametrize(("options", "most"), [({"dtype": "bfloat16"}, 0.05), ({"quantize": "int8"}, 0.09)])
def test_fewer_bits_stay_close(folder: Path, options: dict[str, Any], most: float) -> None:
    """Rounded weights give nearly the same logits, and can be generated with."""
    ids = prompt(90, 5)
    reference = Engine.load(folder)
    exact = reference.logits(ids)
    if any(isinstance(layer.ffn, ExpertsSpec) for layer in reference.spec.layers):
        most = 6 * most  # a token that is sent to another expert has quite another state

    engine = Engine.load(folder, **options)
    tokens, _ = generate(engine, ids, 10)

    assert float((engine.logits(ids) - exact).norm() / exact.norm()) < most
    assert len(tokens) == 10


SYSTEM = {"role": "system", "content": "the quick brown fox jumps over the lazy dog; " * 30}
TOOLS = [{"type": "function", "function": {"name": "remember", "parameters": {"type": "object"}}}]


def test_the_next_turn_of_a_chat_reads_little_again(folder: Path) -> None:
    """What both prompts share is resumed within a few tokens, whatever the layers remember.

    Also in another conversation: instructions and tools are read once.
    """
    engine = Engine.load(folder)
    first = [SYSTEM, {"role": "user", "content": "remember that my sister's birthday is May 3"}]
    answer = {"role": "assistant", "content": "done, naïve café"}
    chats = {
        "first": first,
        "next turn": [*first, answer, {"role": "user", "content": "and the lazy dog?"}],
        "other conversation": [SYSTEM, {"role": "user", "content": "a fox"}],
    }
    held: list[list[int]] = []
    again = {}
    for name, messages in chats.items():
        ids = engine.chat_ids(messages, TOOLS)
        chunk = list(engine.chat(messages, TOOLS, SamplingParams(max_tokens=4)))[-1]
        assert chunk.usage is not None
        shared = max((common(ids, earlier) for earlier in held), default=0)
        again[name] = shared - chunk.usage.cached
        held.append(ids)

    assert again["first"] == 0
    assert again["next turn"] <= 8
    assert again["other conversation"] <= 8


def common(left: list[int], right: list[int]) -> int:
    return next((i for i, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), len(left))
