"""Finding the few tools that a request may need: how many are offered, which, and what it costs a prompt."""

import json
from collections.abc import Sequence
from dataclasses import replace
from operator import mul
from pathlib import Path

import pytest

from homewit.agent import Agent
from homewit.agent.config import Settings
from homewit.agent.planning.tool_embedder import EngineEmbedder, embedder
from homewit.agent.planning.tool_index import OFFERED, ToolIndex
from homewit.agent.planning.words import asked_terms, stem, terms
from homewit.agent.prompt import plan_messages, route_messages
from homewit.agent.testing import FakeClock, ScriptedEngine
from homewit.llm.errors import ModelNotFound
from homewit.tools import Registry, tool

DEVELOPMENT = Path(__file__).parents[3] / "llm" / "training" / "development.jsonl"


@tool
def steep_tea(kind: str) -> str:
    """Tell how many minutes a kind of tea should steep.

    Args:
        kind: green, black or white.
    """
    return kind


def builtins() -> Registry:
    registry = Registry()
    registry.load_builtins()
    return registry


def crowded(count: int = 1000) -> Registry:
    """The built-in tools and so many others."""
    registry = builtins()
    for number in range(count):
        spec = replace(steep_tea.spec, name=f"gadget_{number}", description=f"Handle gadget {number}.")
        registry.add(replace(steep_tea, spec=spec))
    return registry


def offered(registry: Registry, request: str, **options) -> list[str]:
    return [view.name for view in ToolIndex(registry).offer(request, **options)]


def test_at_most_six_are_offered_whatever_there_is():
    """The likeliest first; the rest is filled up, so that a planner always has something."""
    for registry in (builtins(), crowded()):
        for request in ("convert 5 miles to km", "hm", ""):
            assert len(offered(registry, request)) == OFFERED
    assert offered(crowded(), "convert 5 miles to km")[0] == "convert_units"


def test_few_tools_are_all_offered_in_their_order():
    """There is nothing to choose."""
    assert offered(Registry([steep_tea]), "whatever") == ["steep_tea"]


def test_what_a_model_knows_by_heart_takes_no_place():
    """Known tools come first, and the likeliest of all others follow."""
    registry = builtins()
    registry.add(steep_tea)
    known = set(builtins().names())
    got = offered(crowded(0), "x", known=known)
    assert got == builtins().names()
    names = [view.name for view in ToolIndex(registry).offer("how long does tea steep?", known)]
    assert names == [*builtins().names(), "steep_tea"]


def test_each_part_of_a_request_has_its_say():
    """Two things at once: the tools of both are offered."""
    names = offered(crowded(), "convert 5 miles to km, and then remind me at 5pm to call mom")
    assert {"convert_units", "set_reminder"} <= set(names)


def test_the_index_is_made_once_for_each_state_of_the_registry():
    """A tool that is added later is found; without a change nothing is made anew."""
    registry = crowded()
    index = ToolIndex(registry)
    index.offer("tea")
    first = index._made
    index.offer("something else")
    assert index._made is first
    registry.add(steep_tea)
    assert index.offer("how long should tea steep?")[0].name == "steep_tea"
    assert index._made is not first


def test_nothing_is_ranked_before_a_request_needs_it():
    """Who looks at the tools, or is offered all of them, waits for no index and no embedder."""
    embedded: list[int] = []

    class Embedder:
        def embed(self, texts: Sequence[str]) -> Sequence[str]:
            embedded.append(len(texts))
            return texts

        def likeness(self, asked, known) -> list[float]:
            return [1.0] * len(known)

    registry = crowded()
    index = ToolIndex(registry, Embedder())
    assert len(index.offer("tea", known=index.views)) == len(index.views)
    assert embedded == []
    index.offer("tea")
    index.offer("milk")
    assert embedded == [len(index.views), 1, 1]


async def test_a_thousand_tools_make_no_longer_prompt(folder):
    """What reaches the model of them is counted: a few names when routing, as many lines when planning."""
    sizes = {}
    for count in (0, 1000):
        engine = ScriptedEngine(["act", {"steps": [], "question": None}])
        async with Agent.open(engine, cwd=folder, now=FakeClock()) as agent:
            for extra in list(crowded(count))[len(builtins()) :]:
                agent.place.registry.add(extra)
            await agent.run("convert 5 miles to km and save it to distance.txt")
        route, plan = engine.calls[0]["prompt"], engine.calls[1]["chat"][0]["content"]
        assert len(route.split("Tools: ")[1].split(".")[0].split(", ")) == OFFERED
        assert plan.count("\n- ") == OFFERED
        sizes[count] = (len(route), len(plan), len(json.dumps(engine.calls[1]["schema"])))
    assert all(many <= 1.2 * few for few, many in zip(*sizes.values(), strict=True))


