"""One generation from the inside: how it ends, what it counts, and what it reports of each token."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy
import pytest

from homewit.llm import ConstraintError, Engine, SamplingParams, Usage
from homewit.llm.decoding.allowed import Allowed
from homewit.llm.decoding.choice import Choice
from homewit.llm.decoding.constrain import Constraint, Waiting
from homewit.llm.decoding.guide import Guide
from homewit.llm.decoding.output import Output
from homewit.llm.decoding.stream import TokenStream

PROMPT = list(range(10, 50))


class Anything:
    """Allows every token, calls `step` before each, and never finishes."""

    finished = False

    def __init__(self, vocab: int, step: "threading.Event | ConstraintError | None", after: int) -> None:
        self.vocab = vocab
        self.step = step
        self.after = after
        self.taken: list[int] = []

    def accept(self, token: int) -> None:
        self.taken.append(token)

    def forced(self) -> list[int]:
        return []

    def allowed(self) -> Allowed:
        return Allowed(numpy.ones(self.vocab, dtype=bool), self.vocab)

    def ahead(self, tokens: Sequence[int]) -> Waiting:
        if len(self.taken) == self.after:
            if isinstance(self.step, threading.Event):
                self.step.set()
            elif self.step is not None:
                raise self.step
        return lambda: [self.allowed()]

    def valid(self, tokens: Sequence[int]) -> int:
        return len(tokens)

    def fork(self) -> Constraint:
        return self


def stream(engine: Engine, constraint: Constraint, cancel: threading.Event | None = None) -> TokenStream:
    params = SamplingParams(max_tokens=20)
    choice = Choice(params, 0, len(PROMPT), lambda token: False)
    output = Output(engine.tokenizer, params)
    return TokenStream(engine._runner, PROMPT, choice, output, Guide(constraint), cancel=cancel)


def test_cancelling_ends_before_the_next_step(engine: Engine) -> None:
    """Cancelled while the third token is prepared: no pass is begun any more, and usage counts the two."""
    cancel = threading.Event()

    chunks = list(stream(engine, Anything(engine.spec.vocab, cancel, after=2), cancel).chunks())

    assert chunks[-1].finish_reason == "cancelled"
    assert chunks[-1].usage is not None
    assert (chunks[-1].usage.generated, chunks[-1].usage.forwards) == (2, 2)


def test_an_error_on_the_way_carries_the_usage(engine: Engine) -> None:
    """What was generated before it is shown, and what it cost is known."""
    failing = Anything(engine.spec.vocab, ConstraintError("the grammar became too complex"), after=3)
    tokens: list[int] = []

    with pytest.raises(ConstraintError, match="too complex") as caught:
        tokens.extend(token for chunk in stream(engine, failing).chunks() for token in chunk.tokens)

    assert isinstance(caught.value.usage, Usage)
    assert (caught.value.usage.generated, caught.value.usage.forwards) == (3, 3)
    assert failing.taken == tokens


def test_usage_counts_what_was_computed(engine: Engine) -> None:
    """Passes, and logits of the whole vocabulary for each token where nothing restricts them."""
    chunks = list(engine.generate(PROMPT, SamplingParams(max_tokens=20, drafts=0)))

    usage = chunks[-1].usage
    assert usage is not None
    assert replace(usage, seconds=0.0, first_token_s=None) == Usage(
        prompt=len(PROMPT), cached=0, forced=0, drafted=0, generated=20, seconds=0.0, first_token_s=None,
        accepted=0, forwards=20, rows=20 * engine.spec.vocab,
    )  # fmt: skip
    assert usage.first_token_s is not None
    assert 0 < usage.first_token_s <= usage.seconds


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_log_probabilities_are_the_models_own(engine: Engine, temperature: float) -> None:
    """Each token comes with its own and the best few, as one pass over the whole text gives them.

    Neither temperature nor penalties nor the grammar change them.
    """
    params = SamplingParams(
        max_tokens=12,
        temperature=temperature,
        seed=1,
        logprobs=3,
        presence_penalty=1.0,
        grammar="start: /[a-z ]+/",
    )
    chunks = list(engine.generate(PROMPT, params))
    tokens = [token for chunk in chunks for token in chunk.tokens]
    found = [entry for chunk in chunks for entry in chunk.logprobs]
    rows = engine.logits([*PROMPT, *tokens]).log_softmax(-1)[len(PROMPT) - 1 : -1]

    assert [entry.token for entry in found] == tokens
    for row, entry in zip(rows, found, strict=True):
        best = row.topk(3)
        assert entry.logprob == pytest.approx(float(row[entry.token]), abs=1e-3)
        assert [token for token, _ in entry.top] == best.indices.tolist()
        assert [value for _, value in entry.top] == pytest.approx(best.values.tolist(), abs=1e-3)


def test_parameters_reach_the_choice(engine: Engine) -> None:
    """A forbidden token does not come, a favoured one does, and penalties break a loop."""
    greedy = SamplingParams(max_tokens=30)
    plain = [token for chunk in engine.generate(PROMPT, greedy) for token in chunk.tokens]

    def tokens(params: SamplingParams) -> list[int]:
        return [token for chunk in engine.generate(PROMPT, params) for token in chunk.tokens]

    assert plain[0] not in tokens(replace(greedy, logit_bias={plain[0]: -100.0}))
    looping = replace(greedy, logit_bias={33: 12.0})
    assert tokens(looping).count(33) > 10
    for name in ("presence_penalty", "frequency_penalty"):
        assert tokens(replace(looping, **{name: 20.0})).count(33) < 5
    assert tokens(replace(looping, repetition_penalty=9.0)).count(33) < 5
    assert tokens(replace(looping, dry_multiplier=20.0)).count(33) < 25
