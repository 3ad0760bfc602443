"""Expenses in several currencies, budgets that warn, and the report of a month."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import InvalidArguments, ToolContext, ToolFailed, ToolRetry
from homewit.tools.builtin.money.amounts import Money, decimal_mark, money_text, parse_money
from homewit.tools.builtin.money.charts import svg
from homewit.tools.testing import fake_context

from ...conftest import TOOLS, Call


async def undo(name: str, result: Any, ctx: ToolContext) -> str:
    return await TOOLS[name].take_back(result.data, ctx)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12.50", "12.50", None), ("12,50 €", "12.50", "EUR"), ("$1,234.56", "1234.56", "USD"),
        ("1.234,56", "1234.56", None), ("1'200 CHF", "1200", "CHF"), ("(15.00)", "-15.00", None),
        ("-3,99", "-3.99", None), ("3.99-", "-3.99", None), ("1 234,50 zł", "1234.50", "PLN"),
        ("−7", "-7", None), ("EUR 5", "5", "EUR"), ("1.234.567", "1234567", None), ("20 quid", "20", "GBP"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_and_banks_write_them(text: str, amount: str, currency: str | None):
    """Exact, with their currency; marks mean what they must."""
    assert parse_money(text) == Money(Decimal(amount), currency)


@pytest.mark.parametrize("text", ["", "much", "12 of 30", "=1+1", "5 apples", "12.50 €€€€ x", "1" * 70])
def test_what_is_no_amount(text: str):
    """Formulas, words and two numbers are refused."""
    with pytest.raises(ValueError, match="not an amount"):
        parse_money(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_what_is_written_is_read_again(amount: Decimal):
    """Writing an amount and reading it gives the same to the cent."""
    assert parse_money(money_text(amount, "EUR")) == Money(amount, "EUR")


def test_a_file_tells_which_mark_divides_the_cents():
    """One amount that can be read in one way decides for the others."""
    assert decimal_mark(["1.234", "12,50"]) == ","
    assert decimal_mark(["1,234", "12.50"]) == "."
    assert decimal_mark(["1.234.567"]) == ","
    assert decimal_mark(["1234", "5"]) is None


async def test_currencies_are_never_added(folder):
    """Each has its own sum; the user's own has no code in the records."""
    ctx = fake_context(folder, settings={"currency": "eur"})

    async def call(name: str, **arguments: Any) -> Any:
        return await TOOLS[name].call(arguments, ctx)

    await call("add_expense", amount="10 €", category="food")
    await call("add_expense", amount="$4.50", category="food")
    added = await call("add_expense", amount=3, category="food", currency="usd")
    assert added.text == "Recorded 3.00 USD on food."
    report = await call("expense_report", period="today")
    assert report.text == "Spent 10.00 EUR and 7.50 USD today (3 expenses)."
    assert (report.data["total"], report.data["sums"]) == (10.0, {"EUR": "10.00", "USD": "7.50"})
    bad = fake_context(folder, settings={"currency": "euros"})
    with pytest.raises(ToolFailed, match="setting `currency` is 'EUROS'"):
        await TOOLS["expense_report"].call({"period": "today"}, bad)


