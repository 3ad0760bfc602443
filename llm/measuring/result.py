"""What measuring a model gives, as plain values; free of torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prefill:
    """Reading a prompt of which nothing was in the cache, up to the first token of the answer."""

    tokens: int
    seconds: float
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Decode:
    """One token after another behind `held` tokens; `tokens` of them make one measurement.

    `bandwidth_share` is the part of the machine's read bandwidth that reading `bytes_per_token` took.
    """

    held: int
    tokens: int
    seconds_per_token: float
    tokens_per_s: float
    bytes_per_token: int
    bandwidth_share: float | None


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: of the process at most and now, and what weights and cache take of that."""

    peak: int | None
    held: int | None
    weights: int
    cache: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was found; times are in seconds, medians where there were several rounds.

    `kernels` is the level of the native kernels and `read_bytes_per_s` the read bandwidth of main memory,
    both None where they do not run. `first_token_s` is that of a prompt of `first_prompt` tokens right after
    loading. `notes` say what could not be measured as usual.
    """

    model: str
    dtype: str
    parameters: int
    context: int
    device: str
    threads: int
    kernels: str | None
    load_s: float
    first_prompt: int
    first_token_s: float
    prefill: Prefill
    decode: tuple[Decode, ...]
    memory: Memory
    read_bytes_per_s: float | None
    notes: tuple[str, ...]
