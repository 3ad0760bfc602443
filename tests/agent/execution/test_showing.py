"""What a call shows while it runs: all that a person may read, and no flood."""

import pytest

from homewit.agent.execution.showing import REST
from homewit.tools import ToolContext, tool

from ..wire_events import of_type


@tool
def chatter(pieces: int, size: int, *, ctx: ToolContext) -> str:
    """Say something often."""
    for _ in range(pieces):
        ctx.progress("x" * size)
    return "said"


@pytest.mark.parametrize(
    ("pieces", "size", "most"), [(30_000, 0, 20_000), (30, 100_000, 10), (200, 100, 200)]
)
async def test_a_flood_is_cut_off(pieces: int, size: int, most: int, opened, plan):
    """Of many pieces, also empty ones, and of long ones; the call goes on. Control: a talkative tool is not
    cut off.
    """
    outputs = ["act", plan(("chatter", {"pieces": pieces, "size": size})), "said"]
    async with opened(*outputs, tools=[chatter]) as agent:
        events = [event.to_wire() async for event in agent.stream("chatter")]
    shown = of_type(events, "step.output")
    assert len(shown) == most
    assert (shown[-1]["text"] == REST) is (pieces > most)
    assert of_type(events, "step.finished")[0]["status"] == "done"
