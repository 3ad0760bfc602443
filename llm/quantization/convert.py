"""Turn the dense layers of a decoder into packed ones, in place.

The output projection is kept in 8 bits also where the layers have 4: it is read once per token like any other
layer, but its errors go straight into the choice of tokens. Embeddings, norms, routers and convolutions stay
as they are. Knows nothing of files.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..kernels import matrix
from ..kernels.library import available
from ..network.decoder import Decoder
from . import panels
from .config import Quantization
from .layers import ATEN_MULTIPLE, Int8Linear, PackedEmbedding, PackedLinear
from .panels import CODEBOOK, DEFAULT_GROUP, Bits, Panels

HEAD = "head"


def describe(bits: Bits) -> Quantization:
    """What `pack_decoder` makes of a decoder."""
    return Quantization(
        bits=bits,
        group_size=DEFAULT_GROUP[bits],
        head_group_size=DEFAULT_GROUP[8],
        codebook=CODEBOOK if bits == 4 else (),
    )


def pack_decoder(decoder: Decoder, quantization: Quantization, with_embedding: bool = False) -> None:
    """Pack every linear layer and the output projection of a decoder on the CPU.

    With tied weights the projection gets a packed copy; `with_embedding` then drops the embedding, too, and
    takes embeddings out of that copy.
    """
    for name, layer in list(dense_layers(decoder)):
        form = pack_weight(name, layer.weight, quantization)
        replace_module(decoder, name, PackedLinear(form, _detached(layer.bias)))
    if decoder.head is None:
        embedding = decoder.embedding.weight
        head = PackedLinear(pack_weight(HEAD, embedding, quantization))
        decoder.head = head
        if with_embedding:
            replace_module(decoder, "embedding", PackedEmbedding(head, embedding.dtype))


def give_codebook(decoder: Decoder, quantization: Quantization) -> None:
    """Tell packed layers what their nibbles stand for, which is stored once for all."""
    codebook = torch.tensor(quantization.codebook or (0,) * 16, dtype=torch.int8)
    for module in decoder.modules():
        if isinstance(module, PackedLinear):
            module.codebook = codebook


def pack_decoder_int8_in_pytorch(decoder: Decoder) -> None:
    """The same in 8 bits where there are no native kernels, for a decoder in bfloat16.

    A layer whose width PyTorch's kernel cannot read stays dense.
    """
    for name, layer in list(dense_layers(decoder)):
        if layer.in_features % ATEN_MULTIPLE == 0:
            replace_module(decoder, name, Int8Linear(layer.weight, layer.bias))
    if decoder.head is None and decoder.spec.width % ATEN_MULTIPLE == 0:
        decoder.head = Int8Linear(decoder.embedding.weight, None)


def empty_packed(decoder: Decoder, quantization: Quantization) -> None:
    """Give a decoder on the meta device packed layers on the meta device, for a checkpoint to fill."""
    tied = decoder.head is None
    for name, layer in list(dense_layers(decoder)):
        bits, group = _form(name, quantization)
        empty = _empty(layer.out_features, layer.in_features, bits, group)
        replace_module(decoder, name, PackedLinear(empty, _detached(layer.bias)))
    if tied:
        bits, group = _form(HEAD, quantization)
        head = PackedLinear(_empty(decoder.spec.vocab, decoder.spec.width, bits, group))
        decoder.head = head
        replace_module(decoder, "embedding", PackedEmbedding(head, decoder.embedding.weight.dtype))


def dense_layers(decoder: Decoder) -> Iterator[tuple[str, nn.Linear]]:
    """The layers that are packed, by name. A single output is a gate, not worth a panel of sixteen."""
    for name, module in decoder.named_modules():
        if isinstance(module, nn.Linear) and module.out_features > 1:
            yield name, module


def pack_weight(name: str, weight: Tensor, quantization: Quantization) -> Panels:
    """The packed form of the weight of the layer `name`."""
    bits, group = _form(name, quantization)
    if available() and weight.dtype in matrix.KINDS:
        return matrix.pack(weight, bits, group)
    return panels.pack(weight, bits, group)


def _form(name: str, quantization: Quantization) -> tuple[Bits, int]:
    if name == HEAD:
        return quantization.head_bits, quantization.head_group_size
    return quantization.bits, quantization.group_size


def _empty(rows: int, columns: int, bits: Bits, group: int) -> Panels:
    data, scale = panels.shapes(rows, columns, bits, group)
    return Panels(
        rows,
        columns,
        bits,
        group,
        torch.empty(data, dtype=torch.int8 if bits == 8 else torch.uint8, device="meta"),
        torch.empty(scale, dtype=torch.float16, device="meta"),
        torch.empty(16, dtype=torch.int8, device="meta"),
    )


def replace_module(decoder: Decoder, name: str, layer: nn.Module) -> None:
    """Put `layer` where the module of that dotted name was."""
    parent, _, last = name.rpartition(".")
    setattr(decoder.get_submodule(parent), last, layer)


def _detached(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.detach()
