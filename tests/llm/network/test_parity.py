"""The same numbers as transformers, for every family, with and without the cache."""

from pathlib import Path
from typing import Any

import pytest
import torch

from homewit.llm import Engine, SamplingParams
from homewit.llm.families import FAMILIES

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {}),
    "llama with biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "llama, one key head per query": ("llama", {"num_key_value_heads": 6}),
    "llama 3 rotary scaling": (
        "llama",
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 500.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ),
    "linear rotary scaling": (
        "llama",
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
    ),
    "lfm2": ("lfm2", {}),
    "lfm2 with other options": (
        "lfm2",
        {
            "conv_bias": True,
            "conv_L_cache": 4,
            "block_auto_adjust_ff_dim": False,
            "layer_types": None,
            "full_attn_idxs": [1],
            "tie_word_embeddings": False,
        },
    ),
    "mistral": ("mistral", {}),
    "mistral without a window": ("mistral", {"sliding_window": None}),
    "qwen2": ("qwen2", {}),
    "qwen2 with windows in the later layers": (
        "qwen2",
        {"use_sliding_window": True, "sliding_window": 24, "max_window_layers": 1},
    ),
    "qwen2 tied": ("qwen2", {"tie_word_embeddings": True}),
    "qwen3": ("qwen3", {}),
    "qwen3 tied": ("qwen3", {"tie_word_embeddings": True}),
    "gpt2": ("gpt2", {}),
    "gpt2 with other options": (
        "gpt2",
        {
            "n_inner": 70,
            "activation_function": "gelu",
            "scale_attn_by_inverse_layer_idx": True,
            "tie_word_embeddings": False,
        },
    ),
    "gpt2 without a scale": ("gpt2", {"scale_attn_weights": False}),
    "mamba2": ("mamba2", {}),
    "mamba2 with other options": (
        "mamba2",
        {
            "use_bias": True,
            "use_conv_bias": False,
            "conv_kernel": 3,
            "n_groups": 1,
            "time_step_limit": (0.02, 0.4),
            "tie_word_embeddings": True,
        },
    ),
    "mixtral": ("mixtral", {}),
    "mixtral with a window": ("mixtral", {"sliding_window": 24}),
    "qwen3_moe": ("qwen3_moe", {}),
    "qwen3_moe, shares that sum to one": ("qwen3_moe", {"norm_topk_prob": True}),
    "qwen3_moe with dense layers between": (
        "qwen3_moe",
        {"decoder_sparse_step": 2, "mlp_only_layers": [1], "num_hidden_layers": 4},
    ),
    "qwen3_next": ("qwen3_next", {}),
    "qwen3_next with dense layers and every fourth full": (
        "qwen3_next",
        {"num_hidden_layers": 4, "layer_types": None, "mlp_only_layers": [0, 3], "norm_topk_prob": False},
    ),
    "gemma3_text": ("gemma3_text", {}),
    "gemma3_text with an untied head": ("gemma3_text", {"tie_word_embeddings": False}),
    "gemma3_text, scaled rotary in full layers": (
        "gemma3_text",
        {
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "rope_theta": 5e4, "factor": 8.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 500.0},
            }
        },
    ),
}


def prompt(length: int = 40) -> list[int]:
    generator = torch.Generator().manual_seed(length)
    return torch.randint(0, 400, (length,), generator=generator).tolist()


def tokens_of(engine: Engine, ids: list[int], count: int) -> list[int]:
    return [
        token for chunk in engine.generate(ids, SamplingParams(max_tokens=count)) for token in chunk.tokens
    ]


@pytest.mark.parametrize("case", CASES)
def test_logits_agree(case: str, make_checkpoint: Any) -> None:
    """One causal pass in float32 agrees with transformers to 1e-4."""
    family, options = CASES[case]
    folder, reference = make_checkpoint(family, **options)
    ids = prompt(90)
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0]

    actual = Engine.load(folder).logits(ids)

    assert actual.dtype == torch.float32
    assert actual.shape == expected.shape
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_tokens_agree(family: str, make_checkpoint: Any) -> None:
    """100 greedy tokens are those of transformers, whether or not the state is used."""
    folder, reference = make_checkpoint(family)
    ids = prompt()
    engine = Engine.load(folder)
    with torch.no_grad():
        output = reference.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=100,
            do_sample=False,
            pad_token_id=0,
        )
    expected = output[0, len(ids) :].tolist()

    cached = tokens_of(engine, ids, 100)
    uncached = list(ids)
    for _ in range(100):
        uncached.append(int(engine.logits(uncached)[-1].argmax()))

    assert (cached, uncached[len(ids) :]) == (expected, expected)


def test_shards_hold_the_same_model(make_checkpoint: Any) -> None:
    """A checkpoint split over files gives the logits of the model it came from."""
    folder, reference = make_checkpoint("qwen3", shard="100KB")
    ids = prompt()
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0]

    actual = Engine.load(folder).logits(ids)

    assert len(list(folder.glob("model-*.safetensors"))) > 1
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=0)


def test_positions_behind_the_first_table_agree(make_checkpoint: Any) -> None:
    """The rotary tables grow beyond their first size without changing what they hold."""
    folder, reference = make_checkpoint("llama", max_position_embeddings=4096)
    ids = prompt(2100)
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0, -1]

    engine = Engine.load(folder)

    torch.testing.assert_close(engine.logits(ids)[-1], expected, atol=1e-4, rtol=0)


def test_bfloat16_stays_close(qwen3: Path) -> None:
    """In bfloat16 the logits differ from float32 by rounding only."""
    ids = prompt()
    exact = Engine.load(qwen3).logits(ids)

    rounded = Engine.load(qwen3, dtype="bfloat16").logits(ids)

    assert float((rounded - exact).norm() / exact.norm()) < 0.03


def test_int8_stays_close(qwen3: Path) -> None:
    """Weights of eight bits give nearly the same logits, in prefill and in decode."""
    ids = prompt()
    exact = Engine.load(qwen3).logits(ids)

    engine = Engine.load(qwen3, quantize="int8")

    assert engine.info.dtype == "int8"
    assert float((engine.logits(ids) - exact).norm() / exact.norm()) < 0.06
    assert float((engine.logits(ids[:4]) - exact[:4]).norm() / exact[:4].norm()) < 0.06
