"""Which foreign sources the user has added, and which of their definitions were approved.

One file in the home, written whole by `homewit tools add` and `remove` alone, and readable to the user alone.
Tools cannot reach it: the home is protected. It does not contact any source.
"""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ToolFailed
from ..spec import Effect
from .definition import Definition

FILE = "sources.json"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class McpProgram(_Kept):
    """An MCP server that is a program here, spoken to through its pipes."""

    kind: Literal["mcp-program"] = "mcp-program"
    command: tuple[str, ...] = Field(min_length=1)
    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    network: bool = False
    confined: bool = True
    """Whether it runs in the sandbox."""
    variables: dict[str, str] = {}
    secrets: dict[str, str] = {}
    """Environment variables, each with the name of the secret that it holds."""


class McpAddress(_Kept):
    """An MCP server somewhere, spoken to over HTTP."""

    kind: Literal["mcp-address"] = "mcp-address"
    url: str = Field(pattern=r"^https?://")
    secrets: dict[str, str] = {}
    """Header fields, each with the name of the secret that it holds."""


class SkillFolder(_Kept):
    """An Agent Skill: a folder with a SKILL.md."""

    kind: Literal["skill"] = "skill"
    folder: Path


class OpenApiDocument(_Kept):
    """Operations of a service that an OpenAPI document describes."""

    kind: Literal["openapi"] = "openapi"
    document: str
    server: str = Field(pattern=r"^https?://")
    secrets: dict[str, str] = {}
    """Header fields, each with the name of the secret that it holds."""


Place = Annotated[McpProgram | McpAddress | SkillFolder | OpenApiDocument, Field(discriminator="kind")]


class Source(_Kept):
    """One source with what was approved of it; `approved` goes by the names that the source uses."""

    name: str = Field(pattern=_NAME.pattern)
    place: Place
    effects: dict[str, Effect] = {}
    """What the user says that tools do; without it, they count as sending."""
    approved: dict[str, Definition] = {}
    suspended: dict[str, list[str]] = {}
    """Tools that differ from what was approved, and how; they are not offered."""


class Sources(_Kept):
    """Everything in the file."""

    version: Literal[1] = 1
    sources: dict[str, Source] = {}

    def with_source(self, source: Source) -> "Sources":
        """These, and `source` in the place of what had its name."""
        return Sources(sources={**self.sources, source.name: source})

    def without(self, name: str) -> "Sources":
        """These without one; raises ToolFailed when there is none of this name."""
        if name not in self.sources:
            known = ", ".join(self.sources) or "none"
            raise ToolFailed(f"There is no source named {name!r}. Those that were added: {known}.")
        return Sources(sources={key: one for key, one in self.sources.items() if key != name})


def read_sources(folder: Path) -> Sources:
    """What the file says; nothing when there is none. Raises ToolFailed for one that cannot be used."""
    path = folder / FILE
    try:
        return Sources.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Sources()
    except OSError as error:
        raise ToolFailed(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ToolFailed(
            f"{path} is damaged ({where}: {first['msg']}). Remove it, and add the sources again."
        ) from error


def stamp(folder: Path) -> object:
    """Something that differs whenever the file was written in between."""
    try:
        found = (folder / FILE).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def write_sources(folder: Path, sources: Sources) -> None:
    """Replace the file in one step; raises ToolFailed when that is impossible."""
    text = json.dumps(sources.model_dump(mode="json"), indent=1, ensure_ascii=False)
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".sources-")  # 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(folder / FILE)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ToolFailed(f"{folder / FILE} cannot be written: {error.strerror or error}.") from error
