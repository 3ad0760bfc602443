"""Where files are: move, rename, copy, throw away, and make folders. Nothing is overwritten or lost.

What is thrown away lies in the trash of the desktop; every tool here can be undone.
"""

import errno
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import PathDenied, ToolFailed
from ...files import trash
from ...files.missing import missing
from ...files.places import failing_as, open_file, open_folder, parent_of, place, sync, write_whole
from ...files.trees import Tree, tree_of
from ...isolation.paths import protected_part, readable_path, shown_path, writable_path
from ...spec import Effect
from ..arguments import path_field

MAX_COPIED_BYTES = 100_000_000

Source = Annotated[str, path_field("a.txt", "old photos")]
Target = Annotated[str, Field(min_length=1, examples=["archive", "archive/b.txt"])]


@dataclass(frozen=True, slots=True)
class Moved:
    """Something at a new path, and where it was."""

    text: str
    path: str
    came_from: str
    at: str = field(repr=False)
    was_at: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy at a new path."""

    text: str
    path: str
    at: str = field(repr=False)
    bytes: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something that lies in the trash now."""

    text: str
    path: str
    at: str = field(repr=False)
    trashed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FolderMade:
    """A folder; `new` says whether it was made just now."""

    text: str
    path: str
    new: bool
    at: str = field(repr=False)


async def _was_moved(path: str, to: str, *, ctx: ToolContext) -> bool | None:
    """After a crash: moved when it is no longer here and something is there."""
    source = writable_path(path, ctx)
    here, there = source.exists(), _new_place(source, to, ctx).exists()
    return None if here == there else there


def _the_move(path: str, to: str, *, ctx: ToolContext) -> str:
    source, tree = _movable(path, ctx)
    return _arrow(source, _checked_target(source, to, tree, ctx), tree, ctx)


def _move_back(result: Moved, *, ctx: ToolContext) -> str:
    here, there = writable_path(result.at, ctx), writable_path(result.was_at, ctx)
    if not here.exists():
        raise ToolFailed(f"{result.path} is no longer there.")
    with failing_as(f"{result.path} could not be moved back"):
        _rename(here, there)
    return f"{result.came_from} is back where it was."


@tool(
    effect=Effect.WRITE,
    sinks=("path", "to"),
    check=_was_moved,
    undo=_move_back,
    preview=_the_move,
    phrases=(
        "(move|put) [the] [file] {path} (to|into|in) [the] [folder|directory] {to}",
        "(move|put) [the] [file] {path} (to|into|in) [the] {to} (folder|directory)",
        "rename [the] [file|folder] {path} (to|as|into) {to}",
        "rename [the] (file|folder|directory) {path} (to|as|into) {to}",
        "(rename|mv) {path} {to}",
        "(rename|move) [the] [file] {path} {to?}",
    ),
)
def move_file(path: Source, to: Target, *, ctx: ToolContext) -> Moved:
    """Move or rename a file or folder.

    Args:
        path: The file or folder to move.
        to: The folder to move it into, or its new name; what is there already is never overwritten.
    """
    source, tree = _movable(path, ctx)
    target = _checked_target(source, to, tree, ctx)
    with failing_as(f"{path} could not be moved"):
        _rename(source, target)
    old, new = shown_path(source, ctx), shown_path(target, ctx)
    verb = "Renamed" if source.parent == target.parent else "Moved"
    return Moved(f"{verb} {old} to {new}.", new, old, str(target), str(source))


async def _was_copied(path: str, to: str, *, ctx: ToolContext) -> bool | None:
    """After a crash: a copy is complete or not there; another file there is refused before."""
    return _new_place(readable_path(path, ctx), to, ctx).exists()


def _the_copy(path: str, to: str, *, ctx: ToolContext) -> str:
    source, tree = _copied(path, ctx)
    return _arrow(source, _checked_target(source, to, tree, ctx), tree, ctx)


def _remove_copy(result: Copied, *, ctx: ToolContext) -> str:
    file = writable_path(result.at, ctx)
    if not file.is_file() or file.stat().st_size != result.bytes:
        raise ToolFailed(f"{result.path} was changed since, so it stays.")
    with failing_as(f"{result.path} could not be removed"):
        trash.throw_away(file, ctx.now())
    return f"Moved the copy {result.path} to the trash."


