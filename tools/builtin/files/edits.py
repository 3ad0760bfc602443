"""Changing what is in files: write one anew, or replace words in it. The card shows the difference.

A file is written whole or not at all. What it held before a `write_file` goes to the trash, and a replacement
remembers where it was made, so that both can be undone.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed
from ...files import changes, trash
from ...files.missing import missing
from ...files.places import failing_as, open_file, parent_of, status_of, write_whole
from ...files.texts import Text, fingerprint, fitted, is_binary, read_text
from ...isolation.paths import shown_path, writable_path
from ...spec import Effect
from ...text.wording import counted
from ..arguments import path_field

MAX_WRITE_BYTES = 10_000_000
_TEXT = "[the (text|line|word|words|sentence)]"
_TO_END = "(to|into|in|on) [[the] (end|bottom) of]"
_TEXTS = ("txt", "md")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and its size; `former` is where the trash keeps what it held before."""

    text: str
    path: str
    bytes: int
    at: str = ""
    sha256: str = ""
    former: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """Words that were replaced in a file, `count` times, and the lines that changed."""

    text: str
    path: str
    count: int
    diff: str
    at: str = field(repr=False)
    sha256: str = field(repr=False)
    old: str = field(repr=False)
    new: str = field(repr=False)
    places: list[int] = field(repr=False)


async def _same_content(path: str, content: str, append: bool = False, *, ctx: ToolContext) -> bool | None:
    """After a crash: whether the file now holds what was to be written; what stands at its end may have stood
    there before.
    """
    data, written = _read(writable_path(path, ctx), path), content.encode("utf-8", "replace")
    if append and data is not None and written in data:
        return None
    return data == written


def _what_would_be_written(path: str, content: str, append: bool = False, *, ctx: ToolContext) -> str:
    file = _target(path, content, ctx)
    before = _read(file, path)
    if before is None:
        return "a new file"
    if append:
        return changes.difference(read_text(before).content, read_text(_added(before, content, path)).content)
    if is_binary(before):
        return f"replaces a file of {counted(len(before), 'byte')} that is no text"
    return changes.difference(read_text(before).content, content) or "the file holds this already"


def _unwrite(result: Written, *, ctx: ToolContext) -> str:
    file, _ = _as_left(result, ctx)
    with failing_as(f"{result.path} could not be restored"):
        if result.former is None:
            trash.throw_away(file, ctx.now())
            return f"Moved {result.path} to the trash; it was new."
        trash.put_back(Path(result.former), file, replace=ctx.now())
    return f"{result.path} is as it was before."


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_same_content,
    undo=_unwrite,
    preview=_what_would_be_written,
    phrases=(
        "write {content:literal} (to|into|in) [the] [file] {path}",
        "(save|write|store|put|export|dump|keep) {content:result} (to|into|in|as) [the|a] [new] [file] "
        "[called|named] {path}",
        "(create|make|write|start) [a] [new] file [called|named] {path} (with|from|containing) "
        "{content:result}",
        "(create|make|write|start) [me] [a|an|the] [new] [text] [file] [called|named] {path} "
        "(saying|that says|which says|(with|containing) [the] (text|words|line|content|contents)) "
        "{content:words}",
        "(create|make|start) [me] (a new|an) empty [text] file [called|named] {path} {content=}",
        "(create|make|start) [me] [a|the] [new] [text] file [called|named] {path} {content?}",
        "[a] new [text] file [called|named] {path} {content?}",
        *(
            f"(add|append|put) {_TEXT} {{content:literal}} {_TO_END} [the] [file] {{path:*.{ending}}} "
            "{append=true}"
            for ending in _TEXTS
        ),
        f"(add|append|put) {_TEXT} {{content:literal}} {_TO_END} the file {{path}} {{append=true}}",
        f"(add|append) {{content:result}} {_TO_END} [the] [file] {{path}} {{append=true}}",
        *(
            f"(create|make|start) {{path:*.{ending}}} (with|containing|saying) {{content:literal}}"
            for ending in _TEXTS
        ),
    ),
)
def write_file(
    path: Annotated[str, path_field("list.txt")],
    content: str,
    append: bool = False,
    *,
    ctx: ToolContext,
) -> Written:
    """Write text to a file, replacing the file if there is one.

    Args:
        path: The file to write.
        content: The text.
        append: Keep what the file holds, and add the text in a new line at its end.
    """
    file = _target(path, content, ctx)
    with failing_as(f"{path} could not be written"):
        before = _read(file, path)
        data = _added(before or b"", content, path) if append else content.encode("utf-8", "replace")
        former = trash.keep_former(file, ctx.now()) if before not in (None, b"", data) else None
        try:
            write_whole(file, data)
        except BaseException:
            if former is not None:
                trash.discard(former)
            raise
    shown = shown_path(file, ctx)
    verb = "Wrote" if before is None else "Added to" if append else "Replaced"
    return Written(
        f"{verb} {shown} ({counted(len(data), 'byte')}).",
        shown,
        len(data),
        str(file),
        fingerprint(data),
        None if former is None else str(former),
    )


