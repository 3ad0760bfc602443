"""Fetches one address for a tool, through the client given, and reads it: a page, a PDF, or other text.

Heavy reading happens in a thread, so that malformed markup cannot keep the loop busy.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ..calling.threads import run_in_thread
from ..errors import ToolFailed
from ..files.documents import read_pdf
from ..network.responses import Response
from .articles import Article, read_article
from .charset import announced_charset, page_text

if TYPE_CHECKING:
    from ..net import GuardedClient

_MAX_HTML = 2_000_000
_MOST_QUOTED = 8
_TEXT_TYPES = (
    "application/json",
    "application/xml",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/atom+xml",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What was read, and where it finally came from; a PDF has several pages, anything else one."""

    url: str
    article: Article
    pages: tuple[str, ...]


async def fetch(client: "GuardedClient", url: str) -> Page:
    """Get and read what is at an address; raises ToolFailed, or NetworkBlocked."""
    address = url.strip()
    if "://" not in address:
        address = f"https://{address}"
    response = await client.get(address)
    if response.status >= 400:
        raise ToolFailed(f"{address} answered with status {response.status}{_meaning(response.status)}.")
    page = await run_in_thread(_read, response, address)
    if not any(text.strip() for text in page.pages):
        raise ToolFailed(f"{address} has no readable text; it may need a browser that runs scripts.")
    return page


def passage_link(url: str, passage: str) -> str:
    """An address that leads to a passage: browsers scroll to it and mark it (WICG, Text Fragments)."""
    words = passage.split()
    start, end = words[:_MOST_QUOTED], words[-_MOST_QUOTED:] if len(words) > 2 * _MOST_QUOTED else []
    parts = [" ".join(part) for part in (start if end else words, end) if part]
    fragment = ",".join(quote(part, safe="").replace("-", "%2D") for part in parts)
    return f"{url.partition('#')[0]}#:~:text={fragment}"


def _read(response: Response, address: str) -> Page:
    kind = response.content_type or "text/html"
    site = urlsplit(response.url).netloc
    if kind == "application/pdf" or response.body.startswith(b"%PDF-"):
        document = read_pdf(response.body, address)
        return Page(response.url, _plain(_file_name(response.url) or site, document.text), document.pages)
    if not kind.startswith("text/") and kind not in _TEXT_TYPES:
        raise ToolFailed(f"{address} is not a page of text but {kind}, which cannot be read here.")
    text = page_text(response.body, announced_charset(response.headers.get("content-type", "")))
    if "html" not in kind:
        return Page(response.url, _plain(site, text.strip()), (text,))
    article = read_article(text[:_MAX_HTML], response.url)
    content = article.content
    if len(text) > _MAX_HTML and content:
        content += f"\n[only the first {_MAX_HTML:,} characters of the page were read]"
    named = Article(article.title or site, content, article.author, article.date, article.site, article.links)
    return Page(response.url, named, (content,))


def _plain(title: str, text: str) -> Article:
    return Article(title, text, "", "", "", ())


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _meaning(status: int) -> str:
    return {401: " (log-in needed)", 403: " (access refused)", 404: " (not found)", 410: " (gone)",
            429: " (too many requests)", 503: " (unavailable)"}.get(status, "")  # fmt: skip