@tool(
    effect=Effect.WRITE,
    sinks=("path", "to"),
    check=_was_copied,
    undo=_remove_copy,
    preview=_the_copy,
    phrases=(
        "(copy|duplicate) [the] [file] {path} (to|into|as|in) [the] [folder] {to}",
        "(copy|duplicate) [the] [file] {path} (to|into|as|in) [the] {to} (folder|directory)",
        "[(make|create|save)] (a copy|copy|a backup|backup) of [the] [file] {path} "
        "(called|named|as|in|into|to) [the] [folder] {to}",
        "[(make|create)] (a copy|copy|a backup|backup) of [the] [file] {path} {to?}",
        "(copy|duplicate|back up) [the] [file] {path} {to?}",
        "cp {path} {to}",
    ),
)
def copy_file(path: Source, to: Target, *, ctx: ToolContext) -> Copied:
    """Copy or duplicate a file.

    Args:
        path: The file to copy.
        to: The folder to copy it into, or the name of the copy; nothing is overwritten.
    """
    source, tree = _copied(path, ctx)
    target = _checked_target(source, to, tree, ctx)
    with failing_as(f"{path} could not be copied"):
        with parent_of(source) as (folder, name), open_file(name, folder, path) as stream:
            data = stream.read()
        write_whole(target, data, replace=False)
    old, new = shown_path(source, ctx), shown_path(target, ctx)
    return Copied(f"Copied {old} to {new}.", new, str(target), len(data))


async def _was_deleted(path: str, *, ctx: ToolContext) -> bool:
    """After a crash: whether it is gone."""
    return not writable_path(path, ctx).exists()


def _the_loss(path: str, *, ctx: ToolContext) -> str:
    source, tree = _movable(path, ctx)
    return f"{shown_path(source, ctx)}{tree.words()} → trash"


def _bring_back(result: Deleted, *, ctx: ToolContext) -> str:
    file = writable_path(result.at, ctx)
    try:
        with failing_as(f"{result.path} could not be brought back"):
            trash.put_back(Path(result.trashed), file)
    except ToolFailed as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise ToolFailed(f"{result.path} is not in the trash any more.") from error
        raise
    return f"{result.path} is back from the trash."


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_deleted,
    undo=_bring_back,
    preview=_the_loss,
    phrases=(
        "(delete|remove|erase|trash|rm) {path}",
        "(delete|remove|erase|trash) [the] (file|folder|directory) {path}",
    ),
)
def delete_file(path: Source, *, ctx: ToolContext) -> Deleted:
    """Delete or remove a file or folder: it goes to the trash and can be brought back.

    Args:
        path: The file or folder to delete.
    """
    source, tree = _movable(path, ctx)
    with failing_as(f"{path} could not be deleted"):
        trashed = trash.throw_away(source, ctx.now())
    shown = shown_path(source, ctx)
    return Deleted(f"Moved {shown}{tree.words()} to the trash.", shown, str(source), str(trashed))


async def _was_made(path: str, *, ctx: ToolContext) -> bool:
    """After a crash: whether the folder is there."""
    return writable_path(path, ctx).is_dir()


def _unmake(result: FolderMade, *, ctx: ToolContext) -> str:
    folder = writable_path(result.at, ctx)
    if not result.new:
        return f"{result.path} was there before and stays."
    try:
        folder.rmdir()
    except OSError as error:
        raise ToolFailed(f"{result.path} was not removed: {error.strerror or error}.") from error
    return f"Removed the folder {result.path}."


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_made,
    undo=_unmake,
    phrases=(
        "(make|create|add) [a|the] [new] (folder|directory) (called|named) {path}",
        "[(make|create|add)] [a] new (folder|directory) (called|named) {path}",
        "(make|create|add) [a|the] [new] (folder|directory) [for] {path:path}",
        "[a] new (folder|directory) [for] {path:path}",
        "(make|create|add) [a] [new] (folder|directory) {path?}",
        "[a] new (folder|directory) {path?}",
        "mkdir {path}",
    ),
)
def make_folder(
    path: Annotated[str, Field(min_length=1, examples=["archive", "photos/2026"])], *, ctx: ToolContext
) -> FolderMade:
    """Create a new folder or directory.

    Args:
        path: The folder to make, with those above it.
    """
    folder = writable_path(path, ctx)
    shown, there = shown_path(folder, ctx), folder.exists()
    if there and not folder.is_dir():
        raise ToolFailed(f"{shown} is a file; choose another name for the folder.")
    with failing_as(f"{path} could not be made"), open_folder(folder, make=True):
        pass
    said = f"The folder {shown} is there already." if there else f"Made the folder {shown}."
    return FolderMade(said, shown, not there, str(folder))


