"""Turn the layers of a decoder on a GPU into packed ones, in place.

The output projection of a 4-bit decoder gets 8 bits, because its errors go straight into the choice of
tokens. A layer that does not exist in the form that is asked for gets 8 bits, or stays dense. Knows no
files.
"""

from typing import cast

import torch
from torch import nn

from ..kernels.model import CannotRun
from ..network.decoder import Decoder
from ..quantization.convert import HEAD, dense_layers, replace_module
from ..quantization.layers import PackedEmbedding, PackedLinear
from ..quantization.panels import unpack as unpack_panels
from .linear import DeviceLinear
from .weights import PackedKind, can_pack, from_panels, pack


def pack_on_device(decoder: Decoder, kind: PackedKind) -> None:
    """Pack every linear layer and the output projection of a decoder where it is.

    With tied weights the projection gets a packed copy, and the embedding stays as it is.
    """
    for name, layer in list(dense_layers(decoder)):
        wanted = _kind(name, layer.in_features, kind)
        if wanted is not None:
            replace_module(decoder, name, DeviceLinear(pack(layer.weight, wanted, layer.bias)))
    wanted = _kind(HEAD, decoder.spec.width, kind)
    if decoder.head is None and wanted is not None:
        decoder.head = DeviceLinear(pack(decoder.embedding.weight, wanted))


def move_packed(decoder: Decoder, dtype: torch.dtype, device: torch.device) -> None:
    """Move a decoder of packed layers from the CPU to a device, rounding nothing again.

    Weights in groups that no kernel reads there become dense, and so does a packed embedding.
    """
    for name, module in list(decoder.named_modules()):
        if not isinstance(module, PackedLinear):
            continue
        held = cast(torch.Tensor | None, module.bias)
        bias = None if held is None else held.to(dtype)
        embedding = decoder.embedding
        if isinstance(embedding, PackedEmbedding) and embedding.head is module:
            rows = unpack_panels(module.panels, dtype)
            replace_module(decoder, "embedding", nn.Embedding.from_pretrained(rows))
        try:
            replace_module(decoder, name, DeviceLinear(from_panels(module.panels, bias)))
        except CannotRun:
            replace_module(decoder, name, _dense(module, bias, dtype))
    decoder.to(device)


def _kind(name: str, columns: int, kind: PackedKind) -> PackedKind | None:
    if kind == "int4" and (name == HEAD or not can_pack(columns, "int4")):
        kind = "int8"
    return kind if can_pack(columns, kind) else None


def _dense(module: PackedLinear, bias: torch.Tensor | None, dtype: torch.dtype) -> nn.Linear:
    dense = nn.Linear(module.columns, module.rows, bias=bias is not None, device="meta")
    dense.weight = nn.Parameter(unpack_panels(module.panels, dtype))
    if bias is not None:
        dense.bias = nn.Parameter(bias)
    return dense
