"""Where a checkpoint is and what it is, without loading torch; what `homewit model info` prints.

`locate` is the one place that turns a user's word for a model into a folder. The rest reads `config.json` and
the headers of the weights.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import ModelNotFound, UnsupportedModel
from .families import blueprint_from_config, read_config
from .quantization.config import quantization_of
from .quantization.parameters import packed_parameters
from .weights.shards import stored_tensors

BUNDLED = Path(__file__).parent / "bundled"
DTYPE_NAMES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16", "F64": "float64"}


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A checkpoint in one line. `dialect` says how to speak to it: its chat template, or the compact form."""

    name: str
    path: Path
    parameters: int
    dtype: str
    context: int
    dialect: Literal["chat", "compact"]
    family: str


def locate(source: str | Path) -> Path:
    """The folder of "bundled" or of a path. Raises `ModelNotFound` or `UnsupportedModel` with what to do."""
    if source == "bundled":
        if not (BUNDLED / "config.json").is_file():
            raise ModelNotFound(
                f"The bundled model is not in {BUNDLED}. Reinstall Homewit, train it with `make train`, "
                "or name another checkpoint with --model FOLDER."
            )
        return BUNDLED
    folder = Path(source).expanduser()
    if folder.suffix == ".gguf" or str(source).startswith(("http://", "https://")):
        raise UnsupportedModel(
            f"{source} is not a folder with safetensors; GGUF files and URLs are not read yet."
        )
    if not folder.is_dir():
        raise ModelNotFound(
            f"There is no model at {str(source)!r}. Name a folder that holds config.json, tokenizer.json and "
            'safetensors, or use "bundled".'
        )
    return folder


def describe(source: str | Path) -> ModelInfo:
    """What is at `source`. Raises the errors that loading it would raise for its configuration or headers."""
    folder = locate(source)
    config = read_config(folder)
    blueprint = blueprint_from_config(config)
    spec, names = blueprint.spec, blueprint.names
    tensors = stored_tensors(folder)
    quantization = quantization_of(config)
    sizes: Counter[str] = Counter()
    if quantization is not None:
        sizes[f"int{quantization.bits}"] = packed_parameters(tensors)
    else:
        for name, full in names.completed(list(tensors)).items():
            if not names.is_ignored(full) and not (spec.tie_embeddings and full == names.head):
                sizes[tensors[name].dtype] += tensors[name].elements
    stored = sizes.most_common(1)[0][0] if sizes else "F32"
    metadata = metadata_of(config)
    name = metadata.get("name")
    return ModelInfo(
        name=name if isinstance(name, str) else "bundled" if folder == BUNDLED else folder.resolve().name,
        path=folder,
        parameters=sizes.total(),
        dtype=DTYPE_NAMES.get(stored, stored),
        context=spec.context,
        dialect="compact" if metadata.get("dialect") == "compact" else "chat",
        family=str(config["model_type"]),
    )


def metadata_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The "homewit" object of a config.json, or an empty one."""
    metadata = config.get("homewit")
    return metadata if isinstance(metadata, Mapping) else {}
