"""Where Homewit's own code lies, and where programs are started from: what no command may change.

Somebody who starts Homewit in a project has often installed it there, and in the home folder there are places
on PATH. A command that may write to such a folder would otherwise write the program that shuts it in the next
time. Reads paths; opens and starts nothing.
"""

import os
import shutil
import site
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_OF_DESKTOPS = (".local/share/applications", ".local/share/dbus-1", ".local/share/systemd")


@lru_cache(maxsize=1)
def code_places() -> tuple[Path, ...]:
    """This Python, its modules and Homewit's."""
    named = [sys.prefix, sys.base_prefix, sys.exec_prefix, str(_PACKAGE), *sys.path]
    return _both_ways(place for place in named if place and Path(place).exists())


def program_places() -> tuple[Path, ...]:
    """Folders from which programs are started without being asked for by their path, there or not: those on
    PATH, and what desktops and Python look into by themselves.
    """
    by_themselves = [str(Path.home() / name) for name in _OF_DESKTOPS]
    user_site = site.getusersitepackages()
    return _both_ways([*filter(os.path.isabs, os.get_exec_path()), *by_themselves, user_site])


def obeyed_inside(root: Path) -> frozenset[Path]:
    """Those places that lie inside a granted folder, without what lies in another one of them.

    One that holds the folder, or is it, was granted with it: whoever works on Homewit itself does that.
    """
    inside = [place for place in (*code_places(), *program_places()) if root in place.parents]
    return frozenset(place for place in inside if not any(other in place.parents for other in inside))


def is_own_code(path: Path, roots: Iterable[str]) -> bool:
    """Whether a path inside of granted folders belongs to Homewit's own code."""
    inside = [place for place in code_places() if any(Path(root) in place.parents for root in roots)]
    return any(path.is_relative_to(place) for place in inside)


def find_program(name: str, roots: Iterable[Path]) -> str | None:
    """A program that Homewit itself starts, from PATH but from no folder that tools may change.

    A path instead of a name is taken as it is.
    """
    granted = [Path(os.path.realpath(root)) for root in roots]

    def is_ours(place: str) -> bool:
        real = Path(os.path.realpath(place))
        return Path(place).is_absolute() and not any(real.is_relative_to(root) for root in granted)

    trusted = os.pathsep.join(place for place in os.get_exec_path() if is_ours(place))
    found = shutil.which(name, path=trusted)
    return found if found is not None and (os.sep in name or is_ours(found)) else None


def _both_ways(places: Iterable[str]) -> tuple[Path, ...]:
    """Each where it really is, and as the link that it is named by."""
    named = [Path(place) for place in places]
    return tuple(
        dict.fromkeys(
            one for place in named for one in (place.parent.resolve() / place.name, place.resolve())
        )
    )
