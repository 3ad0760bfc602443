"""An answer as Markdown, written while it streams; links are shown and never opened by themselves.

Every append makes Markdown read its last block again, and an open code block is one block however long. So
pieces are held back in proportion to what is there, which keeps the whole cost linear. Knows nothing of where
the text comes from.
"""

import re
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from textual.content import Content
from textual.message import Message
from textual.widget import MountError
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownParagraph
from textual.widgets.markdown import MarkdownStream

from ..safe_text import StreamSanitizer, clean

_SPACES = re.compile(r" {2,}")
PIECES = 50
"""A piece is written when it is this part of what is already there: at once in a short answer."""
_KNOWN_BY = 64
"""Letters by which a text is known to go on from what was written: to compare the whole takes too long."""
_COLUMN = "\ue000"
"""Stands for a space that Markdown would take away."""


class Paragraph(MarkdownParagraph):
    """Keeps several spaces in a row: results are set in columns."""

    def _token_to_content(self, token: Token) -> Content:
        content = super()._token_to_content(token)
        return Content(content.plain.replace(_COLUMN, " "), spans=list(content.spans))


class Answer(Markdown):
    """``grow`` with the whole text so far; ``settle`` with the final one."""

    BLOCKS: ClassVar = {**Markdown.BLOCKS, "paragraph_open": Paragraph}

    class LinkChosen(Message):
        """The user clicked a link; the whole address still has to be shown before anything is opened."""

        def __init__(self, address: str) -> None:
            self.address = address
            super().__init__()

    def __init__(self) -> None:
        super().__init__("", open_links=False, parser_factory=_parser)
        self._taken = 0
        self._last_taken = ""
        """The end of what was taken, by which a text is known that goes on."""
        self._written = ""
        self._held = ""
        self._sanitizer = StreamSanitizer()
        self._stream: MarkdownStream | None = None

    async def grow(self, text: str) -> None:
        """Write what is new since the last call; a text that does not go on from there is written afresh."""
        if text[max(self._taken - _KNOWN_BY, 0) : self._taken] != self._last_taken:
            await self.settle("")
            self._sanitizer = StreamSanitizer()
        fresh = self._sanitizer.push(text[self._taken :])
        self._taken, self._last_taken = len(text), text[-_KNOWN_BY:]
        self._held += fresh
        if self._held and len(self._held) * PIECES >= len(self._written):
            if self._stream is None:
                self._stream = Markdown.get_stream(self)
            self._written += self._held
            self._held, piece = "", self._held
            await self._stream.write(piece)

    async def settle(self, text: str) -> None:
        """Show the final text; drawn again only when it differs from what was streamed."""
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        safe = clean(text)
        if safe != self._written:
            self._written, self._held = safe, ""
            try:
                await self.update(safe)
            except MountError:
                if self.is_attached:
                    raise
                return  # the screen goes away, and nobody reads on
        self._taken, self._last_taken = len(text), text[-_KNOWN_BY:]

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.LinkChosen(clean(event.href)))


def _parser() -> MarkdownIt:
    """Markdown in which a line ends where it ends, and columns stay: answers show files and results as they
    are.
    """
    parser = MarkdownIt("gfm-like")
    parser.core.ruler.push("layout", _keep_layout)
    return parser


def _keep_layout(state: StateCore) -> None:
    for number, token in enumerate(state.tokens):
        in_paragraph = number > 0 and state.tokens[number - 1].type == "paragraph_open"
        for child in token.children or ():
            if child.type == "softbreak":
                child.type = "hardbreak"
            elif in_paragraph and child.type == "text":
                child.content = _SPACES.sub(lambda run: _COLUMN * len(run[0]), child.content)
