"""Lets torch be imported without what only its compilers use, until something else needs that.

torch declares in Python what each of its operators does to shapes, a fifth of its import; nobody asks for it
while a model is loaded to a processor and writes greedily. Since the same module also makes torch's random
generators usable, who needs these, or a GPU, calls `complete` first.

For programs of Homewit's own: where code of others runs, how torch is imported is theirs to decide.
"""

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LEFT_OUT = "torch._meta_registrations"

_waiting: list[Callable[[], None]] = []
"""Runs the module that was left out; empty where none was."""


def leave_out() -> None:
    """From now on an import of the module gives one that is run when something of it is asked for."""
    sys.meta_path.insert(0, _Later())


def complete() -> None:
    """Import what was left out, if anything was; may be called any number of times, by any thread."""
    for run in tuple(_waiting):
        run()


class _Later(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != LEFT_OUT:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and found.loader is not None:
            found.loader = _WhenAsked(found.loader)
        return found


class _WhenAsked(Loader):
    """Runs the module when an attribute is missed, or `complete` is called."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._turn = threading.RLock()
        self._is_running = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        def run() -> None:
            with self._turn:
                if self._is_running or run not in _waiting:
                    return
                self._is_running = True
                self._loader.exec_module(module)
                del module.__dict__["__getattr__"]
                _waiting.remove(run)

        def missed(name: str) -> Any:
            if not name.startswith("__"):  # such are asked for by whoever looks through all modules
                run()
                if name in module.__dict__:
                    return module.__dict__[name]
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        module.__dict__["__getattr__"] = missed
        _waiting.append(run)
