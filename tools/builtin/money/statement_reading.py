"""Reads a bank statement in CSV as banks write it: with lines above the table, any delimiter and encoding.

What is read is data by strangers: cells are text and nothing else, cleaned of control characters and cut to a
length. Knows nothing of where expenses are kept.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from ...errors import ToolFailed, ToolRetry
from .amounts import Decimals, parse_money, to_cents
from .statement_columns import (
    Columns,
    DateOrder,
    amount_decimals,
    date_order,
    direction,
    find_columns,
    is_heading,
    named_column,
    read_day,
)

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
_PREAMBLE = 30
_LONGEST_TEXT = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
SpentIs = Literal["negative", "positive"]


@dataclass(frozen=True, slots=True)
class Line:
    """One payment: ``amount`` is negative when money left the account."""

    day: date
    amount: Decimal
    description: str
    currency: str | None
    reference: str
    number: int

    def mark(self, account: str, again: int) -> str:
        """The same for this payment in any statement of the account; ``again`` tells equal ones apart."""
        told = (account.lower(), self.day.isoformat(), str(self.amount), self.currency or "", self.reference)
        words = "" if self.reference else " ".join(self.description.lower().split())
        return hashlib.sha256("\x1f".join((*told, words, str(again))).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user says about a statement instead of leaving it to be found."""

    date_column: str | None = None
    amount_column: str | None = None
    description_column: str | None = None
    dates: DateOrder | None = None
    spent_is: SpentIs | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """The payments of a file, how they were read, and the rows that could not be."""

    lines: tuple[Line, ...]
    columns: dict[str, str]
    dates: DateOrder
    dates_certain: bool
    spent_is: SpentIs
    unread: tuple[str, ...]


def read_statement(data: bytes, choices: Choices = Choices()) -> Statement:
    """The statement in a file; raises ToolRetry for choices that cannot be, ToolFailed for no statement."""
    heading, rows = _table(_decoded(data))
    columns = _chosen(choices, heading, rows)
    days = [row[columns.date] for row in rows if columns.date < len(row) and row[columns.date].strip()]
    money = [place for place in (columns.amount, columns.debit, columns.credit) if place is not None]
    marks = amount_decimals([row[place] for row in rows for place in money if place < len(row)])
    order, certain = date_order(days, day_first=marks != "." or any("." in day for day in days))
    if choices.dates is not None:
        order, certain = choices.dates, True
    lines, unread = [], []
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        try:
            lines.append(_line(number, row, columns, order, marks))
        except (ValueError, IndexError) as error:
            unread.append(
                f"row {number}: {error}" if isinstance(error, ValueError) else f"row {number}: too short"
            )
    if not lines:
        reason = f" The first: {unread[0]}." if unread else ""
        raise ToolFailed(f"No payment could be read from the file.{reason}")
    spent_is = choices.spent_is or _spent_is(lines, columns)
    if spent_is == "positive":
        lines = [replace(line, amount=-line.amount) for line in lines]
    names = {
        kind: ", ".join(
            _named(heading, place) for place in (places if isinstance(places, tuple) else (places,))
        )
        for kind in ("date", "amount", "debit", "credit", "descriptions", "currency", "sign", "reference")
        if (places := getattr(columns, kind)) not in (None, ())
    }
    return Statement(tuple(lines), names, order, certain, spent_is, tuple(unread))


