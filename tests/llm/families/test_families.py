"""Configurations as strangers write them: older spellings mean the same, what is not built is refused."""

import re
from pathlib import Path
from typing import Any

import pytest

from homewit.llm import ConfigError, UnsupportedModel
from homewit.llm.families import FAMILIES, spec_from_config
from homewit.llm.spec import AttentionSpec, ExpertsSpec, GatedDeltaSpec, ModelSpec, StateSpaceSpec

SIZES: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 6,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
}
SPARSE = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
CONFIGS: dict[str, dict[str, Any]] = {
    "gemma3_text": SIZES | {"head_dim": 16},
    "gpt2": {"vocab_size": 64, "n_embd": 48, "n_layer": 2, "n_head": 6},
    "lfm2": SIZES,
    "llama": SIZES,
    "mamba2": {"vocab_size": 64, "hidden_size": 64, "num_hidden_layers": 2, "num_heads": 8, "head_dim": 16},
    "mistral": SIZES,
    "mixtral": SIZES,
    "qwen2": SIZES,
    "qwen3": SIZES,
    "qwen3_moe": SIZES | SPARSE,
    "qwen3_next": SIZES | SPARSE,
}


def spec(family: str, **changes: Any) -> ModelSpec:
    return spec_from_config({"model_type": family} | CONFIGS[family] | changes)


def attention(family: str, layer: int = 0, **changes: Any) -> AttentionSpec:
    mixer = spec(family, **changes).layers[layer].mixer
    assert isinstance(mixer, AttentionSpec)
    return mixer


def test_every_family_is_described() -> None:
    """The table of families and the samples here name the same ones."""
    assert set(CONFIGS) == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_config_of_sizes_alone_takes_the_usual_options(family: str) -> None:
    """What a config leaves out is what transformers would take."""
    import transformers

    stated = {"model_type": family} | CONFIGS[family]
    reference = transformers.AutoConfig.for_model(family, **CONFIGS[family])

    assert spec_from_config(stated) == spec_from_config(reference.to_dict())


def test_older_gemma3_spellings_mean_the_same() -> None:
    """A pattern instead of a list, and rotary options at the top level."""
    older = spec(
        "gemma3_text",
        sliding_window=32,
        sliding_window_pattern=3,
        rope_theta=5e5,
        rope_local_base_freq=2e4,
        rope_scaling={"rope_type": "linear", "factor": 8.0},
    )
    newer = spec(
        "gemma3_text",
        sliding_window=32,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"] * 2,
        rope_parameters={
            "full_attention": {"rope_type": "linear", "rope_theta": 5e5, "factor": 8.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 2e4},
        },
    )

    assert older == newer


def test_older_spellings_of_partial_rotation_mean_the_same() -> None:
    older = spec("qwen3_next", rope_theta=1e6, partial_rotary_factor=0.5, full_attention_interval=3)
    newer = spec(
        "qwen3_next",
        rope_parameters={"rope_type": "default", "rope_theta": 1e6, "partial_rotary_factor": 0.5},
        layer_types=["linear_attention", "linear_attention", "full_attention"] * 2,
    )

    assert older == newer
    assert isinstance(older.layers[0].mixer, GatedDeltaSpec)


@pytest.mark.parametrize(
    "limit", [[0.0, float("inf")], [0.0, "Infinity"], [0, {"__float__": "Infinity"}], [0.0, None]]
)
def test_an_open_step_size_has_many_spellings(limit: list[Any]) -> None:
    """All of them bound nothing."""
    mixer = spec("mamba2", time_step_limit=limit).layers[0].mixer

    assert isinstance(mixer, StateSpaceSpec)
    assert mixer.step_limit is None


def test_older_lfm2_spellings_mean_the_same() -> None:
    older = spec("lfm2", block_ff_dim=90, tie_embedding=False, full_attn_idxs=[1, 3])
    kinds = ["conv", "full_attention", "conv", "full_attention", "conv", "conv"]

    assert older == spec("lfm2", intermediate_size=90, tie_word_embeddings=False, layer_types=kinds)


