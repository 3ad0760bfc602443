"""Imports tools: a drop-in file, or what an entry point names.

Everything loaded here is somebody else's code, and may do anything while it loads; workers do this
(`workers/child.py`), and tests of plugins. Which tools are kept is the registry's matter.
"""

import hashlib
import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ..errors import InvalidTool
from ..spec import Tool

ENTRY_POINT_GROUP = "homewit.tools"
_PRIVATE_PREFIX = "_homewit_plugin_"
_TOOLS = Path(__file__).parents[1]

PythonTool = Tool[Any, Any]


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """A plugin, or one of its tools, that was left out, and why."""

    source: str
    message: str


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


def describe(error: BaseException) -> str:
    """One line that lets a plugin's author find the place: the error and the file and line it came from."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    reason = str(error) or type(error).__name__
    if not isinstance(error, InvalidTool):
        reason = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "importlib" not in frame.filename]
    own = [frame for frame in own if not Path(frame.filename).is_relative_to(_TOOLS)]
    return f"line {own[-1].lineno}: {reason}" if own else reason
