"""How things repeat: "every day", "every other friday", "monthly on the 1st", "every 3 months until june".

Read into the rules of RFC 5545, which calendars exchange and which count from one time to the next, and said
back in words; `following` follows them. Knows nothing of what repeats.
"""

import re
from calendar import monthrange

from ..errors import ToolRetry
from ..numbers.words import digits_for_ordinals, digits_for_words
from ..text.wording import counted, listed, plain
from .calendars import DAY, MONTH, MONTHS, month_number, weekday_number

_UNITS = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_BY_UNIT = {rule: unit for unit, rule in _UNITS.items()}
_NAMED = {
    "daily": (1, "day"), "nightly": (1, "day"), "weekly": (1, "week"), "biweekly": (2, "week"),
    "fortnightly": (2, "week"), "monthly": (1, "month"), "quarterly": (3, "month"), "yearly": (1, "year"),
    "annually": (1, "year"),
}  # fmt: skip
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_WORDS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GROUPS = {"weekday": "MO,TU,WE,TH,FR", "workday": "MO,TU,WE,TH,FR", "work day": "MO,TU,WE,TH,FR",
           "working day": "MO,TU,WE,TH,FR", "business day": "MO,TU,WE,TH,FR", "weekend": "SA,SU"}  # fmt: skip
_NTH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_AND = r"(?: ?, ?(?:and )?| and | or | & )"
_COUNT = rf"(?P<count>other|\d{{1,2}})(?= (?:day|week|month|year|{DAY}))"
_EVERY = rf"(?P<named>{'|'.join(_NAMED)})|(?:every|each)(?: {_COUNT})?"
_SHAPE = re.compile(
    rf"^(?:{_EVERY})(?: (?P<unit>day|week|month|year)s?)?"
    rf"(?: ?(?:on )?(?P<group>{'|'.join(_GROUPS)})s?)?"
    rf"(?: ?(?:on )?(?:the )?(?P<nth>[1-5]|last) (?P<nthday>{DAY}))?"
    rf"(?: ?(?:on )?(?P<days>(?:{DAY})s?(?:{_AND}(?:on )?(?:(?:every|each) )?(?:{DAY})s?)*))?"
    rf"(?: ?(?:on )?(?:the )?(?:(?P<last>last day)"
    rf"|(?:day )?(?P<monthdays>\d{{1,2}}(?:{_AND}(?:on )?(?:the )?\d{{1,2}})*)"
    rf"(?: (?:of )?(?P<month>{MONTH}))?|(?P<month2>{MONTH}) (?P<monthday2>\d{{1,2}})))?"
    r"(?: of (?:every|each|the) (?P<ofunit>month|year))?"
    r"(?: for (?P<times>\d{1,3}) times)?$"
)
_PLURALS = rf"(?:{DAY})s(?:{_AND}(?:on )?(?:{DAY})s)*"
_OTHER_WORDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bevery single\b", "every"),
        (r"\bevery fortnight\b", "every 2 weeks"),
        (r"\bevery (?:a )?couple (?:of )?(?=days|weeks|months|years)", "every 2 "),
        (r"\bevery few (?=days|weeks|months|years)", "every 3 "),
        (r"^all (?=\w+s\b)", "every "),
        (r"^once an? (day|week|month|year)\b", r"every \1"),
        (rf"^(?:on )?({_PLURALS}|(?:{'|'.join(_GROUPS)})s)$", r"every \1"),
        (rf"^(?:(?:every|each) )?(?:on )?(?:the )?([1-5]|last) ({DAY}) (?:of|in) "
         r"(?:(?:every|each|the|a) )?months?$",
         r"every month on \1 \2"),
        (r"^(?:(?:every|each) )?(?:on )?(?:the )?((?:day )?\d.*|last day) (?:of|in) "
         r"(?:(?:every|each|the|a) )?months?$", r"every month on \1"),
        (rf"^(?:on )?((?:{MONTH}) \d{{1,2}}|\d{{1,2}} (?:of )?(?:{MONTH})) (?:every year|yearly|annually)$",
         r"every year on \1"),
    )
)  # fmt: skip
"""Ways to say it, and the one that is read."""
_SAID = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYHOUR", "BYMINUTE", "COUNT", "UNTIL"}
"""What is said of a rule; its time of day is said where the next time is."""


def parse_repeat(text: str) -> str:
    """The rule that ``text`` means, such as "FREQ=WEEKLY;BYDAY=MO"; raises ToolRetry."""
    rule = read_repeat(text)
    if rule is None:
        raise ToolRetry(
            f"{text!r} does not say how something repeats.",
            'Write it like "every day", "every 2 weeks", "every monday and thursday", "monthly on the 1st" '
            'or "every year on may 3".',
        )
    return rule


