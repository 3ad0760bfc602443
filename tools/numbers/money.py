"""Currencies by the names that people use, and sums rounded and written as their country does.

Names, decimals and forms come from the Unicode CLDR through `babel`; here stand only the short names that
CLDR has not, such as "bucks". Knows nothing of rates.
"""

import functools
import re
from decimal import ROUND_HALF_UP, Decimal

from ..errors import ToolRetry

# What people say for the currency that they mean most often by it.
_SHORT = {
    **dict.fromkeys(("dollar", "dollars", "buck", "bucks", "$", "us$"), "USD"),
    **dict.fromkeys(("pound", "pounds", "quid", "sterling", "£"), "GBP"),
    **dict.fromkeys(("yen", "¥"), "JPY"),
    **dict.fromkeys(("franc", "francs", "swissies"), "CHF"),
    **dict.fromkeys(("rupee", "rupees", "₹"), "INR"),
    **dict.fromkeys(("yuan", "renminbi", "rmb"), "CNY"),
    **dict.fromkeys(("zloty", "zlotys", "złoty"), "PLN"),
    **dict.fromkeys(("won", "₩"), "KRW"),
    **dict.fromkeys(("lira", "liras", "₺"), "TRY"),
    **dict.fromkeys(("rand", "rands"), "ZAR"),
    **dict.fromkeys(("real", "reais", "reals"), "BRL"),
    **dict.fromkeys(("shekel", "shekels", "₪"), "ILS"),
    **dict.fromkeys(("hryvnia", "hryvnias", "₴"), "UAH"),
    **dict.fromkeys(("koruna", "korunas"), "CZK"),
    **dict.fromkeys(("forint", "forints"), "HUF"),
    **dict.fromkeys(("btc", "bitcoin", "bitcoins", "₿"), "BTC"),
}
_SEVERAL = {
    "peso": "MXN, ARS, CLP, COP or PHP",
    "krone": "DKK or NOK",
    "krona": "SEK or ISK",
    "crown": "CZK, SEK, NOK or DKK",
    "dinar": "RSD, KWD, JOD or TND",
}


def currency_code(name: str) -> str:
    """The ISO 4217 code that a person means; raises ToolRetry for what is no currency, or several."""
    code = find_currency(name)
    if code is not None:
        return code
    plain = name.strip().lower()
    alike = (plain, plain[:-1], plain.removesuffix("r"), plain[:-1] + "a")
    if several := next((_SEVERAL[one] for one in alike if one in _SEVERAL), ""):
        raise ToolRetry(f"{name!r} could be several currencies.", f"Say {several}.")
    raise ToolRetry(f"{name!r} is not a currency that is known.", 'Write it like "EUR", "dollars" or "GBP".')


def find_currency(name: str) -> str | None:
    """As `currency_code`, but None where it would raise."""
    plain = " ".join(name.strip().lower().rstrip(".").split())
    if plain in _SHORT:
        return _SHORT[plain]
    return _names().get(plain)


def rounded(amount: Decimal, code: str) -> Decimal:
    """A sum with as many decimals as its currency has, half a unit upwards."""
    from babel.numbers import get_currency_precision

    return amount.quantize(Decimal(1).scaleb(-_places(code, get_currency_precision(code))), ROUND_HALF_UP)


def in_words(amount: Decimal, code: str, locale: str) -> str:
    """A rounded sum as it is written in a language, such as "€1,234.50" or "1.234,50 €"."""
    from babel.numbers import format_currency

    if code == "BTC":
        return f"{amount.normalize():f} BTC"
    text = format_currency(rounded(amount, code), code, locale=known_locale(locale))
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "\u00a0", text)  # CHF 5, not CHF5


def known_locale(locale: str) -> str:
    """The name of a language as CLDR has it; English for what it has not."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(locale.strip().replace("-", "_") or "en"))
    except (ValueError, TypeError, UnknownLocaleError):
        return "en"


def _places(code: str, usual: int) -> int:
    return 8 if code == "BTC" else usual


@functools.cache
def _names() -> dict[str, str]:
    """Codes and English names, also of many, in lower case."""
    from babel import Locale
    from babel.numbers import get_currency_name, get_currency_symbol

    english = Locale("en")
    names: dict[str, str] = {}
    for code in map(str, english.currencies):
        for name in (code, get_currency_name(code, 1, "en"), get_currency_name(code, 2, "en")):
            names.setdefault(str(name).lower(), code)
        names.setdefault(str(get_currency_symbol(code, "en")).lower(), code)
    return names
