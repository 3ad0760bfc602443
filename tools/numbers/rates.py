"""Exchange rates: as a user writes them, and as the European Central Bank publishes them. Exact decimals.

A rate that is not given is worked out from those that are, over one other currency or more. Knows nothing of
where the text came from.
"""

import datetime as dt
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ..errors import ToolFailed, ToolRetry
from .money import currency_code

_PAIR = re.compile(r"([^\W\d_]{3})\s*/?\s*([^\W\d_]{3})\s*[=:]\s*(\d+(?:\.\d+)?)")
_LONGEST_WAY = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """How many units of the second currency one unit of the first is worth, by pair; when, and by whom."""

    pairs: Mapping[tuple[str, str], Decimal]
    source: str
    date: dt.date | None = None

    def rate(self, base: str, quoted: str) -> Decimal | None:
        """The rate from one currency to another, over others if need be; None when there is no way."""
        if base == quoted:
            return Decimal(1)
        waiting, seen = deque([(base, Decimal(1), 0)]), {base}
        while waiting:
            here, worth, steps = waiting.popleft()
            for other, rate in self._from(here):
                if other == quoted:
                    return worth * rate
                if other not in seen and steps + 1 < _LONGEST_WAY:
                    seen.add(other)
                    waiting.append((other, worth * rate, steps + 1))
        return None

    def _from(self, code: str) -> Iterator[tuple[str, Decimal]]:
        for (base, quoted), rate in self.pairs.items():
            if base == code:
                yield quoted, rate
            elif quoted == code:
                yield base, 1 / rate


def written_rates(text: str, source: str) -> Rates:
    """Rates as a person writes them: "EUR/USD=1.08, GBP/EUR=1.17"; raises ToolFailed for anything else."""
    pairs: dict[tuple[str, str], Decimal] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[,;\n]|\s(?=[^\W\d_]{3}\s*/)", text))):
        match = _PAIR.fullmatch(part)
        if match is None or not Decimal(match[3]):
            raise ToolFailed(f"{part!r} in {source} is no exchange rate; write EUR/USD=1.08.")
        try:
            pairs[currency_code(match[1]), currency_code(match[2])] = Decimal(match[3])
        except ToolRetry as error:
            raise ToolFailed(f"{part!r} in {source} is no exchange rate: {error}") from error
    return Rates(pairs, source)


def published_rates(data: bytes, source: str, day: dt.date | None = None) -> Rates:
    """The euro rates of the European Central Bank from its XML: the newest, or those that held on a day.

    On a day without rates, such as a Sunday, those of the last day before hold, up to a week. Raises
    ToolFailed.
    """
    by_day = dict(_days(data, source))
    held = [one for one in by_day if day is None or dt.timedelta(0) <= day - one <= dt.timedelta(days=7)]
    if not held:
        known = f"{min(by_day)} to {max(by_day)}" if by_day else "no day at all"
        raise ToolFailed(f"{source} has no rates for {day or 'any day'}; it has {known}.")
    newest = max(held)
    return Rates(by_day[newest], source, newest)


def _days(data: bytes, source: str) -> Iterator[tuple[dt.date, dict[tuple[str, str], Decimal]]]:
    from lxml import etree  # type: ignore[attr-defined]  # a compiled module without types

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
        for day in root.iterfind(".//{*}Cube[@time]"):
            rates = {
                ("EUR", cube.attrib["currency"]): Decimal(cube.attrib["rate"])
                for cube in day.iterfind("{*}Cube[@currency]")
            }
            if all(rate > 0 for rate in rates.values()):
                yield dt.date.fromisoformat(day.attrib["time"]), rates
    except (etree.XMLSyntaxError, KeyError, ValueError, InvalidOperation) as error:
        raise ToolFailed(f"{source} has no rates as the European Central Bank publishes them.") from error
