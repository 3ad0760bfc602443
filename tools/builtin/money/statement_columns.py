"""Which column of a bank statement holds what, and how its days and amounts are written.

Read off the headings where they are known words (in several languages), and off the cells themselves where
not. Everything that is found here can be said by the user instead. Pure functions over rows of text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ...errors import ToolRetry
from .amounts import Decimals, decimal_mark, parse_money

DateOrder = Literal["ymd", "dmy", "mdy"]
Cells = Sequence[str]
_HEADINGS: dict[str, str] = {
    "date": r"booking date|transaction date|date posted|posted date|buchungstag|buchungsdatum|buchung|datum|"
    r"date|fecha|data|dato|datum transactie|boekingsdatum|date operation|wertstellung|valuta|value date",
    "amount": r"amount|betrag|umsatz|importe|montant|importo|bedrag|belop|beløp|belopp|kwota|valor|sum|"
    r"transaction amount|value",
    "debit": r"debit|soll|paid out|money out|withdrawal|withdrawals|debito|débit|cargo|ausgang|af|out|uit",
    "credit": r"credit|haben|paid in|money in|deposit|deposits|credito|crédit|abono|eingang|in",
    "description": r"description|verwendungszweck|buchungstext|details|memo|narrative|concepto|descripcion|"
    r"libelle|libellé|omschrijving|text|transaction|descrizione|purpose|remittance information",
    "payee": r"payee|name|beguenstigter|begünstigter|empfänger|auftraggeber|merchant|counterparty|naam|"
    r"zahlungsempfänger|zahlungspflichtige|beneficiary|recipient|partner name",
    "currency": r"currency|währung|waehrung|devise|moneda|valuta code|ccy|munt",
    "reference": r"transaction id|id|reference|referenz|ref|transaction reference|umsatz id|fitid|kenmerk",
    "sign": r"debit/credit|soll/haben|type|af bij|dc|s/h|cr/dr|transaction type|sign",
    "balance": r"balance|saldo|kontostand|solde|running balance|saldo na mutatie",
}
_OUT = {"s", "d", "dr", "debit", "soll", "af", "out", "debet", "-", "money out", "withdrawal"}
_IN = {"h", "c", "cr", "credit", "haben", "bij", "in", "+", "money in", "deposit"}
_DAY = re.compile(r"^\s*(\d{1,4})[-./ ](\d{1,2})[-./ ](\d{2,4})(?:[ T]\d{1,2}:\d{2}.*)?\s*$")
_COMPACT = re.compile(r"^\s*(\d{4})(\d{2})(\d{2})\s*$")
_ENOUGH = 0.8


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns, from 0: ``amount``, with ``sign`` perhaps, or ``debit`` and ``credit``."""

    date: int
    descriptions: tuple[int, ...]
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    sign: int | None = None
    currency: int | None = None
    reference: int | None = None
    balance: int | None = None


def heading_kind(cell: str) -> str | None:
    """What a heading names: "date", "amount" and so on; None for words that are not known."""
    words = re.sub(r"\(.*?\)|\bin [a-z]{3}$", "", cell.strip().lower()).strip(" :*\"'")
    words = re.sub(r"[_\s]+", " ", words).strip()
    for kind, pattern in _HEADINGS.items():
        if re.fullmatch(pattern, words):
            return kind
    for kind in ("balance", "date", "debit", "credit", "amount", "currency", "payee", "description"):
        longest = [word for word in _HEADINGS[kind].split("|") if len(word) > 4]
        if any(re.search(rf"\b{re.escape(word)}", words) for word in longest):
            return kind
    return None


def is_heading(row: Cells) -> bool:
    """Whether a row names its columns: at least a day and an amount, and no amounts of its own."""
    kinds = {heading_kind(cell) for cell in row if cell.strip()}
    return "date" in kinds and bool(kinds & {"amount", "debit", "credit"})


