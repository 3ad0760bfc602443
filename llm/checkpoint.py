"""Weights between a folder of safetensors and a `Decoder`, by rules that read the same in both directions.

Every tensor is accounted for before the first is read: missing, unexpected and misshapen ones are named in
one error. Weights are memory-mapped and assigned to a decoder without storage, so only fused ones are copied.
This module knows Hugging Face tensor names, but no family names.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from .decoder import Decoder
from .errors import CheckpointError
from .shards import SINGLE, StoredTensor, stored_tensors
from .spec import LayerSpec, ModelSpec

MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """One parameter of ours is the concatenation along dim 0 of theirs; `sizes` are the rows of each part."""

    ours: str
    theirs: tuple[str, ...]
    sizes: Callable[[LayerSpec], tuple[int, ...]] | None = None


def _qkv_rows(layer: LayerSpec) -> tuple[int, ...]:
    mixer = layer.mixer
    return mixer.heads * mixer.head_dim, mixer.kv_heads * mixer.head_dim, mixer.kv_heads * mixer.head_dim


def _gate_up_rows(layer: LayerSpec) -> tuple[int, ...]:
    return layer.ffn.hidden, layer.ffn.hidden


# `{}` stands for the layer number; every rule holds for both `weight` and `bias`.
RULES = (
    Rule("embedding", ("model.embed_tokens",)),
    Rule("norm", ("model.norm",)),
    Rule("head", ("lm_head",)),
    Rule("layers.{}.mixer_norm", ("model.layers.{}.input_layernorm",)),
    Rule(
        "layers.{}.mixer.qkv",
        tuple(f"model.layers.{{}}.self_attn.{part}_proj" for part in ("q", "k", "v")),
        _qkv_rows,
    ),
    Rule("layers.{}.mixer.out", ("model.layers.{}.self_attn.o_proj",)),
    Rule("layers.{}.mixer.query_norm", ("model.layers.{}.self_attn.q_norm",)),
    Rule("layers.{}.mixer.key_norm", ("model.layers.{}.self_attn.k_norm",)),
    Rule("layers.{}.ffn_norm", ("model.layers.{}.post_attention_layernorm",)),
    Rule(
        "layers.{}.ffn.gate_up",
        ("model.layers.{}.mlp.gate_proj", "model.layers.{}.mlp.up_proj"),
        _gate_up_rows,
    ),
    Rule("layers.{}.ffn.down", ("model.layers.{}.mlp.down_proj",)),
)
_RULE_OF = {rule.ours: rule for rule in RULES}
# Old checkpoints store the rotary frequencies, which follow from the spec.
_DERIVED = re.compile(r"model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq")


@dataclass(frozen=True, slots=True)
class Part:
    """A stored tensor that makes up the whole or some rows of a parameter."""

    name: str
    shape: tuple[int, ...]


def parts_of(parameter: str, shape: tuple[int, ...], spec: ModelSpec) -> list[Part]:
    """The stored tensors, in order, whose rows make up `parameter` of a decoder."""
    stem, kind = parameter.rsplit(".", 1)
    number = re.search(r"\d+", stem)
    rule = _RULE_OF[stem if number is None else stem.replace(number[0], "{}", 1)]
    if rule.sizes is None or number is None:
        rows: tuple[int, ...] = shape[:1]
    else:
        rows = rule.sizes(spec.layers[int(number[0])])
    layer = number[0] if number else ""
    return [
        Part(f"{their.format(layer)}.{kind}", (count, *shape[1:]))
        for their, count in zip(rule.theirs, rows, strict=True)
    ]


def load(
    folder: Path, spec: ModelSpec, dtype: torch.dtype | None = None, device: torch.device | str = "cpu"
) -> Decoder:
    """A decoder with the weights of `folder`, in evaluation mode; `dtype` None keeps the stored one."""
    with torch.device("meta"):
        decoder = Decoder(spec)
    wanted = {
        name: parts_of(name, tuple(parameter.shape), spec) for name, parameter in decoder.named_parameters()
    }
    stored = stored_tensors(folder)
    tied_copy = stored.get("lm_head.weight") if spec.tie_embeddings else None
    _account(folder, wanted, stored, ignore_head=tied_copy is not None)
    source = _Source(stored, dtype, device)
    state = {}
    for name, parts in wanted.items():
        tensors = [source.read(part.name) for part in parts]
        state[name] = tensors[0] if len(tensors) == 1 else torch.cat(tensors)
    if tied_copy is not None and not torch.equal(source.read("lm_head.weight"), state["embedding.weight"]):
        raise CheckpointError(
            f"{folder} says that head and embedding are tied, but holds a different lm_head.weight. "
            "Set tie_word_embeddings to false in config.json if the head is meant."
        )
    decoder.load_state_dict(state, assign=True)
    return decoder.requires_grad_(False).eval()


def save(decoder: Decoder, folder: Path, dtype: torch.dtype | None = None) -> None:
    """Write the weights to one file in `folder` under Hugging Face names; `dtype` None keeps theirs."""
    tensors: dict[str, Tensor] = {}
    for name, parameter in decoder.named_parameters():
        parts = parts_of(name, tuple(parameter.shape), decoder.spec)
        rows = parameter.detach().to("cpu", dtype or parameter.dtype).split([part.shape[0] for part in parts])
        tensors.update((part.name, piece.clone()) for part, piece in zip(parts, rows, strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / SINGLE, metadata={"format": "pt"})


class _Source:
    """Opens each file once, memory-mapped, and reads tensors by name."""

    def __init__(
        self, stored: dict[str, StoredTensor], dtype: torch.dtype | None, device: torch.device | str
    ) -> None:
        self._stored = stored
        self._dtype = dtype
        self._device = device
        self._open: dict[Path, safe_open] = {}

    def read(self, name: str) -> Tensor:
        path = self._stored[name].file
        try:
            if path not in self._open:
                self._open[path] = safe_open(path, framework="pt")
            tensor = self._open[path].get_tensor(name)
        except (SafetensorError, OSError, ValueError) as error:
            raise CheckpointError(f"{path} cannot be read ({error}). Fetch it again.") from error
        return tensor.to(self._device, self._dtype)


def _account(
    folder: Path, wanted: dict[str, list[Part]], stored: dict[str, StoredTensor], ignore_head: bool
) -> None:
    """Raise a `CheckpointError` that names each difference between what is needed and what the files hold."""
    expected = {part.name: part.shape for parts in wanted.values() for part in parts}
    if ignore_head:
        expected["lm_head.weight"] = expected["model.embed_tokens.weight"]
    missing = [name for name in expected if name not in stored]
    unexpected = [name for name in stored if name not in expected and not _DERIVED.fullmatch(name)]
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
