"""What a checkpoint is, told without loading torch; and the package's own lightness."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from homewit.llm import CheckpointError, Engine, ModelInfo, ModelNotFound, UnsupportedModel, describe
from homewit.llm.families import FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_a_checkpoint_is_described(family: str, make_checkpoint: Any) -> None:
    """Name, size, dtype, context, family and dialect, as they are in the files, for every family."""
    folder, reference = make_checkpoint(family)

    assert describe(folder) == ModelInfo(
        name=folder.name,
        path=folder,
        parameters=reference.num_parameters(),
        dtype="float32",
        context=getattr(reference.config, "max_position_embeddings", 1 << 20),
        dialect="chat",
        family=family,
    )


def test_the_dialect_and_name_come_from_the_configuration(checkpoint: Path) -> None:
    """The "homewit" object of config.json names the model and how it is spoken to."""
    config = json.loads((checkpoint / "config.json").read_text())
    config["homewit"] = {"dialect": "compact", "name": "tiny", "more": [1]}
    (checkpoint / "config.json").write_text(json.dumps(config))
    engine = Engine.load(checkpoint, context=64)

    assert (engine.info.dialect, engine.info.name, engine.info.context) == ("compact", "tiny", 64)
    assert engine.metadata == config["homewit"]


def test_damage_shows_in_the_description(checkpoint: Path) -> None:
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(CheckpointError):
        describe(checkpoint)


@pytest.mark.parametrize("source", ["model.gguf", "https://example.com/v1"])
def test_other_kinds_of_model_are_refused_by_kind(source: str) -> None:
    with pytest.raises(UnsupportedModel, match="not read yet"):
        describe(source)


def test_an_unknown_name_says_what_to_do() -> None:
    with pytest.raises(ModelNotFound, match="bundled"):
        describe("no-such-model")


def test_the_first_token_waits_for_no_compiler(checkpoint: Path) -> None:
    """Loading and generating never import torch's compiler, which takes seconds."""
    program = (
        "import sys\n"
        "from homewit.llm import Engine, SamplingParams\n"
        f"chunks = list(Engine.load({str(checkpoint)!r}).generate([5, 6], SamplingParams(max_tokens=2)))\n"
        "print('torch' in sys.modules, 'torch._dynamo' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "True False\n"


def test_one_device_knows_nothing_of_several(checkpoint: Path) -> None:
    """Loading, generating and closing never import what talks to other processes."""
    program = (
        "import sys\n"
        "from homewit.llm import Engine, SamplingParams\n"
        f"engine = Engine.load({str(checkpoint)!r})\n"
        "chunks = list(engine.generate([5, 6], SamplingParams(max_tokens=2)))\n"
        "engine.close()\n"
        "print([name for name in sys.modules if name.startswith('homewit.llm.parallel')])"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"


def test_describing_loads_no_torch(checkpoint: Path) -> None:
    """Importing the package and describing a model stay light; only the engine loads torch."""
    program = (
        "import sys, homewit.llm\n"
        f"print(homewit.llm.describe({str(checkpoint)!r}).family)\n"
        "homewit.llm.SamplingParams(), homewit.llm.Chunk('')\n"
        "print(sorted({'torch', 'tokenizers', 'jinja2', 'llguidance', 'transformers'} & set(sys.modules)))"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "qwen3\n[]\n"
