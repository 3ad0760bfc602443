"""What the next pass computes: who is served, and with how many tokens.

A pass reads all weights once, however many sequences it serves, so every sequence that needs a few tokens
joins it. Reading a prompt costs time per token; one prompt at a time joins, with fewer tokens when others
wait for their next one. Interactive requests go first and background work takes what is left, but whoever was
passed over often enough goes before everyone. Plain numbers: no tensors, no threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Priority(IntEnum):
    """Whose request it is: somebody waits for it, or it fills the time that is left."""

    INTERACTIVE = 0
    BACKGROUND = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """What one sequence asks for: `pending` tokens, `passed` times asked in vain, in order of `arrival`."""

    pending: int
    priority: Priority
    passed: int
    arrival: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes of a pass, in tokens unless said otherwise."""

    chunk: int = 512
    """Of a prompt that is read while nobody else waits; also the bound of the attention mask."""
    shared_chunk: int = 128
    """Of a prompt beside sequences that need their next token."""
    filler_chunk: int = 64
    """Of a background prompt beside interactive sequences."""
    few: int = 32
    """Up to here a sequence joins every pass."""
    sequences: int = 16
    """Sequences in one pass."""
    patience: int = 8
    """Passes that a sequence may be left out of before it goes first."""


def rank(demand: Demand, limits: Limits) -> tuple[int, int, int]:
    """Sort key of who goes first."""
    overdue = demand.passed >= limits.patience
    return (-1 if overdue else int(demand.priority), -demand.passed, demand.arrival)


def plan(demands: Sequence[Demand], limits: Limits) -> list[tuple[int, int]]:
    """Index and number of tokens of each demand that the next pass serves, in order of rank."""
    order = sorted(range(len(demands)), key=lambda index: rank(demands[index], limits))
    few = [index for index in order if demands[index].pending <= limits.few]
    many = [index for index in order if demands[index].pending > limits.few]
    # The first prompt joins; it has a place of its own, so that short demands cannot keep it out for ever.
    chosen = {*few[: limits.sequences - bool(many)], *many[:1]}
    served = [index for index in order if index in chosen]
    return [(index, _tokens(index, served, demands, limits)) for index in served]


def _tokens(index: int, served: Sequence[int], demands: Sequence[Demand], limits: Limits) -> int:
    demand = demands[index]
    if demand.pending <= limits.few:
        return demand.pending
    others = [demands[other] for other in served if other != index]
    if not others:
        return min(demand.pending, limits.chunk)
    waited_for = any(other.priority < demand.priority for other in others)
    return min(demand.pending, limits.filler_chunk if waited_for else limits.shared_chunk)
