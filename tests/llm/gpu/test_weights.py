"""Packed weights stand for what they were made from, as closely as their form allows."""

import json
from pathlib import Path
from typing import get_args

import pytest
import torch

from homewit.llm.errors import RequestError, UnsupportedError
from homewit.llm.families import blueprint_from_config, read_config
from homewit.llm.gpu.linear import DeviceLinear
from homewit.llm.gpu.packing import move_packed, pack_on_device
from homewit.llm.gpu.reference import ReferenceOperators
from homewit.llm.gpu.weights import FP8, PackedKind, can_pack, from_panels, pack, unpack
from homewit.llm.kernels.model import CannotRun
from homewit.llm.network.decoder import Decoder
from homewit.llm.network.projection import RowProjection
from homewit.llm.quantization import panels
from homewit.llm.quantization.checkpoint import load_quantized, quantize_checkpoint
from homewit.llm.quantization.config import quantization_of
from homewit.llm.quantization.layers import PackedLinear
from homewit.llm.quantization.loading import check_quantize

from ..tiny import random_ids
from .passes import SPECS, cache_for, decoder_of, read, step_for, warmed

KINDS = get_args(PackedKind)
CUDA, CPU = torch.device("cuda"), torch.device("cpu")


def normal(rows: int, columns: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)) / 50


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_is_the_nearest_that_there_is(kind: PackedKind):
    """Half a step of int8 and int4 at most, half a unit of the last place of e4m3."""
    weight = normal(40, 256)
    weight[3] = 0
    weight[5, :64] = 0.01
    found = unpack(pack(weight, kind), torch.float32)
    largest = weight.abs().amax(1, keepdim=True)
    if kind == "int4":
        groups = weight.view(40, -1, 32)
        step = (groups.amax(-1, keepdim=True) - groups.amin(-1, keepdim=True)) / 15
        # Offset and scale are rounded, too.
        bound = (0.51 * step + 1e-3 * groups.abs().amax(-1, keepdim=True)).expand_as(groups).flatten(1)
    elif kind == "int8":
        bound = 0.501 * largest / 127
    else:
        bound = weight.abs() / 16 + largest / torch.finfo(FP8).max * 2**-9
    assert bool(((found - weight).abs() <= bound + 1e-12).all())
    assert not found[3].any()


@pytest.mark.parametrize("kind", KINDS)
def test_some_rows_are_those_of_all(kind: PackedKind):
    weight, rows = pack(normal(40, 64), kind), torch.tensor([0, 7, 39])
    assert torch.equal(unpack(weight, torch.float32, rows), unpack(weight, torch.float32)[rows])


def test_bytes_per_weight():
    weight = normal(64, 1024)
    sizes = [8 * pack(weight, kind).nbytes / weight.numel() for kind in KINDS]
    assert sizes == [8 + 32 / 1024, 8 + 32 / 1024, 5]


def test_columns_that_do_not_fit_are_refused():
    assert [can_pack(96, kind) for kind in KINDS] == [True, True, False]
    with pytest.raises(ValueError, match="96 columns cannot be packed as int4"):
        pack(normal(4, 96), "int4")


@pytest.mark.parametrize("bits", [4, 8])
def test_a_weight_for_the_native_kernels_is_taken_over_exactly(bits: panels.Bits):
    packed = panels.pack(normal(40, 208), bits)
    assert torch.equal(unpack(from_panels(packed), torch.float32), panels.unpack(packed))


def test_groups_that_kernels_cannot_read_are_refused():
    with pytest.raises(CannotRun, match="groups of 96 in 192 columns"):
        from_panels(panels.pack(normal(16, 192), 8, group=96))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["like qwen3", "like gemma3"])
def test_a_packed_decoder_is_run_as_a_pass_and_by_itself(name: str, kind: PackedKind):
    """Both give the same, which is close to the decoder that was packed; tied embeddings stay."""
    decoder, original = decoder_of(SPECS[name]), decoder_of(SPECS[name])
    pack_on_device(decoder, kind)
    layers = [module for module in decoder.modules() if isinstance(module, DeviceLinear)]
    assert len(layers) == 4 * len(decoder.layers) + 1
    assert isinstance(decoder.head, RowProjection)
    prompt = random_ids(30, 1)
    with torch.inference_mode():
        step = step_for(decoder, ReferenceOperators())
        cache = cache_for(decoder)
        warmed(step, cache, 1)
        state = cache.resume([])
        read(decoder, state, prompt)
        state.reserve(1)
        found = step.hidden([[4]], [state], [1])
        assert found is not None
        logits, rows = step.project(found[0]), torch.tensor([3, 50])
        wanted = decoder(torch.tensor([[*prompt, 4]]))[0, -1:]
        torch.testing.assert_close(logits, wanted, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(step.project(found[0], rows), wanted[:, rows], rtol=1e-3, atol=1e-3)
        exact = original(torch.tensor([[*prompt, 4]]))[0, -1:]
        assert float((wanted - exact).norm() / exact.norm()) < (0.6 if kind == "int4" else 0.3)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("group", [None, 96])
def test_a_quantized_checkpoint_moves_without_being_rounded_again(
    qwen3: Path, tmp_path: Path, bits: panels.Bits, group: int | None
):
    """Also one in groups that no kernel reads, whose layers become dense."""
    quantize_checkpoint(qwen3, tmp_path / "quantized", bits)
    config = read_config(tmp_path / "quantized")
    quantization, spec = quantization_of(config), blueprint_from_config(config).spec
    assert quantization is not None
    decoder = load_quantized(tmp_path / "quantized", spec, quantization)
    if group is not None:
        repack(decoder, group)
    expected = {
        name: panels.unpack(module.panels, torch.bfloat16)
        for name, module in decoder.named_modules()
        if isinstance(module, PackedLinear)
    }
    if not expected:
        pytest.skip("without the native kernels nothing stays packed on a CPU")
    move_packed(decoder, torch.bfloat16, CPU)
    modules = dict(decoder.named_modules())
    for name, weight in expected.items():
        layer = modules[name]
        assert isinstance(layer, torch.nn.Linear) == (group is not None)
        found = layer.weight if isinstance(layer, torch.nn.Linear) else unpack(layer.weight, torch.bfloat16)
        assert torch.equal(found, weight)
    assert torch.equal(decoder.embedding.weight, expected["head"])
    assert torch.isfinite(decoder(torch.arange(3, 20)[None])).all()


def repack(decoder: Decoder, group: int) -> None:
    """Give every packed layer groups of another size."""
    for module in decoder.modules():
        if isinstance(module, PackedLinear):
            packed = panels.pack(panels.unpack(module.panels), module.bits, group)
            module.group, module.data, module.scale = group, packed.data, packed.scale


@pytest.mark.parametrize("quantize", ["int8", "int4", "fp8"])
def test_every_form_can_be_had_on_a_gpu(quantize):
    check_quantize(quantize, None, CUDA)


def test_fp8_is_refused_on_a_cpu_and_for_what_is_quantized_already(qwen3: Path, tmp_path: Path):
    with pytest.raises(UnsupportedError, match="fp8 weights run on a GPU"):
        check_quantize("fp8", None, CPU)
    quantize_checkpoint(qwen3, tmp_path / "quantized", 8)
    stored = quantization_of(json.loads((tmp_path / "quantized" / "config.json").read_text()))
    with pytest.raises(RequestError, match="stored in 8 bits and cannot become fp8"):
        check_quantize("fp8", stored, CUDA)
