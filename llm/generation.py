"""What a caller asks of a generation and what comes back; plain values, free of torch.

The command line and the agent build and read these without loading the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import RequestError

FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How to continue a prompt. Temperature 0 is greedy; the filters apply in the order of the fields."""

    max_tokens: int = 512
    temperature: float = 0.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON Schema that the output must satisfy."""
    grammar: str | None = None
    """Lark grammar (llguidance's dialect) that the output must match; not together with `schema`."""

    def __post_init__(self) -> None:
        if isinstance(self.stop, str):
            object.__setattr__(self, "stop", (self.stop,))
        for wrong, what in (
            (self.max_tokens < 1, f"max_tokens is {self.max_tokens}; it must be at least 1"),
            (not 0 <= self.temperature < 1e4, f"temperature is {self.temperature}; it must be 0 or more"),
            (self.top_k is not None and self.top_k < 1, f"top_k is {self.top_k}; it must be at least 1"),
            (
                self.top_p is not None and not 0 < self.top_p <= 1,
                f"top_p is {self.top_p}; it must be in (0, 1]",
            ),
            (
                self.min_p is not None and not 0 <= self.min_p <= 1,
                f"min_p is {self.min_p}; it must be in [0, 1]",
            ),
            (
                not 0 < self.repetition_penalty < 1e4,
                f"repetition_penalty is {self.repetition_penalty}; 1 is neutral",
            ),
            ("" in self.stop, "a stop string is empty; leave it out"),
            (
                self.schema is not None and self.grammar is not None,
                "schema and grammar are both given; give one",
            ),
        ):
            if wrong:
                raise RequestError(f"These sampling parameters cannot be used: {what}.")


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts and times of one request.

    `cached` of the `prompt` tokens were read from the cache. `generated` counts every token of the output,
    `forced` those of them that a grammar left no choice about, so that they cost no sampling. `drafted` is
    reserved.
    """

    prompt: int
    cached: int
    forced: int
    drafted: int
    generated: int
    seconds: float
    first_token_s: float | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of output. `finish_reason` and `usage` are set on the last one only."""

    text: str
    tokens: tuple[int, ...] = field(default=())
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
