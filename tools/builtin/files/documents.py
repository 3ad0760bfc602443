"""What is in documents: the passages about something, with page and line, and the rows of a table."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...files.passages import passages_of, ranked
from ...files.reading import read_document
from ...files.tables import read_rows
from ...isolation.paths import readable_path, shown_path
from ...text.wording import counted
from ..arguments import path_field

MAX_PASSAGES = 5
MAX_ROWS = 1_000
_SHOW = "[(show|read|list|open|give)] [me]"
_DOCUMENTS = ("txt", "md", "pdf", "docx")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, word for word, and where it stands; pages and lines count from 1."""

    quote: str
    page: int
    line: int


@dataclass(frozen=True, slots=True)
class Passages:
    """What a document says about something, the best passage first."""

    text: str
    passages: list[Found]
    count: int
    path: str
    pages: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table as objects by column; `count` is all that there are."""

    text: str
    columns: list[str]
    rows: list[dict[str, str]]
    count: int
    path: str


@tool(
    untrusted_output=True,
    phrases=(
        "what (does|do) [the] [file|document] {path} (say|mention|tell) (about|on|regarding) {about:words}",
        "what is (said|written) about {about:words} in [the] [file|document] {path}",
        "[find|tell me] what [the] [file|document] {path} (says|mentions) (about|on|regarding) {about:words}",
        *(
            "(find|look for|search for) [me] [the] {about:words} in [the] [file|document] "
            f"{{path:*.{ending}}}"
            for ending in _DOCUMENTS
        ),
        *(f"{{about:topic}} (in|from) [the] [file|document] {{path:*.{ending}}}" for ending in _DOCUMENTS),
        *(f"{{path:*.{ending}}} (about|on) {{about:words}}" for ending in _DOCUMENTS),
        *(f"where in {{path:*.{ending}}} is [the] {{about:words}}" for ending in _DOCUMENTS),
        "(does|do) [the] [file|document] {path} (say|mention|have) [anything] [(about|on)] {about:words}",
    ),
)
def find_in_document(
    path: Annotated[str, path_field("report.pdf", "contract.docx")],
    about: Annotated[str, Field(min_length=1, max_length=400, examples=["the budget"])],
    *,
    ctx: ToolContext,
) -> Passages:
    """Tell what a document such as a PDF, Word or text file says or mentions about something.

    Args:
        path: The document.
        about: What to find in it.
    """
    file = readable_path(path, ctx)
    document = read_document(file, path)
    shown, pages = shown_path(file, ctx), len(document.pages)
    best = ranked(about, passages_of(document.pages), MAX_PASSAGES)
    if not best:
        return Passages(f"{shown} says nothing about {about}.", [], 0, shown, pages)
    found = [Found(passage.quote, passage.page, passage.line) for passage in best]
    lines = [f"“{one.quote}”\n  ({_place(shown, one, pages)})" for one in found]
    return Passages("\n\n".join(lines), found, len(found), shown, pages)


@tool(
    untrusted_output=True,
    phrases=(
        f"{_SHOW} [the|all|all the] (rows|table|columns) (of|in|from) [the] [file] {{path}}",
        f"{_SHOW} [the] table {{path:*.csv}}",
        f"{_SHOW} [the] [file] {{path:*.csv}} as a table",
        f"{_SHOW} [the] first {{last_row}} rows (of|in|from) [the] [file] {{path}}",
        f"{_SHOW} [the] rows [from] {{first_row}} (to|until|through|and) {{last_row}} (of|in|from) [the] "
        "[file] {path}",
    ),
)
def read_table(
    path: Annotated[str, path_field("people.csv")],
    first_row: Annotated[int, Field(ge=1)] = 1,
    last_row: Annotated[int | None, Field(ge=1)] = None,
    *,
    ctx: ToolContext,
) -> Table:
    """Read the rows and columns of a table in a CSV file.

    Args:
        path: The CSV file; its first line names the columns.
        first_row: The row to begin with, from 1, without the line of names.
        last_row: The last row to read.
    """
    file = readable_path(path, ctx)
    document = read_document(file, path)
    if document.kind != "text":
        raise ToolFailed(f"{path} is no CSV file but a {document.kind}.")
    columns, rows = read_rows(document.text, path)
    part = rows[first_row - 1 : last_row]
    if not part and rows:
        raise ToolRetry(f"{path} has {counted(len(rows), 'row')}, so there is no row {first_row}.")
    if len(part) > MAX_ROWS:
        raise ToolRetry(
            f"{path} has {counted(len(rows), 'row')}, more than the {MAX_ROWS:,} that are read at once.",
            f"Read some of them: first_row={first_row}, last_row={first_row + MAX_ROWS - 1}.",
        )
    shown = shown_path(file, ctx)
    listed = [" | ".join(columns), *(" | ".join(row.values()) for row in part)]
    head = f"{counted(len(rows), 'row')} in {shown}:\n"
    return Table(head + "\n".join(listed), columns, part, len(rows), shown)


def _place(shown: str, found: Found, pages: int) -> str:
    return f"{shown}, page {found.page}" if pages > 1 else f"{shown}, line {found.line}"
