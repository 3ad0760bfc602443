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
from .categories import CATEGORIES, KNOWN_CATEGORIES, PURCHASES, category_of, one_of
from .sums import INCOME, breakdown, joined_sums, own_currency, spent, sums_by_currency

_SPENT = "((did|do) (i|we) (spend|blow|waste)|have (i|we) (spent|blown|wasted))"
_BOUGHT = f"{{category:={PURCHASES}}}"
_THIS = f"[[(new|add)] expense[:]] [my|the] {_BOUGHT} [was|cost [me]|for] {{amount:price}}"
_FOR_THIS = f"[[(new|add)] expense[:]|add|log|record] {{amount:amount}} (for|on) [a|the|my] {_BOUGHT}"
_OF = f"{{category:={CATEGORIES}}}"
_MY = "[my|our|the|any]"
_ALL_MY = "[all] [of] [my|our|the|any]"
_SHOW = "(show|list|give|get) [me]"
_MONTH = "{period=this month}"
_HEAD = (
    "[show [me]|what is] [my|our|the] [monthly] (spending|spendings|total spending|total expenses|"
    "(total|amount) spent|(total|sum) of [all] [my|our|the] (expenses|spending)) [for|of]"
)
_SUM_ON = "([show [me]|what is] [my|our|the] [total] spending|[how much] [money] [was] spent) on"
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


@tool(
    effect=Effect.RECORD,
    undo=_remove_expense,
    phrases=(
        _THIS,
        f"{_THIS} {{date:=yesterday}}",
        f"{_FOR_THIS} [to my expenses]",
        f"{_FOR_THIS} {{date:=yesterday}}",
    ),
)
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
        f"(what|how much) [money] {_SPENT} {{period:when}} (on|for) {{category}}",
        f"(what|how much) [money] {_SPENT} in total {{period=all time}}",
        f"(what|how much) [money] {_SPENT} so far {{period=so far}}",
        f"(what|how much) [money] {_SPENT} at {{category:name}} {{period:when}}",
        f"(what|how much) [money] {_SPENT} at {{category:name}} {_MONTH}",
        f"how much (was|were) [the|my] {_OF} {{period:when}}",
        f"how much (was|were) [the|my] {_OF} {_MONTH}",
        f"(what|how much) [money] {_SPENT} {_MONTH}",
        f"(what|how much) [money] {_SPENT} (on|for) {{category}} {_MONTH}",
        f"(what|how much) [money] {_SPENT} (on|for) {{category}} so far {_MONTH}",
        f"[how much on] {_OF} {{period:year}}",
        "how much on {category:name} {period:when}",
        f"how much on {_OF} {_MONTH}",
        "(what|how much) did {category:words} cost [me|us] {period:when}",
        "(what are|what were) my expenses {period:when}",
        "what are my expenses on {category} {period:when}",
        f"{_HEAD} {{period:when}}",
        f"{_HEAD} {{period:year}}",
        f"{_HEAD} {_MONTH}",
        "{period:when}'s [total] (spending|spendings)",
        "{period:when} [total] (spending|spendings)",
        "(what [i|we]|how much [i|we]|how much was|[all] [the] money) spent {period:when}",
        "[i|we] spent [so far] {period:=today|yesterday|this week|this month|this year|last week|last month}",
        f"{_SUM_ON} {{category}} {{period:when}}",
        f"{_SUM_ON} {{category}} {_MONTH}",
        f"[show [me]|what is] [my|our|the] [total] {_OF} (spending|costs) {{period:when}}",
        f"[show [me]|what is] [my|our|the] [total] {_OF} (spending|costs) {_MONTH}",
        f"[my|the] total [expenses] (for|on) {_OF} {{period:when}}",
        f"[my|the] total [expenses] (for|on) {_OF} {_MONTH}",
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
        f"[{_SHOW}] {_ALL_MY} (expenses|list of {_ALL_MY} expenses|expense list) [from|for|of] "
        "{period:when}",
        f"[{_SHOW}] {_ALL_MY} expenses [from|for|of|in] {{period:year}}",
        f"[{_SHOW}] {_ALL_MY} {_OF} expenses [from|for|of|in] {{period:year}}",
        f"[{_SHOW}] {_MY} ([monthly] expenses|list of {_MY} expenses|expense list) {_MONTH}",
        f"what are [my|our|the] expenses {_MONTH}",
        f"[{_SHOW}] all [of] [my|our|the] expenses {{period=all time}}",
        f"[{_SHOW}] [my|our|the|any] (recent|latest|last|newest) expenses {{period=last 30 days}}",
        f"[{_SHOW}] [all] {{period:when}}'s expenses",
        f"[{_SHOW}] [all] [my|our|the] {{period:when}} expenses",
        f"[{_SHOW}] {_ALL_MY} {_OF} expenses [from|for|of] {{period:when}}",
        f"[{_SHOW}] {_MY} {_OF} expenses {_MONTH}",
        f"[{_SHOW}] {_MY} expenses (for|on) {{category}} {{period:when}}",
        f"[{_SHOW}] {_MY} expenses (for|on) {{category}} {_MONTH}",
        f"[{_SHOW}] {_MY} expenses (at|from|with) {{category:name}} {{period:when}}",
        f"[{_SHOW}] {_MY} expenses (at|from|with) {{category:name}} {_MONTH}",
        f"[{_SHOW}] [my|the] (last|latest) expense {{period=last 30 days}}",
        "what did (i|we) (buy|pay for) {period:when}",
        f"[{_SHOW}] [my|our|the|any] income [from|for|of] {{period:when}} {{category=income}}",
        f"[{_SHOW}] [my|our|the|any] income {_MONTH} {{category=income}}",
        "(what|how much) did (i|we) (earn|make) {period:when} {category=income}",
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
        f"(move|put|file) [the|my] {{expense:words}} expense (to|in|into|under) {_OF}",
        "(change|correct|set) the category of [the|my] {expense:words} expense to {category}",
        "[the|my] {expense:words} expense was [on] {date:when}",
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
        "(delete|remove|undo) [the|my] {expense:words} expense",
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
    described = [row for row in rows if one_of(wanted) in (row.description or "").lower()]
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
