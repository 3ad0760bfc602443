"""How many weights a packed checkpoint holds, from its headers alone, without torch."""

from collections.abc import Mapping

from ..weights.shards import StoredTensor

WEIGHTS_PER_BYTE = {"U8": 2, "I8": 1}


def packed_parameters(tensors: Mapping[str, StoredTensor]) -> int:
    """All weights, those that fill up a panel included; scales are no weights."""
    return sum(
        tensor.elements * WEIGHTS_PER_BYTE.get(tensor.dtype, 1)
        for name, tensor in tensors.items()
        if f"{name.removesuffix('.scale')}.data" not in tensors or not name.endswith(".scale")
    )
