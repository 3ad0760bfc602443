"""Money: rates come from where they were given, sums are exact and rounded as the currency is."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.tools import MissingSetting, PathDenied, ToolContext, ToolFailed, ToolRetry
from homewit.tools.numbers.money import currency_code, in_words, rounded
from homewit.tools.numbers.rates import Rates, published_rates, written_rates
from homewit.tools.testing import check_tool, fake_context

from ..conftest import TOOLS, Call
from ..loopback import page, serve

CONVERT, ASK, UNITS = TOOLS["convert_currency"], TOOLS["exchange_rate"], TOOLS["convert_units"]
BANK = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><Cube>
<Cube time="2026-11-19"><Cube currency="USD" rate="1.0800"/><Cube currency="JPY" rate="160.00"/></Cube>
<Cube time="2026-11-13"><Cube currency="USD" rate="1.0500"/><Cube currency="JPY" rate="150.00"/></Cube>
</Cube></gesmes:Envelope>"""


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((20, "EUR", "USD", 1.08), "€20.00 = $21.60 (at 1.08)"),
        ((20, "euros", "dollars", 1.08), "€20.00 = $21.60 (at 1.08)"),
        ((0.1, "USD", "JPY", 155.5), "$0.10 = ¥16 (at 155.5)"),
        (("1,000", "£", "swiss francs", 1.1), "£1,000.00 = CHF 1,100.00 (at 1.1)"),
        ((-5, "usd", "kwd", 0.3071), "-$5.00 = -KWD 1.536 (at 0.3071)"),
        ((100, "eur", "btc", 0.0000157), "€100.00 = 0.00157 BTC (at 1.57e-05)"),
        ((5, "eur", "eur", None), "€5.00 = €5.00 (at 1 from your settings)"),
    ],
)
async def test_at_a_rate_that_was_said(args: tuple, text: str, call: Call):
    """Half a unit is rounded upwards, with as many decimals as the currency has."""
    amount, base, quoted, rate = args
    done = await call("convert_currency", amount=amount, from_currency=base, to_currency=quoted, rate=rate)
    assert done.text.replace("\u00a0", " ") == text


async def test_with_rates_of_the_settings(folder: Path):
    """Also worked out over another currency and the other way round, written as the language has it."""
    ctx = fake_context(folder, settings={"exchange_rates": "EUR/USD=1.08, GBP/EUR = 1.17", "language": "de"})
    done = await CONVERT.call({"amount": 1080, "from_currency": "USD", "to_currency": "GBP"}, ctx)
    assert done.text.replace("\u00a0", " ") == "1.080,00 $ = 854,70 £ (at 0.79139 from your settings)"
    units = await UNITS.call({"value": 20, "from_unit": "EUR", "to_unit": "dollars"}, ctx)
    assert (units.data["value"], units.data["unit"]) == (21.6, "USD")
    with pytest.raises(ToolRetry, match=r"No exchange rate from EUR to PLN is known here\. Say it, such as"):
        await UNITS.call({"value": 20, "from_unit": "EUR", "to_unit": "zloty"}, ctx)


async def test_pounds_and_cups_stay_weights_and_measures(call: Call):
    """A name that is a unit and a currency means the unit beside another unit."""
    assert (await call("convert_units", value=1, from_unit="pounds", to_unit="kg")).data["unit"] == "kg"
    assert (await call("convert_units", value=1, from_unit="cup", to_unit="ml")).data["unit"] == "mL"
    with pytest.raises(ToolRetry, match="is not a unit"):
        await call("convert_units", value=1, from_unit="EUR", to_unit="km")


async def test_with_the_file_of_a_bank(call: Call, folder: Path):
    """The newest day by default, another one by date, and the last day before where a day has none."""
    (folder / "ecb.xml").write_bytes(BANK)
    args = {"amount": 100, "from_currency": "USD", "to_currency": "JPY", "rates_file": "ecb.xml"}
    newest = await call("convert_currency", **args)
    assert (newest.data["amount"], newest.data["date"]) == (14815.0, "2026-11-19")
    assert newest.text.endswith("(at 148.148 of 19 November 2026 from ecb.xml)")
    assert (await call("convert_currency", **args, date="2026-11-15")).data["date"] == "2026-11-13"
    with pytest.raises(ToolFailed, match="has no rates for 2026-01-05; it has 2026-11-13 to 2026-11-19"):
        await call("convert_currency", **args, date="2026-01-05")
    (folder / "bad.xml").write_text("<a>")
    with pytest.raises(ToolFailed, match="has no rates as the European Central Bank"):
        await call("convert_currency", **{**args, "rates_file": "bad.xml"})
    with pytest.raises(PathDenied):
        await call("convert_currency", **{**args, "rates_file": "/etc/passwd"})


