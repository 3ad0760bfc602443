"""Finds tools: in modules, in installed distributions (entry points) and in drop-in files.

Everything loaded here is somebody else's code. Whatever it does while it loads (raise, exit, print) ends up
as a PluginProblem or on stderr, and never stops the program. Which tools are kept is the registry's matter.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import logging
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .errors import InvalidTool
from .spec import Tool

log = logging.getLogger(__name__)
ENTRY_POINT_GROUP = "homewit.tools"
_PRIVATE_PREFIX = "_homewit_plugin_"

PythonTool = Tool[Any, Any]


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """A plugin, or one of its tools, that was left out, and why."""

    source: str
    message: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one source gave: its tools, or the problem that kept it from giving any."""

    source: str
    tools: tuple[PythonTool, ...] = ()
    problem: PluginProblem | None = None


def from_folder(folder: Path) -> Iterator[Loaded]:
    """Load each `*.py` of a folder, in the order of their names; no folder, no tools."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.is_file())
    except FileNotFoundError:
        return
    except OSError as error:
        problem = PluginProblem(f"folder:{folder}", f"cannot be read: {error.strerror or error}")
        yield Loaded(problem.source, problem=problem)
        return
    for path in files:
        if not path.name.startswith(("_", ".")):
            yield _guarded(f"file:{path.name}", lambda path=path: tools_in(load_file(path)))


def from_entry_points(points: Iterable[EntryPoint] | None = None) -> Iterator[Loaded]:
    """Load what installed distributions announce under the group "homewit.tools"."""
    for point in entry_points(group=ENTRY_POINT_GROUP) if points is None else points:
        distribution = point.dist.name if point.dist else point.name
        yield _guarded(f"entry-point:{distribution}", lambda point=point: tools_in(point.load()))


class _AsItIsNow(SourceFileLoader):
    """Compiles a file each time: a cache goes by time and size, which a changed file may share."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def load_file(path: Path) -> ModuleType:
    """Run a drop-in file as a module of its own, under a name that cannot shadow any other."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    name = f"{_PRIVATE_PREFIX}{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsItIsNow(name, str(path)))
    if spec is None or spec.loader is None:
        raise InvalidTool(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and type hints look their module up by name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def load_entry(where: str) -> Any:
    """What "module" or "module:attribute" names; imports the module."""
    module, _, attribute = where.partition(":")
    found: Any = importlib.import_module(module)
    for name in filter(None, attribute.split(".")):
        found = getattr(found, name)
    return found


def tools_in(found: object) -> tuple[PythonTool, ...]:
    """Collect the tools of a Tool, a list of tools, a function returning one of these, or a module.

    A module gives what its own list `tools` names, or else every tool that it defines itself.
    """
    if isinstance(found, Tool):
        return (found,)
    if isinstance(found, ModuleType):
        listed = getattr(found, "tools", None)
        if isinstance(listed, (list, tuple)):
            return tools_in(listed)
        unique = {id(value): value for value in vars(found).values() if isinstance(value, Tool)}
        return tuple(one for one in unique.values() if _defined_in(found, one))
    if isinstance(found, (list, tuple)):
        return tuple(one for item in found for one in tools_in(item))
    if callable(found):
        return tools_in(found())
    raise InvalidTool(f"expected tools made with @tool, found {type(found).__name__}")


def _defined_in(module: ModuleType, one: PythonTool) -> bool:
    home = getattr(one.function, "__module__", "") or ""
    return home == module.__name__ or home.startswith(f"{module.__name__}.")


def _guarded(source: str, load: Callable[[], tuple[PythonTool, ...]]) -> Loaded:
    """Run plugin code with stdout turned to stderr, so that it cannot disturb a protocol on stdout."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            tools = load()
        if not tools:
            raise InvalidTool("it defines no tools; mark functions with @tool from homewit.tools")
    except (Exception, SystemExit) as error:  # a plugin may raise anything
        log.info("the plugin %s is left out", source, exc_info=error)
        return Loaded(source, problem=PluginProblem(source, describe(error)))
    return Loaded(source, tuple(replace(one, spec=replace(one.spec, source=source)) for one in tools))


def describe(error: BaseException) -> str:
    """One line that lets a plugin's author find the place: the error and the file and line it came from."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    reason = str(error) or type(error).__name__
    if not isinstance(error, InvalidTool):
        reason = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "importlib" not in frame.filename and __file__ != frame.filename]
    own = [frame for frame in own if Path(frame.filename).parent != Path(__file__).parent]
    return f"line {own[-1].lineno}: {reason}" if own else reason
