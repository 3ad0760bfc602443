"""What a family says of a checkpoint: the decoder to build, and the names of the tensors to fill it with."""

from dataclasses import dataclass

from ..spec import ModelSpec
from ..weights.tensor_names import Names
from .names import STANDARD


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A decoder and the names of its weights."""

    spec: ModelSpec
    names: Names = STANDARD
