"""Makes `benchmarks`, which is not installed, importable beside the packages, and tidies up after peers."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import benchmarks  # noqa: E402, F401  from here on its modules are found through it

sys.path.remove(str(ROOT))


@pytest.fixture(autouse=True, scope="session")
def no_open_files() -> Iterator[None]:
    """llama-cpp-python opens files when it is imported and leaves them open, which Python complains of."""
    yield
    if (peer := sys.modules.get("llama_cpp._utils")) is not None:
        peer.outnull_file.close()
        peer.errnull_file.close()
