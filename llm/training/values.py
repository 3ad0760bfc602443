"""Generators of the values that people type: amounts, dates, paths, names, and words that do not exist.

Each returns the surface form alone; what it means as an argument is decided where it is used. A ``Vocabulary`` holds one
side of the value split, so that an evaluation can be made of words that training never showed.
"""

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache

from . import lexicon
from .spoken import MATERIAL, lines_of
from .templates import fraction_of, split_words

_ONSETS = (
    "b br c ch d dr f fl g gl gr h j k kl l m n p pl pr qu r s sh sk sl sn sp st t th tr v w x y z".split()
)
_VOWELS = "a e i o u ai ea ee io oa ou y".split()
_CODAS = [
    "",
    "",
    "",
    "b",
    "ck",
    "d",
    "g",
    "l",
    "ll",
    "m",
    "n",
    "nd",
    "ng",
    "p",
    "r",
    "rn",
    "s",
    "st",
    "t",
    "x",
    "zz",
]
_CHOICE = re.compile(r"\(([^()|]*\|[^()]*)\)")
_NEST = re.compile(r"\{(\w+)\}")


@cache
def word_lists() -> Mapping[str, Sequence[str]]:
    """All lists of values by name: those of the lexicon, and the longer ones of the material."""
    lists: dict[str, Sequence[str]] = {
        "person": lexicon.NAMES,
        "city": lexicon.CITIES,
        "grocery": lexicon.GROCERIES,
        "chore": lexicon.CHORES,
        "fact_note": lexicon.FACT_NOTES,
        "note_topic": lexicon.NOTE_TOPICS,
        "web_topic": lexicon.WEB_TOPICS,
        "knowledge": lexicon.KNOWLEDGE,
        "plain_word": lexicon.WORDS,
        "stem": lexicon.FILE_STEMS,
        "folder_name": lexicon.FOLDERS,
        "command": lexicon.COMMANDS,
        "relation": lexicon.RELATIONS,
        "color": lexicon.COLORS,
    }
    for file in sorted((MATERIAL / "values").glob("*.txt")):
        lists[file.stem] = list(dict.fromkeys((*lists.get(file.stem, ()), *lines_of(f"values/{file.name}"))))
    return lists


