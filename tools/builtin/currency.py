"""Money in another currency, at a rate that somebody gave: the request, the settings, a file, or a bank.

No rate is guessed. Where one comes from and from which day it is stands in the answer.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ..context import ToolContext
from ..decorator import tool
from ..errors import MissingSetting, ToolFailed, ToolRetry
from ..files.reading import read_bytes
from ..isolation.paths import readable_path
from ..numbers.money import currency_code, in_words, rounded
from ..numbers.rates import Rates, published_rates, written_rates
from ..result import number_text
from ..spec import Effect
from ..when.dates import parse_day
from ..when.moments import calendar_day
from .arguments import WRITTEN_NUMBER, path_field

_NO_RATE = (
    'No exchange rate from {base} to {quoted} is known here. Say it, such as "at 1.08"; or set rates in '
    'config.toml, such as exchange_rates = "{base}/{quoted}=1.08".'
)
_NO_BANK = (
    "No bank to ask for exchange rates is set. To use the European Central Bank, set in config.toml: "
    'rates_url = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml" (or eurofxref-hist-90d.xml '
    "for the rates of the last 90 days). A rate that you know can be said: 20 USD in EUR at 0.9."
)


_MONEY = (
    "$|€|£|¥|dollar|dollars|us dollar|us dollars|usd|bucks|euro|euros|eur|pound|pounds|british pounds|"
    "gbp|quid|yen|japanese yen|jpy|franc|francs|swiss franc|swiss francs|chf|rupee|rupees|"
    "indian rupees|inr|yuan|cny|canadian dollars|cad|australian dollars|aud|krona|kronor|"
    "swedish kronor|sek|krone|kroner|norwegian kroner|nok|danish kroner|dkk|czech koruna|czk|zloty|pln|"
    "peso|pesos|mexican pesos|mxn|reais|brl|krw|lira|turkish lira|rand|zar"
)
"""How people name currencies; other than "try" and "won", which are words."""
_FROM, _TO = f"{{from_currency:={_MONEY}}}", f"{{to_currency:={_MONEY}}}"
_ASKED = "[(convert|change|exchange|how much is|how much are|what is)]"
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_WITH_SIGN = tuple(
    f"{written}{{from_currency={code}}}"
    for sign, code in _SIGNS.items()
    for written in (f"{sign}{{amount}}", f"{{amount}}{sign}")
)
Amount = Annotated[float, WRITTEN_NUMBER, Field(ge=-1e15, le=1e15, examples=[20, 99.95])]
Currency = Annotated[str, Field(min_length=1, max_length=40, examples=["EUR", "dollars"])]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A sum in another currency, rounded as that is; `date` is the day of the rate where it is known."""

    text: str
    amount: float
    currency: str
    rate: float
    source: str
    date: str | None


@tool(
    phrases=(
        "[convert|change|exchange] {amount} {from_currency} (to|into|in) {to_currency} at [a rate of] {rate}",
        "(how much (is|are)|what is) {amount} {from_currency} in {to_currency} at [a rate of] {rate}",
        *(f"{_ASKED} {sum_} (to|into|in) {_TO} at [a rate of] {{rate}}" for sum_ in _WITH_SIGN),
        "[convert|change] {amount} {from_currency} (to|into|in) {to_currency} with the rates (in|from|of) "
        "{rates_file}",
    )
)
def convert_currency(
    amount: Amount,
    from_currency: Currency,
    to_currency: Currency,
    rate: Annotated[float, WRITTEN_NUMBER, Field(gt=0, le=1e9, examples=[1.08])] | None = None,
    rates_file: Annotated[str | None, path_field("eurofxref.xml")] = None,
    date: Annotated[str | None, Field(max_length=100, examples=["2026-05-03"])] = None,
    *,
    ctx: ToolContext,
) -> Exchanged:
    """Convert or exchange money to another currency such as EUR, USD or GBP, at a given exchange rate.

    Args:
        amount: The sum of money.
        from_currency: The currency that it is in.
        to_currency: The currency wanted.
        rate: How much of the wanted currency one unit costs; otherwise that of the file or the settings.
        rates_file: An XML file of the European Central Bank with rates.
        date: The day whose rate in the file is meant; the newest by default.
    """
    base, quoted = currency_code(from_currency), currency_code(to_currency)
    if rate is not None:
        rates = Rates({(base, quoted): Decimal(str(rate))}, "given")
    elif rates_file is not None:
        day = None if date is None else parse_day(date, ctx.now().date(), "past")
        rates = published_rates(read_bytes(readable_path(rates_file, ctx), rates_file), rates_file, day)
    else:
        rates = written_rates(ctx.settings.get("exchange_rates", ""), "your settings")
    return exchange(amount, base, quoted, rates, ctx)


