"""``homewit doctor``: one line per thing that has to work, and what to do about the ones that do not."""

import click

from .. import output
from ..launch import Launch
from .listing import json_option


@click.command(help="Check the set-up; exits with 1 when something needs attention.")
@json_option
@click.pass_obj
def command(launch: Launch, as_json: bool) -> int:
    items = launch.items("doctor")
    for item in items:
        if as_json:
            output.record(item)
        else:
            mark = "✔" if item.get("state") == "ready" else "✗"
            output.write(f"{mark} {item['name']:<10} {item['text']}")
            if item.get("fix"):
                output.write(f"  {'':<10} → {item['fix']}")
    return int(any(item.get("state") != "ready" for item in items))
