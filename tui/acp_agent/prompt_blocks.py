"""What a person wrote in an editor, told apart from what the editor sends along.

A file that was named is named in the person's words; the text that comes with it is not theirs, and is handed
over like a pipe. Knows nothing of sessions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from acp.schema import EmbeddedResourceContentBlock, ResourceContentBlock, TextContentBlock

from .refusals import invalid


@dataclass(frozen=True, slots=True)
class Given:
    words: str
    attached: str
    """Texts of files and pages that the editor sent along."""


def given_in(blocks: Sequence[Any], folder: Path) -> Given:
    """Raises ``RequestError`` for what was not offered, such as pictures, and for a message without words."""
    words, attached = "", []
    for block in blocks:
        match block:
            case TextContentBlock(text=text):
                words += text
            case ResourceContentBlock(uri=uri):
                words = _joined(words, name_of(uri, folder))
            case EmbeddedResourceContentBlock(resource=resource):
                words = _joined(words, name_of(resource.uri, folder))
                text = getattr(resource, "text", None)
                if text is None:
                    raise invalid(f"{resource.uri} is not a text")
                attached.append(text)
            case _:
                kind = getattr(block, "type", "this")
                raise invalid(f"Homewit takes texts and files, not: {kind}")
    if not words.strip():
        raise invalid("there are no words in the message")
    return Given(words.strip(), "\n\n".join(attached))


def name_of(uri: str, folder: Path) -> str:
    """A file as a person names it in ``folder``; anything else by its address."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return uri
    path = Path(unquote(parts.path))
    name = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    return f'"{name}"' if " " in name else name


def _joined(words: str, name: str) -> str:
    """A name behind words, with a space where there is none."""
    return f"{words}{name}" if not words or words[-1:].isspace() else f"{words} {name}"
