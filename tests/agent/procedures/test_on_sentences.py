"""Procedures from many sentences: one more of a frame is repeated right, no other request is taken."""

import json
import random
from pathlib import Path

import homewit.llm.training
from homewit.agent.models.typed_calls import to_step
from homewit.agent.plan import Plan
from homewit.agent.planning.tool_index import ToolIndex
from homewit.agent.procedures.generalising import Recorded, generalise, match
from homewit.agent.procedures.procedure import Procedure
from homewit.llm.compact.form import Call
from homewit.llm.training.frames import built_in_slots
from homewit.llm.training.spoken import lines_of
from homewit.llm.training.templates import expand
from homewit.llm.training.values import Vocabulary
from homewit.llm.training.whole_plans import WholePlan, WholePlans, parse_plan
from homewit.tools import Registry

WRITTEN = Path(homewit.llm.training.__file__).parent
FRAMES = 80
registry = Registry()
registry.load_builtins()
VIEWS = ToolIndex(registry).views


def recorded(plan: WholePlan, plans: WholePlans, rng: random.Random) -> Recorded:
    """A sentence of a frame with the calls that it stands for, as a run that carried them out."""
    sentence = expand(plan.template, rng, plans.slots)
    calls = []
    for number, tool in enumerate(plan.tools, 1):
        said = {
            name: sentence.args.get(f"{number}.{name}", plan.fixed.get((number, name)))
            for name in VIEWS[tool].parameters["properties"]
        }
        calls.append(Call(tool, {name: value for name, value in said.items() if value is not None}))
    steps = tuple(to_step(number, call, VIEWS[call.tool]) for number, call in enumerate(calls, 1))
    return Recorded("r", sentence.text, Plan("plan", steps))


def requests() -> list[str]:
    """Hand-written requests of all kinds."""
    files = (WRITTEN / name for name in ("development.jsonl", "handwritten.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line)["prompt"] for line in lines if line.strip()]


def test_right_or_not_at_all():
    """Of sentences by the hundred, each that is taken for a procedure leads to exactly its own plan."""
    rng = random.Random(7)
    plans = WholePlans(built_in_slots(Vocabulary(held_out=False)), held_out=False)
    frames = [
        frame for line in lines_of("plans.tsv") if set((frame := parse_plan(line)).tools) <= VIEWS.keys()
    ]
    frames = rng.sample(frames, FRAMES)
    learned: list[Procedure] = []
    repeated = 0
    for frame in frames:
        first, second, third = (recorded(frame, plans, rng) for _ in range(3))
        found = generalise([first, second], lambda tool: VIEWS[tool].parameters)
        if found is None:
            continue
        learned.append(found)
        values = match(found, third.request)
        if values is not None:
            assert found.plan(values).steps == third.plan.steps, third.request
            repeated += 1
    assert len(learned) > FRAMES // 4
    assert repeated > len(learned) // 3
    taken = [(text, str(one.name)) for text in requests() for one in learned if match(one, text) is not None]
    assert taken == []