def read_repeat(text: str) -> str | None:
    """The same, with None for a text that means no repetition."""
    words = digits_for_words(digits_for_ordinals(plain(text)))
    for pattern, replacement in _OTHER_WORDS:
        words = pattern.sub(replacement, words)
    match = _SHAPE.match(words)
    if match is None:
        return None
    return _rule(match)


def _rule(match: re.Match[str]) -> str | None:
    count, unit = _NAMED.get(match["named"] or "", (1, match["unit"]))
    if match["count"]:
        count = 2 if match["count"] == "other" else int(match["count"])
    by = _by_day(match)
    month = match["month"] or match["month2"]
    days = [int(day) for day in re.findall(r"\d+", match["monthdays"] or match["monthday2"] or "")]
    if unit is None:
        unit = (
            "year" if month else "month" if days or match["last"] or match["nth"] else "week" if by else None
        )
    if unit is None or not 1 <= count <= 99:
        return None
    parts = [f"FREQ={_UNITS[unit]}", *([f"INTERVAL={count}"] if count > 1 else []), *by]
    if match["last"]:
        parts.append("BYMONTHDAY=-1")
    if days:
        longest = (
            monthrange(2028, month_number(month))[1] if month else 31
        )  # February 29 comes every fourth year
        if not all(1 <= day <= longest for day in days) or (month and len(days) > 1):
            return None
        by_month = [f"BYMONTH={month_number(month)}"] if month else []
        parts += [*by_month, f"BYMONTHDAY={','.join(map(str, sorted(set(days))))}"]
    if match["times"]:
        parts.append(f"COUNT={int(match['times'])}")
    return ";".join(parts)


def _by_day(match: re.Match[str]) -> list[str]:
    if match["group"]:
        return [f"BYDAY={_GROUPS[match['group']]}"]
    if match["nthday"]:
        number = "-1" if match["nth"] == "last" else match["nth"]
        return [f"BYDAY={number}{DAYS[weekday_number(match['nthday'])]}"]
    if match["days"]:
        names = re.findall(rf"\b({DAY})s?\b", match["days"])
        return [
            "BYDAY=" + ",".join(DAYS[number] for number in sorted({weekday_number(name) for name in names}))
        ]
    return []


def rule_parts(rule: str) -> dict[str, str]:
    """What a rule says, by name: {"FREQ": "WEEKLY", "BYDAY": "MO,TH"}."""
    pairs = (part.partition("=") for part in rule.split(";"))
    return {name: value for name, _, value in pairs if value}


def repeat_words(rule: str) -> str:
    """A rule in words: "every 2 weeks on Monday and Thursday"; rules that are not read here stay."""
    parts = rule_parts(rule)
    unit, count = _BY_UNIT.get(parts.get("FREQ", "")), int(parts.get("INTERVAL", "1"))
    clamped = parts.get("BYSETPOS") == "-1" and parts.get("BYMONTHDAY", "").startswith("28,")
    if unit is None or set(parts) - _SAID - ({"BYSETPOS"} if clamped else set()):
        return f"by the rule {rule}"
    every = f"every {unit}" if count == 1 else f"every {count} {unit}s"
    if days := parts.get("BYDAY"):
        groups = {value: name for name, value in _GROUPS.items() if name != "workday" and " " not in name}
        named = f"every {groups[days]}" if days in groups and count == 1 else None
        every = named or (
            f"every {_said_days(days)}" if unit == "week" and count == 1 else f"{every} on {_said_days(days)}"
        )
    if day := parts.get("BYMONTHDAY"):
        on = "the last day" if day == "-1" else f"day {day}"
        if clamped:
            on = f"day {day.rpartition(',')[2]}, or the last"
        elif "," in day:
            on = f"days {listed(day.split(','))}"
        if month := parts.get("BYMONTH"):
            of = MONTHS[int(month) - 1].title()
            on = f"{on} of {of}" if day == "-1" else f"{day} {of}"
        every = f"{every} on {on}"
    return f"{every}, {counted(int(parts['COUNT']), 'time')}" if "COUNT" in parts else every


def _said_days(days: str) -> str:
    names = []
    for day in days.split(","):
        nth, name = day[:-2], day[-2:]
        word = _DAY_WORDS[DAYS.index(name)] if name in DAYS else day
        names.append(f"the {_NTH.get(nth, nth + 'th')} {word}" if nth else word)
    return listed(names)


def split_time(text: str) -> tuple[str, str]:
    """How something repeats and, apart from it, when: "every monday at 9" is ("every monday", "9")."""
    words = text.split()
    for end in range(len(words), 0, -1):
        for first in range(0, len(words) - end + 1):
            part = " ".join(words[first : first + end]).strip(" ,")
            if read_repeat(part) is not None:
                rest = " ".join([*words[:first], *words[first + end :]])
                return part, re.sub(r"^(?:at|from|starting)\s+(?=\S)", "", rest.strip(" ,"))
    return "", text
