"""``homewit plan``: what would be done, and nothing is."""

from typing import Any

import click

from .. import output
from ..launch import Launch
from ..no_host import no_host_option


@click.command(help="Show the plan for a request; nothing is executed.")
@click.argument("words", metavar="PROMPT", nargs=-1)
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@no_host_option
@click.pass_obj
def command(launch: Launch, words: tuple[str, ...], model: str | None, as_json: bool) -> int:
    from ..stdin import joined_prompt

    async def make() -> dict[str, Any]:
        text = await joined_prompt(words, "plan")
        async with launch.connected(model) as connection:
            return await connection.client.plan(text)

    plan = launch.run(make)
    if as_json:
        output.record(plan)
        return 0
    from ..narrate import args_text, planned_args

    output.write(f"route  {plan['route']}")
    for step in plan["steps"]:
        after = f"  after {', '.join(step['after'])}" if step.get("after") else ""
        output.write(f"{step['id']}  {step['tool']}  {args_text(planned_args(step), 2000)}{after}")
    for words in plan.get("not_understood", ()):
        output.write(f"not understood  {words}")
    if plan.get("question"):
        output.write(f"asks  {plan['question']}")
    elif not plan["steps"]:
        output.say("no steps: nothing would be done", "dim")
    return 0