def test_meaning_counts_where_an_embedder_is_there():
    """A tool that shares no word with the request is found by what it means. Control: without, it is not."""

    class Embedder:
        """Knows that sunshine has to do with tea."""

        def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            return [[1.0, 0.0] if "sunshine" in text or "tea" in text else [0.0, 1.0] for text in texts]

        def likeness(self, asked, known) -> list[float]:
            return [sum(map(mul, asked[0], other)) for other in known]

    registry = crowded()
    registry.add(steep_tea)
    assert "steep_tea" in [view.name for view in ToolIndex(registry, Embedder()).offer("sunshine")]
    assert "steep_tea" not in offered(registry, "sunshine")


def test_the_right_tools_are_among_those_offered():
    """Of the requests that were written to develop with, nearly all find every tool that they need."""
    index = ToolIndex(builtins())
    found = missed = 0
    for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        needed = {step["tool"] for step in row.get("steps", ()) if step["tool"] in index.views}
        if needed and not row.get("tools"):
            names = {view.name for view in index.offer(row["prompt"])}
            found, missed = found + (needed <= names), missed + (not needed <= names)
    assert found / (found + missed) > 0.95


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (("expense", "expenses"), True),
        (("note", "notes", "noted", "noting"), True),
        (("reminder", "remind"), False),
        (("running", "runs", "run"), True),
        (("category", "categories"), True),
        (("is", "its"), False),
    ],
)
def test_endings_are_cut_off_the_same_on_both_sides(words, same):
    """Forms of one word meet, other words do not."""
    assert (len({stem(word) for word in words}) == 1) == same


def test_a_request_is_read_for_what_it_means_to_tools():
    """Small words say nothing; a sum, a price or a file is a sign of the tool that deals with it."""
    assert list(terms("What is the price of all these?")) == ["price"[:-1]]
    assert stem("calculate") in asked_terms("17 * 23")
    assert stem("expense") in asked_terms("lunch 12.50")
    assert stem("read") in asked_terms("what does notes/plan.md say")
    assert asked_terms("hello there") == ["hello"]


def test_prompts_name_only_what_is_offered():
    """The functions that write prompts take the turn's tools as they are."""
    from datetime import UTC, datetime

    from homewit.agent.model import TurnContext

    turn = TurnContext("x", datetime(2026, 3, 2, tzinfo=UTC), ToolIndex(crowded()).offer("tea"))
    assert route_messages(turn)[0]["content"].count("gadget_") <= OFFERED
    assert plan_messages(turn)[0]["content"].count("\n- ") == OFFERED


def test_a_checkpoint_finds_what_shares_no_word():
    """The bundled checkpoint as the embedder: the same text is the nearest, and a plural of another word is
    near.
    """
    vectors = embedder("bundled").embed(["steep tea", "convert units", "steep tea"])
    near = embedder("bundled").likeness(vectors, vectors)
    assert near[0] == pytest.approx(1.0, abs=1e-4)
    assert near[2] == pytest.approx(1.0, abs=1e-4)
    assert near[1] < near[0]
    assert embedder("bundled") is embedder("bundled")


def test_an_embedder_that_cannot_be_loaded_is_done_without(caplog):
    """Tools are found by their words then, and the log says why. Control: a loader that works is used."""

    def missing(name: str):
        raise ModelNotFound(f"there is no checkpoint {name}")

    class Loaded:
        def embed(self, texts: Sequence[str]) -> Sequence[str]:
            return texts

    index = ToolIndex(crowded(), EngineEmbedder("nowhere", missing))
    assert index.offer("convert 5 miles to km")[0].name == "convert_units"
    assert len([record for record in caplog.records if "nowhere" in record.message]) == 1
    assert EngineEmbedder("here", lambda name: Loaded()).embed(["x"]) == ["x"]


async def test_the_setting_names_the_embedder(folder):
    """Requests are then ranked by both, off the event loop, and the prompt stays as small."""
    engine = ScriptedEngine(["act", {"steps": [], "question": None}])
    settings = Settings(embedder="bundled")
    async with Agent.open(engine, cwd=folder, now=FakeClock(), settings=settings) as agent:
        assert agent.place.tools.embedder is embedder("bundled")
        await agent.run("convert 5 miles to km")
    written = engine.calls[1]["chat"][0]["content"]
    assert written.count("\n- ") == OFFERED


def test_a_request_that_names_a_source_is_offered_its_tools_alone():
    """Whatever is known by heart. Control: without the name, or about something else, all are there."""
    registry = Registry()
    registry.load_builtins()
    own = Registry()
    own.load_builtins()
    for name in ("read_file", "write_file"):
        foreign = replace(own.get(name).spec, name=f"files_{name}", source="mcp:files")
        registry.add(replace(own.get(name), spec=foreign))
    index, known = ToolIndex(registry), {"read_file", "calculate"}
    assert [view.name for view in index.offer("read a.txt with files", known)] == [
        "files_read_file",
        "files_write_file",
    ]
    for request in ("read a.txt", "order a pizza with files"):
        assert {"read_file", "calculate"} <= {view.name for view in index.offer(request, known)}
