"""Files that programs obey, as they lie in a folder: found before a command runs, looked for again after.

What is there can be shielded; what a command newly makes (a start-up file, a hook, a configuration of git
with commands in it) is set aside, since something would otherwise run it later, outside of every check.
"""

import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .paths import protected_part

MOST_FOLDERS = 20_000
"""Up to so many folders of a granted one are looked into, those near the top first."""

# Settings of git that name no program, so that a new repository may have them.
_HARMLESS = re.compile(
    r"""
    \[ (core | init | user | branch\s+"[^"]*" | remote\s+"[^"]*" | extensions) \]
  | (repositoryformatversion | filemode | bare | logallrefupdates | ignorecase | precomposeunicode | symlinks
     | defaultbranch | name | email | url | fetch | remote | merge | rebase | objectformat | pushurl) \s* = .*
  | [#;] .*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_GIT_OBEYS = frozenset({"config", "config.worktree", "commondir"})
_SET_ASIDE = ".set-aside"
_BY_PATH = getattr(os, "O_PATH", os.O_RDONLY)  # without reading it; the sandbox runs on Linux alone


@dataclass(slots=True)
class Obeyed:
    """What was found below one folder.

    Attributes:
        protected: files and folders with a name that is protected, outermost first.
        sockets: where programs outside of the sandbox listen.
        seen: the identity of each thing that is obeyed; held open, so that no new thing can get the same one.
        links: those that are links, with what they say.
    """

    protected: list[Path] = field(default_factory=list)
    sockets: list[Path] = field(default_factory=list)
    seen: dict[tuple[int, int], Path] = field(default_factory=dict)
    links: dict[Path, str] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)

    def let_go(self) -> None:
        """Stop holding what was found."""
        while self.held:
            os.close(self.held.pop())


def obeyed_below(root: Path, most: int = MOST_FOLDERS) -> Obeyed:
    """Look through a folder, near the top first; links are not followed."""
    found, queue, left = Obeyed(), deque([root]), most
    depth = len(root.parts)
    while queue and left:
        left -= 1
        for entry in _entries(queue.popleft()):
            path = Path(entry.path)
            if protected_part(Path(*path.parts[depth:])) is not None:
                found.protected.append(path)
                _note(found, path)
            elif entry.is_dir(follow_symlinks=False):
                queue.append(path)
            elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink() and _is_socket(path):
                found.sockets.append(path)
    return found


def set_aside(before: Obeyed, root: Path) -> list[Path]:
    """Give each obeyed thing that is new below a folder a name that nobody obeys; returns the new names.

    A link that was replaced is put back.
    """
    after, moved = obeyed_below(root), []
    after.let_go()
    for identity, path in after.seen.items():
        if identity in before.seen or not os.path.lexists(path):
            continue
        if _is_git_folder(path):
            continue  # a new repository is fine; what git would obey in it was noted by itself
        aside = _free_name(path)
        path.rename(aside)
        moved.append(aside)
        if (said := before.links.get(path)) is not None:
            path.symlink_to(said)
    before.let_go()
    return moved


def git_obeys(folder: Path) -> Iterator[Path]:
    """What git takes orders from in one of its folders: hooks, configuration, pointers elsewhere."""
    inner = [folder, *_folders_in(folder / "modules"), *_folders_in(folder / "worktrees")]
    for git in inner:
        for name in sorted(_GIT_OBEYS):
            if os.path.lexists(git / name):
                yield git / name
        if (git / "hooks").is_dir():
            yield from (Path(entry.path) for entry in _entries(git / "hooks"))


def _note(found: Obeyed, path: Path) -> None:
    things = [path]
    if _is_git_folder(path):
        things += [one for one in git_obeys(path) if not _harmless(one)]
    for thing in things:
        try:
            descriptor = os.open(thing, os.O_NOFOLLOW | os.O_CLOEXEC | _BY_PATH)
        except OSError:
            continue  # gone in this moment
        found.held.append(descriptor)
        status = os.fstat(descriptor)
        found.seen.setdefault((status.st_dev, status.st_ino), thing)
        if stat.S_ISLNK(status.st_mode):
            found.links[thing] = str(thing.readlink())


def _harmless(path: Path) -> bool:
    """Whether a new file of git names nothing to run: a sample of a hook, or plain settings."""
    if path.is_symlink() or not path.is_file():
        return False
    if path.name.endswith(".sample"):
        return True
    if path.parent.name == "hooks":
        return False
    if path.name == "commondir":
        return (
            path.parent.parent.name == "worktrees" and path.read_text("utf-8", "replace").strip() == "../.."
        )
    lines = path.read_text("utf-8", "replace").splitlines()
    return path.name == "config" and all(_HARMLESS.fullmatch(line.strip()) for line in lines if line.strip())


def _is_git_folder(path: Path) -> bool:
    return path.name.casefold() == ".git" and path.is_dir() and not path.is_symlink()


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []  # gone, or not ours to read: then a command cannot write there either


def _folders_in(folder: Path) -> Iterable[Path]:
    """Folders below that git keeps for submodules and work trees."""
    for here, names, files in os.walk(folder):
        if "HEAD" in files or "commondir" in files:
            yield Path(here)
            names[:] = [name for name in names if name == "modules"]


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except OSError:
        return False


def _free_name(path: Path) -> Path:
    aside, number = path.with_name(path.name + _SET_ASIDE), 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}{_SET_ASIDE}-{number}")
    return aside
