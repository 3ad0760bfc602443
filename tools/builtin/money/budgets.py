"""Budgets: what may be spent on a category, or in all, in each month or in one, and how much is left."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolRetry
from ...records import Budget
from ...spec import Effect
from ...text.wording import gone, plain
from ...when.calendars import bounds, months_later
from ...when.periods import parse_period
from ..choosing import take_back
from .amounts import Amount, Money, money_text, to_cents
from .categories import CATEGORIES, KNOWN_CATEGORIES, category_of
from .charts import bar
from .sums import own_currency, spent

EVERYTHING = "everything"
_ALL = {"", "all", "everything", "total", "all categories", "in total", "overall"}
_WARNS_AT = Decimal("0.8")
_LONGEST = dt.timedelta(days=31)
_MONTHLY = "(per|a|each|every) month"
_OF = f"{{category:={CATEGORIES}}}"
_STATE = "[status|state|check|overview|report|summary|left|remaining]"
Month = Annotated[str | None, Field(max_length=100, examples=["this month", "december", "2026-05"])]
Category = Annotated[str | None, Field(max_length=60, examples=list(KNOWN_CATEGORIES))]


@dataclass(frozen=True, slots=True)
class BudgetSet:
    """A budget that holds now; `changes` and `added` are what undo needs."""

    text: str
    category: str
    amount: float
    id: str
    changes: list[str]


@dataclass(frozen=True, slots=True)
class BudgetState:
    """One budget and what was spent of it, in the user's own currency."""

    category: str
    amount: str
    spent: str
    left: str
    over: bool


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """All budgets of a month."""

    text: str
    budgets: list[BudgetState]
    count: int


def _undo(result: BudgetSet, *, ctx: ToolContext) -> str:
    if result.changes:
        take_back(result.changes, ctx, "budget")
        budget = ctx.records.find("budget", result.id)
        return f"The budget for {budget.category} is again {money_text(budget.amount)}."
    if not ctx.records.remove("budget", result.id):
        return gone("budget")
    return f"Removed the budget for {result.category}."


@tool(
    effect=Effect.RECORD,
    undo=_undo,
    phrases=(
        "(set|make) [a|my|the] [monthly] budget of {amount:amount} (for|on) {category}",
        f"(set|make) [a|my|the] budget of {{amount:amount}} (for|on) {{category}} {_MONTHLY}",
        f"(set|make) [a|my|the] budget of {{amount:amount}} {_MONTHLY} (for|on) {{category}}",
        "(set|change|make) [a|my|the] [monthly] budget for {category} (to|at|of) {amount:amount}",
        f"(cap|limit) [my] [spending on] {{category}} (at|to) {{amount:amount}} {_MONTHLY}",
        f"spend (at most|up to|no more than) {{amount:amount}} (on|for) {{category}} {_MONTHLY}",
        f"(set|change|make) [a|my|the] budget for {{category}} (to|at|of) {{amount:amount}} {_MONTHLY}",
        "(set|make) [a|my|the] budget of {amount:amount} (for|on) {category} (in|for) {month:when}",
        "(set|make) [a|my|the] [monthly] budget for {category} (in|for) {month:when} (to|at|of) "
        "{amount:amount}",
        f"(set|make|change|raise|lower|increase|reduce|cut|put|add|create) [a|my|the] [monthly] {_OF} budget "
        "[to|at|of] {amount:amount}",
        "(add|create) [a|the] [monthly] budget of {amount:amount} (for|on) {category}",
        f"[a|my|the] [new|monthly] budget [for|on] {_OF}[:] {{amount:price}} [{_MONTHLY}]",
        f"(cap|limit) [my] {_OF} [spending] (at|to) {{amount:amount}}",
        "(set|raise|lower|increase|reduce|cut) [my|the] [monthly] budget for {category} to {amount:amount}",
        f"[a|my|the|new|monthly] {_OF} budget[:] [of|is|=] {{amount:price}}",
        "[a|my|the] [new|monthly] budget[:] [of] {amount:amount} (for|on) {category}",
        "(set|make) [a|my|the] [total|overall|monthly] budget (to|at|of) {amount:amount} "
        "{category=everything}",
        f"(set|make) [a|my|the] budget (to|at|of) {{amount:amount}} {_MONTHLY} {{category=everything}}",
        "(a|my|the|new|total|overall|monthly) [monthly] budget (of|is) {amount:amount} {category=everything}",
        "(new|change [the|my]) [monthly] budget {category?} {amount?}",
        "(my|new|total|overall|monthly) [monthly] budget: {amount:amount} {category=everything}",
    ),
)
def set_budget(
    amount: Amount,
    category: Annotated[str, Field(min_length=1, max_length=60, examples=list(KNOWN_CATEGORIES))],
    month: Month = None,
    *,
    ctx: ToolContext,
) -> BudgetSet:
    """Set how much may be spent on a category per month; add_expense then warns.

    Args:
        amount: How much, in the user's currency.
        category: The category, or "everything".
        month: Only this month; every month when not given.
    """
    money: Money = amount
    if money.currency not in (None, own_currency(ctx)):
        raise ToolRetry(f"Budgets are kept in one currency, and {money.currency} is not set as yours.",
                        "Set `currency` in the settings, or give the amount without one.")  # fmt: skip
    kept, only = _category(category), _month(month, ctx)
    when = f" in {only}" if only else " a month"
    present = ctx.records.rows("budget", category=kept, month=only)
    if present:
        changed = ctx.records.change("budget", present[0].id, amount=to_cents(money.amount))
        text = f"The budget for {kept} is now {money_text(changed.row.amount, own_currency(ctx))}{when}."
        return BudgetSet(text, kept, float(money.amount), changed.row.id, [changed.change])
    budget = ctx.records.add(
        "budget", category=kept, month=only, amount=to_cents(money.amount), currency=own_currency(ctx)
    )
    text = f"The budget for {kept} is {money_text(budget.amount, own_currency(ctx))}{when}."
    return BudgetSet(text, kept, float(money.amount), budget.id, [])


