"""Damaged, incomplete or inconsistent checkpoints are refused with what is wrong; good ones round-trip."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from homewit.llm import (
    CheckpointError,
    ConfigError,
    Engine,
    ModelNotFound,
    UnsupportedError,
    UnsupportedModel,
)
from homewit.llm.families import read_config, spec_from_config
from homewit.llm.network.decoder import Decoder
from homewit.llm.weights import checkpoint as checkpoints

WEIGHTS = "model.safetensors"


def rewrite(folder: Path, change: Any) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})


def configure(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))


def shard(folder: Path, **entries: str) -> Path:
    """Turn the single file into one shard with an index, in which `entries` replace file names."""
    (folder / WEIGHTS).rename(folder / "model-00001-of-00001.safetensors")
    names = load_file(folder / "model-00001-of-00001.safetensors")
    index = {"weight_map": dict.fromkeys(names, "model-00001-of-00001.safetensors") | entries}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def test_saved_weights_load_again(tmp_path: Path, checkpoint: Path) -> None:
    """What `save` writes, `load` reads: the same names as transformers wrote, and the same values."""
    spec = spec_from_config(read_config(checkpoint))
    decoder = checkpoints.load(checkpoint, spec)

    checkpoints.save(decoder, tmp_path / "again")

    before, after = load_file(checkpoint / WEIGHTS), load_file(tmp_path / "again" / WEIGHTS)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_transformers_reads_what_training_saves(tmp_path: Path, checkpoint: Path) -> None:
    """A decoder initialised here, saved, has the same logits in transformers."""
    from transformers import AutoModelForCausalLM

    decoder = Decoder(spec_from_config(read_config(checkpoint)))
    decoder.initialize(3)
    checkpoints.save(decoder, checkpoint)
    reference = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    ids = torch.arange(30)[None]

    with torch.no_grad():
        expected, actual = reference(ids).logits, decoder(ids)

    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=0)


def test_initialisation_follows_the_seed(checkpoint: Path) -> None:
    """The same seed gives the same weights, another seed others."""
    spec = spec_from_config(read_config(checkpoint))
    first, second, third = Decoder(spec), Decoder(spec), Decoder(spec)

    for decoder, seed in ((first, 1), (second, 1), (third, 2)):
        decoder.initialize(seed)

    assert torch.equal(first.embedding.weight, second.embedding.weight)
    assert not torch.equal(first.embedding.weight, third.embedding.weight)


@pytest.mark.parametrize("keep", [0, 7, 8, 100, 5000])
def test_a_truncated_file_is_refused(checkpoint: Path, keep: int) -> None:
    """A file cut anywhere, in its header or in its data, is a CheckpointError that names it."""
    path = checkpoint / WEIGHTS
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(CheckpointError, match=WEIGHTS):
        Engine.load(checkpoint)


def test_the_last_missing_byte_is_noticed(checkpoint: Path) -> None:
    """A file that lacks one byte of data is refused before anything is computed."""
    path = checkpoint / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(CheckpointError, match="cut short"):
        Engine.load(checkpoint)


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"{",
        b'{"a": 1}',
        b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 9]}}',
        b'{"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}',
        b'{"a": {"dtype": "F32", "shape": [1000000], "data_offsets": [0, 4000000]}}',
        b'{"a": {"dtype": "X9", "shape": [1], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F32", "shape": "no", "data_offsets": [0, 4]}}',
    ],
)
def test_a_malformed_header_is_refused(checkpoint: Path, header: bytes) -> None:
    """A header that is no header, or does not add up, is a CheckpointError."""
    (checkpoint / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))

    with pytest.raises(CheckpointError):
        Engine.load(checkpoint)


def test_a_missing_tensor_is_named(checkpoint: Path) -> None:
    rewrite(checkpoint, lambda tensors: tensors.pop("model.layers.1.self_attn.k_proj.weight"))

    with pytest.raises(CheckpointError, match=r"missing: model\.layers\.1\.self_attn\.k_proj\.weight"):
        Engine.load(checkpoint)


def test_an_unexpected_tensor_is_named(checkpoint: Path) -> None:
    rewrite(checkpoint, lambda tensors: tensors.update({"model.extra.weight": torch.zeros(1)}))

    with pytest.raises(CheckpointError, match=r"unexpected: model\.extra\.weight"):
        Engine.load(checkpoint)


def test_a_misshapen_tensor_is_named(checkpoint: Path) -> None:
    rewrite(checkpoint, lambda tensors: tensors.update({"model.norm.weight": torch.ones(47)}))

    with pytest.raises(CheckpointError, match=r"misshapen: model\.norm\.weight is \[47\] instead of \[48\]"):
        Engine.load(checkpoint)


def test_a_tied_head_may_be_stored_only_if_equal(checkpoint: Path) -> None:
    """A copy of the embedding is accepted as the head of a tied model, anything else is not."""
    rewrite(checkpoint, lambda t: t.update({"lm_head.weight": t["model.embed_tokens.weight"].clone()}))
    Engine.load(checkpoint)
    rewrite(checkpoint, lambda t: t.update({"lm_head.weight": t["lm_head.weight"] + 1}))

    with pytest.raises(CheckpointError, match="tied"):
        Engine.load(checkpoint)


def test_rotary_frequencies_may_be_stored(checkpoint: Path) -> None:
    """Old checkpoints carry the rotary frequencies, which are recomputed and may be ignored."""
    rewrite(checkpoint, lambda t: t.update({"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)}))

    assert Engine.load(checkpoint).logits([1, 2]).shape == (2, 512)


@pytest.mark.parametrize("name", ["../model.safetensors", "/etc/passwd", "a/b.safetensors", "..", "x.bin"])
def test_an_index_stays_in_its_folder(checkpoint: Path, name: str) -> None:
    """A file name in the index that leaves the folder is refused, whether or not it exists."""
    shard(checkpoint, **{"model.norm.weight": name})

    with pytest.raises(CheckpointError, match="files beside it"):
        Engine.load(checkpoint)


def test_an_index_with_a_missing_shard_is_refused(checkpoint: Path) -> None:
    shard(checkpoint, **{"model.norm.weight": "model-00002-of-00002.safetensors"})

    with pytest.raises(CheckpointError, match="model-00002-of-00002"):
        Engine.load(checkpoint)


def test_an_index_that_names_an_absent_tensor_is_refused(checkpoint: Path) -> None:
    shard(checkpoint, **{"model.absent": "model-00001-of-00001.safetensors"})

    with pytest.raises(CheckpointError, match=r"model\.absent"):
        Engine.load(checkpoint)


@pytest.mark.parametrize("text", ["[]", "{", '{"weight_map": []}', '{"weight_map": {"a": 1}}'])
def test_a_malformed_index_is_refused(checkpoint: Path, text: str) -> None:
    (checkpoint / WEIGHTS).unlink()
    (checkpoint / "model.safetensors.index.json").write_text(text)

    with pytest.raises(CheckpointError, match="index"):
        Engine.load(checkpoint)


def test_pickled_weights_are_not_read(checkpoint: Path) -> None:
    """A folder with only pickled weights is refused with the reason."""
    (checkpoint / WEIGHTS).rename(checkpoint / "pytorch_model.bin")

    with pytest.raises(CheckpointError, match="can run code"):
        Engine.load(checkpoint)


def test_missing_weights_are_reported(checkpoint: Path) -> None:
    (checkpoint / WEIGHTS).unlink()

    with pytest.raises(CheckpointError, match="neither"):
        Engine.load(checkpoint)


def test_an_unknown_family_is_refused(checkpoint: Path) -> None:
    configure(checkpoint, model_type="perceiver")

    with pytest.raises(UnsupportedModel, match=r"'perceiver'.*llama, .*qwen2, qwen3"):
        Engine.load(checkpoint)


@pytest.mark.parametrize(
    "changes",
    [
        {"layer_types": ["full_attention", "sliding_attention", "full_attention"]},
        {"layer_types": ["chunked_attention"] * 3},
        {"partial_rotary_factor": 0.5},
        {"quantization_config": {"quant_method": "gptq"}},
        {"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e4}},
    ],
)
def test_options_that_would_change_the_numbers_are_refused(checkpoint: Path, changes: dict[str, Any]) -> None:
    configure(checkpoint, **changes)

    with pytest.raises(UnsupportedModel):
        Engine.load(checkpoint)


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_size": 0},
        {"hidden_size": "wide"},
        {"vocab_size": 10**12},
        {"num_hidden_layers": 10**9},
        {"num_key_value_heads": 4},
        {"head_dim": 15},
        {"rms_norm_eps": -1.0},
        {"hidden_act": "gelu"},
        {"max_position_embeddings": 10**12},
        {"rope_parameters": {"rope_type": "linear", "factor": 0.0, "rope_theta": 1e4}},
    ],
)
def test_an_impossible_configuration_is_refused(checkpoint: Path, changes: dict[str, Any]) -> None:
    """A value that cannot be is a ConfigError before anything is allocated."""
    configure(checkpoint, **changes)

    with pytest.raises(ConfigError):
        Engine.load(checkpoint)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_a_malformed_configuration_is_refused(checkpoint: Path, text: str) -> None:
    (checkpoint / "config.json").write_text(text)

    with pytest.raises(ConfigError, match=r"config\.json"):
        Engine.load(checkpoint)


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="Name a folder"):
        Engine.load(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="no config"):
        Engine.load(tmp_path)


def test_unknown_options_are_refused(checkpoint: Path) -> None:
    for options in ({"quantize": "int3"}, {"dtype": "float3"}, {"device": "abacus"}):
        with pytest.raises(UnsupportedError):
            Engine.load(checkpoint, **options)