def _movable(path: str, ctx: ToolContext) -> tuple[Path, Tree]:
    """What is to be moved or thrown away, with what is in it; raises for what has to stay."""
    source = _itself(path, ctx)
    if any(place.is_relative_to(source) for place in (*map(_real, ctx.roots), _real(ctx.cwd))):
        raise PathDenied(f"{path} is the folder that Homewit works in, and stays where it is.")
    tree = tree_of(source)
    if any(_real(place).is_relative_to(source) for place in ctx.protected) or tree.holds("homewit.db"):
        raise PathDenied(f"{path} holds Homewit's own files, which tools may not move.")
    return source, tree


def _itself(path: str, ctx: ToolContext) -> Path:
    """The real path; a link is refused, since it is unclear whether it or its target is meant."""
    source = writable_path(path, ctx)
    if (ctx.cwd / Path(path.strip()).expanduser()).is_symlink():
        raise ToolFailed(f"{path} is a link to {shown_path(source, ctx)}; name the file itself.")
    if problem := missing(source, path):
        raise ToolFailed(problem)
    return source


def _copied(path: str, ctx: ToolContext) -> tuple[Path, Tree]:
    source = readable_path(path, ctx)
    if problem := missing(source, path):
        raise ToolFailed(problem)
    if source.is_dir():
        raise ToolFailed(f"{path} is a folder; single files can be copied.")
    tree = tree_of(source)
    if tree.bytes > MAX_COPIED_BYTES:
        raise ToolFailed(f"{path} is larger than the {MAX_COPIED_BYTES // 10**6} MB that are copied here.")
    return source, tree


def _new_place(source: Path, to: str, ctx: ToolContext) -> Path:
    """Into a folder that is there or is written like one; otherwise the new name itself."""
    target = writable_path(to, ctx)
    named_as_folder = to.strip().endswith("/") or (source.is_file() and source.suffix and not target.suffix)
    if target.is_dir() or (named_as_folder and not target.exists()):
        return writable_path(str(target / source.name), ctx)
    return target


def _checked_target(source: Path, to: str, tree: Tree, ctx: ToolContext) -> Path:
    target = _new_place(source, to, ctx)
    shown = shown_path(target, ctx)
    if target == source:
        raise ToolFailed(f"{shown} is there already.")
    if target.exists() or target.is_symlink():
        raise ToolFailed(f"{shown} exists and is not overwritten; choose another name, or delete it first.")
    if target.is_relative_to(source):
        raise ToolFailed(f"{shown} lies inside {shown_path(source, ctx)}, which cannot be moved into itself.")
    for inner in tree.names:
        if (part := protected_part(target / inner)) is not None:
            raise PathDenied(f"{shown} was not made: {part} would be a file that programs obey.")
    return target


def _arrow(source: Path, target: Path, tree: Tree, ctx: ToolContext) -> str:
    new = "" if target.parent.is_dir() else " (in a new folder)"
    return f"{shown_path(source, ctx)}{tree.words()} → {shown_path(target, ctx)}{new}"


def _rename(source: Path, target: Path) -> None:
    with parent_of(source) as (folder, name), parent_of(target, make=True) as (other, new):
        try:
            place(name, folder, new, other, replace=False)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise ToolFailed(
                f"{target.parent} is on another disk; copy the file there and delete this one."
            ) from error
        sync(other)
        sync(folder)


def _real(path: Path) -> Path:
    return path.resolve()
