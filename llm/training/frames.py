"""What people say to each built-in tool, as templates, and what its slots mean.

Signatures repeat those of the built-in tools because the layers never import each other; a test compares them.
"""

import random
import re
from collections.abc import Mapping
from functools import cache

from ..compact.form import ArgumentCard, ToolCard
from . import lexicon
from .spoken import lines_of
from .templates import Filled, Slot
from .values import Vocabulary

CATEGORIES = tuple(lexicon.PURCHASES)
PATTERNS = {
    pattern: tuple(kind for kind, meant in lexicon.KINDS_OF_FILE.items() if meant == pattern)
    for pattern in lexicon.KINDS_OF_FILE.values()
}
# A category is named itself or by what was bought.
CATEGORY_WORDS = {
    category: tuple(
        sorted(
            {category, *re.findall(r"[a-z]{3,}", re.sub(r"\{\w+\}", "", bought))}
            - {"the", "and", "for", "with"}
        )
    )
    for category, bought in lexicon.PURCHASES.items()
}
TODAY = ("today",)


def _card(name: str, fields: Mapping[str, str], *arguments: ArgumentCard) -> ToolCard:
    return ToolCard(name, "", arguments, {"text": "text", **fields})


def _text(name: str, required: bool = True, choices: tuple[str, ...] = (), shape: str = "") -> ArgumentCard:
    return ArgumentCard(name, "text", required, choices, shape=shape)


BUILT_IN: dict[str, ToolCard] = {
    card.name: card
    for card in (
        _card("calculate", {"value": "number"}, _text("expression", shape="sum")),
        _card("convert_units", {"value": "number", "unit": "text"}, ArgumentCard("value", "number", True),
              _text("from_unit"), _text("to_unit")),
        _card("current_time", {"time": "text", "date": "text", "timezone": "text"}, _text("timezone", False)),
        _card("date_difference", {"days": "int"}, _text("start", True, TODAY, "moment"), _text("end", True, TODAY, "moment")),
        _card("date_add", {"date": "text"}, _text("date", True, TODAY, "moment"), ArgumentCard("days", "int", True)),
        _card("list_files", {"count": "int"}, _text("path", False), ArgumentCard("pattern", "text", False, implied=PATTERNS)),
        _card("read_file", {"content": "text", "path": "text"}, _text("path")),
        _card("write_file", {"path": "text", "bytes": "int"}, _text("path"), _text("content")),
        _card("search_files", {"count": "int"}, _text("query"), _text("path", False)),
        _card("add_note", {"id": "text"}, _text("text")),
        _card("search_notes", {"count": "int"}, _text("query")),
        _card("add_task", {"title": "text", "due": "text", "id": "text"}, _text("title"), _text("due", False, shape="moment")),
        _card("list_tasks", {"count": "int"}, ArgumentCard("status", "choice", False, ("open", "done", "all"))),
        _card("complete_task", {"title": "text", "id": "text"}, _text("title")),
        _card("set_reminder", {"at": "text", "id": "text"}, _text("text"), _text("at", shape="moment")),
        _card("add_expense", {"amount": "number", "category": "text", "id": "text"}, ArgumentCard("amount", "number", True),
              ArgumentCard("category", "text", True, CATEGORIES, closed=True), _text("description", False), _text("date", False, shape="moment")),
        _card("expense_report", {"total": "number", "count": "int", "period": "text"}, _text("period", True, ("this month",), "moment"),
              ArgumentCard("category", "text", False, implied=CATEGORY_WORDS, closed=True)),
        _card("web_search", {"url": "text"}, _text("query")),
        _card("fetch_page", {"content": "text", "title": "text", "url": "text"}, _text("url", shape="address")),
        _card("run_command", {"output": "text", "exit_code": "int"}, _text("command")),
    )
}  # fmt: skip


def number_argument(surface: str) -> str:
    """The number in a surface form, as an argument writes it: ``$1,200`` → ``1200``, ``41,50`` → ``41.50``."""
    surface = re.sub(r"(?<!\d)(\d+),(\d{1,2})(?!\d)", r"\1.\2", surface)
    return "".join(sign for sign in surface if sign.isdigit() or sign in ".-")