async def _was_replaced(path: str, old: str, new: str, *, ctx: ToolContext) -> bool | None:
    """After a crash: whether the words have been replaced; unknown where one holds the other."""
    data = _read(writable_path(path, ctx), path)
    if data is None or old in new or new in old:
        return None
    content = read_text(data).content
    has_old, has_new = old in content, new in content
    return None if has_old == has_new else has_new


def _what_would_change(path: str, old: str, new: str, once: bool = False, *, ctx: ToolContext) -> str:
    _, _, made = _replaced(path, old, new, once, ctx)
    return changes.difference(made.before, made.after) or "nothing would change"


def _unedit(result: Edited, *, ctx: ToolContext) -> str:
    file, data = _as_left(result, ctx)
    text = read_text(data)
    before = changes.take_back(text.content, result.old, result.new, result.places)
    if before is None:
        raise ToolFailed(f"{result.path} does not hold what was written any more, so it stays as it is.")
    with failing_as(f"{result.path} could not be restored"):
        write_whole(file, text.encode(before))
    return f"{result.path} is as it was before."


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_replaced,
    undo=_unedit,
    preview=_what_would_change,
    phrases=(
        "(replace|substitute|swap) [all|every] [the] [word] {old:words} (by|with|for) {new:words} "
        "in [the] [file] {path}",
        "in [the] [file] {path} (replace|substitute|swap) [all|every] [the] [word] {old:words} "
        "(by|with|for) {new:words}",
        "change [all|every] [the] [word|words] {old:words} (to|into) {new:words} in [the] [file] {path}",
        "in [the] [file] {path} change [all|every] [the] [word|words] {old:words} (to|into) {new:words}",
    ),
)
def edit_file(
    path: Annotated[str, path_field("notes.txt")],
    old: Annotated[str, Field(min_length=1, max_length=100_000, examples=["colour"])],
    new: Annotated[str, Field(max_length=100_000, examples=["color"])],
    once: bool = False,
    *,
    ctx: ToolContext,
) -> Edited:
    """Replace or change words in a text file.

    Args:
        path: The file to change.
        old: The words to replace, exactly as they stand in the file; every place is changed.
        new: The words to put there instead.
        once: Refuse when the words stand in the file more than once.
    """
    file, text, made = _replaced(path, old, new, once, ctx)
    data = _encoded(made.after, text, path)
    with failing_as(f"{path} could not be written"):
        write_whole(file, data)
    shown, count = shown_path(file, ctx), len(made.places)
    diff = changes.difference(made.before, made.after)
    return Edited(
        f"Changed {counted(count, 'place')} in {shown}:\n{diff}",
        shown,
        count,
        diff,
        str(file),
        fingerprint(data),
        made.old,
        made.new,
        list(made.places),
    )


def _as_left(result: Written | Edited, ctx: ToolContext) -> tuple[Path, bytes]:
    """A file that holds what a call has left in it; raises ToolFailed when it was changed since."""
    file = writable_path(result.at or result.path, ctx)
    data = _read(file, result.path)
    if data is None or fingerprint(data) != result.sha256:
        raise ToolFailed(f"{result.path} was changed since, so it stays as it is.")
    return file, data


def _target(path: str, content: str, ctx: ToolContext) -> Path:
    file = writable_path(path, ctx)
    if file.is_dir():
        raise ToolFailed(f"{path} is a folder; name a file in it.")
    if len(content) > MAX_WRITE_BYTES:
        raise ToolFailed(f"The text for {path} is larger than {MAX_WRITE_BYTES // 10**6} MB.")
    return file


def _replaced(
    path: str, old: str, new: str, once: bool, ctx: ToolContext
) -> tuple[Path, Text, changes.Replacement]:
    file = writable_path(path, ctx)
    data = _read(file, path)
    if data is None:
        raise ToolFailed(missing(file, path))
    text = _editable(data, path)
    return file, text, changes.replace(text.content, old, new, shown_path(file, ctx), once)


def _added(before: bytes, content: str, path: str) -> bytes:
    """What a file holds and, in its encoding and with its line breaks, a text at its end."""
    text = _editable(before, path)
    end = "\r\n" if "\r\n" in text.content else "\n"
    joint = "" if not text.content or text.content.endswith("\n") else end
    return _encoded(f"{text.content}{joint}{fitted(content, text.content)}{end}", text, path)


def _editable(data: bytes, path: str) -> Text:
    if is_binary(data):
        raise ToolFailed(f"{path} is not a text file, and only text can be edited.")
    text = read_text(data)
    if not text.exact:
        raise ToolFailed(f"{path} holds bytes that are no {text.encoding} text; an edit would damage them.")
    return text


def _encoded(content: str, text: Text, path: str) -> bytes:
    """In the encoding that a text is written in."""
    try:
        return text.encode(content)
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        raise ToolFailed(
            f"{path} is written in {text.encoding}, which has no {letter!r}; it stays as it is."
        ) from error


def _read(file: Path, path: str) -> bytes | None:
    """What a file holds now; None when there is none."""
    try:
        with parent_of(file) as (folder, name):
            status = status_of(name, folder)
            if status is not None and status.st_size > MAX_WRITE_BYTES:
                raise ToolFailed(
                    f"{path} is larger than {MAX_WRITE_BYTES // 10**6} MB; it is not changed here."
                )
            with open_file(name, folder, path) as stream:
                return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolFailed(f"{path} could not be read: {error.strerror or error}.") from error
