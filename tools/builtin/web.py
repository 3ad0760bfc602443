"""The web: search through the user's own SearXNG server, and read one page as text."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import MissingSetting, ToolFailed
from ..spec import Effect
from ..threads import run_in_thread
from ..web.readable import plain_text, read_page

MAX_RESULTS = 8
MAX_CONTENT = 40_000
_MAX_EXCERPT = 300
_MAX_HTML = 2_000_000
_NO_SEARCH = (
    "No search service is set. Homewit searches the web through a SearXNG server of your choice: set its "
    'address in config.toml, such as search_url = "http://127.0.0.1:8888".'
)
_TEXT_TYPES = (
    "application/json",
    "application/xml",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/atom+xml",
)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One hit."""

    title: str
    url: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The hits in the order of the search service; `url` is the first one's."""

    text: str
    url: str
    results: list[SearchResult]


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as readable text; `url` is where it finally came from."""

    text: str
    content: str = field(repr=False)
    title: str
    url: str


@tool(effect=Effect.NETWORK, sinks=("query",), timeout_s=30)
async def web_search(
    query: Annotated[str, Field(min_length=1, max_length=400)], *, ctx: ToolContext
) -> SearchResults:
    """Search the web.

    Args:
        query: What to search for.
    """
    server = ctx.settings.get("search_url", "").strip().rstrip("/")
    if not server:
        raise MissingSetting(_NO_SEARCH)
    address = server if server.endswith("/search") else f"{server}/search"
    client = ctx.net(allow=(server,))  # the one local service that this tool may reach, named by the user
    response = await client.get(address, params={"q": query, "format": "json"})
    if response.status == 403:
        raise ToolFailed(
            f"The search server at {server} refuses JSON answers. Add `json` to search.formats in its "
            "settings.yml."
        )
    if response.status != 200:
        raise ToolFailed(f"The search server at {server} answered with status {response.status}.")
    results = _results(response.json())
    if not results:
        return SearchResults(f"Nothing found for {query!r}.", "", [])
    return SearchResults(
        "\n".join(_shown(number, hit) for number, hit in enumerate(results, 1)), results[0].url, results
    )


@tool(effect=Effect.NETWORK, sinks=("url",), timeout_s=30)
async def fetch_page(
    url: Annotated[str, Field(min_length=1, max_length=4_000, examples=["https://example.com/article"])],
    *,
    ctx: ToolContext,
) -> FetchedPage:
    """Read a web page as plain text.

    Args:
        url: The address of the page.
    """
    address = url.strip()
    if "://" not in address:
        address = f"https://{address}"
    response = await ctx.net().get(address)
    if response.status >= 400:
        raise ToolFailed(f"{address} answered with status {response.status}{_meaning(response.status)}.")
    kind = response.content_type or "text/html"
    if not kind.startswith("text/") and kind not in _TEXT_TYPES:
        raise ToolFailed(f"{address} is not a page of text but {kind}, which cannot be read here.")
    if "html" in kind:
        # In a thread: malformed markup can keep the standard parser busy, and that must not stop the loop.
        page = await run_in_thread(read_page, response.text[:_MAX_HTML])
        title, content = page.title, page.content
        if len(response.text) > _MAX_HTML:
            content += f"\n[only the first {_MAX_HTML:,} characters of the page were read]"
    else:
        title, content = "", response.text.strip()
    title = title or urlsplit(response.url).netloc
    if not content:
        raise ToolFailed(f"{address} has no readable text; it may need a browser that runs scripts.")
    content = _capped(content)
    return FetchedPage(f"{title}\n\n{content}", content, title, response.url)


def _results(answer: object) -> list[SearchResult]:
    rows = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise ToolFailed("The search server did not answer as SearXNG does; check search_url in config.toml.")
    results: list[SearchResult] = []
    for row in rows:
        if not isinstance(row, dict) or not str(row.get("url", "")).startswith(("http://", "https://")):
            continue
        title, excerpt = plain_text(str(row.get("title") or "")), plain_text(str(row.get("content") or ""))
        results.append(SearchResult(title[:200] or str(row["url"]), str(row["url"]), excerpt[:_MAX_EXCERPT]))
        if len(results) == MAX_RESULTS:
            break
    return results


def _shown(number: int, hit: SearchResult) -> str:
    excerpt = f"\n   {hit.excerpt}" if hit.excerpt else ""
    return f"{number}. {hit.title}\n   {hit.url}{excerpt}"


def _meaning(status: int) -> str:
    return {401: " (log-in needed)", 403: " (access refused)", 404: " (not found)", 410: " (gone)",
            429: " (too many requests)", 503: " (unavailable)"}.get(status, "")  # fmt: skip


def _capped(content: str) -> str:
    if len(content) <= MAX_CONTENT:
        return content
    left = len(content) - MAX_CONTENT
    return f"{content[:MAX_CONTENT].rstrip()}\n[the page goes on for {left:,} more characters]"
