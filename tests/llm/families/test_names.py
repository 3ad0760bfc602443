"""What a family calls its tensors, in both directions, and the ways in which checkpoints differ."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from homewit.llm import Engine, describe
from homewit.llm.families import FAMILIES, blueprint_from_config, read_config
from homewit.llm.weights import checkpoint as checkpoints

WEIGHTS = "model.safetensors"
IDS = list(range(20, 60))


@pytest.mark.parametrize("family", FAMILIES)
def test_saved_weights_are_those_that_were_loaded(family: str, make_checkpoint: Any, tmp_path: Path) -> None:
    """Fusing, turning and reordering are undone exactly: `save` writes what transformers wrote."""
    folder, _ = make_checkpoint(family)
    blueprint = blueprint_from_config(read_config(folder))
    decoder = checkpoints.load(folder, blueprint.spec, names=blueprint.names)

    checkpoints.save(decoder, tmp_path, names=blueprint.names)

    before, after = load_file(folder / WEIGHTS), load_file(tmp_path / WEIGHTS)
    assert {name: tensor.shape for name, tensor in after.items()} == {n: t.shape for n, t in before.items()}
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_layers_that_guess_ahead_are_left_alone(make_checkpoint: Any) -> None:
    """Some checkpoints carry further layers for drafts; they are neither read nor counted."""
    folder, reference = make_checkpoint("qwen3_next")
    expected = Engine.load(folder).logits(IDS)
    tensors = load_file(folder / WEIGHTS)

    save_file(tensors | {"mtp.layers.0.norm.weight": torch.ones(48)}, folder / WEIGHTS)

    assert torch.equal(Engine.load(folder).logits(IDS), expected)
    assert describe(folder).parameters == reference.num_parameters()


def test_gpt2_names_may_lack_their_prefix(make_checkpoint: Any) -> None:
    """As in the first gpt2 checkpoints, which also carry the causal mask of every layer."""
    folder, reference = make_checkpoint("gpt2")
    expected = Engine.load(folder).logits(IDS)
    tensors = {name.removeprefix("transformer."): t for name, t in load_file(folder / WEIGHTS).items()}
    masks = {f"h.{layer}.attn.bias": torch.ones(1, 1, 8, 8) for layer in range(3)}

    save_file(tensors | masks, folder / WEIGHTS, metadata={"format": "pt"})

    assert torch.equal(Engine.load(folder).logits(IDS), expected)
    assert describe(folder).parameters == reference.num_parameters()
