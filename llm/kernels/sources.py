"""Which C files make up the native kernels, how they are compiled, and a digest that ties a build to them.

`setup.py` reads this file by its path, before anything is installed, so it imports nothing of Homewit. A
library that was built from other sources is not loaded: its structures could differ.
"""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "native"
LIBRARY = "_native.so"  # beside this file; one name on every platform, because ctypes opens it by path

# Each level brings its own instruction set by pragma, so that one set of flags serves all files, also in a
# build for two processors at once. Errno and traps of maths are never looked at, and would keep loops from
# becoming vectors.
COMPILE_FLAGS = ("-O3", "-std=gnu11", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden", "-g0")
LINK_FLAGS = ("-lm", "-lpthread")


def compiled(folder: Path = FOLDER) -> list[Path]:
    """The files to compile, in order."""
    return sorted(folder.glob("*.c"))


def digest(folder: Path = FOLDER) -> str:
    """Of the names and contents of all C files and headers, and of the flags."""
    hashed = hashlib.sha256(" ".join((*COMPILE_FLAGS, *LINK_FLAGS)).encode())
    for path in sorted((*folder.glob("*.c"), *folder.glob("*.h"))):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()[:16]
