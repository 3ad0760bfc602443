"""Compiles every kernel of a pass for a device that is not there: `python compiling.py CAPABILITY`.

Triton asks its driver for the kind of device; this one names one. Prints a line of JSON for each kernel: its
name and the shared memory that it takes. What `compile_only` loads is a double, too.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver

from homewit.llm.gpu.reference import ReferenceOperators
from homewit.llm.gpu.step import GpuStep
from homewit.llm.gpu.triton_operators import TritonOperators, compile_only
from homewit.llm.gpu.weights import dense, moved, pack
from homewit.llm.network.decoder import Decoder
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec

LAYERS = (
    LayerSpec(AttentionSpec(8, 2, 128, qk_norm=True), GatedSpec(512)),
    LayerSpec(AttentionSpec(4, 1, 256, window=512), GatedSpec(512, activation="gelu_tanh"), post_norms=True),
)
SPEC = ModelSpec(512, 256, 4096, LAYERS, tie_embeddings=True)


@dataclass
class Binaries:
    """Loads nothing, and knows the limits of the smallest devices."""

    def get_device_properties(self, device: int) -> dict[str, int]:
        return {"max_shared_mem": 99 * 1024}

    def load_binary(self, *_: Any) -> tuple[int, int, int, int, int]:
        return 1, 1, 0, 0, 1024


class NoDevice:
    """What Triton asks a driver for, of a device of some capability."""

    utils = Binaries()

    def __init__(self, capability: int) -> None:
        self._target = GPUTarget("cuda", capability, 32)

    def get_current_target(self) -> GPUTarget:
        return self._target

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0

    def launcher_cls(self, source: Any, metadata: Any) -> Any:
        return lambda *_: None


def report(kernel: Any, grid: tuple[int, ...], *arguments: Any, **constants: Any) -> None:
    """Compile as the background does, and say what came out."""
    compile_only(kernel, grid, *arguments, **constants)
    compiled = kernel.warmup(*arguments, grid=grid, **constants)
    line = {"kernel": kernel.fn.__name__, "shared": compiled.metadata.shared, "binary": len(compiled.kernel)}
    sys.stdout.write(json.dumps(line) + "\n")


def main(capability: int) -> None:
    driver.set_active(NoDevice(capability))  # type: ignore[arg-type]
    operators = TritonOperators(132, report)
    decoder = Decoder(SPEC).to(torch.bfloat16)
    step = GpuStep(decoder, 128, ReferenceOperators(), lambda step, size: None, lambda run: None)  # type: ignore[arg-type]
    step.rehearse(1, operators)
    matrix = torch.randn(256, 256, generator=torch.Generator().manual_seed(1)).to(torch.bfloat16)
    for rows in (1, 8):
        x = torch.empty(rows, 256, dtype=torch.bfloat16, device="meta")
        for weight in (dense(matrix), *(pack(matrix, kind) for kind in ("int8", "fp8", "int4"))):
            operators.linear(x, moved(weight, "meta"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
