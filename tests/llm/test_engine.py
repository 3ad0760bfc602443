"""Generation as its callers see it: streaming, ending, cancelling, counting, and reuse of the cache."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from homewit.llm import Chunk, ContextOverflow, Engine, RequestError, SamplingParams, Usage

PROMPT = list(range(10, 50))
GREEDY = SamplingParams(max_tokens=20)


def collect(
    engine: Engine, prompt: str | list[int], params: SamplingParams = GREEDY
) -> tuple[str, list[int], Usage]:
    chunks = list(engine.generate(prompt, params))
    assert all(chunk.finish_reason is None and chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].usage is not None
    return "".join(c.text for c in chunks), [t for c in chunks for t in c.tokens], chunks[-1].usage


def last(engine: Engine, prompt: str | list[int], params: SamplingParams) -> Chunk:
    return list(engine.generate(prompt, params))[-1]


def test_chunks_join_to_the_decoded_tokens(engine: Engine) -> None:
    """The streamed pieces are the text of the streamed tokens, and usage counts them."""
    text, tokens, usage = collect(engine, PROMPT, SamplingParams(max_tokens=50, temperature=1.0, seed=1))

    whole = engine.tokenizer.decode(tokens)
    assert whole.startswith(text)
    assert whole[len(text) :] in ("", "\ufffd")
    assert (usage.prompt, usage.cached, usage.forced, usage.drafted) == (len(PROMPT), 0, 0, 0)
    assert usage.generated == len(tokens)


def test_max_tokens_ends_with_length(engine: Engine) -> None:
    chunk = last(engine, PROMPT, GREEDY)

    assert chunk.finish_reason == "length"
    assert chunk.usage is not None
    assert chunk.usage.generated == 20


def test_the_end_token_ends_with_stop(engine: Engine) -> None:
    """The end token is the last token and is not text."""
    _, tokens, _ = collect(engine, PROMPT)
    engine.tokenizer.eos_ids = frozenset({tokens[4]})

    text, ended, _ = collect(engine, PROMPT)

    assert ended == tokens[: tokens.index(tokens[4]) + 1]
    assert engine.tokenizer.decode(ended[:-1]).startswith(text)


def test_a_full_context_ends_with_length(qwen3: Path) -> None:
    """The answer ends where the context does; the prompt is never cut."""
    engine = Engine.load(qwen3, context=len(PROMPT) + 6)

    chunk = last(engine, PROMPT, SamplingParams(max_tokens=100))

    assert chunk.finish_reason == "length"
    assert chunk.usage is not None
    assert chunk.usage.generated == 6


def test_an_over_long_prompt_is_refused_with_counts(qwen3: Path) -> None:
    """At the call, before anything is generated."""
    engine = Engine.load(qwen3, context=40)

    with pytest.raises(ContextOverflow) as caught:
        engine.generate(PROMPT)

    assert (caught.value.tokens, caught.value.context) == (40, 40)


@pytest.mark.parametrize("ids", [[], [-1], [512]])
def test_impossible_ids_are_refused(engine: Engine, ids: list[int]) -> None:
    for call in (engine.generate, engine.logits):
        with pytest.raises(RequestError):
            call(ids)


def test_stop_strings_end_the_text(engine: Engine) -> None:
    """The text ends before the stop string, wherever the tokens split it."""
    text, _, _ = collect(engine, PROMPT, SamplingParams(max_tokens=50))
    stop = text[7:10]

    cut, _, usage = collect(engine, PROMPT, SamplingParams(max_tokens=50, stop=(stop,)))

    assert cut == text[: text.index(stop)]
    assert usage.generated < 50


def test_a_set_cancel_flag_ends_within_one_step(engine: Engine) -> None:
    """What came before stays, the last chunk says cancelled, and no further token is computed."""
    cancel = threading.Event()
    chunks = []
    for chunk in engine.generate(PROMPT, SamplingParams(max_tokens=100), cancel):
        chunks.append(chunk)
        if len(chunks) == 3:
            cancel.set()

    assert len(chunks) == 4
    assert chunks[-1].finish_reason == "cancelled"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.generated == 3


def test_cancelling_before_the_first_token(engine: Engine) -> None:
    cancel = threading.Event()
    cancel.set()

    (chunk,) = engine.generate(PROMPT, GREEDY, cancel)

    assert chunk.finish_reason == "cancelled"


def test_a_common_prefix_is_not_computed_again(engine: Engine) -> None:
    """The next request reuses the tokens it shares with what the cache holds, and gives the same output."""
    _, tokens, _ = collect(engine, PROMPT)

    _, again, same = collect(engine, PROMPT)
    _, _, longer = collect(engine, [*PROMPT, *tokens, 5, 6])
    _, _, shorter = collect(engine, [*PROMPT[:10], 3, 3])

    assert again == tokens
    # The last token is always computed, because its logits are wanted; the last output was never fed.
    assert (same.cached, longer.cached, shorter.cached) == (39, 59, 10)


def test_interleaved_streams_do_not_disturb_each_other(engine: Engine) -> None:
    """Two generations that take turns on the one cache give what each gives alone."""
    alone = [collect(engine, prompt)[1] for prompt in (PROMPT, PROMPT[::-1])]
    streams = [engine.generate(prompt, GREEDY) for prompt in (PROMPT, PROMPT[::-1])]
    together: list[list[int]] = [[], []]
    for pair in zip(*streams, strict=True):
        for tokens, chunk in zip(together, pair, strict=True):
            tokens += chunk.tokens

    assert together == alone


def test_threads_may_share_an_engine(engine: Engine) -> None:
    alone = collect(engine, PROMPT)[1]
    results: list[list[int]] = []
    threads = [threading.Thread(target=lambda: results.append(collect(engine, PROMPT)[1])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [alone] * 3


def test_a_seed_repeats_a_sample(engine: Engine) -> None:
    params = SamplingParams(max_tokens=30, temperature=1.5, top_k=50, top_p=0.95, min_p=0.01, seed=42)

    first, second = collect(engine, PROMPT, params)[1], collect(engine, PROMPT, params)[1]
    other = collect(engine, PROMPT, replace(params, seed=43))[1]

    assert first == second
    assert first != other


def test_long_prompts_are_read_in_pieces(qwen3: Path) -> None:
    """A prompt longer than one piece gives the logits of one pass, and may be cancelled between pieces."""
    engine = Engine.load(qwen3)
    ids = torch.randint(0, 400, (700,), generator=torch.Generator().manual_seed(0)).tolist()

    expected = int(engine.logits(ids)[-1].argmax())

    assert collect(engine, ids, SamplingParams(max_tokens=1))[1] == [expected]


def test_the_cache_grows_without_losing_tokens(qwen3: Path) -> None:
    """Beyond its first size the cache keeps what it held."""
    engine = Engine.load(qwen3)
    tokens = collect(engine, PROMPT, SamplingParams(max_tokens=300))[1]

    fresh = [int(row.argmax()) for row in engine.logits([*PROMPT, *tokens])[len(PROMPT) - 1 : -1]]

    assert tokens == fresh


def test_scores_are_sums_of_log_probabilities(engine: Engine) -> None:
    """Each option's score is what a full pass gives, and the prompt stays in the cache."""
    options = [[5], [6, 7, 8], [9, 9]]
    expected = []
    for option in options:
        rows = engine.logits([*PROMPT, *option]).log_softmax(-1)
        expected.append(sum(float(rows[len(PROMPT) - 1 + i, token]) for i, token in enumerate(option)))

    assert engine.score(PROMPT, options) == pytest.approx(expected, abs=1e-3)
    assert collect(engine, PROMPT)[2].cached == len(PROMPT) - 1
    assert engine.score(PROMPT, []) == []


def test_embeddings_have_unit_length(engine: Engine) -> None:
    vectors = engine.embed(["the quick fox", "the lazy dog"])

    assert vectors.shape == (2, engine.spec.width)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    assert engine.embed([]).shape == (0, engine.spec.width)


def test_text_prompts_are_encoded_without_control_tokens(engine: Engine) -> None:
    """A prompt given as text cannot contain a control token."""
    ids = engine.tokenizer.encode("<|end|> hello")

    assert collect(engine, "<|end|> hello")[1] == collect(engine, ids)[1]


@pytest.mark.parametrize("context", [1, 0, 10**9])
def test_an_impossible_context_is_refused(qwen3: Path, context: int) -> None:
    with pytest.raises(RequestError, match="allows 2 to"):
        Engine.load(qwen3, context=context)
