"""A decoder in the number format that was asked for, whether its checkpoint is stored so or not.

On a CPU with the native kernels weights are packed and lie in large pages; without these 8 bits are PyTorch's
own, and a packed checkpoint is unpacked. On a GPU they are packed in the forms of gpu/weights.py. Knows
folders and decoders, but neither caches nor requests.
"""

from pathlib import Path
from typing import Literal, get_args

import torch

from ..errors import RequestError, UnsupportedError
from ..families import Blueprint
from ..gpu.packing import pack_on_device
from ..kernels.large_pages import settle
from ..kernels.library import KernelsUnavailable, available, open_library
from ..network.decoder import Decoder
from ..weights import checkpoint
from .checkpoint import load_quantized
from .config import Quantization
from .convert import describe, pack_decoder, pack_decoder_int8_in_pytorch
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
    if stored is not None:
        decoder = load_quantized(folder, blueprint.spec, stored, dtype, place)
    else:
        decoder = checkpoint.load(folder, blueprint.spec, dtype, place, blueprint.names)
        if quantize is not None and place.type != "cpu":
            pack_on_device(decoder, quantize)
        elif quantize is not None and available():
            pack_decoder(decoder, describe(BITS[quantize]))
        elif quantize is not None:
            pack_decoder_int8_in_pytorch(decoder)
    if place.type == "cpu" and available():
        settle(decoder)
    return decoder
