"""Search services on the web: how each is asked, and how its answer is read. The settings choose one.

The user names a SearXNG server, has a key of Brave, or takes the plain page of DuckDuckGo, which is made for
browsers and may ask for a proof of being human. All requests go through the guarded client that is handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ..errors import MissingSetting, ToolFailed
from ..network.responses import Response
from .readable import plain_text

if TYPE_CHECKING:
    from ..net import GuardedClient

MAX_RESULTS = 8
_MAX_EXCERPT = 300
BRAVE = "https://api.search.brave.com/res/v1/web/search"
DUCKDUCKGO = "https://html.duckduckgo.com/html/"
BRAVE_KEY = "brave_search_key"
NO_SEARCH = (
    "No search service is set. In config.toml, set the address of a SearXNG server of your choice, such as "
    'search_url = "http://127.0.0.1:8888"; or search = "brave", with a key that you keep with '
    f'`homewit secrets set {BRAVE_KEY}`; or search = "duckduckgo".'
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result as plain text."""

    title: str
    url: str
    excerpt: str


async def ask_searxng(client: "GuardedClient", server: str, query: str) -> list[Hit]:
    """Ask a SearXNG server for JSON."""
    address = server if server.endswith("/search") else f"{server}/search"
    response = await client.get(address, params={"q": query, "format": "json"})
    if response.status == 403:
        raise ToolFailed(
            f"The search server at {server} refuses JSON answers. Add `json` to search.formats in its "
            "settings.yml."
        )
    if response.status != 200:
        raise ToolFailed(f"The search server at {server} answered with status {response.status}.")
    rows = _listed(response.json(), "results")
    if rows is None:
        raise ToolFailed("The search server did not answer as SearXNG does; check search_url in config.toml.")
    return _hits((row.get("title"), row.get("url"), row.get("content")) for row in rows)


async def ask_brave(client: "GuardedClient", address: str, query: str, key: str) -> list[Hit]:
    """Ask the API of Brave Search; the key travels in a header to the first host alone."""
    headers = {"X-Subscription-Token": key, "Accept": "application/json"}
    response = await client.get(address, params={"q": query, "count": str(MAX_RESULTS)}, headers=headers)
    if response.status in (401, 403, 422):
        raise MissingSetting(
            f"Brave Search does not take the key {BRAVE_KEY} (status {response.status}). Keep the right one "
            f"with `homewit secrets set {BRAVE_KEY}`."
        )
    if response.status == 429:
        raise ToolFailed("Brave Search says that the key has no requests left for now; try again later.")
    if response.status != 200:
        raise ToolFailed(f"Brave Search answered with status {response.status}.")
    answer = response.json()
    rows = _listed(answer.get("web", {}) if isinstance(answer, dict) else None, "results")
    return _hits((row.get("title"), row.get("url"), row.get("description")) for row in rows or [])


async def ask_duckduckgo(client: "GuardedClient", address: str, query: str) -> list[Hit]:
    """Ask for DuckDuckGo's page without scripts, or one that is written like it."""
    response = await client.get(address, params={"q": query})
    if response.status == 202 or b"anomaly" in response.body[:20_000]:
        raise ToolFailed(
            "DuckDuckGo asks for a proof that a human is searching. Try again later, or set another search "
            "service in config.toml (search, search_url)."
        )
    if response.status != 200:
        raise ToolFailed(f"DuckDuckGo answered with status {response.status}.")
    return read_duckduckgo(response)


def read_duckduckgo(response: Response) -> list[Hit]:
    """The results of such a page, without its advertisements."""
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types
    from lxml.html import document_fromstring

    try:
        root = document_fromstring(response.text)
    except (etree.ParserError, ValueError):
        return []
    found: list[tuple[str, str, str]] = []
    for block in root.find_class("result"):
        links = block.find_class("result__a")
        if not links or "result--ad" in (block.get("class") or ""):
            continue
        excerpt = " ".join(one.text_content() for one in block.find_class("result__snippet")[:1])
        found.append((links[0].text_content(), _target(links[0].get("href") or ""), excerpt))
    return _hits(found, fragments=False)


def _target(address: str) -> str:
    """Where a link of the results page leads, past the counter that stands between."""
    wanted = parse_qs(urlsplit(address).query).get("uddg")
    return wanted[0] if wanted else address


def _listed(answer: Any, name: str) -> list[Mapping[str, Any]] | None:
    rows = answer.get(name) if isinstance(answer, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


def _hits(rows: Any, fragments: bool = True) -> list[Hit]:
    """At most MAX_RESULTS, those with an address that can be fetched; `fragments`: their words are HTML."""
    found: list[Hit] = []
    for title, url, excerpt in rows:
        if not str(url or "").startswith(("http://", "https://")):
            continue
        words, around = (
            plain_text(str(text or "")) if fragments else " ".join(str(text or "").split())
            for text in (title, excerpt)
        )
        found.append(Hit(words[:200] or str(url), str(url), around[:_MAX_EXCERPT]))
        if len(found) == MAX_RESULTS:
            break
    return found