async def test_a_budget_warns_when_it_runs_out(call: Call, ctx: ToolContext):
    """From four fifths on, and when it is passed; other categories are not touched by it."""
    assert (await call("set_budget", amount=100, category="groceries")).text == (
        "The budget for groceries is 100.00 a month."
    )
    assert (await call("add_expense", amount=50, category="groceries")).text == "Recorded 50.00 on groceries."
    near = await call("add_expense", amount=35, category="groceries")
    assert near.text.endswith("Of the budget of 100.00 for groceries this month, 15.00 are left.")
    over = await call("add_expense", amount=20, category="supermarket")
    assert over.text.endswith("That is 5.00 over the budget of 100.00 for groceries this month.")
    assert "budget" not in (await call("add_expense", amount=500, category="travel")).text
    assert (await call("budget_report")).text == (
        "Budgets this month:\ngroceries  ███████████████████▶  105.00 of 100.00, 5.00 over"
    )
    december = await call("set_budget", amount=400, category="groceries", month="december")
    assert december.text == "The budget for groceries is 400.00 in 2026-12."
    changed = await call("set_budget", amount=150, category="groceries")
    assert await undo("set_budget", changed, ctx) == "The budget for groceries is again 100.00."
    gone = await call("remove_budget", category="groceries")
    assert (await call("budget_report")).data["count"] == 0
    await undo("remove_budget", gone, ctx)
    with pytest.raises(ToolRetry, match=r"no budget for travel\. Budgets: groceries, groceries"):
        await call("remove_budget", category="travel")
    with pytest.raises(InvalidArguments, match="greater than 0"):
        await call("set_budget", amount=0, category="food")


async def test_expenses_are_corrected_and_deleted(call: Call, ctx: ToolContext):
    """By id, as the last one, or by words; undo restores them."""
    await call("add_expense", amount=12, category="food", description="pizza")
    await call("add_expense", amount=30, category="other", description="new lamp")
    changed = await call("edit_expense", expense="last", category="housing", amount=33)
    assert changed.text == "Changed to 33.00 on housing (new lamp)."
    assert await undo("edit_expense", changed, ctx) == "As it was: 30.00 on other (new lamp)"
    deleted = await call("delete_expense", expense="pizza")
    assert (await call("list_expenses", period="today")).text == "2026-11-20  30.00 on other (new lamp)"
    await undo("delete_expense", deleted, ctx)
    assert (await call("list_expenses", period="today", category="pizza")).data["count"] == 1
    with pytest.raises(ToolRetry, match="Nothing was said to change"):
        await call("edit_expense", expense="pizza")


async def test_the_report_of_a_month(call: Call):
    """Bars to one scale, the months before it, the budgets that were passed, and the largest."""
    for amount, category, day in (
        (800, "housing", "2026-10-01"),
        (200, "food", "2026-10-09"),
        (900, "housing", "2026-11-01"),
        (225, "food", "2026-11-09"),
        (125, "food", "2026-11-11"),
        (10, "gifts", "2026-11-12"),
    ):
        await call("add_expense", amount=amount, category=category, date=day)
    await call("set_budget", amount=300, category="food")
    report = await call("monthly_report")
    assert report.text == (
        "November 2026: 1260.00 spent (4 expenses)\n\n"
        "housing  ████████████████████████  900.00\n"
        "food     █████████▍··············  350.00\n"
        "gifts    ▎·······················  10.00\n\n"
        "Month by month, 26% more than the month before:\n"
        "Oct 2026  ███████████████████·····  1000.00\n"
        "Nov 2026  ████████████████████████  1260.00\n\n"
        "Over budget: food by 50.00.\n\n"
        "Largest: 900.00 housing (2026-11-01); 225.00 food (2026-11-09); 125.00 food (2026-11-11)."
    )
    assert report.data["by_category"] == {"housing": "900.00", "food": "350.00", "gifts": "10.00"}
    assert (await call("monthly_report", month="march")).text == "Nothing was spent in March 2026."


async def test_the_report_of_another_period(call: Call, folder: Path):
    """All that is in it, and its months up to today. A day is its month, as before."""
    for amount, category, day in (
        (100, "food", "2025-12-31"),
        (80, "food", "2026-01-05"),
        (40, "gifts", "2026-03-01"),
        (20, "food", "2026-11-19"),
    ):
        await call("add_expense", amount=amount, category=category, date=day)
    year = await call("monthly_report", month="this year")
    assert year.text.startswith("This year: 140.00 spent (3 expenses)\n\nfood   ")
    assert "Jan 2026  ████████████████████████  80.00\nFeb 2026  " in year.text
    assert year.text.endswith("Nov 2026  ██████··················  20.00")
    assert (year.data["month"], year.data["spent"]) == ("2026-01-01/2026-12-31", "140.00")
    week = await call("monthly_report", month="this week")
    assert week.text == "This week: 20.00 spent (1 expense)\n\nfood  ████████████████████████  20.00"
    assert (await call("monthly_report", month="all time")).text.startswith("In all: 240.00 spent")
    assert (await call("monthly_report", month="yesterday")).data["month"] == "2026-11"
    assert (await call("monthly_report", month="2024")).text == "Nothing was spent in 2024."
    await call("save_spending_chart", path="year.svg", month="this year")
    assert "Spent this year" in (folder / "year.svg").read_text()


