"""Whether this machine runs short of memory, so that a host that only waits should give its own back."""

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
SHORT = 0.07
"""Share of the memory that is left; below it a program may be ended by the system at any time."""


def is_short_of_memory(meminfo: Path = _MEMINFO) -> bool:
    """Where the system does not tell, memory is taken to suffice."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return kilobytes["MemAvailable"] < SHORT * kilobytes["MemTotal"]
    except (OSError, ValueError, KeyError, IndexError):
        return False
