"""Where plugins are: drop-in files of a folder, and what installed distributions announce.

Looks at names only; nothing is imported here.
"""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from ..loaders.python import ENTRY_POINT_GROUP
from .defining import Defined
from .source import Source


def in_folder(folder: Path) -> tuple[list[Source], list[Defined]]:
    """The drop-in files of a folder in the order of their names, and what is wrong with the folder."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.is_file())
    except FileNotFoundError:
        return [], []
    except OSError as error:
        unread = Source("file", f"folder:{folder}", str(folder))
        return [], [Defined(unread, problem=f"cannot be read: {error.strerror or error}")]
    named = [path for path in files if not path.name.startswith(("_", "."))]
    return [Source("file", f"file:{path.name}", str(path.absolute())) for path in named], []


def installed(points: Iterable[EntryPoint] | None = None) -> list[Source]:
    """What distributions offer under the group "homewit.tools"."""
    found = entry_points(group=ENTRY_POINT_GROUP) if points is None else points
    return [
        Source("object", f"entry-point:{point.dist.name if point.dist else point.name}", point.value)
        for point in found
    ]
