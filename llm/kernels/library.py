"""Opens the native kernels, or says why there are none.

The library is opened once per process, when it is first asked for. `HOMEWIT_KERNELS` chooses among the levels
that the processor has (`portable`, `avx2`, `avx512`, `neon`, `neondot`), or `off` for PyTorch alone. Knows
nothing of torch, so that `homewit doctor` can ask without loading it.
"""

import ctypes
import os
import threading
from pathlib import Path
from typing import Any

from ..errors import UnsupportedError
from .sources import LIBRARY, digest
from .structures import CALLS, SIZES

PATH = Path(__file__).parent / LIBRARY
VARIABLE = "HOMEWIT_KERNELS"
BUILD_AGAIN = "Install again where there is a C compiler (gcc or clang): make setup, or pip install ."


class KernelsUnavailable(UnsupportedError):
    """There are no native kernels; the text says why. `fix` says what to do, if it is not as wanted."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


_opened: ctypes.CDLL | KernelsUnavailable | None = None
_lock = threading.Lock()


def open_library() -> Any:
    """The library with all calls declared, the same at every call. Raises `KernelsUnavailable`."""
    global _opened
    with _lock:
        if _opened is None:
            try:
                _opened = _open(PATH)
                _choose(_opened, os.environ.get(VARIABLE, ""))
            except KernelsUnavailable as error:
                _opened = error
    if isinstance(_opened, KernelsUnavailable):
        raise _opened
    return _opened


def available() -> bool:
    """Whether there are native kernels here."""
    try:
        open_library()
    except KernelsUnavailable:
        return False
    return True


def level() -> str:
    """The name of the level that runs."""
    return open_library().homewit_level().decode()


def levels() -> list[str]:
    """The levels that this processor has, best first."""
    return open_library().homewit_levels().decode().split()


def use(name: str) -> None:
    """Compute at that level from now on. Raises `KernelsUnavailable` when it is not one of `levels`."""
    library = open_library()
    if not library.homewit_use(name.encode()):
        raise KernelsUnavailable(
            f"This processor has no kernels of level {name!r}.", f"Use one of: {', '.join(levels())}."
        )


def _open(path: Path) -> ctypes.CDLL:
    if not path.is_file():
        raise KernelsUnavailable("the native kernels were not built", BUILD_AGAIN)
    try:
        library = ctypes.CDLL(str(path))
        for name, (result, arguments) in CALLS.items():
            call = getattr(library, name)
            call.restype, call.argtypes = result, list(arguments)
    except (OSError, AttributeError) as error:
        raise KernelsUnavailable(f"{path} cannot be opened ({error})", BUILD_AGAIN) from error
    if library.homewit_digest().decode() != digest():
        raise KernelsUnavailable(f"{path} was built from other sources than those beside it", BUILD_AGAIN)
    for name, structure in SIZES.items():
        if library.homewit_sizeof(name.encode()) != ctypes.sizeof(structure):
            raise KernelsUnavailable(f"{path} has another layout of {name} than this program", BUILD_AGAIN)
    return library


def _choose(library: ctypes.CDLL, wanted: str) -> None:
    if wanted == "off":
        raise KernelsUnavailable(f"the native kernels are turned off by {VARIABLE}=off")
    if wanted and not library.homewit_use(wanted.encode()):
        known = library.homewit_levels().decode()
        raise KernelsUnavailable(
            f"{VARIABLE}={wanted} names no level of kernels that this processor has",
            f"Use one of: {known} off",
        )
