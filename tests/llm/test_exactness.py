"""Whatever saves work changes nothing: guesses, jumps and left out logits give the tokens of the plain way.

Random prompts on random weights in float32; in narrower formats two logits that round to the same number may
change places. One family through the engine here; test_exactness_of_caches.py has every kind of cache.
"""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from homewit.llm import Engine, RequestError, SamplingParams, Usage

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "action": {"enum": ["remember", "calculate", "write_file"]},
        "count": {"type": "integer", "minimum": -99, "maximum": 99},
        "text": {"type": "string", "maxLength": 12},
        "flags": {"type": "array", "items": {"type": "boolean"}, "maxItems": 4},
    },
    "required": ["action", "count", "text", "flags"],
    "additionalProperties": False,
}
GRAMMAR = 'start: (WORD " ")+ "."\nWORD: "fox" | "dog" | "food" | /[a-f]{1,4}/'


def prompt(seed: int, length: int = 60) -> list[int]:
    """A prompt with repetitions, as prompts with results of tools have them."""
    chance = random.Random(seed)
    words = [[chance.randrange(10, 380) for _ in range(chance.randint(2, 6))] for _ in range(8)]
    ids = [token for _ in range(length) for token in chance.choice(words)]
    return ids[:length]


def run(engine: Engine, ids: list[int], params: SamplingParams) -> tuple[list[int], Usage]:
    chunks = list(engine.generate(ids, params))
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.generated == sum(len(chunk.tokens) for chunk in chunks)
    return [token for chunk in chunks for token in chunk.tokens], usage


