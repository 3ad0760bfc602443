"""One checkpoint with random weights, written for both sides: a Hugging Face folder, and GGUF for llama.cpp.

Weights, tokenizer and chat template are the same in both. The weights are in bfloat16, rounded so that
float16 holds them exactly, and large enough for every layer to have its say. Each side packs them into fewer
bits by itself, ahead of time. Knows nothing of what is measured.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .gguf_file import pack_gguf, write_gguf
from .shapes import SHAPES
from .vocabulary import CONTROL, END, TEMPLATE, Vocabulary, learned

ORIGINAL = "F16"
KINDS = (ORIGINAL, "Q8_0", "Q4_0")
SMALLEST = 2.0**-17  # float16 holds a bfloat16 of this size exactly, and not all that are smaller
EMBEDDING_STD = 0.02
CONTROL_SHARE = 1 / 64  # of other embeddings' size, so that random weights never choose a control token


@dataclass(frozen=True, slots=True)
class Pair:
    """The same checkpoint for Homewit and transformers, and by its kind for llama.cpp."""

    hf: Path
    gguf: Mapping[str, Path]


@contextmanager
def checkpoint_folder() -> Iterator[Path]:
    """The folder that the variable `BENCHMARK_CHECKPOINTS` names, or one that is removed at the end."""
    named = os.environ.get("BENCHMARK_CHECKPOINTS")
    if named:
        yield Path(named)
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def write_pair(folder: Path, shape: str, kinds: Sequence[str] = KINDS) -> Pair:
    """The checkpoint of one of `SHAPES` below `folder`; what an earlier call wrote there is taken as it is.

    `kinds` of GGUF need gguf, all but F16 llama-cpp-python as well.
    """
    return write_spec(folder / shape.lower().replace(" ", "-"), SHAPES[shape], kinds)


def write_spec(folder: Path, spec: Any, kinds: Sequence[str] = KINDS) -> Pair:
    """The same in `folder`, for a spec of one's own."""
    hf, original = folder / "hf", folder / f"{ORIGINAL}.gguf"
    if not hf.is_dir():
        _write_folder(_beginning(hf), spec)
        _beginning(hf).rename(hf)
    if kinds and not original.is_file():
        write_gguf(_beginning(original), hf, spec, _stored_vocabulary(hf))
        _beginning(original).rename(original)
    gguf = {kind: folder / f"{kind}.gguf" for kind in kinds}
    for kind, path in gguf.items():
        if not path.is_file():
            pack_gguf(original, _beginning(path), kind)
            _beginning(path).rename(path)
    return Pair(hf, gguf)


def packed(hf: Path, precision: str) -> Path:
    """The folder ``hf`` with weights packed ahead of time, as GGUF is; ``bf16`` is the folder itself."""
    if precision == "bf16":
        return hf
    from homewit.llm.quantization.checkpoint import quantize_checkpoint

    folder = hf.with_name(precision)
    if not folder.is_dir():
        quantize_checkpoint(hf, _beginning(folder), 8 if precision == "int8" else 4)
        _beginning(folder).rename(folder)
    return folder


def tensors(spec: Any) -> Iterator[tuple[str, Any]]:
    """Names and weights of an attention model with gated layers, under the names of Llama and Qwen3."""
    import torch

    random = torch.Generator().manual_seed(1)

    def drawn(std: float, *shape: int) -> Any:
        weight = torch.randn(shape, generator=random).mul_(std).bfloat16()
        return weight.masked_fill_(weight.abs() < SMALLEST, 0.0)

    def norm(size: int) -> Any:
        return torch.randn(size, generator=random).mul_(0.1).add_(1.0).bfloat16()

    def matrix(rows: int, columns: int) -> Any:
        return drawn(columns**-0.5, rows, columns)

    embedding = drawn(EMBEDDING_STD, spec.vocab, spec.width)
    embedding[: len(CONTROL)] *= CONTROL_SHARE
    yield "model.embed_tokens.weight", embedding.masked_fill_(embedding.abs() < SMALLEST, 0.0)
    for number, layer in enumerate(spec.layers):
        name, mixer = f"model.layers.{number}", layer.mixer
        queries, keys = mixer.heads * mixer.head_dim, mixer.kv_heads * mixer.head_dim
        yield f"{name}.input_layernorm.weight", norm(spec.width)
        for part, rows in (("q", queries), ("k", keys), ("v", keys)):
            yield f"{name}.self_attn.{part}_proj.weight", matrix(rows, spec.width)
        yield f"{name}.self_attn.o_proj.weight", matrix(spec.width, queries)
        for part in ("q", "k") if mixer.qk_norm else ():
            yield f"{name}.self_attn.{part}_norm.weight", norm(mixer.head_dim)
        yield f"{name}.post_attention_layernorm.weight", norm(spec.width)
        for part in ("gate", "up"):
            yield f"{name}.mlp.{part}_proj.weight", matrix(layer.ffn.hidden, spec.width)
        yield f"{name}.mlp.down_proj.weight", matrix(spec.width, layer.ffn.hidden)
    yield "model.norm.weight", norm(spec.width)


def _write_folder(folder: Path, spec: Any) -> None:
    """config.json, weights, tokenizer and chat template."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = learned(spec.vocab)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "chat_template": TEMPLATE,
        "model_max_length": spec.context,
    }
    files = {
        "config.json": _config(spec, vocabulary.end_id),
        "tokenizer.json": vocabulary.definition,
        "tokenizer_config.json": settings,
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    save_file(dict(tensors(spec)), folder / "model.safetensors", metadata={"format": "pt"})


def _config(spec: Any, end_id: int) -> dict[str, Any]:
    layer = spec.layers[0]
    mixer, family = layer.mixer, "Qwen3" if layer.mixer.qk_norm else "Llama"
    return {
        "architectures": [f"{family}ForCausalLM"],
        "model_type": family.lower(),
        "vocab_size": spec.vocab,
        "hidden_size": spec.width,
        "intermediate_size": layer.ffn.hidden,
        "num_hidden_layers": len(spec.layers),
        "num_attention_heads": mixer.heads,
        "num_key_value_heads": mixer.kv_heads,
        "head_dim": mixer.head_dim,
        "max_position_embeddings": spec.context,
        "rms_norm_eps": spec.norm_eps,
        "rope_theta": mixer.rotary.theta,
        "hidden_act": "silu",
        "attention_bias": False,
        "tie_word_embeddings": spec.tie_embeddings,
        "torch_dtype": "bfloat16",
        "bos_token_id": None,
        "eos_token_id": end_id,
        "pad_token_id": None,
    }


def _stored_vocabulary(folder: Path) -> Vocabulary:
    return Vocabulary(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")))


def _beginning(path: Path) -> Path:
    """Where something is written until it is whole."""
    return path.with_name(f"{path.name}.{os.getpid()}")
