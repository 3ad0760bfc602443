"""Bank statements: shown first, then imported without what is known already, and taken back as a whole."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed, ToolRetry
from ...records import Expense
from ...spec import Effect
from ...text.wording import counted, plain
from ..exchanged_files import Imported, Importing, read_import
from .amounts import money_text
from .categories import KNOWN_CATEGORIES, category_of
from .statement_columns import DateOrder
from .statement_reading import MAX_BYTES, Choices, Line, SpentIs, Statement, read_statement, with_marks
from .sums import INCOME, joined_sums, own_currency, sums_by_currency

_IMPORTING = Importing("expense", of="statement", nouns=("payment", "payments"))
_SHOWN = 8
_NEAR = timedelta(days=3)
_ORDERS = {"ymd": "year-month-day", "dmy": "day.month.year", "mdy": "month/day/year"}
Path = Annotated[str, Field(min_length=1, max_length=1000, examples=["statement.csv"])]
Column = Annotated[str | None, Field(max_length=200)]
Account = Annotated[str | None, Field(max_length=60, examples=["checking"])]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One payment as it would be kept; `amount` is positive for money spent."""

    date: str
    amount: str
    currency: str | None
    category: str
    description: str
    known: bool


@dataclass(frozen=True, slots=True)
class StatementPreview:
    """What an import would do; nothing is kept yet."""

    text: str
    lines: list[StatementLine]
    new: int
    known: int
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The payments of a statement that are new, and how many are known or were entered by hand."""

    rows: list[dict[str, Any]]
    known: int
    by_hand: int
    all: list[tuple[Line, dict[str, Any] | None]]


@tool(
    untrusted_output=True,
    phrases=(
        "[[bank] statement] preview [of] [the|my|a] [bank] [csv] [statement|file] {path:*.csv}",
        "preview [a|the|my] [bank] statement {path?}",
        "preview [the] (import of|importing) [the|my|a] [bank] [csv] [statement|file] {path:*.csv}",
        "[(show|tell) me] (what|which expenses) would be (imported|read in|added) from [the|my] "
        "[bank] [csv] [statement|file] {path:*.csv}",
        "[(show|tell) me] what [would] (importing|an import of) [the|my] [bank] [csv] [statement|file] "
        "{path:*.csv} would (do|add|import|bring)",
        "what would importing [the|my] [bank] [csv] [statement|file] {path:*.csv} (do|add|bring)",
        "(do|make) a dry run of (importing|the import of) [the|my] [statement|file] {path:*.csv}",
        "check [the|my] [statement|file] {path:*.csv} before (importing|i import|you import) [it]",
    ),
)
def preview_statement(
    path: Path,
    account: Account = None,
    date_column: Column = None,
    amount_column: Column = None,
    description_column: Column = None,
    dates: DateOrder | None = None,
    spent_is: SpentIs | None = None,
    *,
    ctx: ToolContext,
) -> StatementPreview:
    """Show what would be imported from a bank statement (CSV), and how its columns are read.

    Args:
        path: The file.
        account: A name for the account, which tells its payments from those of other accounts.
        date_column: Heading or number of the column with the days, if it is read wrongly.
        amount_column: Heading or number of the column with the amounts.
        description_column: Heading or number of the column with the descriptions.
        dates: How days are written: ymd, dmy or mdy.
        spent_is: Whether money spent is negative or positive in the file.
    """
    choices = Choices(date_column, amount_column, description_column, dates, spent_is)
    statement, name = _read(path, choices, ctx)
    found = _sort(statement, account or "", ctx)
    lines = [
        StatementLine(
            line.day.isoformat(), money_text(-line.amount), line.currency, row["category"] if row else "",
            line.description, row is None,
        )
        for line, row in found.all
    ]  # fmt: skip
    shown = [
        f"{one.date}  {one.amount:>10}  {'known' if one.known else one.category:<13}  {one.description}"
        for one in lines[:_SHOWN]
    ]
    more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    text = "\n".join([_summary(statement, found, name, ctx), *shown, *more, *_notes(statement)])
    return StatementPreview(text, lines, len(found.rows), found.known + found.by_hand, statement.columns)


@tool(
    effect=Effect.RECORD,
    undo=_IMPORTING.undo,
    untrusted_output=True,
    phrases=(
        "(import|read in|load) [the|my|a] [bank] [csv] [statement|file] [from] {path:*.csv}",
        "[bank] statement import [from] {path:*.csv}",
        "(import|load) [a|the|my] [bank] (statement|transactions) {path?}",
        "import [the|my|a] (statement|expenses|transactions|bank statement) [from] [the] [file] {path:*.csv}",
        "import [the|my|a] [bank] [csv] [statement|file] {path:*.csv} (into|to|for) [my|the] "
        "[account] {account}",
    ),
)
def import_statement(
    path: Path,
    account: Account = None,
    date_column: Column = None,
    amount_column: Column = None,
    description_column: Column = None,
    dates: DateOrder | None = None,
    spent_is: SpentIs | None = None,
    *,
    ctx: ToolContext,
) -> Imported:
    """Import the payments of a bank statement (CSV file) as expenses; those known already are left out.

    Args:
        path: The file.
        account: A name for the account, which tells its payments from those of other accounts.
        date_column: Heading or number of the column with the days, if it is read wrongly.
        amount_column: Heading or number of the column with the amounts.
        description_column: Heading or number of the column with the descriptions.
        dates: How days are written: ymd, dmy or mdy.
        spent_is: Whether money spent is negative or positive in the file.
    """
    choices = Choices(date_column, amount_column, description_column, dates, spent_is)
    statement, name = _read(path, choices, ctx)
    if not statement.dates_certain:
        raise ToolRetry(
            f"The days in {name} can be read in two ways, such as {statement.lines[0].day:%d/%m or %m/%d}.",
            "Say how they are written: dates=dmy for day first, dates=mdy for month first.",
        )
    found = _sort(statement, account or "", ctx)
    if not found.rows:
        raise ToolFailed(f"Nothing to import: all {len(found.all)} payments in {name} are known already.")
    batch = _IMPORTING.keep(ctx, found.rows, name)
    text = "\n".join([f"Imported {_summary(statement, found, name, ctx)}", *_notes(statement)])
    return Imported(text, batch, len(found.rows), found.known + found.by_hand)


def _read(path: str, choices: Choices, ctx: ToolContext) -> tuple[Statement, str]:
    name, data = read_import(path, ctx, MAX_BYTES, "Give the path of a CSV file that your bank exported.")
    return read_statement(data, choices), name


def _sort(statement: Statement, account: str, ctx: ToolContext) -> _Sorted:
    """Tell payments that are new from those that an earlier import brought, or that were typed in by hand."""
    first = min(line.day for line in statement.lines)
    last = max(line.day for line in statement.lines)
    present: Sequence[Expense] = ctx.records.list_expenses(first - _NEAR, last + _NEAR)
    marks = {row.mark for row in present if row.mark}
    by_hand = [row for row in present if row.mark is None]
    before = _payees(ctx.records.rows("expense"))
    own, found = own_currency(ctx), _Sorted([], 0, 0, [])
    known = typed = 0
    for line, mark in with_marks(statement.lines, account):
        if mark in marks:
            known += 1
            found.all.append((line, None))
        elif (same := _entered(line, by_hand, own)) is not None:
            typed += 1
            by_hand.remove(same)
            found.all.append((line, None))
        else:
            row = _expense(line, mark, account, before, own)
            found.rows.append(row)
            found.all.append((line, row))
    return _Sorted(found.rows, known, typed, found.all)


def _entered(line: Line, by_hand: Iterable[Expense], own: str | None) -> Expense | None:
    """An expense that was typed in for the same payment: the same amount, a few days apart at most."""
    same = [
        row
        for row in by_hand
        if row.amount == -line.amount
        and (row.currency or own) == (line.currency or own)
        and abs(row.date - line.day) <= _NEAR
    ]
    return min(same, key=lambda row: abs(row.date - line.day), default=None)


def _expense(line: Line, mark: str, account: str, before: dict[str, str], own: str | None) -> dict[str, Any]:
    category = INCOME if line.amount > 0 else before.get(_payee(line.description)) or guess(line.description)
    return {
        "amount": -line.amount,
        "category": category,
        "description": line.description or None,
        "date": line.day,
        "currency": None if line.currency in (None, own) else line.currency,
        "account": account or None,
        "mark": mark,
    }


def guess(description: str) -> str:
    """A category by the words of a description; "other" when they name none."""
    for word in plain(description).replace("*", " ").replace("/", " ").split():
        category = category_of(word.strip(".,:;()-"))
        if category in KNOWN_CATEGORIES and category != "other":
            return category
    return "other"


def _payees(rows: Iterable[Expense]) -> dict[str, str]:
    """The category that a payee's payments had most often before, corrections by the user included."""
    counted_: dict[str, Counter[str]] = {}
    for row in rows:
        if row.description and row.category != INCOME:
            counted_.setdefault(_payee(row.description), Counter())[row.category] += 1
    return {payee: counts.most_common(1)[0][0] for payee, counts in counted_.items()}


