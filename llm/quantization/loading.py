"""A decoder in the number format that was asked for, whether its checkpoint is stored so or not.

On a CPU with the native kernels weights are packed and lie in large pages; without these 8 bits are PyTorch's
own, and a packed checkpoint is unpacked. On a GPU they are packed in the forms of gpu/weights.py. Knows
folders and decoders, but neither caches nor requests.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor

from ..errors import RequestError, UnsupportedError
from ..families import Blueprint
from ..gpu.packing import pack_on_device
from ..kernels.large_pages import LargePages, offered
from ..kernels.library import KernelsUnavailable, available, open_library
from ..network.decoder import Decoder
from ..weights import checkpoint
from .checkpoint import load_quantized
from .config import Quantization
from .convert import HEAD, describe, empty_packed, give_codebook, pack_decoder_int8_in_pytorch, pack_weight
from .layers import PackedLinear
from .panels import Bits

Quantize = Literal["int8", "int4", "fp8"]
BITS: dict[Quantize, Bits] = {"int8": 8, "int4": 4}  # of what runs on a CPU and is stored


def check_quantize(quantize: Quantize | None, stored: Quantization | None, place: torch.device) -> None:
    """Raise `UnsupportedError` or `RequestError` for what cannot be had here, before anything is read."""
    if quantize is None:
        return
    if quantize not in get_args(Quantize):
        raise UnsupportedError(f"There is no quantization {quantize!r}. Use 'int8', 'int4', 'fp8' or None.")
    if stored is not None:
        if stored.bits != BITS.get(quantize):
            raise RequestError(
                f"This checkpoint is stored in {stored.bits} bits and cannot become {quantize}. "
                "Leave quantize out, or quantize the original checkpoint."
            )
    elif quantize == "fp8" and place.type == "cpu":
        raise UnsupportedError("fp8 weights run on a GPU. Use 'int8' or 'int4' on a CPU.")
    elif quantize == "int4" and place.type == "cpu":
        try:
            open_library()
        except KernelsUnavailable as error:
            raise UnsupportedError(
                f"int4 weights need the native kernels: {error}. {error.fix or 'Use int8.'}"
            ) from error


def load_decoder(
    folder: Path,
    blueprint: Blueprint,
    dtype: torch.dtype,
    place: torch.device,
    quantize: Quantize | None,
    stored: Quantization | None,
) -> Decoder:
    """What `check_quantize` let pass. Raises `CheckpointError`."""
    keep = _keeping(place)
    if stored is not None:
        return load_quantized(folder, blueprint.spec, stored, dtype, place, keep)
    if quantize is not None and place.type == "cpu" and available():
        return load_packed(folder, blueprint, dtype, describe(BITS[quantize]), keep)
    decoder = checkpoint.load(folder, blueprint.spec, dtype, place, blueprint.names, keep)
    if quantize is not None and place.type != "cpu":
        pack_on_device(decoder, quantize)
    elif quantize is not None:
        pack_decoder_int8_in_pytorch(decoder)
    return decoder


def _keeping(place: torch.device) -> Callable[[Tensor], Tensor]:
    """Where weights stay: in large pages if there are any, else where they were read."""
    if place.type == "cpu" and available() and offered():
        return LargePages().keep
    return lambda tensor: tensor


def load_packed(
    folder: Path,
    blueprint: Blueprint,
    dtype: torch.dtype,
    quantization: Quantization,
    keep: Callable[[Tensor], Tensor],
) -> Decoder:
    """What `pack_decoder` makes of the dense checkpoint of `folder`, each weight packed once it is read.

    Tied weights are packed once, for the projection and the embedding. The decoder holds what `keep` gives.
    """
    with torch.device("meta"):
        dense, decoder = Decoder(blueprint.spec), Decoder(blueprint.spec).to(dtype)
    tied = decoder.head is None
    empty_packed(decoder, quantization)
    packed = {name for name, module in decoder.named_modules() if isinstance(module, PackedLinear)}
    state: dict[str, Tensor] = {}
    for name, weight in checkpoint.weights(folder, dense, dtype, "cpu", blueprint.names):
        owner, _, part = name.rpartition(".")
        owner = HEAD if tied and name == checkpoint.EMBEDDING else owner
        if part == "weight" and owner in packed:
            form = pack_weight(owner, weight, quantization)
            state |= {f"{owner}.data": keep(form.data), f"{owner}.scale": keep(form.scale)}
        else:
            state[name] = keep(weight)
    decoder.load_state_dict(state, assign=True)
    give_codebook(decoder, quantization)
    return decoder.requires_grad_(False).eval()