async def test_a_bank_is_asked_for_todays_rate(folder: Path):
    """Over the network, at the address that the user set; without one the tool says how to set it."""
    args = {"from_currency": "EUR", "to_currency": "USD", "amount": 20}
    with pytest.raises(MissingSetting, match=r"rates_url = \"https://www\.ecb\.europa\.eu"):
        await ASK.call(args, fake_context(folder, net=None))
    own = fake_context(folder, net=None, settings={"exchange_rates": "EUR/USD=1.1"})
    assert (await ASK.call(args, own)).text == "€20.00 = $22.00 (at 1.1 from your settings)"
    with pytest.raises(MissingSetting, match="A rate that you know can be said"):
        await ASK.call({**args, "date": "yesterday"}, own)
    answers = {"/rates": page(BANK), "/down": page(b"", status="503 Busy"), "/html": page(b"<html>")}
    async with serve(answers) as server:

        def asked(path: str) -> ToolContext:
            return fake_context(folder, net=None, settings={"rates_url": f"{server.url}{path}"})

        done = await ASK.call(args, asked("/rates"))
        assert (done.data["amount"], done.data["rate"], done.data["date"]) == (21.6, 1.08, "2026-11-19")
        for path, problem in (("/down", "answered with status 503"), ("/html", "has no rates as")):
            with pytest.raises(ToolFailed, match=problem):
                await ASK.call(args, asked(path))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("peso", "Say MXN"),
        ("crowns", "Say CZK"),
        ("kroner", "Say DKK"),
        ("bananas", 'like "EUR"'),
        ("", "known"),
    ],
)
def test_names_that_are_no_one_currency(name: str, problem: str):
    """Several are asked about, none says how to write one."""
    with pytest.raises(ToolRetry, match=problem):
        currency_code(name)


@pytest.mark.parametrize("text", ["EUR=1", "EUR/USD", "EUR/USD=0", "EUR/USD=x", "EUR/USD=-1", "ABC/QQQ=1"])
def test_settings_that_are_no_rates(text: str):
    """They are named."""
    with pytest.raises(ToolFailed, match="is no exchange rate"):
        written_rates(text, "your settings")


def test_hostile_files_of_rates():
    """No file is read through an entity, and none grows beyond measure."""
    plain = BANK.split(b"?>")[1]
    outside = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + plain.replace(b"1.0800", b"&e;")
    steps = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 9)).encode()
    swollen = b'<!DOCTYPE x [<!ENTITY e0 "9">' + steps + b"]>" + plain.replace(b"1.0800", b"&e8;")
    for hostile in (outside, swollen):
        with pytest.raises(ToolFailed, match="has no rates as the European Central Bank"):
            published_rates(hostile, "f")
    assert published_rates(plain, "f").rate("EUR", "USD") == Decimal("1.08")  # the control


RATE = st.decimals("0.001", "1000", places=4)


@given(RATE, RATE, st.decimals(-9999, 9999, places=2))
def test_there_and_back_is_where_it_began(one: Decimal, other: Decimal, amount: Decimal):
    """Rates over a third currency undo each other but for the rounding."""
    rates = Rates({("EUR", "USD"): one, ("EUR", "GBP"): other}, "test", dt.date(2026, 1, 1))
    there, back = rates.rate("USD", "GBP"), rates.rate("GBP", "USD")
    assert there is not None
    assert back is not None
    assert abs(amount * there * back - amount) < Decimal("1e-15")
    assert rounded(rounded(amount, "USD"), "USD") == rounded(amount, "USD")


def test_a_language_that_is_not_known_is_english():
    """A wrong setting never fails a conversion."""
    assert in_words(Decimal("1234.5"), "EUR", "xx-nope") == "€1,234.50"
    assert in_words(Decimal("1234.5"), "EUR", "") == "€1,234.50"


async def test_both_keep_the_contract(ctx: ToolContext):
    """As any plugin has to."""
    await check_tool(CONVERT, {"amount": 1, "from_currency": "EUR", "to_currency": "USD", "rate": 2}, ctx=ctx)
    await check_tool(ASK)
