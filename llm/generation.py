"""What a caller asks of a generation and what comes back; plain values, free of torch.

The command line and the agent build and read these without loading the engine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import RequestError

FinishReason = Literal["stop", "length", "cancelled"]
MAX_BIAS = 100.0
MAX_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How to continue a prompt. Temperature 0 is greedy.

    Logits are changed in this order: `logit_bias`, the penalties, the grammar, temperature, then the filters
    in the order of the fields from `top_k` to `min_p`.
    """

    max_tokens: int = 512
    temperature: float = 0.0
    top_k: int | None = None
    typical_p: float | None = None
    """Keep the tokens whose surprise is closest to the expected one, up to this probability."""
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0
    """Divides the logits of tokens of prompt and output; 1 is neutral."""
    presence_penalty: float = 0.0
    """Taken off the logit of each token that the output has."""
    frequency_penalty: float = 0.0
    """Taken off the logit of each token once for every time that the output has it."""
    dry_multiplier: float = 0.0
    """Strength of the penalty on going on with a repeated stretch ("don't repeat yourself"); 0 is off."""
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    """Tokens that may be repeated at no cost; each further one multiplies the penalty by `dry_base`."""
    dry_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    """A token with one of these in it, or a control token, ends a repeated stretch."""
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    """Added to the logits of single tokens; -100 all but forbids one."""
    seed: int | None = None
    """The same seed gives the same text, whatever else runs; None draws one."""
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    """Report the log-probability of each token and of this many most likely ones beside it."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema that the output must satisfy."""
    grammar: str | None = None
    """Lark grammar (llguidance's dialect) that the output must match; not together with `schema`."""
    reasoning_budget: int | None = None
    """Most tokens of thinking before the answer; then the thinking is closed. None sets no limit."""
    drafts: int = 8
    """Most tokens to guess ahead and verify in one pass; 0 guesses none. The output is the same."""

    def __post_init__(self) -> None:
        if isinstance(self.stop, str):
            object.__setattr__(self, "stop", (self.stop,))
        for wrong, what in self._checks():
            if wrong:
                raise RequestError(f"These sampling parameters cannot be used: {what}.")

    def _checks(self) -> Iterator[tuple[bool, str]]:
        """Each thing that may be wrong, and how to say it. Written so that NaN is wrong."""
        yield self.max_tokens < 1, f"max_tokens is {self.max_tokens}; it must be at least 1"
        yield not 0 <= self.temperature < 1e4, f"temperature is {self.temperature}; it must be 0 or more"
        yield self.top_k is not None and self.top_k < 1, f"top_k is {self.top_k}; it must be at least 1"
        for name in ("typical_p", "top_p"):
            value = getattr(self, name)
            yield value is not None and not 0 < value <= 1, f"{name} is {value}; it must be in (0, 1]"
        yield (
            self.min_p is not None and not 0 <= self.min_p <= 1,
            f"min_p is {self.min_p}; it must be in [0, 1]",
        )
        yield (
            not 0 < self.repetition_penalty < 1e4,
            f"repetition_penalty is {self.repetition_penalty}; 1 is neutral",
        )
        for name in ("presence_penalty", "frequency_penalty"):
            value = getattr(self, name)
            yield not -MAX_BIAS <= value <= MAX_BIAS, f"{name} is {value}; 0 is neutral"
        yield (
            not 0 <= self.dry_multiplier < 1e4,
            f"dry_multiplier is {self.dry_multiplier}; it must be 0 or more",
        )
        yield not 1 <= self.dry_base <= 16, f"dry_base is {self.dry_base}; it must be 1 to 16"
        yield (
            self.dry_allowed_length < 1,
            f"dry_allowed_length is {self.dry_allowed_length}; it must be at least 1",
        )
        yield (
            not all(-MAX_BIAS <= value <= MAX_BIAS for value in self.logit_bias.values()),
            f"a logit_bias is beyond {MAX_BIAS:g}",
        )
        yield "" in self.stop, "a stop string is empty; leave it out"
        yield (
            self.logprobs is not None and not 0 <= self.logprobs <= MAX_LOGPROBS,
            f"logprobs is {self.logprobs}; it must be 0 to {MAX_LOGPROBS}",
        )
        yield (
            self.schema is not None and self.grammar is not None,
            "schema and grammar are both given; give one",
        )
        yield (
            self.reasoning_budget is not None and self.reasoning_budget < 0,
            f"reasoning_budget is {self.reasoning_budget}; 0 allows no thinking",
        )
        yield not 0 <= self.drafts <= 64, f"drafts is {self.drafts}; it must be 0 to 64"


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts and times of one request.

    `cached` of the `prompt` tokens were read from the cache. `generated` counts every token of the output;
    `forced` of them were dictated (by a grammar that left no choice, or to close the thinking) and cost no
    sampling; `drafted` tokens were guessed ahead, of which `accepted` became output. `forwards` counts passes
    through the layers, `rows` the logits that were computed in all.
    """

    prompt: int
    cached: int
    forced: int
    drafted: int
    generated: int
    seconds: float
    first_token_s: float | None
    accepted: int = 0
    forwards: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """How likely the model found a token: natural logarithms, before temperature, penalties and grammar."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()
    """The most likely tokens at this place with theirs, most likely first."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of output. `finish_reason` and `usage` are set on the last one only.

    `text` is the answer; `thinking` is what the model thought aloud before it, when its chat template has
    markers for that. `logprobs` has an entry for each of `tokens` when they were asked for.
    """

    text: str
    tokens: tuple[int, ...] = field(default=())
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    thinking: str = ""
    logprobs: tuple[TokenLogprob, ...] = ()
