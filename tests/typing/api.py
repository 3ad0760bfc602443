"""The public API as users write it; pyright reads this file, nothing runs it.

A wrong type of a public name fails `make types` here, at the place where a user would see it.
"""

from dataclasses import dataclass
from typing import assert_type

from homewit.agent import Agent
from homewit.llm import Chunk, Engine, SamplingParams, parallel
from homewit.tools import Secret, ToolContext, tool


@dataclass(frozen=True)
class Receipt:
    text: str


def was_sent(to: str, subject: str) -> bool:
    return bool(to and subject)


@tool
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


@tool(effect="send", sinks=("to",), secrets=("mail_password",), check=was_sent, timeout_s=30)
def send_mail(to: str, subject: str, *, ctx: ToolContext) -> Receipt:
    """Send a mail."""
    assert_type(ctx.secret("mail_password"), Secret)
    return Receipt(f"Sent {subject!r} to {to}.")


def a_tool_is_still_its_function() -> None:
    assert_type(double(2), int)
    assert_type(double.spec.name, str)


def engine_streams_chunks(folder: str) -> None:
    engine = Engine.load(folder, dtype="auto", quantize=None, device="auto", context=None)
    assert_type(engine.tokenizer.encode("text"), list[int])
    assert_type(engine.tokenizer.decode([1, 2]), str)
    params = SamplingParams(max_tokens=8, temperature=0.7, top_k=40, top_p=0.9, min_p=0.05, seed=1)
    for chunk in engine.generate("prompt", params):
        assert_type(chunk, Chunk)
        assert_type(chunk.text, str)


def several_devices_give_an_engine(folder: str) -> None:
    if parallel.rank() == 0:
        engine = parallel.load(folder, dtype="auto", device="auto", context=None, timeout_s=30.0)
        assert_type(engine, Engine)
        engine.close()
    else:
        assert_type(parallel.follow(), None)


async def agent_answers() -> None:
    async with Agent.open(model="bundled", home=None, tools=[double, send_mail]) as agent:
        assert_type(agent, Agent)
        result = await agent.run("what is 2 * 2?")
        assert_type(result.text, str)
        assert_type(result.run_id, str)
        plan = await agent.plan("what is 2 * 2?")
        assert_type([step.tool for step in plan.steps], list[str])
        async for event in agent.stream("what is 2 * 2?"):
            assert_type(event.seq, int)
