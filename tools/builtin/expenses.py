"""Expenses: what was spent, on what, and how much that is over a period."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from ..categories import KNOWN_CATEGORIES, category_of
from ..context import ToolContext
from ..decorator import tool
from ..errors import ToolRetry
from ..records import ExpenseRow
from ..spec import Effect
from ..when.moments import day_words
from ..when.periods import parse_period
from ..when.times import parse_day_of
from ..wording import counted, gone, plain

_CENT = Decimal("0.01")
_ALL_CATEGORIES = {"", "all", "any", "everything", "total", "all categories"}


@dataclass(frozen=True, slots=True)
class ExpenseAdded:
    """A stored expense."""

    text: str
    amount: float
    category: str
    id: str


@dataclass(frozen=True, slots=True)
class ExpenseReport:
    """What was spent in a period; `period` completes "spent …", such as "this month"."""

    text: str
    total: float
    count: int
    period: str


def _money(value: object) -> object:
    """Accept amounts as people write them: "$12.50", "12,50 €", "1,200"."""
    if not isinstance(value, str):
        return value
    digits = "".join(char for char in value if char.isdigit() or char in ",.-")
    if "," in digits and "." not in digits and len(digits.rpartition(",")[2]) != 3:
        return digits.replace(",", ".")
    return digits.replace(",", "")


def _remove_expense(result: ExpenseAdded, *, ctx: ToolContext) -> str:
    expense = ctx.records.find("expense", result.id)
    if expense is None or not ctx.records.remove("expense", result.id):
        return gone("expense")
    return f"Removed the expense: {_what(expense)}"


@tool(effect=Effect.RECORD, undo=_remove_expense)
def add_expense(
    amount: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False), BeforeValidator(_money)],
    category: Annotated[str, Field(min_length=1, max_length=60, examples=list(KNOWN_CATEGORIES))],
    description: Annotated[str | None, Field(max_length=500)] = None,
    date: Annotated[str | None, Field(max_length=100, examples=["today", "yesterday", "2026-05-03"])] = None,
    *,
    ctx: ToolContext,
) -> ExpenseAdded:
    """Record money spent.

    Args:
        amount: How much, in the user's currency.
        category: What kind of expense.
        description: What it was for.
        date: The day it was spent; today when not given.
    """
    exact = Decimal(str(amount)).quantize(_CENT, ROUND_HALF_UP)
    if exact == 0:
        raise ToolRetry(f"{amount} is less than a cent.")
    now = ctx.now()
    today = now.date()
    day = today if date is None or not date.strip() else parse_day_of(date, now, "past")
    kept = category_of(category)
    if description is None and kept != plain(category):
        description = category.strip()  # "coffee" is kept as food, and still found as coffee
    expense = ctx.records.add_expense(exact, kept, description, day)
    when = "" if day == today else f", {day_words(day, today)}"
    return ExpenseAdded(f"Recorded {_what(expense)}{when}.", float(exact), expense.category, expense.id)


@tool
def expense_report(
    period: Annotated[
        str, Field(max_length=100, examples=["this month", "last week", "october", "last 30 days"])
    ],
    category: Annotated[str | None, Field(max_length=60, examples=list(KNOWN_CATEGORIES))] = None,
    *,
    ctx: ToolContext,
) -> ExpenseReport:
    """Add up what was spent in a period, in all or on one category.

    Args:
        period: The period.
        category: Only this category.
    """
    span = parse_period(period, ctx.now().date())
    rows = ctx.records.list_expenses(span.start, span.end)
    on = ""
    if category is not None and plain(category) not in _ALL_CATEGORIES:
        rows = _about(rows, plain(category))
        on = f" on {plain(category)}"
    total = sum((row.amount for row in rows), Decimal(0))
    if not rows:
        return ExpenseReport(f"Nothing spent{on} {span.phrase}.", 0.0, 0, span.phrase)
    text = f"Spent {total:.2f}{on} {span.phrase} ({counted(len(rows), 'expense')})."
    if not on and len({row.category for row in rows}) > 1:
        text = f"{text[:-1]}:\n{_breakdown(rows)}"
    return ExpenseReport(text, float(total), len(rows), span.phrase)


def _what(expense: ExpenseRow) -> str:
    described = f" ({expense.description})" if expense.description else ""
    return f"{expense.amount:.2f} on {expense.category}{described}"


def _about(rows: Sequence[ExpenseRow], wanted: str) -> list[ExpenseRow]:
    """Rows of a category, or whose description holds a word that is no category, such as "coffee"."""
    category = category_of(wanted)
    if wanted in KNOWN_CATEGORIES or any(row.category.lower() == wanted for row in rows):
        return [row for row in rows if row.category.lower() == wanted]
    described = [row for row in rows if wanted in (row.description or "").lower()]
    singular = f"{wanted}s" == category or wanted == f"{category}s"
    if described and not singular:
        return described
    return [row for row in rows if row.category.lower() == category]


def _breakdown(rows: Sequence[ExpenseRow]) -> str:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.category] += row.amount
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"- {category}: {amount:.2f}" for category, amount in ordered)
