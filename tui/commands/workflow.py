"""``homewit workflow``: the workflows that are kept by name, and what is right and wrong about a file."""

from collections.abc import Iterator
from typing import Any

import click

from .. import output
from ..launch import Launch
from .group import CommandGroup
from .listing import json_option, show_rows

INVALID = 2


@click.group(cls=CommandGroup, help="List, show, check and save workflows.")
def command() -> None:
    pass


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List the workflows that are kept; run one with: homewit run NAME."""
    none = "no workflows yet; keep what a run did with: homewit workflow save RUN"
    columns = ("name", "inputs", "description")
    return show_rows(launch, "workflows.list", columns, as_json, none, _row)


@command.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(launch: Launch, name: str, as_json: bool) -> int:
    """Print a workflow that is kept."""
    item = launch.item("workflows.show", name=name)
    if as_json:
        output.record(item)
    else:
        output.write(str(item["text"]).rstrip("\n"))
        for line in _told(item["path"], item["problems"]):
            output.say(line, "red")
    return 0


@command.command()
@click.argument("file", metavar="FLOW.yaml | NAME")
@json_option
@click.pass_obj
def check(launch: Launch, file: str, as_json: bool) -> int:
    """Check a workflow without running it; exit code 2 when it cannot be run."""
    from ..workflow_start import is_file, read_file

    if is_file((file,)):
        text = read_file(file)
    else:
        kept = launch.item("workflows.show", name=file)
        text, file = kept["text"], kept["path"]
    found = launch.item("workflows.check", text=text, name=file)
    problems = found["problems"]
    if as_json:
        for problem in problems:
            output.record({"file": file, **problem})
    else:
        for line in _told(file, problems):
            output.write(line)
    wrong = sum(problem["severity"] == "error" for problem in problems)
    if not as_json and not wrong:
        output.say(f"{file}: fine", "dim")
    return INVALID if wrong else 0


@command.command()
@click.argument("run", metavar="RUN")
@click.argument("name", required=False)
@click.option("--fixed", multiple=True, metavar="INPUT", help="Keep this value as it is instead of an input.")
@click.option("--replace", is_flag=True, help="Take the place of a workflow that has the name.")
@click.option("--print", "print_only", is_flag=True, help="Print it instead of keeping it.")
@json_option
@click.pass_obj
def save(
    launch: Launch,
    run: str,
    name: str | None,
    fixed: tuple[str, ...],
    replace: bool,
    print_only: bool,
    as_json: bool,
) -> int:
    """Keep what a run did as a workflow; what you had typed becomes its inputs."""
    item = launch.item(
        "workflows.save", run=run, name=name, replace=replace, fixed=list(fixed), keep=not print_only
    )
    if as_json:
        output.record(item)
    elif print_only:
        output.write(str(item["text"]).rstrip("\n"))
    else:
        output.write(str(item["path"]))
        given = " ".join(f"[--input {one['name']}=…]" for one in item["inputs"])
        output.say(f"to run it: homewit run {item['name']} {given}".rstrip(), "dim")
    return 0


@command.command()
@click.argument("name")
@click.pass_obj
def rm(launch: Launch, name: str) -> int:
    """Delete a workflow that is kept."""
    output.write(f"removed {launch.item('workflows.rm', name=name)['path']}")
    return 0


@command.command()
@click.pass_obj
def schema(launch: Launch) -> int:
    """Print the JSON Schema of workflow files, for editors."""
    import json

    output.write(json.dumps(launch.item("workflows.schema"), indent=2))
    return 0


def _row(row: dict[str, Any]) -> dict[str, Any]:
    inputs = ", ".join(
        one["name"] if one["needed"] else f"{one['name']}={one['default']}" for one in row["inputs"]
    )
    wrong = row["problems"]
    said = f"cannot be run: {wrong[0]['message']}" if wrong else row["description"]
    return {**row, "inputs": inputs, "description": said}


def _told(file: str, problems: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each, in the form that editors and terminals make links of."""
    for problem in problems:
        warns = "warning: " if problem["severity"] == "warning" else ""
        yield f"{file}:{problem['line']}:{problem['column']}: {warns}{problem['message']}"