def find_columns(heading: Cells | None, rows: Sequence[Cells]) -> Columns:
    """The columns by their headings, else by what is in them; raises ToolRetry when days or amounts are
    missing.
    """
    width = max(map(len, rows))
    named: dict[str, int] = {}
    payees: list[int] = []
    texts: list[int] = []
    for place, cell in enumerate(heading or ()):
        kind = heading_kind(cell)
        if kind == "payee":
            payees.append(place)
        elif kind == "description":
            texts.append(place)
        elif kind is not None:
            named.setdefault(kind, place)
    if "date" not in named and (found := _place(rows, width, _is_day, ())) is not None:
        named["date"] = found
    taken = set(named.values())
    if not {"amount", "debit", "credit"} & set(named):
        found = _place(rows, width, is_amount, taken | set(payees) | set(texts))
        if found is not None:
            named["amount"] = found
    if "date" not in named or not {"amount", "debit", "credit"} & set(named):
        missing = "day" if "date" not in named else "amount"
        there = ", ".join(repr(cell) for cell in heading or () if cell.strip())[:300]
        raise ToolRetry(
            f"No column with the {missing} of each payment was found.",
            f"Name it with date_column, amount_column and description_column. Columns: {there or width}.",
        )
    descriptions = (*payees, *texts) or _texts(rows, width, set(named.values()))
    return Columns(date=named.pop("date"), descriptions=descriptions, **_optional(named))


def _optional(named: dict[str, int]) -> dict[str, int]:
    if "amount" in named:
        named = {kind: place for kind, place in named.items() if kind not in ("debit", "credit")}
    return {kind: place for kind, place in named.items() if kind in Columns.__dataclass_fields__}


def named_column(wanted: str, heading: Cells | None, rows: Sequence[Cells]) -> int:
    """The place of a column that the user names by its heading or its number from 1; raises ToolRetry."""
    for place, cell in enumerate(heading or ()):
        if cell.strip().lower() == wanted.strip().lower():
            return place
    width = max(map(len, rows))
    if wanted.strip().isdecimal() and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    there = ", ".join(cell.strip() for cell in heading or () if cell.strip()) or f"1 to {width}"
    raise ToolRetry(f"The statement has no column {wanted!r}.", f"Columns: {there[:300]}.")


def date_order(cells: Sequence[str], day_first: bool) -> tuple[DateOrder, bool]:
    """How days are written, and whether that is certain; ``day_first`` decides where it is not."""
    numbers = [match.groups() for cell in cells if (match := _COMPACT.match(cell) or _DAY.match(cell))]
    if all(len(first) == 4 for first, _, _ in numbers):
        return "ymd", True
    if any(int(first) > 12 for first, _, _ in numbers):
        return "dmy", True
    if any(int(second) > 12 for _, second, _ in numbers):
        return "mdy", True
    return ("dmy" if day_first else "mdy"), False


def read_day(cell: str, order: DateOrder) -> date:
    """The day of a cell; raises ValueError."""
    match = _COMPACT.match(cell) or _DAY.match(cell)
    if match is None:
        raise ValueError(f"{cell[:40]!r} is not a day")
    one, two, three = match.groups()
    year, month, day = {"ymd": (one, two, three), "dmy": (three, two, one), "mdy": (three, one, two)}[order]
    full = int(year) if len(year) == 4 else 2000 + int(year)
    return date(full, int(month), int(day))


def amount_decimals(cells: Sequence[str]) -> Decimals | None:
    """The mark before the cents in all amounts of the file."""
    return decimal_mark(cell for cell in cells if cell.strip())


def is_amount(cell: str) -> bool:
    try:
        parse_money(cell)
    except ValueError:
        return False
    return _DAY.match(cell) is None


def direction(cell: str) -> int | None:
    """-1 for money that left, 1 for money that came, by the words of a column that says so."""
    word = cell.strip().lower()
    return -1 if word in _OUT else 1 if word in _IN else None


def _is_day(cell: str) -> bool:
    return bool(_DAY.match(cell) or (_COMPACT.match(cell) and cell.strip()[:2] in ("19", "20")))


def _place(
    rows: Sequence[Cells], width: int, fits: Callable[[str], bool], taken: set[int] | tuple[()]
) -> int | None:
    """The first column whose cells nearly all fit."""
    for place in range(width):
        cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
        if place not in taken and cells and sum(map(fits, cells)) >= _ENOUGH * max(len(cells), len(rows) / 2):
            return place
    return None


def _texts(rows: Sequence[Cells], width: int, taken: set[int]) -> tuple[int, ...]:
    """The column with the most letters."""

    def letters(place: int) -> int:
        return sum(sum(map(str.isalpha, row[place])) for row in rows if place < len(row))

    free = [place for place in range(width) if place not in taken and letters(place)]
    return (max(free, key=letters),) if free else ()
