"""Small passes on a CUDA device in the decoder's place: kernels instead of operators, a graph instead of
calls.

A pass of k new tokens for B sequences fills B * k rows, up to the next size of the table. Longer ones, first
ones of a size and those of a cache in int8 stay with the decoder. It knows decoders and states; who is served
is the scheduler's affair.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from ..cache.layer_state import DecoderState
from ..network.decoder import Decoder
from .forward import forward
from .graphs import Graph, GraphTable, Mismatch, in_thread
from .inputs import PassInputs
from .model import GpuModel, gpu_model
from .operators import Operators

# Distance of final states from the decoder's, relative to their size, beyond which kernels are not trusted.
# What rounding adds over many layers stays well below; a wrong slot, head or scale is well above.
TOLERANCE = {torch.float32: 5e-3, torch.float16: 0.05, torch.bfloat16: 0.1}


class GpuStep:
    """A `DecodeStep`. Raises `CannotRun` for a decoder that a pass of kernels cannot run.

    `pages` is how many pages a sequence may come to have. `prepare` makes the kernels for passes of a size,
    `capture` a graph; `background` decides when kernels are made.
    """

    def __init__(
        self,
        decoder: Decoder,
        pages: int,
        operators: Operators,
        prepare: Callable[["GpuStep", int], None],
        capture: Callable[[Callable[[], None]], Graph],
        background: Callable[[Callable[[], None]], None] = in_thread,
    ) -> None:
        self.model: GpuModel = gpu_model(decoder)
        self.graphs = GraphTable(lambda size: prepare(self, size), capture, background=background)
        self._decoder = decoder
        self._operators = operators
        self._device = decoder.embedding.weight.device
        self._pages = pages
        self._inputs: dict[int, PassInputs] = {}
        self._outputs: dict[int, Tensor] = {}

    def hidden(
        self, ids: Sequence[Sequence[int]], states: Sequence[DecoderState], tails: Sequence[int]
    ) -> list[Tensor] | None:
        counts = [len(tokens) for tokens in ids]
        size = self.graphs.size_for(sum(counts))
        if size is None or not self.graphs.usable(size):
            return None
        inputs = self._inputs.get(size) or self._new_inputs(size)
        if not inputs.fill(ids, states):
            return None
        output = self._outputs[size]
        check = _Check(self._decoder, self._device, ids, states, output)
        with _current(self._device):
            if not self.graphs.compute(size, lambda: self._run(size), check):
                return None
        found = output[: sum(counts)].clone()  # the next pass writes over it
        parts = found.split(counts)
        return [part[count - tail :] for part, count, tail in zip(parts, counts, tails, strict=True)]

    def project(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        size = self.graphs.size_for(hidden.shape[0])
        if rows is None and size is not None and self.graphs.captured(size):
            with _current(self._device):
                return self._operators.linear(hidden, self.model.head)
        return self._decoder.project(hidden, rows)

    def rehearse(self, size: int, operators: Operators) -> None:
        """A pass and its projection by `operators`, over tensors without memory."""
        model, place = self.model.without_memory(), torch.device("meta")
        with torch.inference_mode():
            states = forward(model, operators, PassInputs(size, len(model.layers), self._pages, place))
            operators.linear(states, model.head)

    def _run(self, size: int) -> None:
        self._outputs[size].copy_(forward(self.model, self._operators, self._inputs[size]))

    def _new_inputs(self, size: int) -> PassInputs:
        with_memories = not self._operators.follows_addresses
        layers, width = len(self.model.layers), self.model.embedding.shape[1]
        inputs = PassInputs(size, layers, self._pages, self._device, with_memories)
        self._inputs[size] = inputs
        with torch.inference_mode(False):
            self._outputs[size] = torch.zeros(size, width, dtype=self.model.dtype, device=self._device)
        return inputs


def _current(device: torch.device) -> AbstractContextManager[object]:
    """Kernels start on the current device, which need not be the decoder's."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


class _Check:
    """Compares what a pass wrote to `output` with the decoder's own pass over the same tokens."""

    def __init__(
        self,
        decoder: Decoder,
        device: torch.device,
        ids: Sequence[Sequence[int]],
        states: Sequence[DecoderState],
        output: Tensor,
    ) -> None:
        self._decoder = decoder
        self._device = device
        self._ids = ids
        self._states = states
        self._output = output
        self._expected: Tensor | None = None

    def __call__(self) -> None:
        found = self._output[: sum(map(len, self._ids))].float()
        if self._expected is None:
            ids = [torch.tensor([tokens], dtype=torch.long, device=self._device) for tokens in self._ids]
            self._expected = torch.cat(self._decoder.hidden_joined(ids, self._states), dim=1)[0].float()
        distance = float((found - self._expected).norm() / self._expected.norm())
        if not distance <= TOLERANCE[self._output.dtype]:  # nor if it is not a number
            raise Mismatch(f"its results are {distance:.1e} of their size away from the decoder's")
