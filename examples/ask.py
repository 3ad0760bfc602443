"""Homewit as a library: one agent, a tool of our own, a few requests.

Run it with `python examples/ask.py`.
"""

import asyncio
from datetime import date

from homewit.agent import Agent
from homewit.tools import tool


@tool
def days_until_new_year() -> int:
    """Count the days until the next first of January."""
    today = date.today()
    return (date(today.year + 1, 1, 1) - today).days


async def main() -> None:
    async with Agent.open(tools=[days_until_new_year]) as agent:
        # A plan can be looked at before anything runs.
        plan = await agent.plan("convert 5 miles to km")
        for step in plan.steps:
            print(step.id, step.tool, dict(step.args))

        result = await agent.run("what is 17 * 23?")
        print(result.status, result.text)

        # The same as a stream of events: what the terminal UI and `homewit run --json` show.
        async for event in agent.stream("convert 10 kg to pounds"):
            if event.body.type == "step.finished":
                print(event.body.tool, event.body.output)


if __name__ == "__main__":
    asyncio.run(main())
