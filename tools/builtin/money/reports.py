"""A month, or another period, in figures: what was spent, on what, against the months before and the budgets,
with a chart.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ...context import ToolContext
from ...decorator import tool
from ...errors import ToolFailed
from ...files.new_files import was_written, write_new
from ...records import Expense
from ...spec import Effect
from ...text.wording import counted
from ...when.calendars import bounds, months_later
from ...when.periods import parse_period
from ..exchanged_files import export_path
from .amounts import money_text
from .budgets import states_of
from .charts import bars, svg
from .sums import INCOME, joined_sums, own_currency, spent, sums_by_category, sums_by_currency

_MONTHS = 6
_MONTHS_OF_YEAR = 12
_LARGEST = 3
_SHOW = "(show|give|make|create|draw|get) [me]"
_SPENDING = "(spending|spendings|expense|expenses)"
_OF_SPENDING = (
    f"([monthly] {_SPENDING} (report|summary|overview|breakdown|[pie|bar] chart|graph|statistics|stats)|"
    f"{_SPENDING} (by|per) category)"
)
_REPORT = (
    f"[{_SHOW}] [my|our|the|a|an] ({_OF_SPENDING}|monthly [{_SPENDING}] (report|summary|overview)|"
    "(report|summary|overview|breakdown|[pie|bar] chart|graph) (on|of) [my|our|the] "
    f"{_SPENDING} [by category])"
)
_MONTH_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_OF_MONTH = f"{{month:=this month|last month|{_MONTH_NAMES}}}"
_SPENT_MOST = "[my|our|the] (biggest|largest|highest|top) (expense|expenses|spending)"
Month = Annotated[str, Field(max_length=100, examples=["this month", "march", "2026-05"])]


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """A month's spending in the user's own currency; `by_category` is exact, the largest first.

    Of another period, `month` has its first and last day: "2026-01-01/2026-12-31".
    """

    text: str
    month: str
    spent: str
    received: str
    by_category: dict[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class _Span:
    """What a report is about; `when` completes "spent 5 …", `kept` is as results have it."""

    first: date
    last: date
    name: str
    when: str
    kept: str
    is_month: bool


@dataclass(frozen=True, slots=True)
class ChartSaved:
    """A chart that was written as an SVG file."""

    text: str
    path: str


@tool(
    phrases=(
        f"{_REPORT} [for|of|in] {{month:when}}",
        f"{_REPORT} [for|of|in] {{month:year}}",
        _REPORT,
        f"[{_SHOW}] [my|our|the|a] {{month:when}}'s {_OF_SPENDING}",
        f"[{_SHOW}] [my|our|the|a] {{month:when}} {_OF_SPENDING}",
        f"[{_SHOW}] [my|our|the|a] report [for|of] {_OF_MONTH}",
        f"[{_SHOW}] [my|our|the|a] {_OF_MONTH}['s] report",
        "(show|give) [me] (my|the|a) report (for|of) {month:when}",
        f"[{_SHOW}] {_SPENT_MOST} [of|in|from] {{month:when}}",
        f"[{_SHOW}] {_SPENT_MOST} [of|in|from] {{month:year}}",
        f"[{_SHOW}] {_SPENT_MOST}",
        f"weekly {_OF_SPENDING} {{month=this week}}",
        f"(yearly|annual) {_OF_SPENDING} {{month=this year}}",
        f"[my|our|the] {_SPENDING} (by|per) month {{month=this year}}",
        f"(chart|graph|plot) [my|our|the] {_SPENDING}",
        f"(chart|graph|plot) [my|our|the] {_SPENDING} [for|of|in] {{month:when}}",
        "where (does|did) [all] (my|our|the) money go {month:when}",
        "where (does|did) [all] (my|our|the) money go",
        "what (do|did) (i|we) spend [the] most [money] on {month:when}",
        "what (do|did) (i|we) spend [the] most [money] on",
    ),
)
def monthly_report(month: Month = "this month", *, ctx: ToolContext) -> MonthlyReport:
    """Report on the spending of a month with a chart: by category, against the month before and the budgets.

    Args:
        month: The month, or another period such as a year.
    """
    span = _span(month, ctx)
    own = own_currency(ctx)
    rows = list(ctx.records.list_expenses(span.first, span.last))
    out = spent(rows)
    total = sums_by_currency(out, own)
    income = sums_by_currency([row for row in rows if row.category == INCOME], own)
    if not rows:
        return MonthlyReport(f"Nothing was spent {span.when}.", span.kept, "0.00", "0.00", {}, 0)
    code = own or ""
    by_category = {
        category: sums.get(code, Decimal(0)) for category, sums in sums_by_category(out, own).items()
    }
    lines = [f"{span.name}: {joined_sums(total)} spent ({counted(len(out), 'expense')})"]
    if income:
        lines[0] += f", {joined_sums({key: -amount for key, amount in income.items()})} received"
    lines.append("")
    lines += bars([(one, amount, money_text(amount)) for one, amount in by_category.items() if amount])
    lines += _foreign(out, own)
    lines += _trend(ctx, span, own)
    lines += _over_budget(ctx, span.first) if span.is_month else []
    lines += _largest(out)
    return MonthlyReport(
        "\n".join(lines).strip(),
        span.kept,
        money_text(total.get(code, Decimal(0))),
        money_text(-income.get(code, Decimal(0))),
        {category: money_text(amount) for category, amount in by_category.items()},
        len(out),
    )


ChartPath = Annotated[str, Field(min_length=1, max_length=1000, examples=["spending.svg"])]


def _was_saved(path: ChartPath, month: Month = "this month", *, ctx: ToolContext) -> bool | None:
    return was_written(export_path(path, ".svg", ctx), _chart(month, ctx))


@tool(
    effect=Effect.WRITE,
    sinks=("path",),
    check=_was_saved,
    phrases=(
        "[(save|make|create|draw|write|export)] [a|the|my] [spending|expense] (chart|graph) "
        "[of [my|our|the] (spending|expenses)] [[(for|of|in)] {month:when}] (to|as|in|into) {path:*.svg}",
        "(save|export) [a|the|my] spending chart {path?}",
    ),
)
def save_spending_chart(
    path: ChartPath,
    month: Month = "this month",
    *,
    ctx: ToolContext,
) -> ChartSaved:
    """Write the chart of a month's spending by category to an SVG file.

    Args:
        path: The file to write, which must not exist.
        month: The month.
    """
    shown = write_new(export_path(path, ".svg", ctx), _chart(month, ctx), ctx)
    return ChartSaved(f"The chart is in {shown}.", shown)


def _chart(month: str, ctx: ToolContext) -> bytes:
    span, own = _span(month, ctx), own_currency(ctx)
    sums = sums_by_category(spent(ctx.records.list_expenses(span.first, span.last)), own)
    rows = [(name, one.get(own or "", Decimal(0)), joined_sums(one)) for name, one in sums.items()]
    if not rows:
        raise ToolFailed(
            f"Nothing was spent {span.when}, so there is no chart to draw. Name a month with expenses."
        )
    return svg(f"Spent {span.when}{f', in {own}' if own else ''}", rows).encode()


def _span(said: str, ctx: ToolContext) -> _Span:
    """The period that is named; for a day the month that it is in."""
    period = parse_period(said, ctx.now().date())
    first, last = bounds(period.start, "month")
    if period.start in (first, period.end) and period.end in (period.start, last):
        return _Span(first, last, f"{first:%B %Y}", f"in {first:%B %Y}", f"{first:%Y-%m}", True)
    name = period.phrase[0].upper() + period.phrase[1:]
    return _Span(period.start, period.end, name, period.phrase, f"{period.start}/{period.end}", False)


def _foreign(rows: list[Expense], own: str | None) -> list[str]:
    """What was spent in other currencies, which the bars cannot show to one scale."""
    others = sums_by_currency([row for row in rows if row.currency not in (None, own)], own)
    if not others:
        return []
    said = f"In other currencies: {joined_sums(others)}."
    if own is None:  # amounts without a sign may well be in one of them
        most = max(others, key=lambda code: others[code])
        said += f' To make {most} yours and add all of it up, set currency = "{most}" in config.toml.'
    return [said]


def _trend(ctx: ToolContext, span: _Span, own: str | None) -> list[str]:
    """The months up to this one, as bars, as far back as there are expenses; those of a longer period."""
    until = min(span.last, max(ctx.now().date(), span.first)) if not span.is_month else span.first
    months = [months_later(bounds(until, "month")[0], -back) for back in range(_MONTHS_OF_YEAR - 1, -1, -1)]
    months = months[-_MONTHS:] if span.is_month else [one for one in months if one >= span.first]
    values = []
    for month in months:
        rows = spent(ctx.records.list_expenses(*bounds(month, "month")))
        values.append(sums_by_currency(rows, own).get(own or "", Decimal(0)))
    while len(values) > 1 and not values[0]:
        months, values = months[1:], values[1:]
    if len(values) < 2:
        return []
    drawn = [
        (f"{month:%b %Y}", value, money_text(value)) for month, value in zip(months, values, strict=True)
    ]
    before = values[-2]
    told = ""
    if span.is_month and before > 0 and values[-1] != before:
        which = "more" if values[-1] > before else "less"
        told = f", {abs((values[-1] - before) / before):.0%} {which} than the month before"
    return ["", f"Month by month{told}:", *bars(drawn)]


def _over_budget(ctx: ToolContext, day: date) -> list[str]:
    over = [state for state in states_of(ctx, day) if state.over]
    said = [f"{one.category} by {one.left.lstrip('-')}" for one in over]
    return ["", f"Over budget: {', '.join(said)}."] if said else []


def _largest(rows: list[Expense]) -> list[str]:
    top = sorted(rows, key=lambda row: -row.amount)[:_LARGEST]
    if len(rows) <= _LARGEST:
        return []
    said = [
        f"{money_text(row.amount, row.currency)} {row.description or row.category} ({row.date})"
        for row in top
    ]
    return ["", f"Largest: {'; '.join(said)}."]