async def test_one_budget_alone(call: Call):
    """By any word for its category; where there is none, those that there are."""
    await call("set_budget", amount=300, category="food")
    await call("set_budget", amount=900, category="everything")
    await call("add_expense", amount=75, category="lunch")
    lunch = await call("budget_report", category="lunch")
    assert lunch.text == "Budgets this month:\nfood  █████···············  75.00 of 300.00, 225.00 left"
    assert (await call("budget_report", category="all")).data["count"] == 2
    missing = await call("budget_report", category="travel")
    assert missing.text == "There is no budget for travel. Budgets: food, everything."


@pytest.mark.parametrize(
    ("month", "shown"),
    [
        ("december", "December 2026"),
        ("last december", "December 2025"),
        ("may", "May 2026"),
        ("last month", "October 2026"),
    ],
)
async def test_the_month_of_a_budget_may_be_ahead(month: str, shown: str, call: Call):
    """Where it begins soon; others are past."""
    await call("set_budget", amount=300, category="food")
    assert f" in {shown}:" in (await call("budget_report", month=month)).text


async def test_budgets_are_by_month(call: Call):
    """A longer period is none of theirs."""
    await call("set_budget", amount=300, category="food")
    with pytest.raises(ToolRetry, match="longer than a month"):
        await call("set_budget", amount=1, category="food", month="2026")
    with pytest.raises(ToolRetry, match="longer than a month"):
        await call("budget_report", month="this year")


async def test_several_are_found_as_one_is(call: Call):
    """ "taxis" are each taxi, and no other transport."""
    await call("add_expense", amount=9, category="taxi")
    await call("add_expense", amount=3, category="bus")
    assert (await call("expense_report", period="today", category="taxis")).data["total"] == 9
    assert (await call("expense_report", period="today", category="transport")).data["total"] == 12


async def test_a_chart_is_written_once_and_inside_the_granted_folder(call: Call, folder):
    """Names are escaped; a file that is there is not written over."""
    with pytest.raises(ToolFailed, match="no chart to draw"):
        await call("save_spending_chart", path="chart.svg")
    await call("add_expense", amount=5, category="<script>")
    saved = await call("save_spending_chart", path="chart")
    assert saved.text == "The chart is in chart.svg."
    written = (folder / "chart.svg").read_text()
    assert "&lt;script&gt;" in written
    assert "<script" not in written
    with pytest.raises(ToolFailed, match="exists already"):
        await call("save_spending_chart", path="chart.svg")
    assert svg("x", []).startswith("<svg")


async def test_a_description_that_only_repeats_the_category_is_not_shown(call):
    """Control: one that says more is."""
    assert (await call("add_expense", amount=4, category="food", description="Food")).text == (
        "Recorded 4.00 on food."
    )
    assert (await call("add_expense", amount=4, category="lunch")).text == "Recorded 4.00 on food (lunch)."


async def test_a_report_without_a_currency_of_ones_own_says_how_to_set_it(call, ctx):
    """While amounts with and without a sign are added up apart. Control: with one there is nothing to say."""
    await call("add_expense", amount="10 EUR", category="food")
    await call("add_expense", amount=4, category="food")
    assert 'set currency = "EUR" in config.toml' in (await call("monthly_report")).text
    ctx.settings["currency"] = "EUR"
    assert "config.toml" not in (await call("monthly_report")).text
