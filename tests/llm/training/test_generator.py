"""The generated text: every example is one that the program can decode, and the splits hold."""

import json
import random
import re

import pytest

from homewit.llm.compact.form import (
    NAMED_ROUTES,
    Call,
    Marker,
    NativeTool,
    Reference,
    native_tools,
    parse_calls,
    tool_card,
)
from homewit.llm.compact.shapes import regions
from homewit.llm.compact.values import chunks, numbers
from homewit.llm.info import BUNDLED
from homewit.llm.training.evaluation import load_handwritten
from homewit.llm.training.examples import Example, Mixture, Splits
from homewit.llm.training.frames import BUILT_IN
from homewit.llm.training.scoring import same_call
from homewit.llm.training.templates import constant, expand, fraction_of, split_templates, split_words
from homewit.tools import Registry

CALLING = (
    "built_in",
    "ask",
    "plan_independent",
    "plan_reference",
    "plan_three",
    "listed",
    "listed_ask",
    "copy",
)


def is_span(value: str, request: str) -> bool:
    """Whether ``value`` is a run of whole chunks of ``request``."""
    words, wanted = chunks(request), chunks(value)
    inside = any(words[at : at + len(wanted)] == wanted for at in range(len(words)))
    return (
        inside
        and re.fullmatch(r"[^\s,;](.*[^\s,;])?", value) is not None
        and not re.search(r"\s(and|then|also|&)$", value)
    )


def undecodable(example: Example) -> list[str]:
    """What the grammar would refuse in an example."""
    cards = {**BUILT_IN, **{card.name: card for card in example.tools}}
    problems: list[str] = []
    for call in parse_calls(list(example.target[1:-1])):
        arguments = {argument.name: argument for argument in cards[call.tool].arguments}
        problems += [
            f"{name} is not there" for name, a in arguments.items() if a.required and name not in call.args
        ]
        for name, value in call.args.items():
            argument = arguments[name]
            words = {word.lower() for word in chunks(example.request)}
            known = {*argument.choices, *(v for v, said in argument.implied.items() if words & {*said})}
            if not isinstance(value, str) or value in known or argument.kind == "bool":
                continue
            allowed = (
                value in numbers(example.request, argument.kind == "int")
                if argument.kind in ("int", "number")
                else is_span(value, example.request) and not argument.closed
            )
            if not allowed:
                problems.append(f"{name}={value!r} cannot be written for {example.request!r}")
    return problems


@pytest.mark.parametrize("cell", CALLING)
@pytest.mark.parametrize("splits", [Splits(), Splits(True, True, True)], ids=["training", "held-out"])
def test_every_wanted_value_can_be_decoded(cell: str, splits: Splits):
    """No example asks for a value that the grammar could never write."""
    mixture, rng = Mixture(splits), random.Random(5)
    assert [problem for _ in range(200) for problem in undecodable(mixture.draw(rng, cell))] == []


def test_a_value_that_nobody_typed_is_noticed():
    """Control of the test above."""
    target = (Marker.ACT, Marker.CALL, "add_note", Marker.ARG, "text", Marker.VAL, "ilk", Marker.END)
    assert undecodable(Example("built_in", (), target, "note milk")) != []


def test_the_same_seed_gives_the_same_examples():
    """Training and evaluation can be repeated."""
    one, two = Mixture(), Mixture()
    first, second = random.Random(9), random.Random(9)
    assert [one.draw(first) for _ in range(50)] == [two.draw(second) for _ in range(50)]


def test_the_cards_trained_on_are_those_of_the_built_in_tools():
    """The layers cannot import each other, so the signatures stand twice; here they are held together.

    A tool may take and give more than at the training; what was trained keeps its name, kind and order.
    """
    registry = Registry()
    registry.load_builtins()
    for name, trained in BUILT_IN.items():
        spec = registry.get(name).spec
        native = NativeTool(
            {a.name: a.choices for a in trained.arguments if a.kind != "choice"},
            {a.name: a.implied for a in trained.arguments},
            [a.name for a in trained.arguments if a.closed],
            {a.name: a.shape for a in trained.arguments if a.shape},
            [a.name for a in trained.arguments],
            list(trained.fields),
        )
        real = tool_card(spec.name, spec.description, spec.parameters, spec.returns, native)
        assert (real.arguments, dict(real.fields)) == (trained.arguments, dict(trained.fields))
        assert set(spec.parameters.get("required", ())) <= {a.name for a in trained.arguments}


