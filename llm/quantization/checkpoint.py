"""Quantized checkpoints on disk: a folder like any other, whose weights are packed and mapped into memory as
they are.

The tensors carry our own names, because layers are stored fused, as they are computed. Every tensor is
accounted for, in name, size and type, before the first is read. Without the native kernels the weights are
unpacked once; for a GPU they are put into the order in which its kernels read them.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import CheckpointError, RequestError
from ..families import blueprint_from_config, read_config
from ..gpu.packing import move_packed
from ..kernels.library import available
from ..network.decoder import Decoder
from ..spec import ModelSpec
from ..weights import checkpoint
from ..weights.mapped import MappedFiles
from ..weights.shards import SINGLE, StoredTensor, stored_tensors
from .config import ENTRY, Quantization, quantization_of
from .convert import describe, empty_packed, give_codebook, pack_decoder, replace_module
from .layers import PackedEmbedding, PackedLinear
from .panels import Bits, unpack

MAX_NAMED = 8
# What makes up a checkpoint besides its weights.
COMPANIONS = ("*.json", "*.jinja", "*.txt", "*.model", "LICENSE*", "README*")
STORED_AS = {torch.int8: "I8", torch.uint8: "U8", torch.float16: "F16"}


def quantize_checkpoint(source: Path, target: Path, bits: Bits) -> Quantization:
    """Write the checkpoint of the folder `source` with packed weights to the new folder `target`."""
    config = read_config(source)
    if quantization_of(config) is not None:
        raise RequestError(f"{source} is quantized already. Name the checkpoint that it was made from.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RequestError(f"{target} exists and is not an empty folder. Name a new one.")
    blueprint = blueprint_from_config(config)
    decoder = checkpoint.load(source, blueprint.spec, torch.bfloat16, "cpu", blueprint.names)
    quantization = describe(bits)
    pack_decoder(decoder, quantization, with_embedding=blueprint.spec.tie_embeddings)
    target.mkdir(parents=True, exist_ok=True)
    save_file(decoder.state_dict(), target / SINGLE, metadata={"format": "pt"})
    for path in (path for pattern in COMPANIONS for path in source.glob(pattern)):
        if path.is_file() and not path.name.endswith("safetensors.index.json"):
            shutil.copyfile(path, target / path.name)
    entry = config | {ENTRY: quantization.model_dump(mode="json")}
    (target / "config.json").write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")
    return quantization


def load_quantized(
    folder: Path,
    spec: ModelSpec,
    quantization: Quantization,
    dtype: torch.dtype = torch.bfloat16,
    device: torch.device | str = "cpu",
    keep: Callable[[Tensor], Tensor] = lambda tensor: tensor,
) -> Decoder:
    """A decoder with the packed weights of `folder`, in evaluation mode; it computes in `dtype` besides.

    It holds what `keep` makes of each tensor.
    """
    with torch.device("meta"):
        decoder = Decoder(spec).to(dtype)
    empty_packed(decoder, quantization)
    wanted = decoder.state_dict()
    stored = stored_tensors(folder)
    _account(folder, wanted, stored)
    state = {name: keep(tensor) for name, tensor in _read(stored, wanted)}
    decoder.load_state_dict(state, assign=True)
    give_codebook(decoder, quantization)
    place = torch.device(device)
    if place.type != "cpu":
        move_packed(decoder, dtype, place)
    elif not available():
        _unpack_decoder(decoder, dtype)
    return decoder.requires_grad_(False).eval()


def _account(folder: Path, wanted: dict[str, Tensor], stored: dict[str, StoredTensor]) -> None:
    """Raise a `CheckpointError` that names what the file lacks, has too much, or has in another form."""
    problems = [f"{name} is missing" for name in wanted if name not in stored]
    problems += [f"{name} is unexpected" for name in stored if name not in wanted]
    for name, tensor in wanted.items():
        held = stored.get(name)
        if held is None:
            continue
        if held.shape != tuple(tensor.shape):
            problems.append(f"{name} is {list(held.shape)} instead of {list(tensor.shape)}")
        expected = STORED_AS.get(tensor.dtype)
        if expected is not None and held.dtype != expected:
            problems.append(f"{name} holds {held.dtype} instead of {expected}")
    if problems:
        more = [f"and {len(problems) - MAX_NAMED} more"] if len(problems) > MAX_NAMED else []
        raise CheckpointError(
            f"The packed weights in {folder} do not fit its config.json: "
            f"{', '.join([*problems[:MAX_NAMED], *more])}. Quantize the checkpoint again."
        )


def _read(stored: dict[str, StoredTensor], wanted: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    files = MappedFiles("Quantize the checkpoint again.")
    for name, like in wanted.items():
        yield name, files.read(stored[name]).to(like.dtype)


def _unpack_decoder(decoder: Decoder, dtype: torch.dtype) -> None:
    """Dense layers in place of packed ones: as exact, but as large and slow as an unquantized checkpoint."""
    for name, module in list(decoder.named_modules()):
        if not isinstance(module, PackedLinear):
            continue
        dense = nn.Linear(module.columns, module.rows, bias=module.bias is not None, device="meta")
        weight = unpack(module.panels, dtype)
        dense.weight = nn.Parameter(weight)
        if isinstance(module.bias, Tensor):
            dense.bias = nn.Parameter(module.bias.to(dtype))
        replace_module(decoder, name, dense)
        if isinstance(decoder.embedding, PackedEmbedding) and decoder.embedding.head is module:
            replace_module(decoder, "embedding", nn.Embedding.from_pretrained(weight))
            decoder.head = None
