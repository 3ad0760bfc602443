"""``homewit tools``: what Homewit can do, what each tool may touch, and a way to call one by hand."""

import json
from pathlib import Path
from typing import Any

import click

from .. import output
from ..errors import UsageProblem
from ..launch import Launch
from .group import CommandGroup
from .listing import instruct, json_option, show_one
from .sources import APPROVAL_NEEDED, agrees, pair, place_of, show_source, way_to_log_in


@click.group(cls=CommandGroup, help="List, show and call tools.")
def command() -> None:
    pass


@command.command("list")
@json_option
@click.pass_obj
def list_(launch: Launch, as_json: bool) -> int:
    """List the tools; a plugin that could not be loaded is named on stderr."""
    answer = launch.query("tools.list")
    for problem in answer.get("problems", []):
        output.say(f"warning: {problem['source']} was skipped: {problem['message']}", "yellow")
    if as_json:
        for item in answer["items"]:
            output.record(item)
    else:
        output.table(answer["items"], ("name", "effect", "source", "description"))
    return 0


@command.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(launch: Launch, name: str, as_json: bool) -> int:
    """Show a tool with its arguments."""
    if as_json:
        return show_one(launch, "tools.show", True, name=name)
    item = launch.item("tools.show", name=name)
    schema = item.pop("parameters", {})
    item.pop("returns", None)
    output.fields(item)
    output.write("\narguments")
    output.table(_arguments(schema), ("name", "type", "needed", "description"))
    return 0


@command.command()
@click.argument("name")
@click.argument("arguments", metavar="[NAME=VALUE | JSON]…", nargs=-1)
@json_option
@click.pass_obj
def call(launch: Launch, name: str, arguments: tuple[str, ...], as_json: bool) -> int:
    """Call a tool yourself, such as: homewit tools call calculate expression="17 * 23"."""

    async def call_it(client: Any) -> dict[str, Any]:
        tool = await client.item("tools.show", name=name)
        given = _read_arguments(arguments, tool.get("parameters", {}))
        return await client.item("tools.call", name=name, args=given)

    result = launch.ask(call_it)
    if as_json:
        output.record(result)
    else:
        output.write(str(result.get("text", "")))
    return 0


@command.command()
@click.argument("name")
@click.option("--file", "as_file", is_flag=True, help="One file in Homewit's own folder for tools.")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="A file of tools to make a distribution of."
)
@click.option(
    "--into", type=click.Path(path_type=Path), help="Folder to write to; by default ./homewit-NAME."
)
@json_option
@click.pass_obj
def new(
    launch: Launch, name: str, as_file: bool, source: Path | None, into: Path | None, as_json: bool
) -> int:
    """Begin a tool of your own: a distribution with tests, or a single file.

    With --from a file that works becomes a distribution, to be shared.
    """
    if as_file and source is not None:
        raise UsageProblem("--from makes a distribution, so it does not go with --file")
    folder = None if as_file else str((into or Path(f"homewit-{name.replace('_', '-')}")).absolute())
    given = None if source is None else str(source.expanduser().absolute())
    made = launch.item("tools.new", name=name, folder=folder, source=given)
    if as_json:
        output.record(made)
        return 0
    for path in made["files"]:
        output.write(path)
    if as_file:
        output.say(f'Edit it; Homewit sees changes by itself. Try: homewit tools call {name} text="one two"')
    elif source is not None:
        output.say(f'Next: pip install "{into or folder}"; then remove {source}, which has the same tools.')
    else:
        output.say(f'Next: pip install -e "{into or folder}[test]", then: homewit tools call {name} …')
    return 0


@command.command(context_settings={"allow_interspersed_args": True})
@click.argument("name")
@click.argument("source", metavar="[URL | FOLDER | FILE | -- COMMAND ARGUMENT…]", nargs=-1)
@click.option("--read", "readable", multiple=True, metavar="PATH", help="A folder that the program may read.")
@click.option("--write", "writable", multiple=True, metavar="PATH", help="A folder that it may change.")
@click.option("--network", is_flag=True, help="The program may use the network.")
@click.option("--unconfined", is_flag=True, help="Run the program without the sandbox.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable of the program.")
@click.option("--secret", multiple=True, metavar="NAME=SECRET", help="A variable or header, and its secret.")
@click.option("--server", metavar="URL", help="Where the service of an OpenAPI document is.")
@click.option(
    "--effect", "effects", multiple=True, metavar="TOOL=EFFECT", help="What a tool does; else: send."
)
@click.option("--only", multiple=True, metavar="TOOL", help="Take this tool; else all that there are.")
@click.option(
    "--device", is_flag=True, help="Log in on any device, with a code, where a server wants a login."
)
@click.option("--yes", is_flag=True, help="Approve without being asked.")
@json_option
@click.pass_obj
def add(launch: Launch, name: str, source: tuple[str, ...], yes: bool, as_json: bool, **options: Any) -> int:
    """Add the tools of an MCP server, an Agent Skill or an OpenAPI document.

    Homewit shows what there is and asks. Without a source, what was added before is looked at again.
    """
    wanted = {
        "place": place_of(source, options),
        "effects": dict(map(pair, options["effects"])),
        "only": list(options["only"]),
        "login": way_to_log_in(options["device"]),
    }

    async def converse(client: Any) -> dict[str, Any] | None:
        seen = await client.attended(client.item("tools.inspect", name=name, **wanted), instruct)
        show_source(seen)
        if not (yes or agrees()):
            return None
        return await client.item("tools.add", name=name, digest=seen["digest"])

    added = launch.ask(converse)
    if added is None:
        output.say("Nothing was added.", "dim")
        return APPROVAL_NEEDED
    for problem in added["problems"]:
        output.say(f"warning: {problem}", "yellow")
    if as_json:
        output.record(added)
    else:
        output.write("\n".join(added["tools"]))
    return 0


@command.command()
@click.argument("name")
@json_option
@click.pass_obj
def remove(launch: Launch, name: str, as_json: bool) -> int:
    """Remove a source that was added, with all of its tools."""
    return show_one(launch, "tools.remove", as_json, name=name)


def _arguments(schema: dict[str, Any]) -> list[dict[str, str]]:
    needed = schema.get("required", [])
    return [
        {
            "name": name,
            "type": _type_name(field),
            "needed": "needed" if name in needed else f"else {json.dumps(field.get('default'))}",
            "description": str(field.get("description", "")),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _type_name(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " | ".join(_type_name(choice) for choice in field["anyOf"] if choice.get("type") != "null")
    return str(field.get("type", "any"))


def _read_arguments(given: tuple[str, ...], schema: dict[str, Any]) -> dict[str, Any]:
    """``name=value`` pairs or one JSON object; a value is text unless its argument takes something else."""
    if len(given) == 1 and given[0].lstrip().startswith("{"):
        return _object(given[0])
    properties = schema.get("properties", {})
    values: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            known = ", ".join(properties) or "none"
            raise UsageProblem(f"{one!r} is not NAME=VALUE; the arguments are: {known}")
        values[name] = value if "string" in _types(properties.get(name, {})) else _json_or_text(value)
    return values


def _types(field: dict[str, Any]) -> set[str]:
    return {str(field.get("type"))}.union(*(_types(choice) for choice in field.get("anyOf", [])))


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageProblem(f"the arguments are not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise UsageProblem("the arguments must be one JSON object")
    return value