def with_marks(lines: Sequence[Line], account: str) -> Iterator[tuple[Line, str]]:
    """Each line with its mark; equal lines of one file are different payments."""
    seen: Counter[str] = Counter()
    for line in lines:
        first = line.mark(account, 0)
        yield line, line.mark(account, seen[first])
        seen[first] += 1


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _table(text: str) -> tuple[list[str] | None, list[list[str]]]:
    """The heading, if there is one, and the rows below it, by the delimiter that makes most of the file."""
    if "\x00" in text[:10_000] or not text.strip():
        raise ToolFailed("The file is not a CSV file: it holds no lines of text.")
    best: tuple[int, list[list[str]]] | None = None
    for delimiter in ";,\t|":
        try:
            rows = _rows(text, delimiter)
        except csv.Error as error:
            raise ToolFailed(f"The file is not a CSV file: {error}.") from error
        widths = Counter(len(row) for row in rows if len(row) > 1)
        score = max((width * count for width, count in widths.items()), default=0)
        if best is None or score > best[0]:
            best = (score, rows)
    rows = best[1] if best else []
    for number, row in enumerate(rows[:_PREAMBLE]):
        if is_heading(row):
            return row, _body(rows[number + 1 :])
    widths = Counter(len(row) for row in rows)
    usual = widths.most_common(1)[0][0] if widths else 0
    if usual < 2:
        raise ToolFailed(
            "The file is no bank statement in CSV: its lines have no columns. Give the file that your bank "
            "exports as CSV."
        )
    body = [row for row in rows if len(row) == usual]
    heading = (
        body[0] if not any(re.search(r"\d[.,]\d\d\b", cell) for cell in body[0]) and len(body) > 1 else None
    )
    return heading, _body(body[1:] if heading else body)


def _body(rows: list[list[str]]) -> list[list[str]]:
    kept = [row for row in rows if len(row) > 1]
    if not kept:
        raise ToolFailed("The statement has a heading and no payments below it.")
    if len(kept) > MAX_ROWS:
        raise ToolFailed(f"The statement has more than {MAX_ROWS} rows. Split it into several files.")
    return kept


def _rows(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    for row in reader:
        rows.append([_clean(cell) for cell in row[:MAX_COLUMNS]])
        if len(rows) > MAX_ROWS + _PREAMBLE:
            break
    return [row for row in rows if any(row)]


def _clean(cell: str) -> str:
    return _CONTROL.sub(" ", cell).strip()


def _chosen(choices: Choices, heading: list[str] | None, rows: list[list[str]]) -> Columns:
    given = {
        kind: named_column(name, heading, rows)
        for kind, name in (
            ("date", choices.date_column),
            ("amount", choices.amount_column),
            ("description", choices.description_column),
        )
        if name
    }
    try:
        columns = find_columns(heading, rows)
    except ToolRetry:
        if not {"date", "amount"} <= set(given):
            raise
        columns = Columns(given["date"], (), given["amount"])
    if "amount" in given:
        columns = replace(columns, amount=given["amount"], debit=None, credit=None)
    if "description" in given:
        columns = replace(columns, descriptions=(given["description"],))
    return replace(columns, date=given.get("date", columns.date))


def _line(number: int, row: list[str], columns: Columns, order: DateOrder, marks: Decimals | None) -> Line:
    day = read_day(row[columns.date], order)
    amount, currency = _amount(row, columns, marks)
    if columns.currency is not None and columns.currency < len(row):
        code = row[columns.currency].strip().upper()
        currency = code if re.fullmatch(r"[A-Z]{3}", code) else currency
    words = dict.fromkeys(row[place] for place in columns.descriptions if place < len(row) and row[place])
    reference = (
        row[columns.reference] if columns.reference is not None and columns.reference < len(row) else ""
    )
    text = " ".join(" – ".join(words).split())[:_LONGEST_TEXT]
    return Line(day, to_cents(amount), text, currency, reference[:80], number)


def _amount(row: list[str], columns: Columns, marks: Decimals | None) -> tuple[Decimal, str | None]:
    if columns.amount is not None:
        money = parse_money(row[columns.amount], marks)
        told = direction(row[columns.sign]) if columns.sign is not None and columns.sign < len(row) else None
        return (abs(money.amount) * told if told else money.amount), money.currency
    for place, sign in ((columns.debit, -1), (columns.credit, 1)):
        if place is not None and place < len(row) and row[place].strip():
            money = parse_money(row[place], marks)
            if money.amount:
                return abs(money.amount) * sign, money.currency
    raise ValueError("no amount")


def _spent_is(lines: Sequence[Line], columns: Columns) -> SpentIs:
    """Statements of credit cards often write what was spent without a sign, and nothing else."""
    if columns.amount is None or columns.sign is not None or any(line.amount < 0 for line in lines):
        return "negative"
    return "positive" if len(lines) > 1 else "negative"


def _named(heading: list[str] | None, place: int) -> str:
    return heading[place] if heading and place < len(heading) and heading[place] else f"column {place + 1}"
