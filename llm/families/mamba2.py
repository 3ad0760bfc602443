"""mamba2: state spaces all the way, no attention and no feed-forward layers."""

from collections.abc import Mapping
from math import inf
from typing import Any, Literal

from pydantic import PositiveInt, field_validator

from ..errors import ConfigError
from ..spec import MAX_LAYERS, LayerSpec, ModelSpec, StateSpaceSpec
from ..weights.tensor_names import Names, whole
from .blueprint import Blueprint
from .config import FamilyConfig, validated

CONTEXT = 1 << 20  # nothing in it counts positions, and the config states no length
NAMES = Names(
    {
        "embedding": whole("backbone.embeddings"),
        "norm": whole("backbone.norm_f"),
        "head": whole("lm_head"),
    },
    "backbone.layers.{layer}.",
    {"mixer_norm": whole("norm")},
    {
        StateSpaceSpec: {
            "input": whole("mixer.in_proj"),
            "convolution": whole("mixer.conv1d", "convolution"),
            "decay_log": whole("mixer.A_log"),
            "step_bias": whole("mixer.dt_bias"),
            "skip": whole("mixer.D"),
            "norm": whole("mixer.norm"),
            "out": whole("mixer.out_proj"),
        }
    },
)


class _Mamba2(FamilyConfig):
    vocab_size: PositiveInt
    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_heads: PositiveInt
    head_dim: PositiveInt = 64
    state_size: PositiveInt = 128
    n_groups: PositiveInt = 8
    expand: PositiveInt = 2
    conv_kernel: PositiveInt = 4
    layer_norm_epsilon: float = 1e-5
    hidden_act: Literal["silu"] = "silu"
    use_bias: bool = False
    use_conv_bias: bool = True
    residual_in_fp32: bool = True
    time_step_limit: tuple[float, float | None] = (0.0, None)
    tie_word_embeddings: bool = False

    @field_validator("time_step_limit", mode="before")
    @classmethod
    def _infinity_has_many_names(cls, value: Any) -> Any:
        """JSON has no infinity, so it is written as a name, or as an object with one; here it is None."""
        if not isinstance(value, list | tuple) or len(value) != 2:
            return value
        low, high = value
        if isinstance(high, Mapping):
            high = high.get("__float__")
        return low, None if high in (inf, "Infinity", "inf") else high


def mamba2(config: Mapping[str, Any]) -> Blueprint:
    fields = validated(_Mamba2, config)
    inner, heads = fields.expand * fields.hidden_size, fields.num_heads * fields.head_dim
    if inner != heads:
        raise ConfigError(
            f"config.json widens {fields.hidden_size} to {inner}, but its heads are {heads} wide. "
            "Fetch the checkpoint again."
        )
    low, high = fields.time_step_limit
    mixer = StateSpaceSpec(
        heads=fields.num_heads,
        head_dim=fields.head_dim,
        state_dim=fields.state_size,
        groups=fields.n_groups,
        kernel=fields.conv_kernel,
        bias=fields.use_bias,
        convolution_bias=fields.use_conv_bias,
        step_limit=None if low == 0 and high is None else (low, inf if high is None else high),
    )
    spec = ModelSpec(
        vocab=fields.vocab_size,
        width=fields.hidden_size,
        context=CONTEXT,
        layers=(LayerSpec(mixer, None),) * min(fields.num_hidden_layers, MAX_LAYERS + 1),
        norm_eps=fields.layer_norm_epsilon,
        tie_embeddings=fields.tie_word_embeddings,
        float32_residual=fields.residual_in_fp32,
    )
    return Blueprint(spec, NAMES)
