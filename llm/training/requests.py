"""Requests to the built-in tools: one call, several, with a reference between them, or with something missing."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..compact.form import ASK, Call, Reference, Value
from . import sentences, spoken
from .frames import BUILT_IN, built_in_slots
from .spoken import Asking
from .templates import Part, Sentence, Slot, expand, split_templates
from .values import Vocabulary
from .whole_plans import WholePlans


@dataclass(frozen=True, slots=True)
class Request:
    sentence: Sentence
    calls: tuple[Call, ...]


# What a result is called when a later clause takes it up: tool → fields that fit text arguments.
_CONTENT = {"read_file": "content", "fetch_page": "content"}
_PRODUCERS = (
    "calculate", "calculate", "convert_units", "convert_units", "convert_units", "current_time", "date_difference", "date_add", "expense_report", "read_file", "fetch_page", "web_search", "list_tasks", "search_notes", "list_files", "search_files", "run_command", "calculate",
)  # fmt: skip
_TEXT_CONSUMERS: tuple[tuple[str, str, str], ...] = (
    ("write_file", "content", "(save|write|put|store) (it|that|this|the result|the answer|the output|the text|everything|the content) (to|in|into) {file}"),
    ("write_file", "content", "(save|write) (it|the result|that) (as|to a file called|to the file|in a file named) {file}"),
    ("write_file", "content", "(put|dump|export|copy) (it|the result|that|them|this) (to|into|in) {file}"),
    ("write_file", "content", "create {file} with (it|the result|that|the answer)"),
    ("write_file", "content", "store (it|the answer|the number) in {file}"),
    ("add_note", "text", "(note it|note that|note it down|write it down|note the result|make a note of it|add it to my notes|save it as a note|jot it down|put it in my notes|note that down|keep a note of it|make a note with the result|save the result as a note|note the answer|add a note with it)"),
    ("add_note", "text", "(add|make|take|save) a note (with|of|about) (it|that|the result|the answer|the content|the output)"),
    ("add_note", "text", "(copy|paste|put|save) (it|that|the text|the contents) (in|into|to) my notes"),
)  # fmt: skip
# How often, producer, consumer, its argument, the field it takes, follow-up clauses, more of them in spoken.tsv.
_SPECIAL: tuple[tuple[float, str, str, str, str, tuple[str, ...], str], ...] = (
    (0.08, "web_search", "fetch_page", "url", "url", ("(open|fetch|read|get|show me) the (first|top) (result|hit|link|page)", "read the first one", "open the best (match|result)"), "FOLLOW_fetch"),
    (0.06, "calculate", "convert_units", "value", "value", ("convert (it|that|the result) from {pair_to}", "(convert|turn) the (result|answer) from {pair_into}"), ""),
    (0.06, "date_add", "set_reminder", "at", "date", ("set a reminder (for|on) (that day|that date|it) to {deed}", "remind me (on that day|on that date|then) to {deed}", "remind me to {deed} (then|on that day)"), "FOLLOW_remind"),
    (0.04, "expense_report", "convert_units", "value", "total", ("convert (it|that|the total) from {pair_to}", "tell me (it|the total) {pair_in}"), ""),
)  # fmt: skip
_JOINTS = (
    " and ", " and ", " and ", " and then ", ", then ", " then ", ", and ", " and also ", ". then ", ", after that ", "; ", ". also ", ", also ", " & ",
    ", and then ", ". ", ", ", " + ", " plus ", " and afterwards ", ". after that ", ". and ", ", plus ", " and please ", ", next ", " as well as ", "\n", " and finally ", " n ",
)  # fmt: skip
_POLITE = re.compile(r"^(can you|could you|please) ", re.IGNORECASE)


# Tools with something to learn by heart, such as which purchase belongs to which category, come more often.
_OFTEN = (*BUILT_IN, "add_expense", "add_expense", "add_expense", "list_files", "date_add", "expense_report")


class BuiltInRequests:
    """Sentences for the built-in tools over one side of each split."""

    def __init__(self, words: Vocabulary, held_out_frames: bool) -> None:
        self.words = words
        self.slots: Mapping[str, Slot] = built_in_slots(words)
        self.held_out = held_out_frames
        self.whole_plans = WholePlans(self.slots, held_out_frames)
        self.frames: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
        for tool in BUILT_IN:
            weighted: list[tuple[str, Mapping[str, str]]] = [
                (template, {}) for template in self._side(sentences.PLAIN.get(tool, ()))
            ]
            for source in (sentences.FIXED.get(tool, ()), spoken.spoken(tool)):
                fixed = dict(source)
                weighted += [(template, fixed[template]) for template in self._side(tuple(fixed))]
            self.frames[tool] = weighted
        self.asking: dict[str, list[tuple[str, Asking]]] = {}
        for tool, frames in sentences.ASKING.items():
            here = {template: Asking(missing, {}) for template, missing in frames}
            for source in (here, spoken.asking(tool)):
                side = self._side(tuple(source))
                self.asking.setdefault(tool, []).extend((template, source[template]) for template in side)
        self.consumers = [
            *_TEXT_CONSUMERS,
            *(
                ("write_file", "content", template)
                for template in self._side(spoken.templates("FOLLOW_write"))
            ),
            *(("add_note", "text", template) for template in self._side(spoken.templates("FOLLOW_note"))),
        ]

    def _side(self, templates: tuple[str, ...]) -> tuple[str, ...]:
        return split_templates(templates, self.held_out)

    def single(self, rng: random.Random, tool: str | None = None) -> Request:
        tool = tool or rng.choice(_OFTEN)
        template, fixed = rng.choice(self.frames[tool])
        sentence = expand(template, rng, self.slots)
        return Request(sentence, (_call(tool, {**sentence.args, **fixed}),))

    def missing(self, rng: random.Random) -> Request:
        tool = rng.choice(list(self.asking))
        template, asked = rng.choice(self.asking[tool])
        sentence = expand(template, rng, self.slots)
        args = {**sentence.args, **asked.fixed, **dict.fromkeys(asked.missing, ASK)}
        return Request(sentence, (_call(tool, args),))

    def clause(self, rng: random.Random, tool: str | None = None) -> Request:
        """A request fit to stand beside others in one sentence."""
        while True:
            request = self.single(rng, tool)
            if len(request.sentence.text) < 90:
                return Request(_as_clause(request.sentence), request.calls)

    def whole(self, cell: str, rng: random.Random) -> Request:
        """Several steps in a sentence that was written whole."""
        return Request(*self.whole_plans.draw(cell, rng))

    def independent(self, rng: random.Random, count: int) -> Request:
        if rng.random() < 0.12:
            return self._several_items(rng)
        requests = [self.clause(rng) for _ in range(count)]
        if count == 2 and rng.random() < 0.25:
            requests[1] = self.clause(
                rng, rng.choice(("list_tasks", "list_tasks", "expense_report", "add_task", "set_reminder"))
            )
        return _join(requests, rng)

    def _several_items(self, rng: random.Random) -> Request:
        """One sentence that calls the same tool for each of two or three items."""
        count = rng.choice((2, 2, 3))
        if rng.random() < 0.7:
            items = [self.words.pick("grocery" if rng.random() < 0.6 else "chore", rng) for _ in range(count)]
            template = rng.choice(
                (
                    "add {} to my tasks",
                    "put {} on my todo list",
                    "add tasks: {}",
                    "new tasks: {}",
                    "add {} to my list",
                    "i need to {}, add them to my list",
                    "todo: {}",
                    "add {} as separate tasks",
                )
            )
            calls = [_call("add_task", {"title": item}) for item in items]
        else:
            items = [self.words.pick("city", rng) for _ in range(count)]
            template = rng.choice(
                ("what time is it in {}?", "time in {}", "current time in {}", "what's the time in {}")
            )
            calls = [_call("current_time", {"timezone": item}) for item in items]
        before, _, after = template.partition("{}")
        parts = [Part(before)]
        for index, item in enumerate(items):
            parts += [Part("" if index == 0 else " and " if index == count - 1 else ", "), Part(item, True)]
        return Request(Sentence((*parts, Part(after)), {}), tuple(calls))

    def referring(self, rng: random.Random) -> Request:
        """Two steps where the second takes up the first's result."""
        chance = rng.random()
        for share, producer, consumer, argument, field, tails, group in _SPECIAL:
            if chance < share:
                first = self.clause(rng, producer)
                tail = rng.choice((*tails, *self._side(spoken.templates(group))))
                given = {argument: Reference(1, field)}
                return _join([first, self._consume(consumer, given, tail, rng)], rng)
            chance -= share
        tool = rng.choice(_PRODUCERS)
        first = self.clause(rng, tool)
        consumer, argument, template = rng.choice(self.consumers)
        field = _CONTENT.get(tool, "text")
        if rng.random() < 0.12 and tool in _CONTENT:
            return self._copying(rng)
        return _join([first, self._consume(consumer, {argument: Reference(1, field)}, template, rng)], rng)

    def _copying(self, rng: random.Random) -> Request:
        source, target = self.words.filename(rng), self.words.filename(rng)
        before, middle, after = rng.choice(
            (
                ("copy ", " to ", ""),
                ("copy the contents of ", " into ", ""),
                ("read ", " and write it to ", ""),
                ("duplicate ", " as ", ""),
                ("put the text of ", " in ", ""),
            )
        )
        parts = (Part(before), Part(source, True), Part(middle), Part(target, True), Part(after))
        calls = (
            _call("read_file", {"path": source}),
            _call("write_file", {"path": target, "content": Reference(1, "content")}),
        )
        return Request(Sentence(parts, {}), calls)

    def _consume(self, tool: str, given: Mapping[str, Value], template: str, rng: random.Random) -> Request:
        sentence = expand(template, rng, self.slots)
        return Request(sentence, (_call(tool, {**sentence.args, **given}),))

    def three_steps(self, rng: random.Random) -> Request:
        if rng.random() < 0.3:
            return self.independent(rng, 3)
        first = self.referring(rng)
        if rng.random() < 0.25:
            second = self.referring(rng)
            lead = self.clause(rng)
            return _join([lead, Request(_as_clause(second.sentence), _shift(second.calls, 1))], rng)
        if rng.random() < 0.4 and first.calls[0].tool in _PRODUCERS:
            consumer, argument, template = rng.choice(self.consumers)
            field = _CONTENT.get(first.calls[0].tool, "text")
            return _join(
                [first, self._consume(consumer, {argument: Reference(1, field)}, template, rng)], rng
            )
        return _join([first, self.clause(rng)], rng)