@cache
def purchases() -> Mapping[str, tuple[str, ...]]:
    """What is bought, by category: the lexicon's, and those of ``material/purchases.tsv``."""
    things = {category: named.split("|") for category, named in lexicon.PURCHASES.items()}
    for line in lines_of("purchases.tsv"):
        category, thing = line.split("\t")
        things[category].append(thing)
    return {category: tuple(dict.fromkeys(named)) for category, named in things.items()}


def built_in_slots(words: Vocabulary) -> dict[str, Slot]:
    """Slots shared by the frames of all tools: the surface form and the arguments that it stands for."""

    bought = purchases()

    def same(argument: str, kind: str) -> Slot:
        def slot(rng: random.Random) -> Filled:
            surface = words.value(kind, rng)
            return Filled(surface, {argument: surface})

        return slot

    def value(rng: random.Random) -> Filled:
        surface = words.number(rng)
        return Filled(surface, {"value": number_argument(surface)})

    def units(rng: random.Random) -> tuple[str, str]:
        first, _, second = rng.choice(lexicon.UNIT_PAIRS).partition(" ")
        pair = rng.choice(lexicon.UNIT_PAIRS).split(" ")
        return (pair[0], pair[1]) if len(pair) == 2 else (first, second)

    def pair(template: str) -> Slot:
        def slot(rng: random.Random) -> Filled:
            source, target = units(rng)
            surface = template.replace("FROM", source).replace("TO", target)
            return Filled(surface, {"from_unit": source, "to_unit": target})

        return slot

    def purchase(rng: random.Random) -> Filled:
        category = rng.choice(CATEGORIES)
        surface = words.fill(rng.choice(bought[category]), rng)
        article, _, rest = surface.partition(" ")
        described = rest if article in ("a", "an", "the") and rest else surface
        return Filled(surface, {"category": category, "description": described})

    def category(rng: random.Random) -> Filled:
        name = rng.choice(CATEGORIES[:-1])
        return Filled(name, {"category": name})

    def amount(rng: random.Random) -> Filled:
        surface = words.money(rng)
        return Filled(surface, {"amount": number_argument(surface)})

    def many(rng: random.Random) -> Filled:
        source, target = units(rng)
        amount_text = words.number(rng)
        surface = rng.choice((f"how many {target} are in {amount_text} {source}", f"how many {target} is {amount_text} {source}", f"{amount_text} {source} in {target}",
                              f"how many {target} in {amount_text} {source}", f"how much is {amount_text}{source} in {target}", f"{amount_text} {source} is how many {target}",
                              f"{amount_text} {source} equals how many {target}", f"how many {target} does {amount_text} {source} make"))  # fmt: skip
        return Filled(
            surface, {"value": number_argument(amount_text), "from_unit": source, "to_unit": target}
        )

    def unit_only(argument: str) -> Slot:
        def slot(rng: random.Random) -> Filled:
            unit = units(rng)[0]
            return Filled(unit, {argument: unit})

        return slot

    def quoted(slot: Slot, mark: str = "") -> Slot:
        def inner(rng: random.Random) -> Filled:
            filled = slot(rng)
            sign = mark or rng.choice("\"'")
            return Filled(f"{sign}{filled.surface}{sign}", filled.args)

        return inner

    def days(rng: random.Random) -> Filled:
        count = rng.choice((rng.randint(2, 30), rng.randint(10, 365)))
        if rng.random() < 0.25:
            weeks = rng.randint(1, 12)
            surface = "a week" if weeks == 1 else f"{rng.choice((str(weeks), _word(weeks)))} weeks"
            return Filled(surface, {"days": str(weeks * 7)})
        surface = str(count) if count > 12 or rng.random() < 0.7 else _word(count)
        return Filled(f"{surface} days", {"days": str(count)})

    def days_before(rng: random.Random) -> Filled:
        filled = days(rng)
        return Filled(filled.surface, {"days": f"-{filled.args['days']}"})

    def kind(rng: random.Random) -> Filled:
        name = rng.choice(list(lexicon.KINDS_OF_FILE))
        return Filled(name, {"pattern": lexicon.KINDS_OF_FILE[name]})

    def glob(rng: random.Random) -> Filled:
        surface = rng.choice(
            (f"*.{rng.choice(lexicon.EXTENSIONS)}", f"{words.pick('stem', rng)}*", "*.py", "*.txt")
        )
        return Filled(surface, {"pattern": surface})

    def holiday(argument: str) -> Slot:
        def slot(rng: random.Random) -> Filled:
            surface = rng.choice(lexicon.HOLIDAYS) if rng.random() < 0.5 else words.date(rng)
            surface = rng.choice((surface, surface.capitalize()))
            return Filled(surface, {argument: surface})

        return slot

    def item(rng: random.Random) -> Filled:
        choice = rng.random()
        surface = (
            words.pick("chore", rng) if choice < 0.65
            else words.pick("grocery", rng) if choice < 0.78
            else words.phrase(rng)
        )  # fmt: skip
        return Filled(surface, {"title": surface})

    def note(rng: random.Random) -> Filled:
        surface = words.pick("fact_note", rng) if rng.random() < 0.8 else words.phrase(rng)
        return Filled(surface, {"text": surface})

    def deed(rng: random.Random) -> Filled:
        choice = rng.random()
        surface = (
            words.pick("deed", rng) if choice < 0.5
            else words.pick("chore", rng) if choice < 0.88
            else f"{words.word(rng)} the {words.word(rng)}"
        )  # fmt: skip
        return Filled(surface, {"text": surface})

    def content(rng: random.Random) -> Filled:
        surface = words.pick("content", rng) if rng.random() < 0.5 else rng.choice(
            (words.pick("fact_note", rng), words.phrase(rng), "hello world", words.pick("chore", rng), words.word(rng),
             f"{words.pick('grocery', rng)}, {words.pick('grocery', rng)}", words.code(rng), f"hello {words.pick('person', rng)}")
        )  # fmt: skip
        return Filled(surface, {"content": surface})

    def knowledge(rng: random.Random) -> Filled:
        surface = words.pick("knowledge", rng)
        return Filled(surface, {"query": surface})

    def file_query(rng: random.Random) -> Filled:
        surface = words.pick("file_query", rng) if rng.random() < 0.4 else rng.choice((words.word(rng), words.phrase(rng), "TODO", words.code(rng), words.pick("person", rng), "invoice",
                              "error", "password", f"{words.word(rng)}_{words.word(rng)}", "import torch"))  # fmt: skip
        return Filled(surface, {"query": surface})

    return {
        "expression": same("expression", "expression"),
        "value": value,
        "pair_to": pair("FROM to TO"),
        "pair_in": pair("FROM in TO"),
        "pair_into": pair("FROM into TO"),
        "place": same("timezone", "city"),
        "start": holiday("start"),
        "end": holiday("end"),
        "date": same("date", "date"),
        "days": days,
        "days_before": days_before,
        "folder": same("path", "folder"),
        "file": same("path", "filename"),
        "kind": kind,
        "glob": glob,
        "content": content,
        "file_query": file_query,
        "note": note,
        "topic": same("query", "note_topic"),
        "item": item,
        "due": same("due", "due"),
        "deed": deed,
        "moment": same("at", "moment"),
        "amount": amount,
        "purchase": purchase,
        "category": category,
        "bought_on": same("date", "day_past"),
        "period": same("period", "period"),
        "web": same("query", "web_topic"),
        "knowledge": knowledge,
        "url": same("url", "url"),
        "command": same("command", "command"),
        "many": many,
        "from_only": unit_only("from_unit"),
        "to_only": unit_only("to_unit"),
        "quoted": quoted(content),
        "quoted_item": quoted(item),
        "quoted_query": quoted(file_query),
        "backticked": quoted(same("command", "command"), "`"),
        "category_only": category,
    }


def _word(number: int) -> str:
    return lexicon.NUMBER_WORDS[number] if number < len(lexicon.NUMBER_WORDS) else str(number)
