"""Measures a compact checkpoint: cells drawn from the held-out sides, and the utterances written by hand.

Everything is decoded as the program decodes it, greedily and under the grammar. ``handwritten.jsonl`` was committed
before the generator was tuned and is never used to tune it: its misses are counted, never printed. ``development.jsonl``, by
another hand that had not seen the templates either, is there to be looked at.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..compact.form import NAMED_ROUTES, Call, Marker, ToolCard, parse_calls
from ..compact.reader import CompactReader
from .examples import Example, Mixture, Splits
from .frames import BUILT_IN
from .scoring import as_steps, folded, same_calls, same_value

HANDWRITTEN = Path(__file__).parent / "handwritten.jsonl"
DEVELOPMENT = Path(__file__).parent / "development.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    cell: str
    right: bool
    route_right: bool
    name_right: bool
    shown: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One measured cell: which mixture cell, with what held out."""

    name: str
    task: str
    splits: Splits


CELLS = (
    Cell("built-in, unseen frames", "built_in", Splits(frames=True)),
    Cell("built-in, unseen frames and values", "built_in", Splits(frames=True, words=True)),
    Cell("ask for what is missing, unseen frames", "ask", Splits(frames=True)),
    Cell("plan, two independent steps", "plan_independent", Splits(frames=True)),
    Cell("plan, two steps with a reference", "plan_reference", Splits(frames=True)),
    Cell("plan, three steps", "plan_three", Splits(frames=True)),
    Cell("unseen tools", "listed", Splits(tools=True, words=True)),
    Cell("seen tool kinds", "listed", Splits()),
    Cell("listed tools that do not fit", "listed_none", Splits(tools=True)),
    Cell("no tool, unseen frames", "no_tool", Splits(frames=True)),
    Cell("remember, unseen frames", "remember", Splits(frames=True, words=True)),
    Cell("recall, unseen frames", "recall", Splits(frames=True, words=True)),
    Cell("forget, unseen frames", "forget", Splits(frames=True, words=True)),
    Cell("small talk, unseen frames", "chat", Splits(frames=True)),
    Cell("copy of unseen pseudo-words", "copy", Splits(words=True)),
)


def wanted_calls(example: Example) -> list[dict[str, Any]]:
    return as_steps(parse_calls(list(example.target[1:-1])))


class Evaluation:
    def __init__(self, reader: CompactReader) -> None:
        self.reader = reader

    def decode(self, request: str, listed: Sequence[ToolCard]) -> tuple[str, list[Call]]:
        """Route and calls of one request, as the program finds them."""
        scores = self.reader.routes(request, listed)
        route = max(scores, key=lambda name: scores[name])
        if route in ("act", "plan"):
            allowed = [*BUILT_IN.values(), *listed]
            return route, self.reader.calls(request, NAMED_ROUTES[route], listed, allowed)
        if route in ("remember", "recall", "forget"):
            return route, [Call("", self.reader.arguments(request, NAMED_ROUTES[route]))]
        return route, []

    def generated(self, cell: Cell, count: int, seed: int = 7) -> Iterator[Outcome]:
        """``count`` fresh items of a cell."""
        mixture, rng = Mixture(cell.splits), random.Random(seed)
        for _ in range(count):
            example = mixture.draw(rng, cell.task)
            wanted_route = example.target[0]
            route, calls = self.decode(example.request, example.tools)
            route_right = NAMED_ROUTES[route] == wanted_route
            wanted = wanted_calls(example) if wanted_route is not Marker.CHAT else []
            right = route_right and same_calls(calls, wanted)
            names = [call.tool for call in calls] == [step["tool"] for step in wanted]
            yield Outcome(
                cell.name,
                right,
                route_right,
                route_right and names,
                f"{example.request} → {route} {as_steps(calls)}",
            )

    def handwritten(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Outcome]:
        for row in rows:
            route, calls = self.decode(row["prompt"], ())
            route_right = route == row["route"]
            wanted = row.get("steps", [])
            names = route_right and (
                not wanted or [call.tool for call in calls] == [s["tool"] for s in wanted]
            )
            if row["route"] in ("act", "plan"):
                right = same_calls(calls, wanted)
            else:
                right = route_right and (not calls or _fact_right(calls[0].args, row))
            yield Outcome(
                row["cell"], right, route_right, names, f"{row['prompt']} → {route} {as_steps(calls)}"
            )


def _fact_right(got: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """A fact is right when its value is, a topic when it shares a word with what was meant."""
    fact = row.get("fact")
    if fact is not None:
        return same_value(got.get("value"), fact["value"])
    said = set(folded(" ".join(str(value) for value in got.values())).split())
    own = {"me", "my", "i", "myself"} & said
    return any((own and not about) or said & set(folded(about).split()) for about in row["about"]) or bool(
        own
    )


def load_handwritten(file: Path = HANDWRITTEN) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def summary(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Per cell: number of items and shares of right routes, right tool names and wholly right items."""
    table: dict[str, dict[str, float]] = {}
    for cell in dict.fromkeys(outcome.cell for outcome in outcomes):
        rows = [outcome for outcome in outcomes if outcome.cell == cell]
        table[cell] = {
            "items": len(rows),
            "route": sum(row.route_right for row in rows) / len(rows),
            "name": sum(row.name_right for row in rows) / len(rows),
            "exact": sum(row.right for row in rows) / len(rows),
        }
    return table
