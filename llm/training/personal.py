"""Sentences about the user's own life: facts told, asked for and withdrawn. Data and the slots that fill it.

A told fact is (subject, key, value); all three are words of the sentence, but for ``me``, which stands for the speaker.
"""

import random
import re
from dataclasses import dataclass

from . import lexicon, spoken
from .templates import Part, Sentence, constant, expand, split_templates
from .values import Vocabulary

ME = "me"
_KEY_MARK = re.compile(r"\(K:([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Telling:
    """How one kind of fact is told and asked for. ``R`` is the subject, ``K`` the key, ``V`` the value."""

    told: tuple[str, ...]
    asked: tuple[str, ...]
    withdrawn: tuple[str, ...]
    answer: str
    """Answer with ``{subject}``, ``{key}`` and ``{value}`` as slots."""


POSSESSIVE = Telling(
    told=("{R}'s {K} is {V}", "the {K} of {R} is {V}", "{R} has the {K} {V}", "{R}'s {K}: {V}", "{K} of {R} is {V}", "{V} is {R}'s {K}", "{R}'s {K} changed to {V}", "{R}'s {K} is now {V}", "the {K} for {R} is {V}"),
    asked=("(what is|what's|whats) {R}'s {K}[?]", "(when|where) is {R}'s {K}[?]", "(what is|what's) the {K} (of|for) {R}[?]", "do you (know|remember) {R}'s {K}[?]", "{R}'s {K}[?]", "tell me {R}'s {K}", "what was {R}'s {K} [again][?]", "remind me what {R}'s {K} is", "which {K} does {R} have[?]", "what did i say {R}'s {K} was[?]", "can you recall {R}'s {K}[?]", "i forgot {R}'s {K}", "when's {R}'s {K}[?]", "what {K} does {R} have[?]"),
    withdrawn=("forget {R}'s {K}", "(delete|erase|remove) {R}'s {K} [from your memory]", "forget the {K} of {R}", "please forget what {R}'s {K} is", "wipe {R}'s {K}", "you can forget {R}'s {K}", "don't remember {R}'s {K} anymore", "stop remembering {R}'s {K}"),
    answer="{subject}'s {key} is {value}.",
)  # fmt: skip
OWN = Telling(
    told=("my {K} is {V}", "my {K}: {V}", "{V} is my {K}", "my {K} is now {V}", "my {K} changed to {V}", "my new {K} is {V}"),
    asked=("(what is|what's|whats) my {K}[?]", "(when|where) is my {K}[?]", "do you (know|remember) my {K}[?]", "my {K}[?]", "tell me my {K}", "what was my {K} [again][?]", "what did i say my {K} was[?]", "i forgot my {K}", "can you recall my {K}[?]", "when's my {K}[?]", "remind me what my {K} is", "which {K} do i have[?]"),
    withdrawn=("forget my {K}", "(delete|erase|remove) my {K} [from your memory]", "please forget my {K}", "don't remember my {K} anymore", "wipe my {K}", "stop remembering my {K}"),
    answer="Your {key} is {value}.",
)  # fmt: skip
CALLED = Telling(
    told=("{R} is (K:called|named) {V}", "{R} is (K:called|named) {V}", "{R} goes by the (K:name) {V}"),
    asked=("what is {R} (K:called|named)[?]", "what's {R}'s (K:name)[?]", "how is {R} (K:called)[?]", "who is {R}[?]", "what's the (K:name) of {R}[?]", "do you remember what {R} is (K:called)[?]"),
    withdrawn=("forget what {R} is (K:called)", "forget the (K:name) of {R}", "forget {R}'s (K:name)"),
    answer="{subject} is called {value}.",
)  # fmt: skip
VERBS_OF_ME = (
    ("live in", "{city}", "where do i (K:live)[?]", "live in"), ("work at", "{pseudo}", "where do i (K:work)[?]", "work at"), ("work as a", "(nurse|teacher|baker|plumber|lawyer)", "what do i (K:work) as[?]", "work as a"), ("love", "{grocery}", "what do i (K:love)[?]", "love"), ("like", "{grocery}", "what do i (K:like)[?]", "like"),
    ("hate", "{grocery}", "what do i (K:hate)[?]", "hate"), ("prefer", "{grocery}", "what do i (K:prefer)[?]", "prefer"), ("cook", "(vegetarian|vegan|gluten free|spicy food|indian)", "what do i (K:cook)[?]", "cook"), ("drive a", "{word}", "what do i (K:drive)[?]", "drive a"), ("speak", "(spanish|french|german|italian)", "what languages do i (K:speak)[?]", "speak"),
    ("was born in", "{city}", "where was i (K:born)[?]", "were born in"), ("was born on", "{date}", "when was i (K:born)[?]", "were born on"), ("am allergic to", "{grocery}", "what am i (K:allergic) to[?]", "are allergic to"), ("am from", "{city}", "where am i (K:from)[?]", "are from"), ("am", "(vegetarian|vegan|left-handed|a nurse|a teacher|diabetic|married|colour blind)", "what (K:am) i[?]", "are"),
    ("don't eat", "{grocery}", "what don't i (K:eat)[?]", "don't eat"), ("take", "{word} pills", "what do i (K:take)[?]", "take"), ("wear", "size {digit}{digit}", "what do i (K:wear)[?]", "wear"), ("study", "{word}", "what do i (K:study)[?]", "study"), ("have", "{digit} (kids|cats|dogs|brothers|sisters)", "how many (kids|cats|dogs) do i (K:have)[?]", "have"), ("use", "{pseudo}", "what do i (K:use)[?]", "use"), ("usually wake up at", "{time}", "when do i (K:wake up)[?]", "usually wake up at"), ("moved to", "{city}", "where did i (K:move)[?]", "moved to"), ("support", "{pseudo}", "who do i (K:support)[?]", "support"), ("can't stand", "{grocery}", "what can't i (K:stand)[?]", "can't stand"), ("drink", "{grocery}", "what do i (K:drink)[?]", "drink"), ("go to the gym on", "(mondays|tuesdays|fridays)", "when do i (K:go to the gym)[?]", "go to the gym on"),
)  # fmt: skip
VERBS_OF_OTHERS = (
    ("lives in", "{city}", "where does {R} (K:live)[?]"), ("works at", "{pseudo}", "where does {R} (K:work)[?]"), ("likes", "{grocery}", "what does {R} (K:like)[?]"), ("loves", "{grocery}", "what does {R} (K:love)[?]"), ("hates", "{grocery}", "what does {R} (K:hate)[?]"), ("is allergic to", "{grocery}", "what is {R} (K:allergic) to[?]"),
    ("was born in", "{city}", "where was {R} (K:born)[?]"), ("was born on", "{date}", "when was {R} (K:born)[?]"), ("is", "(vegetarian|vegan|a nurse|a teacher|left-handed|{digit}{digit} years old|retired|out of office on fridays)", "what (K:is) {R}[?]"), ("prefers", "{grocery}", "what does {R} (K:prefer)[?]"), ("drives a", "{word}", "what does {R} (K:drive)[?]"), ("speaks", "(spanish|french|german)", "what does {R} (K:speak)[?]"), ("is from", "{city}", "where is {R} (K:from)[?]"), ("doesn't eat", "{grocery}", "what doesn't {R} (K:eat)[?]"), ("opens at", "{time}", "when does {R} (K:open)[?]"), ("closes at", "{time}", "when does {R} (K:close)[?]"), ("is parked in", "{word} {digit}", "where is {R} (K:parked)[?]"), ("is in", "the {word}", "where (K:is) {R}[?]"), ("arrives on", "{date}", "when does {R} (K:arrive)[?]"), ("is kept in", "the {word}", "where is {R} (K:kept)[?]"), ("is due on", "{date}", "when is {R} (K:due)[?]"), ("moved to", "{city}", "where did {R} (K:move)[?]"),
)  # fmt: skip

TELL = ("remember [that] ", "please remember [that] ", "remember this: ", "[please] don't forget [that] ", "keep in mind [that] ", "(fyi|for the record|just so you know)[,] ", "you should know [that] ", "[can you|could you] remember [that] ", "i want you to (know|remember) [that] ", "memorize [that] ", "save this [fact]: ", "(for future reference|for later)[,] ", "store [this]: ", "make sure you remember [that] ", "learn this: ", "", "", "btw ", "it's good to know that ", "let me tell you, ", "never forget [that] ", "remember for me [that] ", "memo: ", "(please|pls) keep in mind [that] ", "fact: ", "i'm telling you [that] ", "just remember [that] ", "here is something to remember: ", "add to (memory|your memory): ", "could you keep in mind [that] ", "i'd like you to remember [that] ", "(hey|hi)[,] remember [that] ", "update: ", "for your information[,] ", "so you know[,] ", "please note for later that ", "remember: ")  # fmt: skip
ABOUT = (
    "what do you know about {R}[?]",
    "tell me about {R}",
    "what did i tell you about {R}[?]",
    "do you know anything about {R}[?]",
    "what do you remember about {R}[?]",
    "anything about {R}[?]",
    "what have i said about {R}[?]",
)
ABOUT_ME = (
    "what do you know about me[?]",
    "tell me what you know about me",
    "what do you remember about me[?]",
    "who am i[?]",
    "what have i told you about myself[?]",
)
FORGET_ABOUT = (
    "forget (everything|all|what you know|what i said|what i told you) about {R}",
    "(delete|erase|remove|clear) (everything|all you know) about {R}",
    "forget about {R}",
    "forget {R}",
    "wipe what you know about {R}",
)
UNKNOWN = "I don't know that yet."
# Which group of spoken.tsv says the same as which of the tuples above.
_SPOKEN = {
    TELL: "TELL",
    POSSESSIVE.asked: "RECALL_R",
    OWN.asked: "RECALL_OWN",
    POSSESSIVE.withdrawn: "FORGET_R",
    OWN.withdrawn: "FORGET_OWN",
}


@dataclass(frozen=True, slots=True)
class Fact:
    subject: str
    key: str
    value: str
    answer: str


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with one sentence each for telling it, asking for it and withdrawing it."""

    fact: Fact
    told: Sentence
    asked: Sentence
    asked_topic: tuple[str, str]
    withdrawn: Sentence
    withdrawn_topic: tuple[str, str]


class PersonalSentences:
    def __init__(self, words: Vocabulary, held_out_frames: bool) -> None:
        self.words = words
        self.held_out = held_out_frames

    def _frame(self, written: tuple[str, ...], rng: random.Random) -> str:
        """One of the sentences written here or, for the same purpose, in spoken.tsv."""
        choices = split_templates(written, self.held_out)
        group = _SPOKEN.get(written)
        return rng.choice(
            [*choices, *split_templates(spoken.templates(group), self.held_out)] if group else choices
        )

    def _sentence(self, template: str, rng: random.Random, names: dict[str, str]) -> tuple[Sentence, str]:
        """The sentence and its key: the key of the fact, or what a ``(K:a|b)`` mark in the template chose."""
        key = names.get("K", "")
        marked = _KEY_MARK.sub(
            lambda match: "(" + "|".join(f"~{word}" for word in match.group(1).split("|")) + ")", template
        )
        sentence = expand(marked, rng, {name: constant(value) for name, value in names.items()})
        parts: list[Part] = []
        for part in sentence.parts:
            if part.text.startswith("~"):
                key = part.text[1:]
                part = Part(key, copied=True)
            parts.append(part)
        return Sentence(tuple(parts), {}), key

    def telling(self, rng: random.Random) -> Told:
        """One random fact in all its sentences."""
        choice = rng.random()
        if choice < 0.35:
            return self._attribute(POSSESSIVE, self.words.subject(rng), rng)
        if choice < 0.6:
            return self._attribute(OWN, ME, rng)
        if choice < 0.7:
            subject = self.words.subject(rng)
            value = self.words.pick("person", rng) if rng.random() < 0.6 else self.words.pseudo(rng)
            return self._told(CALLED, {"R": subject, "V": value}, subject, "called", value, rng)
        if choice < 0.85:
            verb, value_of, asked, answered = rng.choice(VERBS_OF_ME)
            value = self.words.fill(value_of, rng)
            names = {"K": verb, "V": value}
            told = ("i {K} {V}", "i'm {V}") if verb == "am" else ("i {K} {V}", "i {K} {V}")
            if verb.startswith("am ") and rng.random() < 0.7:
                names["K"] = verb[3:]
                told = ("i'm {K} {V}", "im {K} {V}")
            kind = Telling(
                told,
                (asked,),
                (f"forget that i {verb} {{V}}", f"forget that i {verb} {{V}}"),
                f"You {answered} {{value}}.",
            )
            return self._told(kind, names, ME, names["K"], value, rng)
        verb, value_of, asked = rng.choice(VERBS_OF_OTHERS)
        subject, value = self.words.subject(rng), self.words.fill(value_of, rng)
        kind = Telling(("{R} {K} {V}",), (asked,), ("forget that {R} {K} {V}",), "{subject} {key} {value}.")
        return self._told(kind, {"R": subject, "K": verb, "V": value}, subject, verb, value, rng)

    def _attribute(self, kind: Telling, subject: str, rng: random.Random) -> Told:
        attribute = rng.choice(list(lexicon.ATTRIBUTES))
        value = self.words.fill(lexicon.ATTRIBUTES[attribute], rng)
        key = self.words.fill(attribute, rng)
        return self._told(kind, {"R": subject, "K": key, "V": value}, subject, key, value, rng)

    def _told(
        self, kind: Telling, names: dict[str, str], subject: str, key: str, value: str, rng: random.Random
    ) -> Told:
        opening = self._frame(TELL, rng)
        opening += " " if opening and not opening.endswith(" ") else ""
        told, told_key = self._sentence(opening + rng.choice(kind.told), rng, names)
        asked, asked_key = self._sentence(self._frame(kind.asked, rng), rng, names)
        gone, gone_key = self._sentence(self._frame(kind.withdrawn, rng), rng, names)
        asked_topic, gone_topic = (subject, asked_key), (subject, gone_key)
        if subject != ME and rng.random() < 0.12:
            asked, asked_topic = expand(self._frame(ABOUT, rng), rng, {"R": constant(subject)}), (subject, "")
        elif subject == ME and rng.random() < 0.06:
            asked, asked_topic = expand(self._frame(ABOUT_ME, rng), rng, {}), (ME, "")
        if subject != ME and rng.random() < 0.3:
            gone, gone_topic = (
                expand(self._frame(FORGET_ABOUT, rng), rng, {"R": constant(subject)}),
                (subject, ""),
            )
        fact = Fact(subject, told_key or key, value, kind.answer)
        return Told(fact, told, asked, asked_topic, gone, gone_topic)
