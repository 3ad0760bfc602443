"""How the tensors of a checkpoint make up the parameters of a decoder, as data that reads in both directions.

Families differ in what they call a weight, in what they store fused, transposed or in another order of rows,
and in how their experts are spread over tensors. All of that is said by `Names`; checkpoint.py follows it to
load and to save. This module knows neither torch nor files nor which family says what.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..spec import ModelSpec

KINDS = ("weight", "bias")


@dataclass(frozen=True, slots=True)
class Part:
    """One stored tensor that makes up all or some rows of a parameter.

    In `name`, `{expert}` stands for an index of the parameter's first dimension: then there is one such
    tensor for each. `rows` says how many of our rows the tensor makes up (None: all), `order` which of its
    rows each of them is; both look at the spec of the mixer or feed-forward layer. Matrices may be stored
    `transposed`, or as a `convolution` with an idle dimension in the middle.
    """

    name: str
    rows: Callable[[Any], int] | None = None
    order: Callable[[Any], Sequence[int]] | None = None
    layout: Literal["same", "transposed", "convolution"] = "same"


Parts = tuple[Part, ...]


def whole(name: str, layout: Literal["same", "transposed", "convolution"] = "same") -> Parts:
    """A parameter that is stored as one tensor."""
    return (Part(name, layout=layout),)


@dataclass(frozen=True, slots=True)
class Names:
    """What a family calls its tensors; each entry holds for the weight and for the bias of that name.

    `model` is keyed by the names of parameters outside the layers, `block` by those of a layer's own,
    `inside` by the class of a mixer's or feed-forward layer's spec and then by the names inside it; the last
    two hold names behind `layer`. Files may leave out `optional_prefix`, and tensors that match `ignored` are
    not read.
    """

    model: Mapping[str, Parts]
    layer: str
    block: Mapping[str, Parts]
    inside: Mapping[type, Mapping[str, Parts]]
    optional_prefix: str = ""
    ignored: str | None = None
    _ignored: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ignored", re.compile(self.ignored or r"(?!)"))

    @property
    def head(self) -> str:
        """The output projection, which a checkpoint with tied embeddings may store a copy of."""
        return f"{self.model['head'][0].name}.weight"

    @property
    def embedding(self) -> str:
        return f"{self.model['embedding'][0].name}.weight"

    def is_ignored(self, name: str) -> bool:
        """Whether a stored tensor follows from the spec, or belongs to something that is not built."""
        return self._ignored.fullmatch(name) is not None

    def completed(self, names: Sequence[str]) -> dict[str, str]:
        """The full name of each name in a file."""
        if not self.optional_prefix or any(name.startswith(self.optional_prefix) for name in names):
            return {name: name for name in names}
        return {name: name if name == self.head else self.optional_prefix + name for name in names}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stored tensor of `shape`; turned around, its rows in `order` are the next `rows` of a parameter."""

    name: str
    shape: tuple[int, ...]
    rows: int
    layout: Literal["same", "transposed", "convolution"]
    order: tuple[int, ...] | None


def pieces_of(parameter: str, shape: tuple[int, ...], spec: ModelSpec, names: Names) -> list[Piece]:
    """The stored tensors that make up `parameter` of a decoder, in the order of its rows.

    The experts of a parameter with three dimensions follow each other.
    """
    parts, kind, prefix, layer_spec = _entry(parameter, spec, names)
    by_expert = "{expert}" in parts[0].name
    inner = shape[1:] if by_expert else shape
    pieces = []
    for expert in range(shape[0] if by_expert else 1):
        for part in parts:
            rows = part.rows(layer_spec) if part.rows is not None else inner[0]
            name = prefix + part.name.replace("{expert}", str(expert)) + kind
            order = tuple(part.order(layer_spec)) if part.order is not None else None
            layout = part.layout if len(inner) == 2 else "same"  # biases are never turned
            pieces.append(Piece(name, _stored_shape((rows, *inner[1:]), layout), rows, layout, order))
    return pieces


def _entry(parameter: str, spec: ModelSpec, names: Names) -> tuple[Parts, str, str, Any]:
    """Parts, ending, prefix and layer spec of a parameter."""
    stem, _, last = parameter.rpartition(".")
    stem, kind = (stem, f".{last}") if last in KINDS else (parameter, "")
    found = re.fullmatch(r"layers\.(\d+)\.(?:(mixer|ffn)\.)?(.+)", stem)
    if found is None:
        return names.model[stem], kind, "", None
    number, place, rest = found.groups()
    prefix = names.layer.format(layer=number)
    if place is None:
        return names.block[rest], kind, prefix, None
    layer_spec = getattr(spec.layers[int(number)], place)
    return names.inside[type(layer_spec)][rest], kind, prefix, layer_spec


def _stored_shape(shape: tuple[int, ...], layout: str) -> tuple[int, ...]:
    if layout == "transposed":
        return shape[::-1]
    return (shape[0], 1, *shape[1:]) if layout == "convolution" else shape
