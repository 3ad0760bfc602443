"""``homewit doctor``: one line per thing that has to work, and what to do about the ones that do not."""

import click

from .. import output
from ..launch import Launch
from .listing import json_option


@click.command(help="Check the set-up; exits with 1 when something that is needed does not work.")
@json_option
@click.pass_obj
def command(launch: Launch, as_json: bool) -> int:
    from .. import lookups

    items = launch.items("doctor")
    for item in items:
        if as_json:
            output.record(item)
        else:
            output.line(f"{lookups.doctor_mark(item)} {item['name']:<10}  {item['text']}")
            if item.get("fix"):
                output.line(f"  {'':<10}  → {item['fix']}")
    return int(any(lookups.doctor_mark(item) == "✗" for item in items))