@tool(
    effect=Effect.NETWORK,
    sinks=("from_currency", "to_currency"),
    timeout_s=30,
    untrusted_output=False,
    phrases=(
        f"{_ASKED} {{amount}} {_FROM} [worth] (to|in|into) {_TO}",
        f"{{amount}} {_FROM} {_TO}",
        *(f"{_ASKED} {sum_} (to|in|into) {_TO}" for sum_ in _WITH_SIGN),
        f"how (many|much) {_TO} (is|are|do i get for) {{amount}} {_FROM}",
        f"(how much is|what is) (a|one|the) {_FROM} [worth] in {_TO}",
        f"[what is] [the] [current|today's] [exchange] rate [(of|for|from|between)] [the] {_FROM} "
        f"[to|and|in] [the] {_TO}",
        f"[what is] [the] [current|today's] {_FROM} [to|in] {_TO} [exchange] [rate]",
        f"[what is] [the] {_FROM} [to|in] {_TO} [exchange] [rate] {{date:=yesterday}}",
        f"{_FROM}/{_TO} [rate]",
        f"[what is] [the] [current|today's] {_FROM} [exchange] rate {{to_currency?}}",
        f"[what is] [the] [current|today's] exchange rate (of|for) [the] {_FROM} {{to_currency?}}",
        "[what are|what is] [the] [current|today's] exchange (rate|rates) {from_currency?} {to_currency?}",
    ),
)
async def exchange_rate(
    from_currency: Currency,
    to_currency: Currency,
    amount: Amount = 1.0,
    date: Annotated[str | None, Field(max_length=100, examples=["yesterday", "2026-05-03"])] = None,
    *,
    ctx: ToolContext,
) -> Exchanged:
    """Ask a bank for the current or today's exchange rate between two currencies such as EUR and USD.

    Args:
        from_currency: The currency to convert from.
        to_currency: The currency wanted.
        amount: The sum of money to convert at that rate.
        date: The day whose rate is meant; the newest by default.
    """
    base, quoted = currency_code(from_currency), currency_code(to_currency)
    address = ctx.settings.get("rates_url", "").strip()
    if not address:
        own = written_rates(ctx.settings.get("exchange_rates", ""), "your settings")
        if date is None and own.rate(base, quoted) is not None:
            return exchange(amount, base, quoted, own, ctx)
        raise MissingSetting(_NO_BANK)
    day = None if date is None else parse_day(date, ctx.now().date(), "past")
    response = await ctx.net(allow=(address,)).get(address)
    if response.status != 200:
        raise ToolFailed(f"{address} answered with status {response.status}, not with exchange rates.")
    return exchange(amount, base, quoted, published_rates(response.body, address, day), ctx)


def exchange(amount: float, base: str, quoted: str, rates: Rates, ctx: ToolContext) -> Exchanged:
    """Work a sum out; raises ToolRetry when the rates do not reach from one currency to the other."""
    rate = rates.rate(base, quoted)
    if rate is None:
        raise ToolRetry(_NO_RATE.format(base=base, quoted=quoted))
    given = Decimal(str(amount))
    got = rounded(given * rate, quoted)
    language = ctx.settings.get("language", "en")
    shown = number_text(float(f"{rate:.6g}"))
    day = "" if rates.date is None else f" of {calendar_day(rates.date)}"
    whose = "" if rates.source == "given" else f" from {rates.source}"
    text = f"{in_words(given, base, language)} = {in_words(got, quoted, language)} (at {shown}{day}{whose})"
    at = None if rates.date is None else rates.date.isoformat()
    return Exchanged(text, float(got), quoted, float(rate), rates.source, at)
