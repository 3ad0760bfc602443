"""Turns an HTML page into the text that a person would read: headings, paragraphs, lists.

A minimal extractor on the standard parser: navigation, scripts, styles, forms and hidden elements are left
out. What it returns was written by strangers and stays untrusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

_SKIPPED = frozenset(
    "script style noscript template svg canvas iframe object form button select nav footer aside head".split()
)
_BLOCKS = frozenset(
    "p div section article main header h1 h2 h3 h4 h5 h6 ul ol li table tr blockquote pre br hr dl dt dd "
    "figure figcaption address details summary body".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's title and its readable text."""

    title: str
    content: str


def read_page(html: str) -> Page:
    """Extract title and text; a `main` or `article` element with enough text is preferred to the whole."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    whole, main = _tidy("".join(reader.whole)), _tidy("".join(reader.main))
    return Page(" ".join("".join(reader.title).split()), main if len(main) >= 200 else whole)


def plain_text(html: str) -> str:
    """The text of an HTML fragment on one line, for titles and excerpts of search results."""
    return re.sub(r"\s+", " ", read_page(f"<body>{html}").content).strip()


class _Reader(HTMLParser):
    """Collects text outside skipped elements, keeping the text inside `main` and `article` apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.whole: list[str] = []
        self.main: list[str] = []
        self._skipping: list[str] = []
        self._in_title = False
        self._main_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self._in_title = True
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.append(tag)
            return
        if tag == "body":
            self._skipping.clear()
        if (tag in _SKIPPED or is_hidden(dict(attrs))) and tag not in _VOID:
            self._skipping.append(tag)
            return
        if tag in ("main", "article"):
            self._main_depth += 1
        if tag in _BLOCKS:
            self._write("\n- " if tag == "li" else "\n" if tag in ("br", "tr", "li", "dt", "dd") else "\n\n")
        elif tag in ("td", "th"):
            self._write("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
            return
        if tag in ("main", "article"):
            self._main_depth = max(self._main_depth - 1, 0)
        if tag in _BLOCKS and tag not in _VOID and tag != "li":
            self._write("\n\n" if tag not in ("tr", "dt", "dd") else "\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._skipping:
            self._write(re.sub(r"\s+", " ", data))

    def _write(self, text: str) -> None:
        self.whole.append(text)
        if self._main_depth:
            self.main.append(text)


def is_hidden(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element says of itself that it is not to be seen."""
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(attributes.get("style") or "") is not None
    )


def _tidy(text: str) -> str:
    """Trim lines and leave at most one empty line between them."""
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).replace("\n- \n\n", "\n- ").strip()
