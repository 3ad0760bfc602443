"""Agent Skills: folders with instructions in a SKILL.md, and the files that these name.

A skill is a tool that reads. Models know its name and description; the instructions come when it is used, and
a further file when it is asked for by name. Every file is pinned when the skill is approved, byte by byte,
which is why what it says counts as trusted. Nothing in the folder is ever run from here.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..context import ToolContext
from ..errors import ToolDenied, ToolFailed, ToolRetry
from ..result import ToolResult
from ..spec import Effect
from .added import Tell
from .definition import Definition
from .foreign import ForeignTool, foreign_spec
from .sources import SkillFolder, Source

_MOST_FILES = 500
_LONGEST = 200_000
_MAIN = ("SKILL.md", "skill.md")
_FILE = {
    "type": "object",
    "properties": {
        "file": {
            "type": "string",
            "description": "a file that the instructions name; without it they are read",
        }
    },
}


class Skills:
    """Reads the skills that were added."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def tools(self, source: Source) -> list[ForeignTool]:
        """One for each approved skill; no file is read."""
        return [
            self._tool(source, one) for one in source.approved.values() if one.name not in source.suspended
        ]

    def _tool(self, source: Source, definition: Definition) -> ForeignTool:
        effect = source.effects.get(definition.name, Effect.READ)
        spec = foreign_spec(source.name, definition, kind="skill", effect=effect, untrusted=False)

        async def carry(args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
            return await asyncio.to_thread(self._read, source, definition, str(args.get("file") or ""))

        return ForeignTool(spec, carry)

    async def definitions(self, source: Source, ctx: ToolContext) -> dict[str, Definition]:
        """The skill of the folder; raises ToolFailed with all that the public validator has against it."""
        return await asyncio.to_thread(_definitions, _folder(source))

    async def forget(self, name: str) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        """Nothing is kept."""

    def _read(self, source: Source, definition: Definition, file: str) -> ToolResult:
        folder, pinned = _folder(source), definition.how["files"]
        name = file or next(one for one in _MAIN if one in pinned)
        if name not in pinned:
            others = ", ".join(one for one in pinned if one not in _MAIN) or "none"
            raise ToolRetry(f"The skill has no file {name!r}.", f"Its files: {others}.")
        content = _content(folder / name)
        if hashlib.sha256(content).hexdigest() != pinned[name]:
            changes = [f"its file {name} is not the one that you approved"]
            self._tell(source.name, {definition.name: changes})
            raise ToolDenied(
                f"The skill {source.name} has changed: {changes[0]}. "
                f"`homewit tools add {source.name}` asks you again."
            )
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise ToolFailed(f"{name} of the skill {source.name} is no text.") from error
        if not file:
            text = text.split("---", 2)[2].strip()
        others = [one for one in pinned if one not in _MAIN]
        return ToolResult({"text": text, "folder": str(folder), "files": others}, text)


def _definitions(folder: Path) -> dict[str, Definition]:
    from skills_ref import read_properties, validate

    if problems := validate(folder):
        raise ToolFailed(f"{folder} is no valid skill: {'; '.join(problems)}.")
    properties = read_properties(folder)
    definition = Definition(
        name=properties.name,
        description=properties.description,
        parameters=_FILE,
        returns={
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "folder": {"type": "string"},
                "files": {"type": "array", "items": {"type": "string"}},
            },
        },
        how={"files": _files(folder)},
    )
    return {definition.name: definition}


def _files(folder: Path) -> dict[str, str]:
    """The hash of each file, by its path in the folder; links that lead out of it are refused."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in Path(name).parts):
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ToolFailed(f"{name} in {folder} leads out of the folder.")
        if len(found) >= _MOST_FILES:
            raise ToolFailed(f"{folder} holds more than {_MOST_FILES} files, too many for a skill.")
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise ToolFailed(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(content) > _LONGEST:
        raise ToolFailed(f"{path} is larger than {_LONGEST // 1000} kB and is not read.")
    return content


def _folder(source: Source) -> Path:
    if not isinstance(source.place, SkillFolder):
        raise ToolDenied(f"{source.name} is no skill")
    return source.place.folder
