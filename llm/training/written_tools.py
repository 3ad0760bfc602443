"""Tools such as plugins bring, each with the words in which people would ask for it: ``material/tools.jsonl``.

Half of what people say shares no word with the tool's name, so the description has to be understood. The split is by topic:
no tool of a held-out topic is ever seen in training.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..compact.form import ArgumentCard, ToolCard, Value
from .frames import number_argument
from .spoken import lines_of
from .templates import Filled, Sentence, Slot, expand, split_words
from .values import Vocabulary

_SLOT = re.compile(r"\{(\w+)\}")
# What a description begins with when the tool changes the world, so that no search could serve in its place.
_ACTING = frozenset(
    "send turn play book order set lock unlock start stop pause resume create open close move rename delete remove cancel "
    "add post publish upload download print record call dial schedule reserve buy sell transfer pay mute dim switch arm "
    "restart deploy merge push commit archive assign invite rsvp reply forward water feed clean dock raise lower skip".split()
)


@dataclass(frozen=True, slots=True)
class WrittenTool:
    card: ToolCard
    values: Mapping[str, Any]
    says: tuple[str, ...]

    def complete(self, say: str) -> bool:
        """Whether ``say`` gives every required argument."""
        given = set(_SLOT.findall(say))
        return all(argument.name in given for argument in self.card.arguments if argument.required)

    @property
    def acts(self) -> bool:
        return self.card.description.split(" ")[0].lower() in _ACTING


@cache
def _by_topic() -> Mapping[str, tuple[WrittenTool, ...]]:
    topics: dict[str, list[WrittenTool]] = {}
    for line in lines_of("tools.jsonl"):
        row = json.loads(line)
        arguments = tuple(
            ArgumentCard(a["name"], a["kind"], a["required"], tuple(a.get("choices", ())))
            for a in row["arguments"]
        )
        values = {a["name"]: a.get("choices") or a["values"] for a in row["arguments"]}
        tool = WrittenTool(
            ToolCard(row["name"], row["description"], arguments, {"text": "text"}), values, tuple(row["say"])
        )
        topics.setdefault(row["topic"], []).append(tool)
    return {topic: tuple(tools) for topic, tools in topics.items()}


class WrittenTools:
    def __init__(self, words: Vocabulary, held_out: bool) -> None:
        topics = _by_topic()
        self.words = words
        self.tools = [tool for topic in split_words(tuple(topics), held_out) for tool in topics[topic]]
        self.asking = [tool for tool in self.tools if not all(map(tool.complete, tool.says))]

    def card(self, rng: random.Random) -> ToolCard:
        return rng.choice(self.tools).card

    def call(
        self, rng: random.Random, ask: bool
    ) -> tuple[WrittenTool, Sentence, dict[str, Value], str | None]:
        """A tool, what is said, the arguments in signature order, and the required argument that is left out."""
        tool = rng.choice(self.asking if ask else self.tools)
        template = rng.choice([say for say in tool.says if tool.complete(say) != ask])
        slots = {
            argument.name: self._slot(argument, tool.values[argument.name])
            for argument in tool.card.arguments
        }
        sentence = expand(template, rng, slots)
        missing = next(
            (a.name for a in tool.card.arguments if a.required and a.name not in sentence.args), None
        )
        args = {a.name: sentence.args[a.name] for a in tool.card.arguments if a.name in sentence.args}
        return tool, sentence, args, missing

    def _slot(
        self, argument: ArgumentCard, values: str | Sequence[str] | Mapping[str, Sequence[str]]
    ) -> Slot:
        def slot(rng: random.Random) -> Filled:
            if isinstance(values, Mapping):
                meant = rng.choice(list(values))
                return Filled(rng.choice(values[meant]), {argument.name: meant})
            surface = (
                self.words.value(values[1:], rng)
                if isinstance(values, str)
                else self.words.fill(str(rng.choice(values)), rng)
            )
            if argument.kind in ("int", "number"):
                surface = surface.replace(",", "")
                return Filled(surface, {argument.name: number_argument(surface)})
            return Filled(surface, {argument.name: surface})

        return slot
