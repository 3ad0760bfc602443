"""The models of one process: each is loaded once, however many clients use it.

A model that nobody uses stays until another one is wanted, so that the next client finds it warm and memory
holds at most one too many. Knows nothing of clients and runs.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..config import Settings
from .driver import ModelDriver
from .engines import SCRIPTED, loader, may_read

_Key = tuple[object, ...]
_LOADING = "dtype quantize context cache_mb cache_int8 cache_disk_mb draft planning".split()
"""Settings that make it another loaded model."""


class Models:
    """Lends drivers; may be used from any thread."""

    def __init__(self, prefixes: Path) -> None:
        self._prefixes = prefixes
        self._drivers: dict[_Key, ModelDriver] = {}
        self._users: Counter[_Key] = Counter()
        self._own: list[ModelDriver] = []
        self._guard = threading.Lock()

    def lend(self, model: Any, settings: Settings) -> ModelDriver:
        """The driver of ``model``, which is loaded when it is first needed; to be given back.

        What the caller brings (an engine, a script) is the caller's alone.
        """
        with self._guard:
            if not isinstance(model, str) or model.startswith(SCRIPTED):
                driver = self._made(model, settings)
                self._own.append(driver)
                return driver
            key = _key(model, settings)
            if key not in self._drivers:
                self._let_go()
                self._drivers[key] = self._made(model, settings)
            self._users[key] += 1
            return self._drivers[key]

    def give_back(self, driver: ModelDriver) -> None:
        """The borrower is done with it."""
        with self._guard:
            if driver in self._own:
                self._own.remove(driver)
            for key, lent in self._drivers.items():
                if lent is driver:
                    self._users[key] -= 1

    def loaded(self) -> list[str]:
        """Names of the models that are in memory now."""
        return [driver.loaded.name for driver in self._all() if driver.loaded is not None]

    def close(self) -> None:
        """Let go of all of them."""
        with self._guard:
            for driver in self._drivers.values():
                driver.close()
            self._drivers.clear()

    def _made(self, model: Any, settings: Settings) -> ModelDriver:
        load = loader(model, settings, self._prefixes)
        return ModelDriver(load, self._prefixes, self._all, lambda: may_read(model))

    def _let_go(self) -> None:
        """Make room: what nobody uses goes before another model is loaded."""
        for key in [key for key in self._drivers if not self._users[key]]:
            self._drivers.pop(key).close()

    def _all(self) -> Iterator[ModelDriver]:
        return iter([*self._drivers.values(), *self._own])


def _key(model: str, settings: Settings) -> _Key:
    """A checkpoint that was written anew since is another one."""
    return (model, *(getattr(settings, name) for name in _LOADING), *_written(Path(model)))


def _written(folder: Path) -> list[tuple[str, int]]:
    if not folder.is_absolute() or not folder.is_dir():
        return []
    files = [*folder.glob("*.json"), *folder.glob("*.safetensors")]
    return sorted((file.name, file.stat().st_mtime_ns) for file in files)
