"""How much is measured of a model: decided from its context alone, before anything runs."""

from dataclasses import dataclass

from ..cache.options import MEBIBYTE

PREFILL = 512
HELD = (512, 4096)
TOKENS = 32  # of one measurement of decoding
ROUNDS = 5
BLOCK = 256 * MEBIBYTE  # larger than the caches of most processors
QUICK_TOKENS = 8
QUICK_BLOCK = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured of a model with some context."""

    prefill: int
    held: tuple[int, ...]
    tokens: int
    rounds: int
    block: int
    notes: tuple[str, ...]


def plan(context: int, quick: bool) -> Plan:
    """As much as a context of at least 2 tokens allows; the notes say what it does not."""
    tokens = min(QUICK_TOKENS if quick else TOKENS, max(1, (context - 2) // 2))
    most = context - tokens - 1  # the token that the first pass gives belongs to no measurement
    held: list[int] = []
    notes: list[str] = []
    for wanted in HELD[:1] if quick else HELD:
        length = min(wanted, most)
        is_new = length > 0 and length not in held
        if length < wanted:
            instead = f"measured at {length:,} instead" if is_new else "not measured"
            notes.append(f"{wanted:,} tokens held: {instead}, because the context is {context:,} tokens")
        if is_new:
            held.append(length)
    if quick:
        notes.append(f"{HELD[-1]:,} tokens held: left out by --quick")
    prefill = min(PREFILL, context - 1)
    if prefill < PREFILL:
        notes.append(f"prefill: of {prefill:,} tokens, because the context is {context:,} tokens")
    block = QUICK_BLOCK if quick else BLOCK
    return Plan(prefill, tuple(held), tokens, 1 if quick else ROUNDS, block, tuple(notes))
