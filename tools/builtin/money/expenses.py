"""Expenses: what was spent, on what, and how much that is over a period. Amounts in different currencies are
never added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...records import Expense
from ...spec import Effect
from ...text.wording import counted, gone, plain
from ...when.moments import day_words
from ...when.periods import parse_period
from ...when.times import parse_day_of
from ..choosing import take_back, the_one
from .amounts import Amount, Money, money_text, to_cents
from .budgets import warning_of
from .categories import KNOWN_CATEGORIES, category_of
from .sums import INCOME, breakdown, joined_sums, own_currency, spent, sums_by_currency

_SPENT = "((did|do) (i|we) (spend|blow|waste)|have (i|we) (spent|blown|wasted))"
_ALL_CATEGORIES = {"", "all", "any", "everything", "total", "all categories"}
Day = Annotated[str | None, Field(max_length=100, examples=["today", "yesterday", "2026-05-03"])]
Category = Annotated[str | None, Field(max_length=60, examples=list(KNOWN_CATEGORIES))]


@dataclass(frozen=True, slots=True)
class ExpenseAdded:
    """A stored expense."""

    text: str
    amount: float
    category: str
    id: str


@dataclass(frozen=True, slots=True)
class ExpenseReport:
    """What was spent in a period; `period` completes "spent …", such as "this month".

    `total` is in the user's own currency, or in the only one; `sums` has all of them, exact.
    """

    text: str
    total: float
    count: int
    period: str
    sums: dict[str, str]


@dataclass(frozen=True, slots=True)
class ListedExpense:
    """One expense, and who its words came from."""

    id: str
    date: str
    amount: str
    currency: str | None
    category: str
    description: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class ExpenseList:
    """Expenses in the order of their days."""

    text: str
    expenses: list[ListedExpense]
    count: int


@dataclass(frozen=True, slots=True)
class ExpenseChanged:
    """An expense that was changed or deleted; `changes` is what undo needs."""

    text: str
    id: str
    changes: list[str]


def _remove_expense(result: ExpenseAdded, *, ctx: ToolContext) -> str:
    expense = ctx.records.find("expense", result.id)
    if expense is None or not ctx.records.remove("expense", result.id):
        return gone("expense")
    return f"Removed the expense: {_what(expense)}"


def _undo_change(result: ExpenseChanged, *, ctx: ToolContext) -> str:
    take_back(result.changes, ctx, "expense")
    return f"As it was: {_what(ctx.records.find('expense', result.id))}"


def _kept_currency(code: str | None, ctx: ToolContext) -> str | None:
    """A currency as it is stored: none for the user's own."""
    said = (code or "").upper() or None
    return None if said == own_currency(ctx) else said


@tool(effect=Effect.RECORD, undo=_remove_expense)
def add_expense(
    amount: Amount,
    category: Annotated[str, Field(min_length=1, max_length=60, examples=list(KNOWN_CATEGORIES))],
    description: Annotated[str | None, Field(max_length=500)] = None,
    date: Day = None,
    currency: Annotated[str | None, Field(pattern=r"^[A-Za-z]{3}$", examples=["USD"])] = None,
    *,
    ctx: ToolContext,
) -> ExpenseAdded:
    """Record money spent.

    Args:
        amount: How much, in the user's currency.
        category: What kind of expense.
        description: What it was for.
        date: The day it was spent; today when not given.
        currency: Another currency than the user's own.
    """
    money: Money = amount
    exact = to_cents(money.amount)
    if exact == 0:
        raise ToolRetry(f"{money.amount} is less than a cent.")
    now = ctx.now()
    today = now.date()
    day = today if date is None or not date.strip() else parse_day_of(date, now, "past")
    kept = category_of(category)
    if description is None and kept != plain(category):
        description = category.strip()  # "coffee" is kept as food, and still found as coffee
    code = _kept_currency(currency or money.currency, ctx)
    fields = {"amount": exact, "category": kept, "description": description, "date": day, "currency": code}
    expense = ctx.records.add("expense", **fields)
    when = "" if day == today else f", {day_words(day, today)}"
    text = f"Recorded {_what(expense)}{when}."
    if warning := warning_of(ctx, expense.category, day):
        text = f"{text} {warning}"
    return ExpenseAdded(text, float(exact), expense.category, expense.id)


@tool(
    phrases=(
        f"(what|how much) [money] {_SPENT} {{period:when}}",
        f"(what|how much) [money] {_SPENT} (on|for) {{category}} {{period:when}}",
        "(what|how much) did {category:words} cost [me|us] {period:when}",
        "(what are|what were) my expenses {period:when}",
        "(what are|show me) my expenses on {category} {period:when}",
    ),
)
def expense_report(
    period: Annotated[
        str, Field(max_length=100, examples=["this month", "last week", "october", "last 30 days"])
    ],
    category: Category = None,
    *,
    ctx: ToolContext,
) -> ExpenseReport:
    """Add up what was spent in a period, in all or on one category.

    Args:
        period: The period.
        category: Only this category.
    """
    span, own = parse_period(period, ctx.now().date()), own_currency(ctx)
    rows = spent(ctx.records.list_expenses(span.start, span.end))
    on = ""
    if category is not None and plain(category) not in _ALL_CATEGORIES:
        rows = about(rows, plain(category))
        on = f" on {plain(category)}"
    if not rows:
        return ExpenseReport(f"Nothing spent{on} {span.phrase}.", 0.0, 0, span.phrase, {})
    sums = sums_by_currency(rows, own)
    text = f"Spent {joined_sums(sums)}{on} {span.phrase} ({counted(len(rows), 'expense')})."
    if not on and len({row.category for row in rows}) > 1:
        text = f"{text[:-1]}:\n{breakdown(rows, own)}"
    total = sums.get(own or "", next(iter(sums.values())) if len(sums) == 1 else Decimal(0))
    said = {code: money_text(amount) for code, amount in sums.items()}
    return ExpenseReport(text, float(total), len(rows), span.phrase, said)


