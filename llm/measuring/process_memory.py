"""How much memory this process takes, as the system counts it. Knows nothing of what takes it."""

import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def process_memory() -> tuple[int | None, int | None]:
    """The most bytes that the process held at once, and what it holds now; None where it cannot be told."""
    try:
        lines = STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return _peak_elsewhere(), None
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    peak, held = (fields.get(name) for name in ("VmHWM", "VmRSS"))
    return (int(peak[0]) * 1024 if peak else None, int(held[0]) * 1024 if held else None)


def _peak_elsewhere() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
