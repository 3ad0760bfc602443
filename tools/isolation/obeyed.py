"""Files that programs obey, as they lie in a folder: found before a command runs, looked for again after.

What is there can be shielded; what a command newly makes (a start-up file, a hook, a configuration of git
with commands in it, a folder on PATH) is set aside, since something would otherwise run it later, outside of
every check.
"""

import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .own_code import obeyed_inside
from .paths import is_protected

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
_HOOKS_PATH = re.compile(r"^\s*hookspath\s*=(.*)$", re.IGNORECASE | re.MULTILINE)
_GIT_OBEYS = frozenset({"config", "config.worktree", "commondir"})
_SET_ASIDE = ".set-aside"


Identity = tuple[int, ...]
"""Which thing it is. The number of what is shielded is not given to another one while a command runs, since
the shield holds it; a link, which has none, is told apart by its time.
"""


@dataclass(slots=True)
class Obeyed:
    """What was found below one folder.

    Attributes:
        protected: files and folders that are protected, outermost first.
        above: folders over them that have to stay where they are, outermost first.
        sockets: where programs outside of the sandbox listen.
        seen: each thing that is obeyed.
        links: those that are links, with what they say.
    """

    protected: list[Path] = field(default_factory=list)
    above: list[Path] = field(default_factory=list)
    sockets: list[Path] = field(default_factory=list)
    seen: dict[Identity, Path] = field(default_factory=dict)
    links: dict[Path, str] = field(default_factory=dict)


def obeyed_below(root: Path, most: int = MOST_FOLDERS) -> Obeyed:
    """Look through a folder, near the top first; links are not followed."""
    found, queue, left = Obeyed(), deque([(str(root), "")]), most
    own = obeyed_inside(root)
    for path in sorted(own):
        if os.path.lexists(path):  # also where nobody gets to from the top
            _protect(found, path)
            found.above += [one for one in reversed(path.parents) if root in one.parents and one.is_dir()]
    own_paths = {str(path) for path in own}
    while queue and left:  # texts, not paths: a folder may hold a hundred thousand files
        left -= 1
        folder, name = queue.popleft()
        entries = _entries(folder)
        if _is_bare_repository(entries):
            _protect_bare(found, Path(folder))
        for entry in entries:
            if entry.path in own_paths:
                continue
            if is_protected(entry.name, name):
                _protect(found, Path(entry.path))
            elif entry.is_dir(follow_symlinks=False):
                queue.append((entry.path, entry.name))
            elif _is_socket(entry):
                found.sockets.append(Path(entry.path))
    return found


def set_aside(before: Obeyed, root: Path) -> list[Path]:
    """Give each obeyed thing that is new below a folder a name that nobody obeys; returns the new names.

    A link that was replaced is put back.
    """
    after, moved = obeyed_below(root), []
    for identity, path in after.seen.items():
        if identity in before.seen or not os.path.lexists(path):
            continue
        if is_git_folder(path):
            continue  # a new repository is fine; what git would obey in it was noted by itself
        aside = _free_name(path)
        path.rename(aside)
        moved.append(aside)
        if (said := before.links.get(path)) is not None:
            path.symlink_to(said)
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


def _protect(found: Obeyed, path: Path) -> None:
    found.protected.append(path)
    _note(found, path)
    if not is_git_folder(path):
        return
    _note_git(found, path)
    for folder in _named_hooks(path):
        if folder.is_dir():
            found.protected.append(folder)
            _note(found, folder)


def _protect_bare(found: Obeyed, folder: Path) -> None:
    """Git takes a folder with its own files in it for a repository, whatever the folder is called."""
    places = (thing.parent if thing.parent.name == "hooks" else thing for thing in git_obeys(folder))
    found.protected += dict.fromkeys(places)
    _note_git(found, folder)


def _note_git(found: Obeyed, folder: Path) -> None:
    for thing in git_obeys(folder):
        if not _harmless(thing):
            _note(found, thing)


def _named_hooks(git: Path) -> Iterator[Path]:
    """The folder of hooks that a repository names, as far as it is one of its own files."""
    try:
        said = (git / "config").read_text("utf-8", "replace")
    except OSError:
        return
    for named in _HOOKS_PATH.findall(said):
        path = Path(os.path.normpath(git.parent / named.strip().strip('"')))
        folder = path.parent if path.name == "_" else path  # scripts in `_` start those beside it
        if git.parent in folder.parents:
            yield folder


def _note(found: Obeyed, thing: Path) -> None:
    try:
        status = thing.lstat()
        if stat.S_ISLNK(status.st_mode):
            found.links[thing] = str(thing.readlink())
            identity = (status.st_dev, status.st_ino, status.st_ctime_ns)
        else:
            identity = (status.st_dev, status.st_ino)
    except OSError:
        return  # gone in this moment
    found.seen.setdefault(identity, thing)


def _harmless(path: Path) -> bool:
    """Whether a new file of git names nothing to run: a sample of a hook, or plain settings."""
    if path.parent.name == "hooks":
        return path.name.endswith(".sample")
    if path.is_symlink() or not path.is_file():
        return False
    if path.name == "commondir":
        return (
            path.parent.parent.name == "worktrees" and path.read_text("utf-8", "replace").strip() == "../.."
        )
    lines = path.read_text("utf-8", "replace").splitlines()
    return path.name == "config" and all(_HARMLESS.fullmatch(line.strip()) for line in lines if line.strip())


def _is_bare_repository(entries: Sequence["os.DirEntry[str]"]) -> bool:
    """As git tells: a HEAD, and folders of objects and references, or a pointer to where these are."""
    names = {entry.name for entry in entries}
    return "HEAD" in names and ({"objects", "refs"} <= names or "commondir" in names)


def is_git_folder(path: Path) -> bool:
    """Whether git keeps a repository there, beside its files."""
    return path.name.casefold() == ".git" and path.is_dir() and not path.is_symlink()


def _entries(folder: "Path | str") -> list["os.DirEntry[str]"]:
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


def _is_socket(entry: "os.DirEntry[str]") -> bool:
    if entry.is_file(follow_symlinks=False) or entry.is_symlink():
        return False
    try:
        return stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode)
    except OSError:
        return False


def _free_name(path: Path) -> Path:
    aside, number = path.with_name(path.name + _SET_ASIDE), 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}{_SET_ASIDE}-{number}")
    return aside
