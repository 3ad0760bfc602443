"""From the name of a model to an ``AgentModel``: the one place that decides which engine and which dialect.

Loads torch only when it is called. Knows nothing of runs.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...llm.errors import LLMError
from ...llm.info import describe, locate
from ..config import Settings
from ..errors import ModelUnavailable, UsageError
from ..model import AgentModel
from .after_others import AfterOthers
from .chat_model import ChatModel

if TYPE_CHECKING:
    from .compact_model import CompactModel

SCRIPTED = "scripted:"
STEPWISE_FROM = 7e9
"""Parameters from which on a checkpoint makes good use of what it has seen."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """An engine and the agent's way to talk to it; ``engine`` is None for a model that brings none."""

    name: str
    context: int
    engine: Any
    agent_model: AgentModel
    summary: str
    chats: bool = True
    """Whether the engine takes messages; the compact form has none."""
    mends: bool = False
    """Whether it corrects and plans on by itself, where the settings do not say."""
    stepwise: bool = False
    """Whether it plans on from what the first steps gave."""
    each: Callable[[bool], AgentModel] | None = None
    """A way to talk to it for one question among several at once, ahead of others or, if true, after them;
    None for a model that takes one at a time.
    """


def loader(model: Any, settings: Settings, prefixes: Path | None = None) -> Callable[[], LoadedModel]:
    """What loads ``model``: a name or path, an engine, or an ``AgentModel`` of the caller's own.

    ``prefixes`` is where an engine keeps what it computed from its instructions until the next launch.
    """
    if isinstance(model, str | Path):
        return lambda: _load(str(model), settings, prefixes)
    if hasattr(model, "chat") and hasattr(model, "score"):
        return lambda: _wrap(model, settings)
    if hasattr(model, "route") and hasattr(model, "plan"):
        stepwise = settings.planning == "stepwise"
        return lambda: LoadedModel(
            model_name(model), 0, None, model, "a model given by the caller", mends=True, stepwise=stepwise
        )
    raise ModelUnavailable(
        f"{model!r} is no model: give `bundled`, a folder with a checkpoint, an engine or an AgentModel."
    )


def resolved_model(model: str, folder: Path) -> str:
    """``model`` with its path from ``folder`` on, where it names what is there; any other name as it is."""
    prefix = SCRIPTED if model.startswith(SCRIPTED) else ""
    path = folder / Path(model.removeprefix(prefix)).expanduser()
    named = not prefix and (model == "bundled" or "://" in model)
    return model if named or not path.exists() else f"{prefix}{path}"


def model_name(model: Any) -> str:
    """What a run says it was driven by."""
    if isinstance(model, str | Path):
        return str(model)
    info = getattr(model, "info", model)
    return str(getattr(info, "name", type(model).__name__))


def may_read(model: Any) -> bool:
    """Whether a model may be able to read a text by others, told without loading it: the compact form has no
    place for one. Of a model that cannot be described, loading tells more.
    """
    if not isinstance(model, str) or model.startswith(SCRIPTED):
        return True
    try:
        return describe(model).dialect != "compact"
    except LLMError:
        return True


def _load(source: str, settings: Settings, prefixes: Path | None) -> LoadedModel:
    if source.startswith(SCRIPTED):
        from ..testing import ScriptedEngine

        return _wrap(ScriptedEngine.from_file(source.removeprefix(SCRIPTED)), settings)
    return _wrap(_engine(source, settings, prefixes), settings, several=True)


def _engine(source: str, settings: Settings, prefixes: Path | None) -> Any:
    _refuse_url(source)
    locate(source)  # a model that is not there is found out before torch is loaded
    try:
        from ...llm import CacheOptions, Engine

        return Engine.load(
            source,
            dtype=settings.dtype,
            quantize=settings.quantize,
            context=settings.context,
            draft=settings.draft,
            cache=CacheOptions(settings.cache_mb, settings.cache_int8, prefixes, settings.cache_disk_mb),
        )
    except ImportError as error:
        raise ModelUnavailable(f"The engine cannot be loaded: {error}. Install Homewit again.") from error


def _wrap(engine: Any, settings: Settings, several: bool = False) -> LoadedModel:
    """``several``: whether the engine takes several questions at once, and some of them after others."""
    info = getattr(engine, "info", None)
    if info is None:  # a script does what it is told and no more
        stepwise = settings.planning == "stepwise"
        driven = ChatModel(engine, stepwise)
        summary = "answers from a script"
        return LoadedModel(engine.name, engine.context, engine, driven, summary, stepwise=stepwise)
    if info.dialect == "compact":
        from .compact_model import CompactModel

        driven = CompactModel(engine)
        each = _each(driven, engine) if several else None
        return LoadedModel(info.name, info.context, engine, driven, _summary(info), chats=False, each=each)
    large = settings.planning == "auto" and info.parameters >= STEPWISE_FROM
    stepwise = large or settings.planning == "stepwise"
    driven = ChatModel(engine, stepwise)
    return LoadedModel(
        info.name,
        info.context,
        engine,
        driven,
        _summary(info),
        mends=True,
        stepwise=stepwise,
        each=_each(driven, engine) if several else None,
    )


def _each(driven: "CompactModel | ChatModel", engine: Any) -> Callable[[bool], AgentModel]:
    """What counts tokens is made anew for each question; an engine takes any number of them at once."""
    after_others: Any = AfterOthers(engine)
    return lambda background: driven.over(after_others if background else engine)


def describe_model(source: str) -> dict[str, Any]:
    """What a checkpoint says of itself, without loading it; raises LLMError or ``ModelUnavailable``."""
    if source.startswith(SCRIPTED):
        path = source.removeprefix(SCRIPTED)
        return {
            "name": source,
            "path": path,
            "available": Path(path).is_file(),
            "summary": "answers from a script",
        }
    _refuse_url(source)
    info = describe(source)
    facts = {**asdict(info), "path": str(info.path), "available": True}
    return {**facts, "summary": _summary(info)}


def quantize_model(source: str, target: str, bits: Literal[4, 8]) -> dict[str, Any]:
    """Write a checkpoint with packed weights; what it says of itself, and its size. Raises as above."""
    _refuse_url(source)
    folder = locate(source)
    from ...llm.quantization.checkpoint import quantize_checkpoint

    written = Path(target).expanduser()
    quantize_checkpoint(folder, written, bits)
    size = sum(path.stat().st_size for path in written.glob("*.safetensors"))
    return {**describe_model(str(written)), "bytes": size}


def measure_model(
    source: str, settings: Settings, quick: bool, tell: Callable[[str], None]
) -> dict[str, Any]:
    """How fast and how large a model is here, loaded once more for that; ``tell`` hears what goes on.

    Nothing is guessed ahead, and nothing is read from what earlier launches computed. Raises as above, and
    ``UsageError`` for a model that is no checkpoint.
    """
    if source.startswith(SCRIPTED):
        raise UsageError(f"{source} answers from a script; there is nothing to measure. Name a checkpoint.")
    _refuse_url(source)
    locate(source)
    from ...llm.measuring.measure import measure

    alone = settings.model_copy(update={"draft": None})
    return asdict(measure(lambda: _engine(source, alone, None), quick, tell))


def _refuse_url(source: str) -> None:
    if "://" in source:
        raise ModelUnavailable(
            f"{source}: models behind a URL are not available yet; give a folder or `bundled`."
        )


def _summary(info: Any) -> str:
    return f"{info.name} · {info.parameters / 1e6:,.1f}M parameters · context {info.context:,} tokens"
