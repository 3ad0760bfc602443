"""Makes `benchmarks` importable, which is not installed and stands beside the packages."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import benchmarks  # noqa: E402, F401  from here on its modules are found through it

sys.path.remove(str(ROOT))