def _payee(description: str) -> str:
    """The first words of a description without numbers, which change from one payment to the next."""
    words = [word for word in plain(description).split() if not any(map(str.isdigit, word))]
    return " ".join(words[:3])


def _summary(statement: Statement, found: _Sorted, name: str, ctx: ToolContext) -> str:
    own = own_currency(ctx)
    rows = [row for row in found.rows if row["category"] != INCOME]
    total = sums_by_currency([Expense("", **_brief(row)) for row in rows], own)
    days = sorted(line.day for line in statement.lines)
    parts = [
        f"{counted(len(found.rows), 'new payment')} of {len(found.all)} in {name}, {days[0]} to {days[-1]}"
    ]
    if rows:
        parts.append(f"{joined_sums(total)} spent")
    if income := len(found.rows) - len(rows):
        parts.append(f"{income} received")
    if found.known:
        parts.append(f"{found.known} imported before")
    if found.by_hand:
        parts.append(f"{found.by_hand} entered by hand before")
    return ", ".join(parts) + "."


def _brief(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("amount", "category", "description", "date", "currency")}


def _notes(statement: Statement) -> list[str]:
    notes = [
        f"Columns: {', '.join(f'{kind} from {name!r}' for kind, name in statement.columns.items())}; "
        f"days are {_ORDERS[statement.dates]}; money spent is {statement.spent_is}."
    ]
    if not statement.dates_certain:
        notes.append("Days can be read in two ways; say dates=dmy or dates=mdy when importing.")
    if statement.unread:
        first = "; ".join(statement.unread[:3])
        notes.append(f"{counted(len(statement.unread), 'row')} could not be read: {first}.")
    return notes
