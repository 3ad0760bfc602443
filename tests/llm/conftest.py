"""Tiny checkpoints and tokenizers, made on the spot: saved by transformers, random, and complete."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import torch
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

from homewit.llm import Engine
from homewit.llm.tokenizer import Tokenizer

VOCAB = 512
CONTROL = ["<|bos|>", "<|end|>", "<|im_start|>", "<|im_end|>"]
SENTENCES = [
    "the quick brown fox jumps over the lazy dog, and the dog does not mind",
    '{"name": "value", "items": [1, 2, 3], "done": true}',
    "remember that my sister's birthday is May 3",
    "Ünïcödé, naïve café, 東京, привет",
]
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if tools %}{{ tools | tojson }}\n{% endif %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
EVERY: dict[str, Any] = {
    "vocab_size": VOCAB,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "initializer_range": 0.15,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
TRANSFORMER: dict[str, Any] = EVERY | {
    "intermediate_size": 80,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
}
SPARSE = {"num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
WINDOW = 24  # shorter than the prompts
SHAPES: dict[str, dict[str, Any]] = {
    "gpt2": EVERY | {"num_attention_heads": 6, "n_positions": 1024},
    "lfm2": TRANSFORMER | {"block_multiple_of": 16, "layer_types": ["conv", "full_attention", "conv"]},
    "llama": TRANSFORMER,
    "mamba2": EVERY
    | {"num_heads": 6, "head_dim": 16, "state_size": 16, "n_groups": 2, "chunk_size": 16, "expand": 2},
    "mistral": TRANSFORMER | {"sliding_window": WINDOW},
    "qwen2": TRANSFORMER,
    "qwen3": TRANSFORMER | {"head_dim": 16},
    "mixtral": TRANSFORMER | {"num_local_experts": 5, "num_experts_per_tok": 2},
    "qwen3_moe": TRANSFORMER | SPARSE | {"head_dim": 16},
    "qwen3_next": TRANSFORMER
    | SPARSE
    | {
        "head_dim": 16,
        "partial_rotary_factor": 0.5,
        "shared_expert_intermediate_size": 32,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 12,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"],
    },
    "gemma3_text": TRANSFORMER
    | {
        "head_dim": 16,
        "sliding_window": WINDOW,
        "query_pre_attn_scalar": 24,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
    },
}


@pytest.fixture(scope="session")
def byte_level() -> str:
    """tokenizer.json of a byte-level BPE, as llama 3, qwen2 and qwen3 have it."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=CONTROL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return tokenizer.to_str()


@pytest.fixture(scope="session")
def sentence_piece() -> str:
    """tokenizer.json of a BPE with byte fallback, as llama 2 has it."""
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = tokenizers.Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trainer = trainers.BpeTrainer(
        vocab_size=380, special_tokens=["<unk>", "<s>", "</s>", *fallback], show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    parsed = json.loads(tokenizer.to_str())
    parsed["added_tokens"] = parsed["added_tokens"][:3]
    parsed["decoder"] = {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ],
    }
    return json.dumps(parsed)


@pytest.fixture(scope="session")
def tokenizer(byte_level: str) -> Tokenizer:
    return Tokenizer(byte_level, VOCAB, [CONTROL.index("<|end|>")])


def reference_model(family: str, **options: Any) -> Any:
    """A random transformers model of the family, with the tiny shape."""
    import transformers

    config = transformers.AutoConfig.for_model(family, **(SHAPES[family] | options))
    torch.manual_seed(7)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    # Norm scales and biases start out as ones and zeros, which would hide a mix-up.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


MakeCheckpoint = Callable[..., tuple[Path, Any]]


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory, byte_level: str) -> MakeCheckpoint:
    """`make(family, **config)` gives a folder written by transformers, and the model that it holds."""

    def make(family: str, shard: str = "5GB", **options: Any) -> tuple[Path, Any]:
        folder = tmp_path_factory.mktemp(family)
        model = reference_model(family, **options)
        model.save_pretrained(folder, max_shard_size=shard)
        (folder / "tokenizer.json").write_text(byte_level, encoding="utf-8")
        (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
        return folder, model

    return make


@pytest.fixture(scope="session")
def qwen3(make_checkpoint: MakeCheckpoint) -> Path:
    """A tied qwen3 checkpoint that ends its text with `<|end|>`."""
    folder, _ = make_checkpoint("qwen3", tie_word_embeddings=True)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"eos_token_id": CONTROL.index("<|end|>")}))
    return folder


@pytest.fixture
def checkpoint(qwen3: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint, to damage."""
    return Path(shutil.copytree(qwen3, tmp_path / "model"))


@pytest.fixture
def engine(qwen3: Path) -> Engine:
    return Engine.load(qwen3)
