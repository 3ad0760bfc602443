"""Amounts of money as people and banks write them: "$12.50", "12,50 €", "1.234,56", "(15.00)", "1'200 CHF".

Exact decimals and a currency code of three letters. Which mark divides the cents is read off the text itself,
and where that can be read either way, off the other amounts of the same file. Knows nothing of rates: amounts
in different currencies are never added.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from ...numbers.money import find_currency

CENT = Decimal("0.01")
LARGEST = Decimal(10**9)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY",
          "zł": "PLN", "kč": "CZK", "₴": "UAH", "us$": "USD", "a$": "AUD", "c$": "CAD"}  # fmt: skip
_WORDS = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD", "pound": "GBP",
          "pounds": "GBP", "quid": "GBP", "yen": "JPY", "franc": "CHF", "francs": "CHF", "fr": "CHF",
          "rupees": "INR", "cents": "", "kr": ""}  # fmt: skip
_NUMBER = re.compile(r"\d[\d.,'’\s  ]*\d|\d")
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_SAID = re.compile(
    rf"(?<!\w)(?i:{_SIGN})\s?\d[\d.,]*(?<=\d)"
    rf"|(?<![\w.,])\d[\d.,]*(?<=\d)\s?(?:(?i:{_SIGN}|{'|'.join(_WORDS)})(?!\w)|(?P<code>[A-Z]{{3}})(?!\w))"
)
Decimals = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount; without a currency it is the user's own."""

    amount: Decimal
    currency: str | None = None

    def __str__(self) -> str:
        return money_text(self.amount, self.currency)


def money_text(amount: Decimal, currency: str | None = None) -> str:
    """ "1234.50 EUR": two places, as many as the amount has where that is more."""
    places = max(2, -int(amount.as_tuple().exponent)) if amount.is_finite() else 2
    return f"{amount:.{places}f} {currency}" if currency else f"{amount:.{places}f}"


def parse_money(text: str, decimals: Decimals | None = None) -> Money:
    """The amount that a text writes; raises ValueError. ``decimals``: the mark before the cents, if known."""
    text = text.strip()
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1 or len(text) > 60:
        raise ValueError(f"{text[:60]!r} is not an amount of money")
    digits = numbers[0].strip()
    before, _, after = text.partition(digits)
    negative = bool(re.search(r"[-−(]", before)) or after.strip().startswith(("-", "−"))
    currency = _currency(before, after)
    amount = _decimal(digits, decimals)
    if amount is None or currency is False:
        raise ValueError(f"{text[:60]!r} is not an amount of money")
    return Money(-amount if negative else amount, currency or None)


def decimal_mark(texts: Iterable[str]) -> Decimals | None:
    """The mark before the cents that the amounts of one file share; None when none of them tells."""
    for text in texts:
        found = re.search(r"\d([.,])(\d{1,2})(?!\d)(?![.,]\d)\D*$", text)
        if found:
            return found[1]  # type: ignore[return-value]
        thousands = re.search(r"\d([.,])\d{3}\1\d{3}", text)
        if thousands:
            return "," if thousands[1] == "." else "."
    return None


def _currency(before: str, after: str) -> str | Literal[False] | None:
    """The currency around a number, None when none is named, False when something else stands there."""
    for part in (before, after):
        word = re.sub(r"[-−+()\s]", "", part).strip(".").lower()
        if not word:
            continue
        if word in _SIGNS or word in _WORDS:
            return _SIGNS.get(word) or _WORDS.get(word) or None
        if re.fullmatch(r"[a-z]{3}", word):
            return word.upper()
        return False
    return None


def _decimal(digits: str, decimals: Decimals | None) -> Decimal | None:
    bare = re.sub(r"['’\s  ]", "", digits)
    mark = decimals or _mark(bare)
    other = "," if mark == "." else "."
    bare = bare.replace(other, "")
    if bare.count(mark) > 1:
        return None
    try:
        return Decimal(bare.replace(mark, "."))
    except InvalidOperation:
        return None


def _mark(bare: str) -> Decimals:
    """The mark before the cents of one amount: the last of two, or a comma without three digits after it."""
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and point >= 0:
        return "," if comma > point else "."
    if comma >= 0:
        return "," if bare.count(",") == 1 and len(bare) - comma - 1 != 3 else "."
    return "," if bare.count(".") > 1 else "."


def _to_money(value: object) -> object:
    if isinstance(value, Money):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("should be an amount of money, such as 12.50")
    try:
        money = parse_money(value) if isinstance(value, str) else Money(Decimal(str(value)))
    except (ValueError, InvalidOperation):
        raise ValueError("should be a valid number, such as 12.50") from None
    if not money.amount.is_finite():
        raise ValueError("should be a finite amount")
    if money.amount <= 0:
        raise ValueError("should be greater than 0")
    if money.amount > LARGEST:
        raise ValueError("should be less than or equal to 1000000000")
    return money


def to_cents(amount: Decimal) -> Decimal:
    """Rounded half up, as on a receipt."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def said_sums(text: str) -> Iterator[str]:
    """The sums of a text that name their currency, as written: "$20", "12,50 €", "15 euros", "8 GBP"."""
    for found in _SAID.finditer(text):
        if found["code"] is None or find_currency(found["code"]) is not None:
            yield found.group()


Amount = Annotated[
    Any,
    BeforeValidator(_to_money),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1e9},
                {"type": "string", "maxLength": 40, "format": "money"},
            ]
        }
    ),
]
"""An argument that holds `Money`: a number, or words such as "300 euros"."""
