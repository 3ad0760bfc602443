"""Whether this machine can decode by kernels on a GPU, found out without loading PyTorch or Triton.

The doctor asks, and so does loading before it imports Triton.
"""

import os
import shutil
import sysconfig
from importlib.util import find_spec
from pathlib import Path

DRIVER = (Path("/dev/nvidiactl"), Path("/proc/driver/nvidia/version"), Path("/dev/dxg"))
TORCH_LIBRARIES = ("libtorch_cuda.so", "torch_cuda.dll")
COMPILERS = ("gcc", "clang")  # those that Triton looks for


def has_driver() -> bool:
    """Whether a driver for NVIDIA devices is loaded."""
    return any(path.exists() for path in DRIVER)


def torch_has_cuda() -> bool:
    """Whether the PyTorch that is installed was built for such devices."""
    found = find_spec("torch")
    places = [] if found is None else found.submodule_search_locations or []
    return any((Path(place) / "lib" / name).exists() for place in places for name in TORCH_LIBRARIES)


def missing() -> str | None:
    """The first thing that kernels lack here, as part of a sentence; None if all is there."""
    if os.environ.get("HOMEWIT_KERNELS") == "off":
        return "HOMEWIT_KERNELS turns kernels off"
    if find_spec("triton") is None:
        return "Triton is not installed, which comes with the CUDA builds of PyTorch for Linux"
    # Triton builds what starts its kernels, once, against Python.
    if not any(map(shutil.which, (os.environ.get("CC", ""), *COMPILERS))):
        return "there is no C compiler, which Triton needs; install gcc"
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        return "Python's headers are missing, which Triton needs; install python3-dev"
    return None
