"""What a quantized checkpoint says of itself in `config.json`, and which checkpoints those are.

A config comes from a stranger, so it is validated before a byte of weights is looked at. Knows neither torch
nor files.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import ConfigError

ENTRY = "quantization_config"
METHOD = "homewit"


class Quantization(BaseModel):
    """Bits of the layers and of the output projection, and how many columns share a scale in each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quant_method: Literal["homewit"] = METHOD
    version: Literal[1] = 1
    bits: Literal[4, 8]
    group_size: int = Field(ge=32, le=1024, multiple_of=32)
    head_bits: Literal[4, 8] = 8
    head_group_size: int = Field(default=128, ge=32, le=1024, multiple_of=32)
    codebook: tuple[int, ...] = ()
    """The sixteen values that a nibble stands for, ascending; empty without 4-bit weights."""

    @model_validator(mode="after")
    def _codebook_is_usable(self) -> "Quantization":
        needed = 4 in (self.bits, self.head_bits)
        if len(self.codebook) != (16 if needed else 0):
            raise ValueError(f"{len(self.codebook)} values in the codebook instead of {16 if needed else 0}")
        # -128 has no positive counterpart, which the kernels rely on.
        if any(not -127 <= value <= 127 for value in self.codebook):
            raise ValueError("a value of the codebook is not between -127 and 127")
        if list(self.codebook) != sorted(set(self.codebook)):
            raise ValueError("the codebook does not ascend")
        return self


def quantization_of(config: Mapping[str, Any]) -> Quantization | None:
    """The entry of a parsed config.json, if it is ours. Raises `ConfigError`."""
    entry = config.get(ENTRY)
    if not isinstance(entry, Mapping) or entry.get("quant_method") != METHOD:
        return None
    try:
        return Quantization.model_validate(dict(entry))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(
            f"The {ENTRY} of config.json is not usable: {problems}. Quantize the checkpoint again."
        ) from error