def _shift(calls: tuple[Call, ...], by: int) -> tuple[Call, ...]:
    return tuple(
        Call(
            call.tool,
            {
                name: Reference(value.step + by, value.field) if isinstance(value, Reference) else value
                for name, value in call.args.items()
            },
        )
        for call in calls
    )


def _call(tool: str, args: Mapping[str, Value]) -> Call:
    """Arguments in signature order, as the grammar wants them."""
    return Call(tool, {a.name: args[a.name] for a in BUILT_IN[tool].arguments if a.name in args})


def _as_clause(sentence: Sentence) -> Sentence:
    """Without the closing mark and the opening politeness."""
    parts = list(sentence.parts)
    if parts and not parts[-1].copied:
        parts[-1] = Part(parts[-1].text.rstrip("?!. "))
    if parts and not parts[0].copied:
        parts[0] = Part(_POLITE.sub("", parts[0].text))
    return Sentence(tuple(parts), sentence.args)


def _join(requests: list[Request], rng: random.Random) -> Request:
    joint = rng.choice(_JOINTS)
    opening = (
        rng.choice(("first ", "first, ", "two things: ", "both: ", "1) ")) if rng.random() < 0.04 else ""
    )
    parts = [Part(opening)]
    for index, request in enumerate(requests):
        if index:
            only_and = index < len(requests) - 1 and len(requests) > 2 and rng.random() < 0.6
            parts.append(Part(", " if only_and else joint))
        parts += request.sentence.parts
    return Request(Sentence(tuple(parts), {}), tuple(call for request in requests for call in request.calls))
