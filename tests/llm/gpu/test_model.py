"""What a pass on a GPU can run, and that everything else is left to PyTorch with the reason."""

import logging
import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from homewit.llm.cache.paged_state import PagedState
from homewit.llm.cache.prefix_cache import PrefixCache
from homewit.llm.gpu import availability
from homewit.llm.gpu.cuda import cuda_step, gpu_decoding
from homewit.llm.gpu.graphs import Mismatch
from homewit.llm.gpu.model import gpu_model
from homewit.llm.gpu.operators import Heads, LayerCache
from homewit.llm.gpu.reference import ReferenceOperators
from homewit.llm.kernels.model import CannotRun
from homewit.llm.network.decoder import Decoder
from homewit.llm.spec import AttentionSpec, ExpertsSpec, GatedSpec, LayerSpec, ModelSpec, PlainSpec

from ..tiny import tiny_decoder
from .passes import LLAMA, SPECS, cache_for, decoder_of, step_for

DENSE = LayerSpec(LLAMA, GatedSpec(48))
LACKING = {
    "a feed-forward of kind ExpertsSpec": ModelSpec(96, 32, 64, (LayerSpec(LLAMA, ExpertsSpec(4, 2, 16)),)),
    "a feed-forward of kind PlainSpec": ModelSpec(96, 32, 64, (LayerSpec(LLAMA, PlainSpec(48)),)),
    "mixes tokens by AttentionSpec": ModelSpec(
        96, 32, 64, (LayerSpec(AttentionSpec(4, 2, 8, output_gate=True), GatedSpec(48)),)
    ),
    "a norm is a LayerNorm": ModelSpec(96, 32, 64, (DENSE,), norm="layer"),
    "its positions are learned": ModelSpec(96, 32, 64, (DENSE,), learned_positions=True),
    "stays in float32": ModelSpec(96, 32, 64, (DENSE,), float32_residual=True),
}


@pytest.mark.parametrize("reason", LACKING)
def test_what_a_pass_lacks_is_named(reason: str):
    with pytest.raises(CannotRun, match=reason):
        gpu_model(Decoder(LACKING[reason]))


@pytest.mark.parametrize("kind", ["delta rule", "state space", "convolution"])
def test_recurrences_are_left_to_pytorch(kind: str):
    with pytest.raises(CannotRun, match="layer 0 mixes tokens by"):
        gpu_model(tiny_decoder(kind))


def test_a_decoder_that_is_not_on_a_gpu_has_no_such_step(caplog: pytest.LogCaptureFixture):
    decoder = tiny_decoder()
    with pytest.raises(CannotRun, match="it is on the cpu"):
        cuda_step(decoder, 8)
    with caplog.at_level(logging.WARNING):
        assert gpu_decoding(decoder, 8) is None
    assert "PyTorch's operators alone: it is on the cpu" in caplog.text


def test_kernels_can_be_turned_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOMEWIT_KERNELS", "off")
    assert availability.missing() == "HOMEWIT_KERNELS turns kernels off"


def test_weights_are_shared_and_counted():
    """What a pass reads are all weights once, the head among them, and no embedding twice."""
    decoder = decoder_of(SPECS["like qwen3"])
    model = gpu_model(decoder)
    assert model.head.data.data_ptr() == decoder.embedding.weight.data_ptr()
    matrices = [parameter for parameter in decoder.parameters() if parameter.ndim > 1]
    biases = [layer.mixer.qkv.bias for layer in decoder.layers]
    assert model.nbytes == sum(each.nbytes for each in (*matrices, *biases))
    assert model.without_memory().layers[0].qkv.data.device.type == "meta"


class Careless(ReferenceOperators):
    """Operations of which one is spoilt."""

    def __init__(self, spoil: Callable[[Tensor], Tensor]) -> None:
        self._spoil = spoil

    def attend(self, query: Tensor, heads: Heads, cache: LayerCache) -> Tensor:
        return self._spoil(super().attend(query, heads, cache))


def decoded(cache: PrefixCache, step) -> tuple[list[Tensor] | None, PagedState]:
    state = cache.resume([])
    state.reserve(1)
    return step.hidden([[3]], [state], [1]), state


@pytest.mark.parametrize(
    "spoil",
    [lambda x: 1.5 * x, torch.zeros_like, lambda x: x * float("nan"), lambda x: x.roll(8, -1)],
    ids=["scaled", "nothing", "not a number", "wrong heads"],
)
def test_operations_that_compute_something_else_are_not_used(spoil: Callable[[Tensor], Tensor]):
    """The first pass of a size is compared with the decoder's; the size is then left to it, for good."""
    decoder = decoder_of(SPECS["like llama"])
    step = step_for(decoder, Careless(spoil))
    cache = cache_for(decoder)
    with torch.inference_mode():
        assert [decoded(cache, step)[0] for _ in range(2)] == [None, None]
    assert re.fullmatch(
        rf"{Mismatch.__name__}: its results are \S+ of their size away from .*", step.graphs.problems[1]
    )


def test_operations_that_are_right_are_used():
    """Control of the comparison: with nothing spoilt the same pass is taken."""
    decoder = decoder_of(SPECS["like llama"])
    step = step_for(decoder, Careless(lambda x: x))
    cache = cache_for(decoder)
    with torch.inference_mode():
        assert decoded(cache, step)[0] is not None
    assert step.graphs.problems == {}
