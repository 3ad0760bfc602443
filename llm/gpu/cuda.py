"""What `step.py` needs of a CUDA device: kernels that are made ahead of their use, and graphs.

Everything that touches the device's own interfaces is here, and none of it runs without one.
"""

import logging
import threading
from collections.abc import Callable

import torch

from ..kernels.model import CannotRun
from ..network.decoder import Decoder
from .availability import missing
from .graphs import Graph
from .model import gpu_model
from .operators import Operators
from .step import GpuStep

log = logging.getLogger(__name__)

_MAKING = threading.Lock()  # sizes share most kernels, which are made once


def cuda_step(decoder: Decoder, pages: int) -> GpuStep:
    """Kernels and graphs for a decoder on a CUDA device. Raises `CannotRun` where there are none."""
    device = decoder.embedding.weight.device
    if device.type != "cuda":
        raise CannotRun(f"it is on the {device.type}")
    if (reason := missing()) is not None:
        raise CannotRun(reason)
    from .triton_operators import TritonOperators, check, compile_only

    check(gpu_model(decoder))
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    rehearsed = TritonOperators(processors, compile_only)

    def prepare(step: GpuStep, size: int) -> None:
        with _MAKING, torch.cuda.device(device):
            step.rehearse(size, rehearsed)

    operators: Operators = TritonOperators(processors)
    return GpuStep(decoder, pages, operators, prepare, capturing(device))


def gpu_decoding(decoder: Decoder, pages: int) -> GpuStep | None:
    """The same, or None where PyTorch's operators do everything; the log says why."""
    try:
        return cuda_step(decoder, pages)
    except CannotRun as error:
        log.warning("Decoding by PyTorch's operators alone: %s", error)
        return None


def capturing(device: torch.device) -> Callable[[Callable[[], None]], Graph]:
    """What captures graphs for one model. They take turns, so they share what they need between kernels."""
    pool = torch.cuda.graph_pool_handle()

    def capture(run: Callable[[], None]) -> Graph:
        graph = torch.cuda.CUDAGraph()
        # Other threads go on using the device meanwhile: they make kernels, or run another model.
        with torch.cuda.device(device), torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            run()
        return graph

    return capture
