"""Adding up expenses: by currency, by category, by month. Plain functions over rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ...context import ToolContext
from ...errors import ToolFailed
from ...records import Expense
from ...text.wording import listed
from .amounts import money_text

INCOME = "income"
"""The category of what was received; it is no spending, and reports show it apart."""


def own_currency(ctx: ToolContext) -> str | None:
    """The setting "currency", None when nothing is set; raises ToolFailed for what is no code."""
    code = ctx.settings.get("currency", "").strip().upper()
    if code and not (len(code) == 3 and code.isalpha()):
        raise ToolFailed(f"The setting `currency` is {code[:20]!r}; set it to a code such as EUR or USD.")
    return code or None


def spent(rows: Iterable[Expense]) -> list[Expense]:
    """Without what was received; refunds stay, as they lower what their category cost."""
    return [row for row in rows if row.category != INCOME]


def sums_by_currency(rows: Iterable[Expense], own: str | None) -> dict[str, Decimal]:
    """One sum for each currency, the user's own first; "" stands for it when it has no name."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.currency or own or ""] += row.amount
    return dict(sorted(sums.items(), key=lambda item: (item[0] != (own or ""), item[0])))


def sums_by_category(rows: Iterable[Expense], own: str | None) -> dict[str, dict[str, Decimal]]:
    """Sums by currency for each category, the largest of the user's own currency first."""
    groups: dict[str, list[Expense]] = defaultdict(list)
    for row in rows:
        groups[row.category].append(row)
    sums = {category: sums_by_currency(group, own) for category, group in groups.items()}
    return dict(sorted(sums.items(), key=lambda item: (-item[1].get(own or "", Decimal(0)), item[0])))


def joined_sums(sums: Mapping[str, Decimal]) -> str:
    """ "12.50 EUR and 3.00 USD"; an own currency without a name is a number alone."""
    said = [money_text(amount, code or None) for code, amount in sums.items()]
    return listed(said) or "0.00"


def breakdown(rows: Sequence[Expense], own: str | None) -> str:
    """One line for each category."""
    return "\n".join(
        f"- {category}: {joined_sums(sums)}" for category, sums in sums_by_category(rows, own).items()
    )