class Vocabulary:
    """Value generators over one side of the split."""

    def __init__(self, held_out: bool = False, pseudo_share: float = 0.25) -> None:
        self.held_out = held_out
        self.pseudo_share = pseudo_share
        self._lists = {name: split_words(words, held_out) for name, words in word_lists().items()}

    def pick(self, name: str, rng: random.Random) -> str:
        """A member of a word list, its own slots filled."""
        return self.fill(rng.choice(self._lists[name]), rng)

    def fill(self, text: str, rng: random.Random) -> str:
        text = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), text)
        return _NEST.sub(lambda match: self.value(match.group(1), rng), text)

    def value(self, kind: str, rng: random.Random) -> str:
        if kind in self._lists:
            return self.pick(kind, rng)
        return getattr(self, kind)(rng)

    def pseudo(self, rng: random.Random) -> str:
        """A pronounceable word that means nothing; the split is by the word itself."""
        while True:
            syllables = rng.choice((1, 2, 2, 3))
            word = "".join(
                rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(syllables)
            )
            if (fraction_of(word) < 0.1) == self.held_out and len(word) > 2:
                return word.capitalize() if rng.random() < 0.15 else word

    def subject(self, rng: random.Random) -> str:
        """Somebody or something that a fact can be about; any words can stand there, so any are trained on."""
        choice = rng.random()
        if choice < 0.45:
            return self.pick("relation", rng)
        if choice < 0.6:
            return f"my {self.word(rng)}"
        if choice < 0.7:
            return self.pick("person", rng)
        if choice < 0.8:
            return f"{rng.choice(('the', 'our', 'this'))} {self.word(rng)}"
        if choice < 0.9:
            return f"my {self.word(rng)} {self.word(rng)}"
        return f"{rng.choice(('my aunt', 'my friend', 'my neighbour', 'uncle', 'doctor', 'my dog'))} {self.pick('person', rng)}"

    def word(self, rng: random.Random) -> str:
        return self.pseudo(rng) if rng.random() < self.pseudo_share else rng.choice(self._lists["plain_word"])

    def phrase(self, rng: random.Random) -> str:
        return " ".join(self.word(rng) for _ in range(rng.choice((1, 2, 2, 3))))

    def digit(self, rng: random.Random) -> str:
        return str(rng.randint(1, 9))

    def integer(self, rng: random.Random) -> str:
        return str(
            rng.choice(
                (
                    rng.randint(1, 12),
                    rng.randint(1, 99),
                    rng.randint(10, 999),
                    rng.randint(100, 9999),
                    rng.choice((100, 250, 500, 1000, 5000, 10000)),
                )
            )
        )

    def number(self, rng: random.Random) -> str:
        choice = rng.random()
        if choice < 0.65:
            return self.integer(rng)
        if choice < 0.9:
            return f"{rng.randint(0, 300)}.{rng.randint(1, 99)}"
        return f"{rng.randint(1, 99)},{rng.randint(0, 999):03}"

    def money(self, rng: random.Random) -> str:
        amount = rng.choice(
            (
                f"{rng.randint(1, 200)}",
                f"{rng.randint(1, 99)}.{rng.choice((50, 99, 90, 25, 75))}",
                f"{rng.randint(1, 150)}.{rng.randint(10, 99)}",
                f"{rng.randint(1, 20) * 50}",
                f"{rng.randint(1, 99)},{rng.randint(10, 99)}"
                if rng.random() < 0.2
                else f"{rng.randint(1, 99)}",
            )
        )
        return rng.choice((amount, amount, f"${amount}", f"{amount} euros", f"{amount}€", f"{amount} dollars",
                           f"€{amount}", f"£{amount}", f"{amount} bucks", f"{amount} eur"))  # fmt: skip

    def code(self, rng: random.Random) -> str:
        shape = rng.choice(("word9", "a9a9", "9999", "word-word", "Mixed9"))
        if shape == "9999":
            return str(rng.randint(1000, 999999))
        if shape == "a9a9":
            return "".join(rng.choice("abcdefghkmnpqrstuvwxyz23456789") for _ in range(rng.randint(5, 8)))
        if shape == "word-word":
            return f"{self.word(rng)}-{self.word(rng)}"
        text = f"{self.word(rng)}{rng.randint(1, 99)}"
        return text.capitalize() if shape == "Mixed9" else text

    def phone(self, rng: random.Random) -> str:
        return rng.choice((f"555-{rng.randint(1000, 9999)}", f"+{rng.randint(1, 99)} {rng.randint(100, 999)} "
                           f"{rng.randint(1000, 9999)}", str(rng.randint(10**8, 10**9))))  # fmt: skip

    def address(self, rng: random.Random) -> str:
        return f"{rng.randint(1, 99)} {self.word(rng).capitalize()} {rng.choice(('Street', 'Road', 'Lane', 'Avenue'))}"

    def email(self, rng: random.Random) -> str:
        return (
            f"{self.pick('person', rng).lower()}@{self.word(rng)}.{rng.choice(('com', 'org', 'net', 'de'))}"
        )

    def time(self, rng: random.Random) -> str:
        hour = rng.randint(1, 12)
        return rng.choice((f"{hour}pm", f"{hour}am", f"{hour}:{rng.choice(('00', '15', '30', '45'))}", f"{hour} pm",
                           f"{rng.randint(7, 23)}:{rng.choice(('00', '30'))}", "noon", f"{hour}:30pm", f"{hour} o'clock",
                           "midnight", f"{hour} am", f"{hour}:15 am"))  # fmt: skip

    def date(self, rng: random.Random) -> str:
        month, day = rng.choice(lexicon.MONTHS), rng.randint(1, 28)
        suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
        year = rng.randint(2024, 2030)
        return rng.choice((f"{month} {day}", f"{day} {month}", f"{month} {day}{suffix}", f"the {day}{suffix} of {month}",
                           f"{month[:3]} {day}", f"{year}-{rng.randint(1, 12):02}-{day:02}", f"{day}/{rng.randint(1, 12)}",
                           f"{day}.{rng.randint(1, 12)}.{year}", f"{month} {day}, {year}", f"{month} {day} {year}",
                           f"{day} {month[:3]} {year}", f"{day} {month} {year}"))  # fmt: skip

    def day(self, rng: random.Random) -> str:
        """A day near now, as people say it."""
        weekday = rng.choice(lexicon.WEEKDAYS)
        weekday = weekday.capitalize() if rng.random() < 0.4 else weekday
        if rng.random() < 0.3:
            return self.date(rng)
        return rng.choice(("tomorrow", "tomorrow", "today", f"next {weekday}", weekday, weekday, f"this {weekday}", "tonight",
                           "the weekend", "next week", "the end of the month", "this weekend", "next month", "the 15th",
                           f"the {rng.randint(4, 20)}th", f"in {rng.randint(2, 9)} days", "end of week", "the day after tomorrow",
                           "in a week", f"in {rng.randint(2, 5)} weeks"))  # fmt: skip

    def day_past(self, rng: random.Random) -> str:
        if rng.random() < 0.3:
            return self.pick("written_day_past", rng)
        return rng.choice(("yesterday", "today", "last night", f"last {rng.choice(lexicon.WEEKDAYS)}", f"on {rng.choice(lexicon.WEEKDAYS)}",
                           f"{rng.randint(2, 6)} days ago", "this morning", self.date(rng), "yesterday"))  # fmt: skip

    def due(self, rng: random.Random) -> str:
        """The day that a task is due, without a preposition."""
        return self.pick("written_due", rng) if rng.random() < 0.4 else self.day(rng)

    def moment(self, rng: random.Random) -> str:
        """A time for a reminder, without its preposition when it has one."""
        if rng.random() < 0.4:
            return self.pick("written_moment", rng)
        weekday = rng.choice(lexicon.WEEKDAYS)
        return rng.choice((f"{self.day(rng)} at {self.time(rng)}", f"at {self.time(rng)}", f"at {self.time(rng)} {self.day(rng)}",
                           f"in {rng.randint(2, 50)} minutes", f"in {rng.randint(2, 6)} hours", "in an hour", "in half an hour",
                           "tomorrow morning", "tonight", f"on {weekday}", f"on {weekday} at {self.time(rng)}", "tomorrow",
                           f"{weekday} morning", "this evening", f"next {weekday} at {self.time(rng)}", "tomorrow evening",
                           f"tomorrow at {self.time(rng)}", f"today at {self.time(rng)}", f"on {self.date(rng)}", "in 1 hour",
                           f"{self.date(rng)} at {self.time(rng)}", f"in {rng.randint(2, 9)} days", "after lunch", "tmrw at 9",
                           f"{self.time(rng)}", f"{self.time(rng)} tomorrow", f"in {rng.randint(2, 50)} min", "in 2 hrs",
                           "tomorrow afternoon", f"on the {rng.randint(4, 20)}th", f"in {rng.randint(2, 4)} weeks"))  # fmt: skip

    def period(self, rng: random.Random) -> str:
        if rng.random() < 0.35:
            return self.pick("written_period", rng)
        month = rng.choice(lexicon.MONTHS)
        return rng.choice(("this month", "this month", "this week", "last month", "last week", "today", "yesterday", "this year",
                           "last year", month, month.lower(), f"{month} {rng.randint(2024, 2026)}", f"the last {rng.randint(2, 90)} days",
                           "2025", f"last {rng.randint(3, 60)} days", "the past week", "the last two weeks", f"since {month}",
                           "the past month", "so far this month"))  # fmt: skip

    def filename(self, rng: random.Random) -> str:
        if rng.random() < 0.3:
            return self.pick("written_filename", rng)
        stem = self.pick("stem", rng) if rng.random() < 0.7 else self.word(rng).lower()
        name = f"{stem}.{rng.choice(lexicon.EXTENSIONS)}"
        return f"{self.pick('folder_name', rng)}/{name}" if rng.random() < 0.15 else name

    def folder(self, rng: random.Random) -> str:
        name = self.pick("folder_name", rng) if rng.random() < 0.75 else self.word(rng)
        return rng.choice((name, name, name, f"{name}/", f"./{name}", f"~/{name}", f"/{name}"))

    def url(self, rng: random.Random) -> str:
        host = f"{self.word(rng).lower()}.{rng.choice(('com', 'org', 'net', 'io', 'dev', 'co.uk', 'de'))}"
        path = rng.choice(("", "", f"/{self.word(rng).lower()}", f"/{self.word(rng).lower()}/{self.digit(rng)}", "/index.html",
                           f"/blog/{self.word(rng).lower()}"))  # fmt: skip
        return rng.choice(("https://", "https://", "http://", "", "www.", "https://www.")) + host + path

    def expression(self, rng: random.Random) -> str:
        if rng.random() < 0.4:
            return self.pick("written_expression", rng)
        a, b, c = self.number(rng), self.number(rng), self.integer(rng)
        small = self.digit(rng)
        sign = rng.choice(("+", "-", "*", "/", "x", "×", "÷", "+", "*", "-"))
        gap = rng.choice((" ", " ", ""))
        word = rng.choice(("plus", "minus", "times", "divided by", "multiplied by", "over", "x"))
        return rng.choice((f"{a}{gap}{sign}{gap}{b}", f"{a}{gap}{sign}{gap}{b}", f"{a} {word} {b}", f"{c}% of {b}", f"{a}{gap}+{gap}{b}{gap}*{gap}{small}",
                           f"({a} + {b}) {sign} {small}", f"square root of {c}", f"sqrt({c})", f"{small}^{small}", f"{c} squared",
                           f"{a}{gap}{sign}{gap}{b}{gap}{sign}{gap}{c}", f"{c} percent of {a}", f"{small} to the power of {small}",
                           f"half of {c}", f"{c} cubed", f"{a} {word} {small}", f"the square root of {c}", f"{c} mod {small}",
                           f"{small}*({a}-{b})", f"{a} - {c}%", f"{a} + {c}%", f"({a}{sign}{b})/{small}", f"{c}**{small}",
                           f"sum of {a} and {b}", f"{a} {word} {b} {word} {small}", f"{small}! + {c}", f"a third of {c}"))  # fmt: skip
