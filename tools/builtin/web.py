"""The web: search with a service of the user's choice, read a page, find what it says about something."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import MissingSetting, ToolFailed
from ..files.passages import passages_of, ranked
from ..spec import Effect
from ..web.pages import fetch, passage_link
from ..web.services import (
    BRAVE,
    BRAVE_KEY,
    DUCKDUCKGO,
    NO_SEARCH,
    Hit,
    ask_brave,
    ask_duckduckgo,
    ask_searxng,
)

MAX_CONTENT = 40_000
MAX_PASSAGES = 5
_NEWS = (
    "|".join(
        f"{which}news{about}"
        for which in ("", "latest ", "recent ", "breaking ")
        for about in (" about", " on", " from", " of today", " today")
    )
    + "|latest news|recent news|breaking news|todays news|today's news|world news"
)
_WEATHER = (
    "|".join(
        f"{what} {where}"
        for what in ("weather", "weather forecast", "forecast", "weather report")
        for where in (
            "in",
            "for",
            "at",
            "today",
            "tonight",
            "tomorrow",
            "this week",
            "this weekend",
            "next week",
            "on",
        )
    )
    + "|todays weather|today's weather|tomorrows weather|tomorrow's weather"
)

Url = Annotated[str, Field(min_length=1, max_length=4_000, examples=["https://example.com/article"])]


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
class PageLink:
    """Where a page leads."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as readable text; `url` is where it finally came from. None: it does not tell."""

    text: str
    content: str = field(repr=False)
    title: str
    url: str
    author: str | None
    date: str | None
    site: str | None
    links: list[PageLink] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage, word for word, and an address that leads to it; `page` counts in a PDF."""

    quote: str
    url: str
    page: int


@dataclass(frozen=True, slots=True)
class PagePassages:
    """What a page says about something, the best passage first."""

    text: str
    passages: list[Cited]
    count: int
    title: str
    url: str


@tool(
    effect=Effect.NETWORK,
    sinks=("query",),
    secrets=(BRAVE_KEY,),
    timeout_s=30,
    phrases=(
        "(google|web search|websearch|internet search) [for] [the] {query:words}",
        "(search|look on|look in) (the web|the internet|online) [for] [the] {query:words}",
        "(search|look up|find) [me] [for] [the] {query:words} (online|on the web|on the internet|on google)",
        "(google|search the web for|look up) something [(for me|online)] {query?}",
        f"[(show|find|get|give|search|read)] [me] [(any|the|for)] {{query:^{_NEWS}}}",
        f"{{query:^{_WEATHER}}}",
        "[the] (news|headlines) {query=news}",
        "[the] (weather|weather forecast|forecast) {query=weather}",
    ),
)
async def web_search(
    query: Annotated[str, Field(min_length=1, max_length=400)], *, ctx: ToolContext
) -> SearchResults:
    """Search the web.

    Args:
        query: What to search for.
    """
    found = [SearchResult(hit.title, hit.url, hit.excerpt) for hit in await _search(query, ctx)]
    if not found:
        return SearchResults(f"Nothing found for {query!r}.", "", [])
    lines = [_shown(number, hit) for number, hit in enumerate(found, 1)]
    return SearchResults("\n".join(lines), found[0].url, found)


@tool(
    effect=Effect.NETWORK,
    sinks=("url",),
    timeout_s=30,
    phrases=(
        "(read|open|fetch|get|load|show|show me|visit|go to) [the] [web] [page|site|website] [(at|from)] "
        "{url:url}",
        "[the] [web] (page|site|website) {url:url}",
        "[(read|show|get)] [me] [the] (text|content|contents) of [the] [page] {url:url}",
        "what is (on|at) [the] [page] {url:url}",
        "what does [the] [page] {url:url} say",
    ),
)
async def fetch_page(url: Url, *, ctx: ToolContext) -> FetchedPage:
    """Read a web page as plain text.

    Args:
        url: The address of the page.
    """
    page = await fetch(ctx.net(), url)
    article, content = page.article, _capped(page.article.content)
    byline = ", ".join(part for part in (article.author, article.date) if part)
    text = "\n\n".join(part for part in (article.title, byline, content) if part)
    links = [PageLink(link.text, link.url) for link in article.links]
    notes = (article.author or None, article.date or None, article.site or None)
    return FetchedPage(text, content, article.title, page.url, *notes, links)


@tool(
    effect=Effect.NETWORK,
    sinks=("url",),
    timeout_s=30,
    phrases=(
        "what does [the page] {url:url} say about {about:words}",
        "does [the page] {url:url} (say|mention|have) anything (about|on) {about:words}",
        "(does|do) [the page] {url:url} (mention|talk about|speak of) {about:words}",
        "(find|search for|look for|look up) {about:words} (on|at|in) [the page] {url:url}",
        "{about:topic} (on|at|in|from) [the page] {url:url}",
        "{url:url} (about|on) {about:words}",
    ),
)
async def find_on_page(
    url: Url,
    about: Annotated[str, Field(min_length=1, max_length=400, examples=["opening hours"])],
    *,
    ctx: ToolContext,
) -> PagePassages:
    """Tell what a web page or site says or mentions about something, with the passages and links to them.

    Args:
        url: The address of the page.
        about: What to find on it.
    """
    page = await fetch(ctx.net(), url)
    best = ranked(about, passages_of(page.pages), MAX_PASSAGES)
    title = page.article.title
    if not best:
        return PagePassages(f"{title} ({page.url}) says nothing about {about}.", [], 0, title, page.url)
    several = len(page.pages) > 1
    found = [
        Cited(
            one.quote,
            f"{page.url}#page={one.page}" if several else passage_link(page.url, one.quote),
            one.page,
        )
        for one in best
    ]
    lines = [f"“{one.quote}”\n  ({title}, {f'page {one.page}' if several else page.url})" for one in found]
    return PagePassages("\n\n".join(lines), found, len(found), title, page.url)


async def _search(query: str, ctx: ToolContext) -> list[Hit]:
    named = ctx.settings.get("search_url", "").strip().rstrip("/")
    service = ctx.settings.get("search", "").strip().lower() or ("searxng" if named else "")
    # The one address that this tool may reach wherever it is, since the user named it.
    client = ctx.net(allow=(named,)) if named else ctx.net()
    match service:
        case "searxng" if named:
            return await ask_searxng(client, named, query)
        case "brave":
            return await ask_brave(client, named or BRAVE, query, ctx.secret(BRAVE_KEY).reveal())
        case "duckduckgo":
            return await ask_duckduckgo(client, named or DUCKDUCKGO, query)
        case "" | "searxng":
            raise MissingSetting(NO_SEARCH)
    raise ToolFailed(f"{service!r} is no search service that is known: searxng, brave or duckduckgo.")


def _shown(number: int, hit: SearchResult) -> str:
    excerpt = f"\n   {hit.excerpt}" if hit.excerpt else ""
    return f"{number}. {hit.title}\n   {hit.url}{excerpt}"


def _capped(content: str) -> str:
    if len(content) <= MAX_CONTENT:
        return content
    left = len(content) - MAX_CONTENT
    return f"{content[:MAX_CONTENT].rstrip()}\n[the page goes on for {left:,} more characters]"
