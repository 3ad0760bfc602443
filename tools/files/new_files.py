"""Files that a tool makes and that must not be there before, such as exports.

What they hold tells after a crash what happened: the same bytes were written by the call, others by somebody
else, or only in part. Knows nothing of what is written.
"""

from pathlib import Path

from ..context import ToolContext
from ..errors import ToolFailed
from ..isolation.paths import shown_path


def write_new(file: Path, data: bytes, ctx: ToolContext) -> str:
    """Write a file; returns its path as the user would write it. Raises ToolFailed, also when it exists."""
    shown = shown_path(file, ctx)
    try:
        with file.open("xb") as opened:
            opened.write(data)
    except FileExistsError as error:
        raise ToolFailed(f"{shown} exists already. Give another name.") from error
    except OSError as error:
        raise ToolFailed(f"{shown} cannot be written: {error.strerror}.") from error
    return shown


def was_written(file: Path, data: bytes) -> bool | None:
    """Whether `write_new` has written this; None for a file that holds something else."""
    try:
        return True if file.read_bytes() == data else None
    except FileNotFoundError:
        return False
    except OSError:
        return None