def test_the_shipped_checkpoint_names_what_it_was_trained_on():
    """Its configuration lists arguments and result fields, so that a tool can grow without confusing it."""
    shipped = native_tools(json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))["homewit"])
    assert {name: (tool.arguments, tool.fields) for name, tool in shipped.items()} == {
        name: ([a.name for a in card.arguments], [field for field in card.fields if field != "text"])
        for name, card in BUILT_IN.items()
    }


def test_values_stand_where_their_shape_is_looked_for():
    """Of the values that have a shape nearly all lie in one of the stretches that the grammar will offer."""
    mixture, rng = Mixture(), random.Random(5)
    outside: list[str] = []
    count = 0
    for _ in range(1500):
        example = mixture.draw(rng, rng.choice(("built_in", "plan_independent")))
        for call in parse_calls(list(example.target[1:-1])):
            for argument in BUILT_IN[call.tool].arguments:
                value = call.args.get(argument.name)
                if not argument.shape or not isinstance(value, str) or value in argument.choices:
                    continue
                count += 1
                if not any(value in stretch for stretch in regions(example.request, argument.shape)):
                    outside.append(f"{value!r} in {example.request!r}")
    assert count > 200
    assert len(outside) < 0.02 * count, outside[:5]


def test_the_sides_of_a_split_share_nothing():
    """By template and by word, what is held out is never trained on."""
    templates = tuple(f"sentence {number}" for number in range(40))
    assert set(split_templates(templates, True)).isdisjoint(split_templates(templates, False))
    assert set(split_words(templates, True)).isdisjoint(split_words(templates, False))
    assert fraction_of("a word") == fraction_of("a word")


def test_a_template_expands_to_one_of_its_sentences():
    """Alternatives, options and slots nest."""
    rng = random.Random(1)
    slots = {"x": constant("milk")}
    made = {expand("(get|buy [some] )[the ]{x}[?]", rng, slots).text for _ in range(200)}
    assert made == {
        f"{verb}{article}milk{mark}"
        for verb in ("get", "buy ", "buy some ")
        for article in ("", "the ")
        for mark in ("", "?")
    } - {"buy  milk"}


def test_the_hand_written_utterances_name_real_routes_tools_and_arguments():
    """At least 200 of them, each with an id of its own."""
    rows = load_handwritten()
    assert len(rows) >= 200
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["route"] in NAMED_ROUTES
        for step in row.get("steps", ()):
            assert set(step["args"]) <= {argument.name for argument in BUILT_IN[step["tool"]].arguments}


def test_scoring_forgives_form_and_nothing_else():
    """Case, quotes and articles do not matter; tools, names, numbers and references do."""
    wanted = {"title": ["milk", "buy milk"], "due": None}
    assert same_call(Call("add_task", {"title": "The Milk."}), "add_task", wanted)
    assert not same_call(Call("add_task", {"title": "silk"}), "add_task", wanted)
    assert not same_call(Call("add_task", {"title": "milk", "due": "today"}), "add_task", wanted)
    assert not same_call(Call("add_note", {"title": "milk"}), "add_task", wanted)
    assert same_call(
        Call("t", {"a": Reference(1, "text"), "b": "12.50"}), "t", {"a": {"ref": "1.text"}, "b": 12.5}
    )
    assert not same_call(Call("t", {"a": Reference(2, "text")}), "t", {"a": {"ref": "1.text"}})
    assert same_call(Call("list_tasks", {}), "list_tasks", {"status": "open"})
    assert same_call(Call("list_tasks", {"status": "open"}), "list_tasks", {})
    assert not same_call(Call("list_tasks", {}), "list_tasks", {"status": "all"})