@tool(
    phrases=(
        "(show|list|give|get) [me] [all] [of] [my|the] expenses [from] {period:when}",
        "(show|list|give|get) [me] [all] [of] [my|the] expenses {period=this month}",
        "what are my expenses {period=this month}",
    ),
)
def list_expenses(
    period: Annotated[str, Field(max_length=100, examples=["this month", "last week"])],
    category: Category = None,
    *,
    ctx: ToolContext,
) -> ExpenseList:
    """List the single expenses of a period, with their days and descriptions.

    Args:
        period: The period.
        category: Only this category, or words of the description.
    """
    span = parse_period(period, ctx.now().date())
    rows: Sequence[Expense] = ctx.records.list_expenses(span.start, span.end)
    if category is not None and plain(category) not in _ALL_CATEGORIES:
        rows = about(rows, plain(category))
    if not rows:
        return ExpenseList(f"No expenses {span.phrase}.", [], 0)
    lines = [f"{row.date.isoformat()}  {_what(row)}" for row in rows[-100:]]
    if len(rows) > len(lines):
        lines.insert(0, f"The last {len(lines)} of {len(rows)}:")
    listed = [
        ListedExpense(
            row.id, row.date.isoformat(), money_text(row.amount), row.currency, row.category, row.description,
            row.origin,
        )
        for row in rows
    ]  # fmt: skip
    return ExpenseList("\n".join(lines), listed, len(rows))


@tool(
    effect=Effect.RECORD,
    undo=_undo_change,
    phrases=(
        "(change|correct|set|update) [the|my] {expense:words} expense to {amount:amount}",
        "(change|correct|set|update) [the|my] expense (for|about) {expense:words} to {amount:amount}",
        "(move|put|change) [the|my] {expense:words} expense (to|in|into) [the] category {category}",
        "[the|that|my] {expense:words} (was|cost) (actually|really) [only] {amount:amount}",
        "[the|that|my] {expense:words} (was|cost) [actually|really] {amount:amount}[,] not {_:amount}",
    ),
)
def edit_expense(
    expense: Annotated[str, Field(min_length=1, max_length=200)],
    category: Category = None,
    amount: Amount | None = None,
    description: Annotated[str | None, Field(max_length=500)] = None,
    date: Day = None,
    *,
    ctx: ToolContext,
) -> ExpenseChanged:
    """Correct an expense: its category, amount, description or day.

    Args:
        expense: The expense's id, "last", or words of its description.
        category: The right category.
        amount: The right amount; with another currency than before, also that.
        description: The right description.
        date: The right day.
    """
    found = _the_expense(expense, ctx)
    fields: dict[str, object] = {}
    if category:
        fields["category"] = category_of(category)
    if amount is not None:
        fields["amount"] = to_cents(amount.amount)
        if amount.currency is not None:
            fields["currency"] = _kept_currency(amount.currency, ctx)
    if description is not None:
        fields["description"] = description.strip() or None
    if date:
        fields["date"] = parse_day_of(date, ctx.now(), "past")
    if not fields:
        raise ToolRetry("Nothing was said to change.", "Give a category, amount, description or date.")
    changed = ctx.records.change("expense", found.id, **fields)
    return ExpenseChanged(f"Changed to {_what(changed.row)}.", found.id, [changed.change])


@tool(
    effect=Effect.RECORD,
    undo=_undo_change,
    phrases=(
        "(delete|remove) [the|my] expense (for|about) {expense}",
        "(delete|remove) [the|my] {expense:words} expense",
        "(delete|remove) {expense:it} [expense] [again]",
        "(delete|remove) [the|my] {expense:words} from (my|the) expenses",
    ),
)
def delete_expense(
    expense: Annotated[str, Field(min_length=1, max_length=200)], *, ctx: ToolContext
) -> ExpenseChanged:
    """Delete an expense; undo brings it back for a month.

    Args:
        expense: The expense's id, "last", or words of its description.
    """
    found = _the_expense(expense, ctx)
    deleted = ctx.records.delete("expense", found.id)
    return ExpenseChanged(f"Deleted the expense: {_what(found)}.", found.id, [deleted.change])


def about(rows: Sequence[Expense], wanted: str) -> list[Expense]:
    """Rows of a category, or whose description holds a word that is no category, such as "coffee"."""
    category = category_of(wanted)
    if wanted in KNOWN_CATEGORIES or any(row.category.lower() == wanted for row in rows):
        return [row for row in rows if row.category.lower() == wanted]
    described = [row for row in rows if wanted in (row.description or "").lower()]
    singular = f"{wanted}s" == category or wanted == f"{category}s"
    if described and not singular:
        return described
    return [row for row in rows if row.category.lower() == category]


def _the_expense(wanted: str, ctx: ToolContext) -> Expense:
    rows: Sequence[Expense] = ctx.records.rows("expense")
    if plain(wanted) in ("last", "the last", "last one", "the last one") and rows:
        return rows[-1]
    return the_one(
        wanted,
        rows,
        lambda row: f"{row.description or row.category} {row.date}",
        "expense",
        "list_expenses",
        False,
    )


def _what(expense: Expense) -> str:
    says_more = expense.description and plain(expense.description) != expense.category
    described = f" ({expense.description})" if says_more else ""
    if expense.category == INCOME or expense.amount < 0:
        return f"{money_text(-expense.amount, expense.currency)} received{described}"
    return f"{money_text(expense.amount, expense.currency)} on {expense.category}{described}"
