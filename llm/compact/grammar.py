"""The grammar of one call in the compact form, made anew for each request from the tools and words at hand.

What it accepts is a call that exists: known tool, its arguments in order, values that the request contains,
references only to fields of earlier steps that have the right kind. Written in the Lark dialect of
llguidance; markers are tokens, so no text can imitate them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .form import ArgumentCard, Marker, TextEncoder, ToolCard
from .shapes import regions
from .values import chunks, numbers

_NUMERIC = ("int", "number")


class CompactGrammar:
    """Builds grammars for one request."""

    def __init__(self, request: str, tokenizer: TextEncoder) -> None:
        self.request = request
        self.token = {marker: f"<[{tokenizer.token_id(marker.value)}]>" for marker in Marker}
        self._terminals = {"SPAN": _span(request)}
        self._words = {chunk.lower() for chunk in chunks(request)}
        self._whole = numbers(request, whole=True)
        self._numbers = numbers(request, whole=False)

    def call(self, tools: Iterable[ToolCard], earlier: Sequence[ToolCard], more: bool | None) -> str:
        """One call, without its opening marker. ``more``: another must follow, must not, or None: may."""
        rules: list[str] = []
        names: list[str] = []
        for index, card in enumerate(tools):
            body = json.dumps(card.name)
            for position, argument in enumerate(card.arguments):
                options = self._options(argument, earlier)
                if not options:
                    continue
                rule = f"value_{index}_{position}"
                named = f"{self.token[Marker.ARG]} {json.dumps(argument.name)} {rule}"
                body += f" {named}" if argument.required else f" ({named})?"
                rules.append(f"{rule}: {' | '.join(options)}")
            names.append(f"tool_{index}")
            rules.append(f"tool_{index}: {body}")
        tail = {True: self.token[Marker.CALL], False: "", None: f"{self.token[Marker.CALL]}?"}[more]
        return self._grammar(f"({' | '.join(names)}) {tail}", rules)

    def _options(self, argument: ArgumentCard, earlier: Sequence[ToolCard]) -> list[str]:
        """The forms that a value can take; none where the request says nothing of an optional argument."""
        options: list[str] = []
        literal = self._literal(argument)
        if literal:
            options.append(f"{self.token[Marker.VAL]} ({literal})")
        references = [
            f"{step}.{field}"
            for step, card in enumerate(earlier, start=1)
            for field, kind in card.fields.items()
            if (kind in _NUMERIC) == (argument.kind in _NUMERIC) and argument.kind not in ("choice", "bool")
        ]
        if references:
            options.append(f"{self.token[Marker.REF]} ({_alternatives(references)})")
        if argument.required:
            options.append(self.token[Marker.ASK])
        return options

    def _literal(self, argument: ArgumentCard) -> str:
        if argument.kind == "bool":
            return _alternatives(("true", "false"))
        if argument.kind == "choice":
            return _alternatives(argument.choices)
        if argument.kind in _NUMERIC:
            return _alternatives(self._whole if argument.kind == "int" else self._numbers)
        known = [*argument.choices, *(v for v, words in argument.implied.items() if self._words & {*words})]
        spans = [] if argument.closed else self._spans(argument.shape)
        return " | ".join([*spans, *([_alternatives(known)] if known else [])])

    def _spans(self, shape: str) -> list[str]:
        """The terminals for spans of ``shape``, one for each stretch of the request that has it."""
        stretches = regions(self.request, shape)
        if list(stretches) == [self.request]:
            return ["SPAN"]
        named = {f"{shape.upper()}_{index}": _span(text) for index, text in enumerate(stretches)}
        self._terminals |= named
        return list(named)

    def fact(self) -> str:
        """Subject, key and value of a told fact."""
        subject, key, value = (self._named(name) for name in ("subject", "key", "value"))
        return self._grammar(f'{subject} (SPAN | "me") {key} SPAN {value} SPAN', [])

    def topic(self) -> str:
        """Subject and, if any, key of what is asked for or withdrawn."""
        return self._grammar(f'{self._named("subject")} (SPAN | "me") ({self._named("key")} SPAN)?', [])

    def _named(self, name: str) -> str:
        return f"{self.token[Marker.ARG]} {json.dumps(name)} {self.token[Marker.VAL]}"

    def _grammar(self, start: str, rules: Iterable[str]) -> str:
        used = f"{start} {' '.join(rules)}"
        terminals = [f"{name}: {text}" for name, text in self._terminals.items() if name in used]
        return "\n".join([f"start: {start}", *rules, *terminals])


def _span(text: str) -> str:
    """Any stretch of ``text`` from one chunk to another."""
    return f"%regex {json.dumps({'substring_chunks': chunks(text)})}"


def _alternatives(values: Iterable[str]) -> str:
    return " | ".join(json.dumps(value) for value in values)


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of an answer that reports one result. ``empty`` says that there may be nothing to show."""

    slots: tuple[str, ...]
    empty: bool
    bare: bool = False
    """Whether it is one of its slots, and no words beside it."""


def answer_grammar(tokenizer: TextEncoder, segments: Sequence[Segment]) -> str:
    """For each segment free words without digits and its own slots, at least one unless it may be empty.

    So figures enter an answer only through a slot, and no result is reported by words alone.
    """
    slot, between = (f"<[{tokenizer.token_id(marker.value)}]>" for marker in (Marker.SLOT, Marker.RESULT))
    rules: list[str] = []
    for number, segment in enumerate(segments):
        if segment.slots:
            rules.append(f"slot_{number}: {slot} ({_alternatives(segment.slots)}) {slot}")
            filled = f"slot_{number}" if segment.bare else f"TEXT? (slot_{number} TEXT?)+"
            may_be_empty = segment.empty and not segment.bare
            rules.append(f"segment_{number}: {f'TEXT | {filled}' if may_be_empty else filled}")
        else:
            rules.append(f"segment_{number}: TEXT")
    start = f" {between} ".join(f"segment_{number}" for number in range(len(segments)))
    return "\n".join([f"start: {start}", *rules, "TEXT: /[^0-9]{1,120}/"])


def reply_grammar() -> str:
    """Free words, with no marker among them."""
    return "start: TEXT\nTEXT: /(?s:.{1,400})/"