def test_experts_may_go_by_either_name() -> None:
    expected = ExpertsSpec(8, 2, 80)

    assert spec("mixtral").layers[0].ffn == expected
    assert spec("mixtral", num_experts=8).layers[0].ffn == expected
    renamed = {"num_local_experts" if name == "num_experts" else name: n for name, n in SPARSE.items()}
    assert spec_from_config({"model_type": "qwen3_moe"} | SIZES | renamed) == spec("qwen3_moe")


def test_windows_are_where_the_config_says() -> None:
    """None turns them off; a family that needs a switch keeps them off until it is turned on."""
    assert attention("mistral", sliding_window=16).window == 16
    assert attention("mistral", sliding_window=None).window is None
    assert attention("qwen3", sliding_window=16, max_window_layers=0).window is None
    windows = [
        attention("qwen3", layer, use_sliding_window=True, sliding_window=16, max_window_layers=4).window
        for layer in (3, 4)
    ]
    assert windows == [None, 16]


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("llama", {"layer_types": ["sliding_attention"] * 6}),
        ("llama", {"partial_rotary_factor": 0.5}),
        ("llama", {"rope_scaling": {"type": "yarn", "factor": 4.0}}),
        ("mistral", {"layer_types": ["full_attention", "sliding_attention"] * 3}),
        ("qwen2", {"layer_types": ["sliding_attention"] * 6, "use_sliding_window": False}),
        ("qwen3_moe", {"shared_expert_intermediate_size": 32}),
        ("gemma3_text", {"final_logit_softcapping": 30.0}),
        ("gemma3_text", {"attn_logit_softcapping": 50.0}),
        ("gemma3_text", {"use_bidirectional_attention": True}),
        ("gpt2", {"add_cross_attention": True}),
        ("qwen3_next", {"layer_types": ["mamba"] * 6}),
        ("lfm2", {"quantization_config": {"quant_method": "awq"}}),
    ],
)
def test_what_is_not_built_is_refused(family: str, changes: dict[str, Any]) -> None:
    """An option that would change the numbers is never ignored."""
    with pytest.raises(UnsupportedModel):
        spec(family, **changes)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("gemma3_text", {"sliding_window": None}),
        ("gemma3_text", {"hidden_activation": "relu"}),
        ("gemma3_text", {"query_pre_attn_scalar": 0}),
        ("gpt2", {"activation_function": "relu"}),
        ("gpt2", {"n_head": 96}),
        ("lfm2", {"conv_L_cache": 10**6}),
        ("lfm2", {"block_ffn_dim_multiplier": 1e12}),
        ("lfm2", {"block_multiple_of": 10**12}),
        ("mamba2", {"num_heads": 7}),
        ("mamba2", {"n_groups": 3}),
        ("mamba2", {"state_size": 10**9}),
        ("mamba2", {"time_step_limit": [0.5, 0.1]}),
        ("mamba2", {"time_step_limit": [float("nan"), 1.0]}),
        ("mamba2", {"time_step_limit": "no"}),
        ("mistral", {"sliding_window": 0}),
        ("mixtral", {"num_experts_per_tok": 9}),
        ("mixtral", {"num_local_experts": 10**9}),
        ("qwen3", {"layer_types": ["full_attention"] * 5}),
        ("qwen3_next", {"linear_num_value_heads": 24}),
        ("qwen3_next", {"linear_value_head_dim": 10**9}),
        ("qwen3_next", {"head_dim": 10, "partial_rotary_factor": 0.5}),
        ("qwen3_next", {"partial_rotary_factor": 1.5}),
        ("qwen3_next", {"partial_rotary_factor": -0.5}),
        ("qwen3_next", {"num_hidden_layers": 10**9}),
    ],
)
def test_impossible_models_are_refused(family: str, changes: dict[str, Any]) -> None:
    """Before anything is allocated, as an error of the configuration."""
    with pytest.raises(ConfigError):
        spec(family, **changes)


def test_the_documentation_lists_every_family() -> None:
    """The table of families and the changelog name what runs, and nothing else."""
    root = Path(__file__).parents[3]
    rows = [line.split("|")[1] for line in (root / "docs/models.md").read_text().splitlines() if "|" in line]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"model_type"}

    assert listed == set(FAMILIES)
