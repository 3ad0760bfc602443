"""Quantized checkpoints: written from a real one, read back the same, and refused when they do not add up."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from homewit.llm.errors import CheckpointError, ConfigError, RequestError
from homewit.llm.families import blueprint_from_config, read_config
from homewit.llm.kernels import library
from homewit.llm.quantization.checkpoint import load_quantized, quantize_checkpoint
from homewit.llm.quantization.config import Quantization, quantization_of
from homewit.llm.quantization.convert import pack_decoder
from homewit.llm.quantization.layers import PackedLinear
from homewit.llm.weights import checkpoint

IDS = torch.arange(3, 40)[None]


def load(folder: Path) -> Any:
    config = read_config(folder)
    quantization = quantization_of(config)
    assert quantization is not None
    return load_quantized(folder, blueprint_from_config(config).spec, quantization)


@pytest.fixture(params=[4, 8])
def quantized(request: pytest.FixtureRequest, qwen3: Path, tmp_path: Path) -> Path:
    """The tied qwen3 checkpoint in 4 and in 8 bits."""
    quantize_checkpoint(qwen3, tmp_path / "quantized", request.param)
    return tmp_path / "quantized"


@pytest.mark.skipif(not library.available(), reason="the native kernels are not built here")
def test_what_is_read_is_what_packing_gives(quantized: Path, qwen3: Path):
    """Logits to the bit: the file holds the packed weights, the embedding out of the projection included."""
    config = read_config(qwen3)
    blueprint = blueprint_from_config(config)
    expected = checkpoint.load(qwen3, blueprint.spec, torch.bfloat16, "cpu", blueprint.names)
    quantization = quantization_of(read_config(quantized))
    assert quantization is not None
    pack_decoder(expected, quantization, with_embedding=True)
    assert torch.equal(load(quantized)(IDS), expected(IDS))


def test_weights_are_packed_and_the_rest_is_kept(quantized: Path, qwen3: Path):
    """Files beside the weights are copied, so that the folder is a checkpoint by itself."""
    kept = {path.name for path in qwen3.iterdir()} - {"model.safetensors", "config.json"}
    assert kept <= {path.name for path in quantized.iterdir()}
    config = json.loads((quantized / "config.json").read_text())
    assert config.pop("quantization_config")["quant_method"] == "homewit"
    assert config == json.loads((qwen3 / "config.json").read_text())
    tensors = load_file(quantized / "model.safetensors")
    packed = {name for name in tensors if tensors[name].dtype in (torch.int8, torch.uint8)}
    assert "head.data" in packed
    assert not any("embedding" in name for name in tensors)


def test_without_kernels_the_weights_are_unpacked(quantized: Path):
    """The same numbers but for the rounding of activations, in another process without kernels."""
    program = (
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from homewit.llm.families import blueprint_from_config, read_config\n"
        "from homewit.llm.quantization.checkpoint import load_quantized\n"
        "from homewit.llm.quantization.config import quantization_of\n"
        "from safetensors.torch import save_file\n"
        "folder = Path(sys.argv[1])\n"
        "config = read_config(folder)\n"
        "decoder = load_quantized(folder, blueprint_from_config(config).spec, quantization_of(config))\n"
        "logits = decoder(torch.arange(3, 40)[None]).float().contiguous()\n"
        "save_file({'logits': logits}, sys.argv[2])\n"
    )
    out = quantized.parent / "logits.safetensors"
    command = [sys.executable, "-c", program, str(quantized), str(out)]
    subprocess.run(command, env=os.environ | {"HOMEWIT_KERNELS": "off"}, check=True, timeout=600)
    unpacked = load_file(out)["logits"]
    if library.available():
        result = load(quantized)(IDS).float()
        assert (result - unpacked).norm() < 0.05 * unpacked.norm()
    assert unpacked.shape == (1, 37, 512)


def damaged(folder: Path, change: Any) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def drop(name: str) -> Any:
    return lambda tensors: tensors.pop(name)


def put(name: str, make: Any) -> Any:
    return lambda tensors: tensors.update({name: make(tensors.get(name))})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (drop("head.scale"), "head.scale is missing"),
        (put("extra", lambda _: torch.zeros(1)), "extra is unexpected"),
        (put("head.data", lambda old: old[:-1].clone()), "head.data is"),
        (put("head.scale", lambda old: old.float()), "head.scale holds F32 instead of F16"),
    ],
)
def test_tensors_that_do_not_fit_are_named(quantized: Path, change: Any, problem: str):
    """Before anything is read: a kernel would read past the end of a tensor that is too short."""
    damaged(quantized, change)
    with pytest.raises(CheckpointError, match=problem):
        load(quantized)


GOOD = {"quant_method": "homewit", "bits": 8, "group_size": 128}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"bits": 5}, "bits"),
        ({"group_size": 48}, "group_size"),
        ({"group_size": 1 << 20}, "group_size"),
        ({"version": 2}, "version"),
        ({"codebook": [0] * 16}, "codebook"),
        ({"bits": 4}, "0 values in the codebook instead of 16"),
        ({"bits": 4, "codebook": [-128, *range(15)]}, "not between -127 and 127"),
        ({"bits": 4, "codebook": [*range(15), 3]}, "does not ascend"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(change: dict[str, Any], problem: str):
    with pytest.raises(ConfigError, match=problem):
        quantization_of({"quantization_config": GOOD | change})


def test_an_entry_of_another_method_is_not_ours():
    assert quantization_of({"quantization_config": {"quant_method": "gptq"}}) is None
    assert quantization_of({}) is None
    expected = Quantization(bits=8, group_size=128)
    assert quantization_of({"quantization_config": GOOD}) == expected


def test_nothing_is_written_over_and_nothing_is_quantized_twice(quantized: Path, qwen3: Path, tmp_path: Path):
    with pytest.raises(RequestError, match="not an empty folder"):
        quantize_checkpoint(qwen3, quantized, 8)
    with pytest.raises(RequestError, match="quantized already"):
        quantize_checkpoint(quantized, tmp_path / "twice", 8)


@pytest.mark.skipif(not library.available(), reason="the native kernels are not built here")
def test_every_linear_layer_is_packed(quantized: Path):
    decoder = load(quantized)
    dense = [name for name, module in decoder.named_modules() if isinstance(module, torch.nn.Linear)]
    assert dense == []
    assert sum(isinstance(module, PackedLinear) for module in decoder.modules()) == 4 * 3 + 1
