"""Tools that do not exist, each with sentences that call it: how the model learns to read a tool it never saw.

A tool is an object, a verb and some parameters; a third of them lose their telling name, so that the choice has to
be made by the description. Whole objects are held out for evaluation.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..compact.form import ArgumentCard, ToolCard, Value
from .templates import Part, Sentence, split_words
from .values import Vocabulary
from .written_tools import WrittenTools

OBJECTS = """weather forecast:get check:city|light:switch set turn:room,color,level|song:play queue:title,artist|playlist:create play:name|
alarm:set cancel:time,label|timer:start stop:minutes,label|meeting:schedule cancel:person,date,time|calendar event:create add delete:title,date,time|
email:send draft forward:person,subject|message:send post:person,message|contact:add find delete:person,phone|photo:take resize crop:filename,width|
invoice:create send pay:person,money|flight:book search find:city,date,seats|hotel:book find reserve:city,date,nights|taxi:order call book:place,time|
pizza:order:size,topping|package:track ship:code|stock price:get check:symbol|currency:convert exchange:money,code|recipe:find save:dish,servings|
password:generate create:length|qr code:generate make:text|dice:roll throw:sides,count|coin:flip toss:count|random number:pick generate:low,high|
joke:tell find:topic|quote:get find:topic|translation:get make:text,language|word definition:look up get:term|synonym:find get:term|
git branch:create delete switch:name|commit:revert show:code|docker container:start stop restart:name|server:restart ping check:name,port|
database backup:create restore:name,date|ticket:open close assign:title,person,priority|bug report:file create:title,priority|pull request:open merge:title,code|
thermostat:set raise lower:level,room|door:lock unlock:room|vacuum robot:start send:room|washing machine:start stop:program,minutes|coffee:brew make order:size,sugar|
workout:log start:activity,minutes|run:log record:distance,minutes|weight:log record:level|calories:count log:dish,amount|sleep:log track:hours|water intake:log add:amount|
medication:log schedule:name,time|book:borrow find reserve:title,person|movie:find rent rate:title,rating|podcast:play download:title|news:get read:topic|score:get show:team|
bus departure:show find:place,time|parking spot:find reserve:place,hours|bike:rent return:place,hours|route:plan find:place,city|map:show open:place|distance between places:measure get:place,city|
plant:water feed:name,amount|pet:feed walk:name,time|garden sprinkler:start stop:minutes|temperature sensor:read check:room|air quality:check measure:city|tide table:get show:city,date|
sunrise time:get find:city,date|moon phase:show get:date|holiday list:get show:country,year|tax:calculate estimate:money,year|mortgage:calculate estimate:money,years|loan:request check:money,years|
tip:calculate split:money,count|subscription:cancel renew:name|gift card:buy redeem:code,money|coupon:apply find:code|auction:bid watch:title,money|poll:create close:title,options|
survey:send create:title,person|certificate:issue verify:person,code|badge:award print:person,title|diagram:draw export:title,filename|chart:plot draw:title,filename|spreadsheet:open export:filename|
video:trim upload play:filename,minutes|voice memo:record play:title|screenshot:take save:filename|wallpaper:change set:color|font:change install:name|keyboard layout:switch set:language|
ringtone:set change:title|vpn:connect disconnect:country|firewall rule:add remove:port,name|disk usage:check show:folder|process:kill list:name|service status:check show:name|log level:set change:name,level|
species:identify look up:name|star:locate find:name|recycling day:check find:city,date|library card:renew block:code|menu:show translate:place,language|wine pairing:suggest find:dish|haircut:book cancel:person,date,time""".replace(
    "\n", ""
).split("|")

_PARAMETERS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    # name: kind, value generator, description, phrases
    "city": ("text", "city", "name of a city", ("in {v}", "for {v}", "in {v}", "near {v}")),
    "country": ("text", "city", "country", ("for {v}", "in {v}")),
    "room": ("text", "plain_word", "room", ("in the {v}", "of the {v}", "for the {v}")),
    "color": ("text", "color", "color", ("to {v}", "in {v}", "color {v}")),
    "level": ("int", "integer", "level", ("to {v}", "at {v}", "level {v}")),
    "title": ("text", "phrase", "title", ("called {v}", "titled {v}", "'{v}'", "\"{v}\"", "about {v}", "named {v}")),
    "artist": ("text", "person", "artist", ("by {v}", "from {v}")),
    "name": ("text", "word", "name", ("called {v}", "named {v}", "{v}", "'{v}'")),
    "time": ("text", "time", "time of day", ("at {v}", "for {v}", "by {v}")),
    "label": ("text", "word", "label", ("labelled {v}", "with the label {v}", "called {v}")),
    "minutes": ("int", "integer", "minutes", ("for {v} minutes", "of {v} minutes", "{v} min", "after {v} minutes")),
    "hours": ("int", "digit", "hours", ("for {v} hours", "of {v} hours", "{v} hours")),
    "person": ("text", "person", "person", ("for {v}", "to {v}", "with {v}", "from {v}")),
    "date": ("text", "day", "date", ("on {v}", "for {v}", "{v}")),
    "subject": ("text", "phrase", "subject line", ("about {v}", "with subject {v}", "regarding {v}")),
    "message": ("text", "chore", "text of the message", ("saying {v}", "that says {v}", ": {v}")),
    "phone": ("text", "phone", "phone number", ("with number {v}", "phone {v}", "{v}")),
    "filename": ("text", "filename", "file name", ("{v}", "from {v}", "as {v}", "in {v}")),
    "width": ("int", "integer", "width in pixels", ("to {v} pixels", "{v} px wide", "width {v}")),
    "money": ("number", "number", "amount", ("of {v}", "for {v}", "{v}", "worth {v}")),
    "amount": ("number", "number", "amount", ("{v}", "of {v}", "amount {v}")),
    "seats": ("int", "digit", "number of seats", ("for {v} people", "with {v} seats", "{v} seats")),
    "nights": ("int", "digit", "number of nights", ("for {v} nights", "{v} nights")),
    "place": ("text", "phrase", "place", ("at {v}", "near {v}", "from {v}", "to {v}")),
    "size": ("choice", "small|medium|large", "size", ("{v}", "size {v}", "in {v}")),
    "topping": ("text", "grocery", "topping", ("with {v}", "with extra {v}")),
    "code": ("text", "code", "code", ("{v}", "with code {v}", "number {v}", "code {v}")),
    "symbol": ("text", "pseudo", "ticker symbol", ("of {v}", "for {v}", "{v}")),
    "dish": ("text", "grocery", "dish", ("for {v}", "with {v}", "of {v}")),
    "servings": ("int", "digit", "servings", ("for {v} people", "{v} servings", "for {v}")),
    "length": ("int", "integer", "length", ("of length {v}", "with {v} characters", "{v} characters long")),
    "text": ("text", "phrase", "text", ("for {v}", "of {v}", "with the text {v}", "'{v}'", "saying {v}")),
    "sides": ("int", "integer", "number of sides", ("with {v} sides", "{v} sided", "of {v} sides")),
    "count": ("int", "digit", "how many", ("{v} times", "{v} of them", "{v}x", "count {v}")),
    "low": ("int", "digit", "lowest", ("from {v}", "between {v}", "starting at {v}")),
    "high": ("int", "integer", "highest", ("to {v}", "and {v}", "up to {v}")),
    "topic": ("text", "word", "topic", ("about {v}", "on {v}", "regarding {v}")),
    "language": ("text", "english|french|german|spanish|italian|polish|dutch|greek", "language", ("to {v}", "in {v}", "into {v}")),
    "term": ("text", "word", "word", ("of {v}", "for {v}", "{v}", "for the word {v}")),
    "port": ("int", "integer", "port number", ("on port {v}", "port {v}")),
    "priority": ("choice", "low|medium|high", "priority", ("with {v} priority", "priority {v}", "as {v}")),
    "program": ("text", "word", "program", ("with program {v}", "on {v}", "program {v}")),
    "sugar": ("bool", "with sugar|without sugar", "with sugar or not", ("{v}",)),
    "activity": ("text", "word", "activity", ("of {v}", ": {v}", "{v}")),
    "distance": ("number", "number", "kilometers", ("of {v} km", "{v} km", "for {v} kilometers")),
    "rating": ("int", "digit", "rating", ("with {v} stars", "as {v}", "{v} stars")),
    "team": ("text", "pseudo", "team", ("of {v}", "for {v}")),
    "year": ("int", "2024|2025|2026|2027|1999", "year", ("for {v}", "in {v}", "of {v}")),
    "years": ("int", "integer", "years", ("over {v} years", "for {v} years")),
    "options": ("text", "phrase", "options", ("with {v}", "with options {v}")),
    "folder": ("text", "folder_name", "folder", ("of {v}", "in {v}", "for {v}")),
    "species": ("text", "word", "species", ("{v}",)),
}  # fmt: skip

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "get": ("get", "show me", "give me", "what is", "what's", "tell me", "fetch"), "check": ("check", "look at", "what is", "how is"), "find": ("find", "look for", "search for", "i need"), "create": ("create", "make", "make me", "new", "set up"), "set": ("set", "change", "put", "adjust"), "show": ("show", "show me", "display", "what's"), "start": ("start", "begin", "launch", "kick off"), "stop": ("stop", "end", "halt"),
    "send": ("send", "send off", "shoot"), "book": ("book", "reserve", "get me"), "log": ("log", "record", "track", "note"), "play": ("play", "put on", "start"), "add": ("add", "create", "put in"), "delete": ("delete", "remove", "get rid of"), "cancel": ("cancel", "drop", "call off"), "order": ("order", "get me", "i'd like"), "calculate": ("calculate", "work out", "what is", "how much is"), "generate": ("generate", "make", "create", "give me"), "open": ("open", "bring up"),
    "make": ("make", "create", "do"), "estimate": ("estimate", "roughly what is", "guess"), "measure": ("measure", "what is"), "switch": ("switch", "change"), "look up": ("look up", "find", "what is"),
}  # fmt: skip
_VERBS = (
    "get set check find show start stop send book log play add delete cancel order calculate generate open make estimate measure switch "
    "update count sort clean lock unlock scan track print export import rename move copy list watch test build deploy rent return renew "
    "water feed call invite rate review compare archive restore record edit mix paint roll flip draw pick swap split merge fill empty"
).split()
_DESCRIPTIONS = ("{Verb} the {object}.", "{Verb} a {object}.", "{Verb} {object}", "{Verb}s a {object} and returns it.", "Use this to {verb} a {object}.", "{Object}: {verb}.", "{Verb} one {object} by {params}.", "{Verb} a {object}; needs {params}.", "Tool that can {verb} the {object} of the user.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyntheticCall:
    sentence: Sentence
    card: ToolCard
    args: Mapping[str, Value]
    """In signature order."""
    searchable: bool
    """Whether the request could also be meant for the web search or another built-in tool."""


class SyntheticTools:
    def __init__(self, words: Vocabulary, held_out: bool) -> None:
        self.words = words
        self.written = WrittenTools(words, held_out)
        entries = [tuple(entry.split(":")) for entry in OBJECTS]
        self.made_up_share = 0.0 if held_out else 0.6
        names = split_words([entry[0] for entry in entries], held_out)
        self.entries = [entry for entry in entries if entry[0] in names]

    def card(self, rng: random.Random, entry: tuple[str, ...] | None = None) -> tuple[ToolCard, str, str]:
        """A tool with its object and verb."""
        if entry is None and rng.random() < self.made_up_share:
            entry = self._made_up(rng)
        thing, verbs, parameters = entry or rng.choice(self.entries)
        verb = rng.choice(_split_verbs(verbs))
        names = [name for name in parameters.split(",") if rng.random() < 0.85] or parameters.split(",")[:1]
        arguments: list[ArgumentCard] = []
        for index, name in enumerate(names):
            required = index == 0 or rng.random() < 0.5
            if name in _PARAMETERS:
                kind, generator, _, _ = _PARAMETERS[name]
                choices = tuple(generator.split("|")) if kind == "choice" else ()
            else:
                kind = rng.choice(("text", "text", "int", "choice"))
                choices = (
                    tuple(dict.fromkeys(self.words.word(rng).lower() for _ in range(3)))
                    if kind == "choice"
                    else ()
                )
            arguments.append(ArgumentCard(name, kind, required, choices))
        described = rng.choice(_DESCRIPTIONS).format(
            verb=verb,
            Verb=verb.capitalize(),
            object=thing,
            Object=thing.capitalize(),
            params=" and ".join(names),
        )
        title = _tool_name(verb, thing, rng) if rng.random() < 0.67 else self._masked_name(rng)
        fields = dict.fromkeys(
            rng.sample(("status", "value", "id", "name", "result", "url", "total"), rng.randint(0, 2)), "text"
        )
        return ToolCard(title, described, tuple(arguments), {"text": "text", **fields}), thing, verb

    def call(self, rng: random.Random, ask: bool = False) -> tuple[SyntheticCall, str | None]:
        """A sentence that calls a tool; with ``ask`` the second value names a required argument it leaves out."""
        if rng.random() < 0.5 and (self.written.asking or not ask):
            return self._written(rng, ask)
        return self._generated(rng, ask)

    def _written(self, rng: random.Random, ask: bool) -> tuple[SyntheticCall, str | None]:
        tool, sentence, args, missing = self.written.call(rng, ask)
        card = tool.card
        if rng.random() < 0.15:
            card = replace(card, name=self._masked_name(rng))
        return SyntheticCall(sentence, card, args, searchable=not tool.acts), missing

    def _generated(self, rng: random.Random, ask: bool) -> tuple[SyntheticCall, str | None]:
        card, thing, verb = self.card(rng)
        spoken = rng.choice(_SYNONYMS.get(verb, (verb,)))
        article = (
            rng.choice(("the ", "a ", "", "my "))
            if not spoken.startswith("what")
            else rng.choice(("the ", ""))
        )
        parts = [Part(f"{spoken} {article}{_spoken_object(thing, rng)}")]
        if rng.random() < 0.12:
            parts = [Part(f"{_spoken_object(thing, rng)}")]
        missing = (
            next((argument.name for argument in card.arguments if argument.required), None) if ask else None
        )
        args: dict[str, Value] = {}
        said = [argument for argument in card.arguments if argument.required or rng.random() < 0.6]
        phrases: list[list[Part]] = []
        for argument in said:
            if argument.name == missing:
                continue
            surface, value, phrase_of = self.value(argument, rng)
            before, _, after = phrase_of.partition("{v}")
            phrases.append(
                [
                    Part(" " + before if not before.startswith(":") else before),
                    Part(surface, True),
                    Part(after),
                ]
            )
            args[argument.name] = value
        if rng.random() < 0.4:
            rng.shuffle(phrases)
        for phrase in phrases:
            parts += phrase
        ordered = {argument.name: args[argument.name] for argument in card.arguments if argument.name in args}
        return SyntheticCall(Sentence(tuple(parts), ordered), card, ordered, _searchable(card)), missing

    def value(self, argument: ArgumentCard, rng: random.Random) -> tuple[str, str, str]:
        """Surface form, argument, and the phrase that the surface stands in."""
        if argument.name not in _PARAMETERS:
            return self._free_value(argument, rng)
        kind, generator, _, phrases = _PARAMETERS[argument.name]
        phrase = rng.choice(phrases)
        if kind == "bool":
            surface = rng.choice(generator.split("|"))
            return surface, "false" if surface.startswith("without") else "true", phrase
        surface = rng.choice(generator.split("|")) if "|" in generator else self.words.value(generator, rng)
        if kind in ("int", "number"):
            surface = surface.replace(",", "")
            if kind == "number" and rng.random() < 0.3:
                return f"${surface}", surface, phrase
        return surface, surface, phrase

    def _free_value(self, argument: ArgumentCard, rng: random.Random) -> tuple[str, str, str]:
        """For a parameter of a made-up tool, whose name people say beside the value."""
        name = argument.name
        if argument.kind == "choice":
            surface = rng.choice(argument.choices)
        else:
            surface = self.words.integer(rng) if argument.kind == "int" else self.words.phrase(rng)
        phrase = rng.choice((f"with {name} {{v}}", f"{name} {{v}}", "for {v}", "of {v}", "{v}", f"with {{v}} {name}", f"{{v}} {name}",
                             f", {name}: {{v}}", "in {v}", "to {v}", f"{name}={{v}}", f"whose {name} is {{v}}"))  # fmt: skip
        return surface, surface, phrase

    def _made_up(self, rng: random.Random) -> tuple[str, str, str]:
        """A tool of words thrown together: it can only be found by reading what is listed."""
        thing = " ".join(self.words.word(rng).lower() for _ in range(rng.choice((1, 1, 2))))
        verb = rng.choice(_VERBS) if rng.random() < 0.75 else self.words.pseudo(rng).lower()
        names = rng.sample(list(_PARAMETERS), 2) + [self.words.word(rng).lower() for _ in range(2)]
        chosen = rng.sample(list(dict.fromkeys(names)), rng.choice((1, 1, 2, 3)))
        return thing, verb, ",".join(chosen)

    def others(self, rng: random.Random, count: int, target: ToolCard | None) -> list[ToolCard]:
        """Other tools to list beside ``target``."""
        cards: list[ToolCard] = []
        while len(cards) < count:
            card = self.written.card(rng) if rng.random() < 0.5 else self.card(rng)[0]
            if all(card.name != other.name for other in cards) and (
                target is None or card.name != target.name
            ):
                cards.append(card)
        return cards

    def _masked_name(self, rng: random.Random) -> str:
        return rng.choice((f"{self.words.pseudo(rng).lower()}_{self.words.pseudo(rng).lower()}", f"tool_{rng.randint(1, 99)}",
                           self.words.pseudo(rng).lower(), "".join(rng.choice("abcdefghijklmnop_") for _ in range(7))))  # fmt: skip


def _searchable(card: ToolCard) -> bool:
    return bool(set(re.findall(r"\w+", card.description.lower())) & _SEARCHABLE)


_SEARCHABLE = frozenset(
    "weather recipe news holiday sunrise stock currency score definition synonym menu distance calculate calculates tax tip "
    "mortgage timer alarm quote departure tide moon species star recycling air log usage look get find meaning track".split()
)


def _split_verbs(verbs: str) -> list[str]:
    return verbs.replace("look up", "look_up").split(" ") if "look up" not in verbs else [
        verb.replace("_", " ") for verb in verbs.replace("look up", "look_up").split(" ")
    ]  # fmt: skip


def _tool_name(verb: str, thing: str, rng: random.Random) -> str:
    words = [*verb.split(" "), *thing.split(" ")]
    style = rng.random()
    if style < 0.65:
        return "_".join(words)
    if style < 0.75:
        return words[0] + "".join(word.capitalize() for word in words[1:])
    if style < 0.85:
        return "_".join(thing.split(" "))
    return "_".join([*thing.split(" "), *verb.split(" ")])


def _spoken_object(thing: str, rng: random.Random) -> str:
    """The object as people say it: whole, or its first or last word."""
    words = thing.split(" ")
    return thing if len(words) == 1 or rng.random() < 0.7 else rng.choice((words[0], words[-1]))
