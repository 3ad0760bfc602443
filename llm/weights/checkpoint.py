"""Weights between a folder of safetensors and a `Decoder`, by names that read the same in both directions.

Every tensor is accounted for before the first is read: missing, unexpected and misshapen ones are named in
one error. Weights are memory-mapped and assigned to a decoder without storage, so only fused, turned and cut
ones are copied. What tensors are called is tensor_names.py's affair; no family names here.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from ..errors import CheckpointError
from ..families.names import STANDARD
from ..network.decoder import Decoder
from ..spec import ModelSpec
from .cuts import WHOLE, Cut
from .mapped import MappedFiles
from .shards import SINGLE, StoredTensor, stored_tensors
from .source import TensorSource
from .tensor_names import Names, Piece, pieces_of

MAX_NAMED = 8
EMBEDDING = "embedding.weight"


def load(
    folder: Path,
    spec: ModelSpec,
    dtype: torch.dtype | None = None,
    device: torch.device | str = "cpu",
    names: Names = STANDARD,
    keep: Callable[[Tensor], Tensor] = lambda tensor: tensor,
) -> Decoder:
    """A decoder with the weights of `folder`, in evaluation mode; `dtype` None keeps the stored one.

    Each weight is what `keep` makes of it, which is called as soon as it is read.
    """
    with torch.device("meta"):
        decoder = Decoder(spec)
    state = {name: keep(weight) for name, weight in weights(folder, decoder, dtype, device, names)}
    decoder.load_state_dict(state, assign=True)
    return decoder.requires_grad_(False).eval()


def weights(
    folder: Path,
    decoder: Decoder,
    dtype: torch.dtype | None = None,
    device: torch.device | str = "cpu",
    names: Names = STANDARD,
    cut: Callable[[str], Cut] = lambda name: WHOLE,
    files: MappedFiles | None = None,
) -> Iterator[tuple[str, Tensor]]:
    """Name and weight of each parameter of a dense `decoder`, one after the other, or what `cut` says of it.

    Whoever keeps copies instead of these has never more than a few of them in memory besides. `files` count
    what is read through them.
    """
    spec = decoder.spec
    shapes = {name: tuple(parameter.shape) for name, parameter in decoder.named_parameters()}
    wanted = {name: pieces_of(name, shape, spec, names) for name, shape in shapes.items()}
    stored = _renamed(stored_tensors(folder), names)
    tied_copy = spec.tie_embeddings and names.head in stored
    _account(folder, wanted, stored, names, with_head=tied_copy)
    source = TensorSource(stored, files or MappedFiles(), dtype, device)
    for name, pieces in wanted.items():
        weight = source.read(pieces, shapes[name], cut(name))
        if tied_copy and name == EMBEDDING:
            copy = source.read([replace(pieces[0], name=names.head)], shapes[name], cut(name))
            if not torch.equal(copy, weight):
                raise CheckpointError(
                    f"{folder} says that head and embedding are tied, but holds a different {names.head}. "
                    "Set tie_word_embeddings to false in config.json if the head is meant."
                )
        yield name, weight


def save(decoder: Decoder, folder: Path, dtype: torch.dtype | None = None, names: Names = STANDARD) -> None:
    """Write the weights to one file in `folder` under the names that `load` reads; `dtype` as there."""
    tensors: dict[str, Tensor] = {}
    for name, parameter in decoder.named_parameters():
        pieces = pieces_of(name, tuple(parameter.shape), decoder.spec, names)
        weight = parameter.detach().to("cpu", dtype or parameter.dtype)
        # Experts follow each other, so their own first dimension joins the rows.
        rows = weight.flatten(0, 1) if weight.ndim == 3 else weight
        for piece, part in zip(pieces, rows.split([piece.rows for piece in pieces]), strict=True):
            tensors[piece.name] = _turned_back(part, piece).clone(memory_format=torch.contiguous_format)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / SINGLE, metadata={"format": "pt"})


def _turned_back(rows: Tensor, piece: Piece) -> Tensor:
    """Rows of a parameter as they are stored."""
    if piece.order is not None:
        rows = torch.empty_like(rows).index_copy_(0, torch.tensor(piece.order), rows)
    if piece.layout == "transposed":
        return rows.T
    return rows.unsqueeze(1) if piece.layout == "convolution" else rows


def _renamed(stored: dict[str, StoredTensor], names: Names) -> dict[str, StoredTensor]:
    """The stored tensors by their full names, without those that nobody needs."""
    full = names.completed(list(stored))
    return {full[name]: tensor for name, tensor in stored.items() if not names.is_ignored(full[name])}


def _account(
    folder: Path,
    wanted: dict[str, list[Piece]],
    stored: dict[str, StoredTensor],
    names: Names,
    with_head: bool,
) -> None:
    """Raise a `CheckpointError` that names each difference between what is needed and what the files hold."""
    expected = {piece.name: piece.shape for pieces in wanted.values() for piece in pieces}
    if with_head:
        expected[names.head] = expected[names.embedding]
    missing = [name for name in expected if name not in stored]
    unexpected = [name for name in stored if name not in expected]
    misshapen = [
        f"{name} is {list(stored[name].shape)} instead of {list(shape)}"
        for name, shape in expected.items()
        if name in stored and stored[name].shape != shape
    ]
    problems = "; ".join(
        f"{kind}: {', '.join(_abridged(names))}"
        for kind, names in (("missing", missing), ("unexpected", unexpected), ("misshapen", misshapen))
        if names
    )
    if problems:
        raise CheckpointError(
            f"The weights in {folder} do not fit its config.json. {problems}. "
            "Fetch the checkpoint again, or correct config.json."
        )


def _abridged(names: list[str]) -> Iterator[str]:
    yield from names[:MAX_NAMED]
    if len(names) > MAX_NAMED:
        yield f"and {len(names) - MAX_NAMED} more"