WAYS = {
    "greedy": SamplingParams(max_tokens=60),
    "sampled": SamplingParams(max_tokens=60, temperature=0.3, top_k=3),
    "penalised": SamplingParams(
        max_tokens=60,
        presence_penalty=0.4,
        frequency_penalty=0.1,
        repetition_penalty=1.05,
        dry_multiplier=0.2,
    ),
    "schema": SamplingParams(max_tokens=120, schema=SCHEMA),
    "sampled schema": SamplingParams(max_tokens=120, schema=SCHEMA, temperature=1.2, min_p=0.01),
    "grammar": SamplingParams(max_tokens=60, grammar=GRAMMAR, frequency_penalty=0.5, logit_bias={20: -5.0}),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_saved_work_changes_no_token(qwen3: Path, way: str) -> None:
    """Guessed or not, jumped over or chosen one by one, with all logits or some: the same tokens."""
    engine = Engine.load(qwen3)
    total = Counter[str]()
    for seed in range(4):
        ids, params = prompt(seed), replace(WAYS[way], seed=seed)

        plain, everything = run(engine, ids, replace(params, drafts=0, logprobs=0))
        fast, usage = run(engine, ids, params)

        assert fast == plain
        assert (everything.forced, everything.drafted) == (0, 0)
        assert everything.rows == engine.spec.vocab * len(plain)
        total.update(accepted=usage.accepted, saved=everything.forwards - usage.forwards, forced=usage.forced)
        total.update(rows=everything.rows - usage.rows)

    assert total["accepted"] > 0
    assert total["saved"] >= total["accepted"]
    if "schema" in way:
        assert total["forced"] > 100
        assert total["rows"] > 0


def test_earlier_outputs_make_later_ones_cheaper_and_no_different(qwen3: Path) -> None:
    """The second time the whole output is guessed, also without anything in the cache."""
    first, second = Engine.load(qwen3), Engine.load(qwen3)
    params = SamplingParams(max_tokens=50, temperature=0.8, seed=5)
    wanted, slow = run(first, prompt(3), params)
    run(first, prompt(9), params)

    again, quick = run(first, prompt(3), params)
    first.forget_outputs()
    forgotten, _ = run(first, prompt(3), params)

    assert again == forgotten == run(second, prompt(3), params)[0] == wanted
    assert quick.forwards < slow.forwards / 2


def test_a_seed_gives_the_same_text_whatever_else_runs(qwen3: Path) -> None:
    """Alone, and beside other requests that sample, guess and follow grammars in the same passes."""
    engine = Engine.load(qwen3)
    ways = [replace(params, seed=3) for params in WAYS.values()]
    alone = [run(engine, prompt(number), params)[0] for number, params in enumerate(ways)]
    engine.forget_outputs()

    with ThreadPoolExecutor(len(ways)) as threads:
        tasks = [threads.submit(run, engine, prompt(number), params) for number, params in enumerate(ways)]
        together = [task.result()[0] for task in tasks]

    assert together == alone


def test_guesses_may_follow_a_prompt_of_many_pieces(qwen3: Path) -> None:
    """Where a prompt is read in pieces, what is guessed belongs to the last one."""
    engine = Engine.load(qwen3)
    for length in (511, 512, 513, 700):
        ids = prompt(length, length)
        plain, _ = run(engine, ids, SamplingParams(max_tokens=12, drafts=0))
        engine.forget_outputs()
        assert run(engine, ids, SamplingParams(max_tokens=12))[0] == plain


@pytest.fixture(scope="module")
def twins(make_checkpoint: Callable[..., tuple[Path, Any]]) -> Engine:
    """A model of eight layers with a draft model of one, which computes nearly the same."""
    target, _ = make_checkpoint("qwen3", tie_word_embeddings=True, num_hidden_layers=8)
    small, _ = make_checkpoint("qwen3", tie_word_embeddings=True, num_hidden_layers=1)
    engine = Engine.load(target, draft=small)
    large, little = engine._runner.decoder, engine._requests._draft.decoder  # type: ignore[union-attr]
    with torch.no_grad():
        for name, parameter in little.named_parameters():
            parameter.copy_(large.get_parameter(name))
        for layer in large.layers[1:]:
            layer.mixer.out.weight.mul_(0.05)  # type: ignore[union-attr,operator]
            layer.ffn.down.weight.mul_(0.05)  # type: ignore[union-attr,operator]
    return engine


@pytest.mark.parametrize("way", ["greedy", "penalised", "schema", "grammar"])
def test_a_draft_model_changes_no_greedy_token(twins: Engine, way: str) -> None:
    accepted = forwards = 0
    for seed in range(3):
        ids = [random.Random(seed).randrange(10, 380) for _ in range(30)]
        plain, _ = run(twins, ids, replace(WAYS[way], drafts=0))
        twins.forget_outputs()
        drafted, usage = run(twins, ids, WAYS[way])

        assert drafted == plain
        accepted += usage.accepted
        forwards += usage.forwards

    assert accepted > forwards / 4


def test_a_draft_model_changes_no_distribution(twins: Engine) -> None:
    """Enumerated: two tokens of a few hundred seeds are distributed as the model's own logits say.

    (chi-square, far below chance)
    """
    ids, samples, temperature = prompt(1, 20), 400, 1.5
    params = SamplingParams(max_tokens=2, temperature=temperature, top_k=3)
    counts: Counter[tuple[int, ...]] = Counter()
    drafted = accepted = 0
    for seed in range(samples):
        twins.forget_outputs()
        tokens, usage = run(twins, ids, replace(params, seed=seed))
        counts[tuple(tokens)] += 1
        drafted, accepted = drafted + usage.drafted, accepted + usage.accepted

    expected: dict[tuple[int, ...], float] = {}
    best = (twins.logits(ids)[-1] / temperature).topk(3)
    for one, chance in zip(best.indices.tolist(), best.values.softmax(-1).tolist(), strict=True):
        then = (twins.logits([*ids, one])[-1] / temperature).topk(3)
        for two, share in zip(then.indices.tolist(), then.values.softmax(-1).tolist(), strict=True):
            expected[one, two] = samples * chance * share

    assert set(counts) <= set(expected)
    likely = {pair: number for pair, number in expected.items() if number >= 5}
    distance = sum((counts[pair] - number) ** 2 / number for pair, number in likely.items())
    assert distance < 30
    assert 0 < accepted < drafted


def test_a_seed_gives_the_same_text_with_a_draft_model(twins: Engine) -> None:
    """Whatever ran before."""
    params = SamplingParams(max_tokens=30, temperature=1.0, seed=8)
    first = run(twins, prompt(4), params)[0]
    twins.forget_outputs()
    run(twins, prompt(5), params)
    twins.forget_outputs()

    assert run(twins, prompt(4), params)[0] == first


def test_a_draft_model_with_another_vocabulary_is_refused(
    qwen3: Path, checkpoint: Path, sentence_piece: str
) -> None:
    (checkpoint / "tokenizer.json").write_text(sentence_piece, encoding="utf-8")
    (checkpoint / "config.json").write_text(
        (checkpoint / "config.json").read_text().replace('"eos_token_id": 1', '"eos_token_id": 2')
    )

    with pytest.raises(RequestError, match="another vocabulary"):
        Engine.load(qwen3, draft=checkpoint)