@tool(
    effect=Effect.RECORD,
    undo=_undo,
    phrases=(
        "(remove|delete|drop|cancel) [a|my|the] [monthly] budget (for|on) {category}",
        f"(remove|delete|drop|cancel) [a|my|the] [monthly] {_OF} budget",
    ),
)
def remove_budget(
    category: Annotated[str, Field(min_length=1, max_length=60)], month: Month = None, *, ctx: ToolContext
) -> BudgetSet:
    """Remove the budget of a category.

    Args:
        category: The category, or "everything".
        month: Only that of this month; the one for every month when not given.
    """
    kept, only = _category(category), _month(month, ctx)
    present = ctx.records.rows("budget", category=kept, month=only)
    if not present:
        there = ", ".join(one.category for one in ctx.records.rows("budget")) or "none"
        raise ToolRetry(f"There is no budget for {kept}.", f"Budgets: {there}.")
    deleted = ctx.records.delete("budget", present[0].id)
    amount = float(present[0].amount)
    return BudgetSet(f"Removed the budget for {kept}.", kept, amount, present[0].id, [deleted.change])


@tool(
    phrases=(
        f"[show [me]|check|list] [all] [my|our|the|any] [monthly] (budget|budgets) {_STATE}",
        f"[show [me]|check|list] [all] [my|our|the] (budget|budgets) {_STATE} [in|for|of] {{month:when}}",
        f"[show [me]|check|list] [my|our|the] {{month:when}} (budget|budgets) {_STATE}",
        "[show [me]|check|list] [my|our|the] (budget|budgets) [in|for|of] {month:year}",
        f"[show [me]|check|list] {{month:when}}'s (budget|budgets) {_STATE}",
        f"[show [me]|check|list] [my|our|the] {_OF} budget {_STATE}",
        f"[show [me]|check|list] [my|our|the] {_OF} budget {_STATE} [in|for|of] {{month:when}}",
        "[show [me]|check|what is] [my|our|the] budget (for|on) {category:name}",
        "[show [me]|check|what is] [my|our|the] budget (for|on) {category:name} (in|for) {month:when}",
        "(what is|what are|do i have) [my|our|the|a|any] (budget|budgets) [set]",
        f"(what is|do i have) [my|our|the|a] {_OF} budget [set]",
        "(do i have|is there) a budget for {category}",
        "(remaining|left) [of] [my|our|the] (budget|budgets)",
        f"(remaining|left) [of] [my|our|the] {_OF} budget",
        "how is (my|our|the) (budget|budgets) [doing|looking]",
        "how is (my|our|the) {category} budget [doing|looking]",
        "how much [money] is left (of|in|from|for) (my|our|the) (budget|budgets)",
        "how much [money] is left (of|in|from|for) (my|our|the) {category} budget",
        "how much of (my|our|the) budget is left",
        "how much of (my|our|the) {category} budget is left",
        f"how much [money] is left for {_OF}",
        f"how much [money] is left for {_OF} {{month:when}}",
        f"how much {_OF} budget (is left|do i have [left]|have i [got] left)",
        "how much budget (is left|do i have [left]|have i [got] left)",
        "how much budget (is left|do i have [left]|have i [got] left) for {category}",
        "what is left (of|in|from) (my|our|the) (budget|budgets)",
        "what is left (of|in|from) (my|our|the) {category} budget",
        "how much (can|may) i [still] spend [this month]",
        "how much (can|may) i [still] spend on {category} [this month]",
        "how am i doing (on|with) (my|our|the) (budget|budgets)",
        "how am i doing (on|with) (my|our|the) {category} budget",
        "[am i] (in|within|over|under) [my|our|the] (budget|budgets)",
        "[am i] (in|within|over|under) [my|our|the] (budget|budgets) {month:when}",
        f"[am i] (in|within|over|under) [my|our|the] {_OF} budget",
    ),
)
def budget_report(month: Month = None, category: Category = None, *, ctx: ToolContext) -> BudgetReport:
    """Show how much of each budget was spent in a month, and what is left.

    Args:
        month: The month; this month when not given.
        category: Only the budget of this category.
    """
    span = parse_period(_month(month, ctx, ahead=2) or "this month", ctx.now().date())
    states = states_of(ctx, span.start)
    if not states:
        return BudgetReport("No budgets are set. Set one with: set a budget of 300 for groceries.", [], 0)
    if category is not None and (kept := _category(category)) != EVERYTHING:
        set_for = [one.category for one in states]
        states = [one for one in states if one.category == kept]
        if not states:
            return BudgetReport(f"There is no budget for {kept}. Budgets: {', '.join(set_for)}.", [], 0)
    width = max(len(one.category) for one in states)
    own = own_currency(ctx)
    lines = []
    for one in states:
        share = Decimal(one.spent) / Decimal(one.amount)
        left = f"{one.left} left" if not one.over else f"{one.left.lstrip('-')} over"
        lines.append(f"{one.category:<{width}}  {bar(share, 20)}  {one.spent} of {one.amount}, {left}")
    head = f"Budgets {span.phrase}{f', in {own}' if own else ''}:"
    return BudgetReport("\n".join([head, *lines]), states, len(states))


