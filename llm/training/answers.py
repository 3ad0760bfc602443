"""Answers to finished calls: made-up results, and the sentence that reports them with slots instead of values.

A slot names ``step.field`` or ``step.argument``; the program puts the value in, so no number is ever retyped by a model.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from ..compact.form import Call, Marker, Piece, Reference, ResultCard
from .frames import BUILT_IN
from .personal import UNKNOWN, PersonalSentences, Told
from .values import Vocabulary

# tool → its answer; ``{field}`` is a slot. A second text is used when ``count`` is 0, a third when an argument is given.
WORDINGS: Mapping[str, str] = {
    "calculate": "{text}.",
    "convert_units": "{text}.",
    "current_time": "It is {time} on {date}.",
    "date_difference": "{text}.",
    "date_add": "{text}.",
    "list_files": "Here are the files:\n{text}",
    "read_file": "{path} says:\n{content}",
    "write_file": "Saved to {path}.",
    "search_files": "This is what I found:\n{text}",
    "add_note": "{text}",
    "search_notes": "Your notes say:\n{text}",
    "add_task": "Added {title} to your tasks.",
    "list_tasks": "Your tasks:\n{text}",
    "complete_task": "Marked {title} as done.",
    "set_reminder": "I will remind you at {at}.",
    "add_expense": "{text}",
    "expense_report": "{text}",
    "web_search": "This is what I found:\n{text}",
    "fetch_page": "{text}",
    "run_command": "{output}",
}
EMPTY: Mapping[str, str] = {
    "list_files": "There are no such files.",
    "search_files": "Nothing in your files matches {query}.",
    "search_notes": "None of your notes mentions {query}.",
    "list_tasks": "There are no tasks to show.",
}
WITH_ARGUMENT: Mapping[tuple[str, str], str] = {
    ("current_time", "timezone"): "It is {time} in {timezone}.",
    ("add_task", "due"): "Added {title} to your tasks, due {due}.",
}
OTHER_TOOL = "{text}"
FAILED = "That did not work: {error}"


@dataclass(frozen=True, slots=True)
class Simulated:
    card: ResultCard
    wording: str


def simulate(call: Call, rng: random.Random, words: Vocabulary) -> Simulated:
    """A plausible outcome of ``call`` with the wording that fits it."""
    tool = call.tool
    args = {name: "x" if isinstance(value, Reference) else str(value) for name, value in call.args.items()}
    if rng.random() < 0.1:
        message = rng.choice(("file not found", "no such task", "no search server is set", "outside the granted folders",
                              "the unit is not known", "timed out", "the date is not clear", words.phrase(rng)))  # fmt: skip
        return Simulated(ResultCard(tool, args, {}, error=message), FAILED)
    fields: dict[str, object] = {"text": words.phrase(rng)}
    number = words.number(rng)
    fields_of_tool = BUILT_IN[tool].fields if tool in BUILT_IN else {}
    for name in [name for name in fields_of_tool if name != "text"]:
        if name in ("value", "total", "amount", "bytes", "days", "exit_code"):
            fields[name] = args.get(name, number)
        elif name == "due" and name not in args:
            continue
        elif name == "count":
            fields[name] = 0 if rng.random() < 0.3 else rng.randint(1, 30)
        elif name == "date":
            fields[name] = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        elif name in ("time", "at"):
            fields[name] = words.time(rng)
        else:
            fields[name] = args.get(name, words.word(rng))
    if fields.get("count") == 0 and tool in EMPTY:
        return Simulated(ResultCard(tool, args, fields), EMPTY[tool])
    for (named, argument), wording in WITH_ARGUMENT.items():
        if named == tool and argument in args:
            return Simulated(ResultCard(tool, args, fields), wording)
    return Simulated(ResultCard(tool, args, fields), WORDINGS.get(tool, OTHER_TOOL))


def wording_pieces(wording: str, step: int) -> list[Piece]:
    """``{field}`` becomes a slot of ``step``."""
    pieces: list[Piece] = []
    for index, text in enumerate(wording.replace("}", "{").split("{")):
        if index % 2:
            pieces += [Marker.SLOT, f"{step}.{text}", Marker.SLOT]
        elif text:
            pieces.append(text)
    return pieces


def answer_pieces(results: list[Simulated]) -> list[Piece]:
    pieces: list[Piece] = []
    for step, result in enumerate(results, start=1):
        if step > 1:
            pieces.append(Marker.RESULT)
        pieces += wording_pieces(result.wording, step)
    return pieces


def fact_answer(
    personal: PersonalSentences, rng: random.Random
) -> tuple[Told, list[tuple[str, str, str]], list[Piece]]:
    """A question about one of up to four facts, or about none of them."""
    told = personal.telling(rng)
    others = [personal.telling(rng).fact for _ in range(rng.randint(0, 3))]
    facts = [fact for fact in others if fact.subject != told.fact.subject or fact.key != told.fact.key]
    if rng.random() < 0.2 or not told.asked_topic[1]:
        facts = [fact for fact in facts if fact.subject != told.fact.subject]
        if told.asked_topic[1]:
            return told, [(f.subject, f.key, f.value) for f in facts], [UNKNOWN]
    place = rng.randint(0, len(facts))
    facts.insert(place, told.fact)
    return told, [(f.subject, f.key, f.value) for f in facts], wording_pieces(told.fact.answer, place + 1)
