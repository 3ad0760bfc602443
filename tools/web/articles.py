"""A page as a reader wants it: the text of its article as Markdown, who wrote it and when, and its links.

`trafilatura` finds the article; where it finds hardly anything, the plain reader of `readable` says what is
there. What comes out was written by strangers and stays untrusted. Opens no connection.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from .readable import is_hidden, read_page

MAX_LINKS = 50
_HARDLY = 200
_MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page leads, and the words of the link."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says, and what it says of itself; "" for what it does not say."""

    title: str
    content: str
    author: str
    date: str
    site: str
    links: tuple[Link, ...]


def read_article(html: str, url: str) -> Article:
    """The article of a page that came from `url`; what a browser would not show is left out of it."""
    from trafilatura import extract, extract_metadata  # slow to load

    plain = read_page(html)
    if (root := _visible(html)) is None:
        return Article(plain.title, plain.content, "", "", "", ())
    links = _links(root, url)
    found = extract_metadata(root, default_url=url)
    text = extract(root, url=url, output_format="markdown", include_formatting=True, include_comments=False)
    text = (text or "").strip()

    def noted(name: str) -> str:
        return " ".join(str(getattr(found, name, None) or "").split())[:_MAX_TITLE]

    content = text if len(text) >= _HARDLY else plain.content
    return Article(
        plain.title or noted("title"), content, noted("author"), noted("date"), noted("sitename"), links
    )


def _visible(html: str) -> Any:
    """The page as a tree without its hidden elements; None where there is no page."""
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types
    from lxml.html import HTMLParser, document_fromstring

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", html)  # its charset was seen to already
    try:
        root = document_fromstring(text, parser=HTMLParser(huge_tree=False, no_network=True))
    except (etree.ParserError, ValueError):
        return None
    for element in [*root.iter()]:
        if isinstance(element.tag, str) and element is not root and is_hidden(dict(element.attrib)):
            element.drop_tree()
    return root


def _links(root: Any, url: str) -> tuple[Link, ...]:
    """The links of the main part of a page, without those that lead to the page itself."""
    part = next(iter(root.xpath("//main | //article")), root)
    found: dict[str, Link] = {}
    for anchor in part.iter("a"):
        words = " ".join(anchor.text_content().split())
        try:
            address = urldefrag(urljoin(url, str(anchor.get("href") or ""))).url
            parts = urlsplit(address)
        except ValueError:
            continue
        if words and parts.scheme in ("http", "https") and parts.netloc and address != urldefrag(url).url:
            found.setdefault(address, Link(words[:200], address))
        if len(found) == MAX_LINKS:
            break
    return tuple(found.values())