def states_of(ctx: ToolContext, day: dt.date) -> list[BudgetState]:
    """Every budget that holds in the month of a day, and what was spent of it in that month."""
    found = budgets_of(ctx, day)
    first, last = bounds(day, "month")
    own = own_currency(ctx)
    rows = [row for row in spent(ctx.records.list_expenses(first, last)) if row.currency in (None, own)]
    states = []
    for category, budget in found.items():
        total = sum((row.amount for row in rows if category in (row.category, EVERYTHING)), Decimal(0))
        left = budget.amount - total
        said = (money_text(budget.amount), money_text(total), money_text(left))
        states.append(BudgetState(category, *said, over=left < 0))
    return states


def budgets_of(ctx: ToolContext, day: dt.date) -> dict[str, Budget]:
    """The budget of each category in the month of a day: its own, else the one for every month."""
    month, found = f"{day:%Y-%m}", {}
    for budget in sorted(ctx.records.rows("budget"), key=lambda one: one.month or ""):
        if budget.month in (None, month):
            found[budget.category] = budget
    return dict(sorted(found.items(), key=lambda item: (item[0] == EVERYTHING, item[0])))


def warning_of(ctx: ToolContext, category: str, day: dt.date) -> str:
    """What is to be said of the budgets that an expense counts towards; empty while most is left."""
    said = []
    for one in states_of(ctx, day):
        if one.category not in (category, EVERYTHING):
            continue
        if one.over:
            over = one.left.lstrip("-")
            said.append(f"That is {over} over the budget of {one.amount} for {one.category} this month.")
        elif Decimal(one.spent) >= _WARNS_AT * Decimal(one.amount):
            said.append(f"Of the budget of {one.amount} for {one.category} this month, {one.left} are left.")
    if said and f"{day:%Y-%m}" != f"{ctx.now():%Y-%m}":
        said = [one.replace("this month", f"in {day:%B %Y}") for one in said]
    return " ".join(said)


def _category(category: str) -> str:
    return EVERYTHING if plain(category) in _ALL else category_of(category)


def _month(month: str | None, ctx: ToolContext, ahead: int = 6) -> str | None:
    """The month that is meant, as it is kept: one without a year may lie some months ahead."""
    if month is None or plain(month) in ("", "every month", "monthly", "each month", "always"):
        return None
    today = ctx.now().date()
    period = parse_period(month, today)
    if period.end - period.start > _LONGEST:
        raise ToolRetry(f"{month!r} is longer than a month, and budgets are by month.", "Name one month.")
    day = period.start
    soon = months_later(day, 12)  # periods lean to the past, budgets to what is to come
    says_which = any(char.isdigit() for char in month) or plain(month).startswith(("last ", "previous "))
    if not says_which and soon <= months_later(today, ahead):
        day = soon
    return f"{day:%Y-%m}"
