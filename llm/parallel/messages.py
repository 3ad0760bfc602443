"""What the leader tells the others, and how it is written: a name and its fields, as JSON.

Between the messages the processes exchange tensors, whose shapes follow from what was announced.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, TypeAlias, get_args


class Stretch(NamedTuple):
    """New tokens of a sequence behind `start` others, with keys and values in `pages`; None keeps none."""

    ids: Sequence[int]
    start: int
    pages: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Load:
    """Read your share of the checkpoint at `source`, and make room for `context` tokens of a sequence."""

    source: str
    dtype: str
    device: str
    context: int
    page_tokens: int
    int8: bool
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Ready:
    """All have loaded; from now on nobody waits long for anybody."""


@dataclass(frozen=True, slots=True)
class Alive:
    """There is nothing to do at the moment."""


@dataclass(frozen=True, slots=True)
class Stop:
    """There is nothing to do any more."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Run all layers for `parts`."""

    parts: Sequence[Stretch]


@dataclass(frozen=True, slots=True)
class Project:
    """Hand in the logits of all tokens, or of `rows`, for `count` final states, which follow."""

    count: int
    rows: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Grow:
    """There are `capacity` pages now."""

    capacity: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy the first `count` tokens of page `source` into page `target`."""

    source: int
    target: int
    count: int


@dataclass(frozen=True, slots=True)
class Erase:
    """Overwrite `page`."""

    page: int


@dataclass(frozen=True, slots=True)
class Export:
    """Hand in what `slots` hold."""

    slots: Sequence[int]


@dataclass(frozen=True, slots=True)
class Restore:
    """Fill `slots` with your part of what follows."""

    slots: Sequence[int]


Message: TypeAlias = Load | Ready | Alive | Stop | Pass | Project | Grow | Copy | Erase | Export | Restore
KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Message)}


def encode(message: Message) -> bytes:
    """A message as bytes."""
    values = [getattr(message, field.name) for field in fields(message)]
    return json.dumps([type(message).__name__, *values], separators=(",", ":")).encode()


def decode(data: bytes) -> Message:
    """The inverse of `encode`."""
    name, *values = json.loads(data)
    if name == Pass.__name__:
        return Pass([Stretch(*part) for part in values[0]])
    return KINDS[name](*values)
