"""The look-ups of the slash commands as lines of text, for the drawers of the screen and for the line mode
alike.

Knows nothing of where the lines are shown.
"""

from typing import Any

from . import slash
from .client import Client
from .facts import fact_line
from .moments import minute
from .narrate import Line, args_text, planned_args, what_it_does
from .safe_text import one_line
from .schedules import line, occurrence_line

Lines = list[Line]
_DOCTOR = {"ready": ("✔", ""), "optional": ("–", "dim"), "problem": ("✗", "red")}


async def tools(client: Client, name: str = "") -> Lines:
    """All tools, or one with its arguments."""
    if name:
        item = await client.item("tools.show", name=name)
        needed = item.get("parameters", {}).get("required", [])
        lines: Lines = [(one_line(item["name"]), "bold"), (one_line(item["description"], 400), "")]
        lines.append((f"{what_it_does(item['name'], item['effect'])} · from {item['source']}", "dim"))
        for argument, field in item.get("parameters", {}).get("properties", {}).items():
            need = "" if argument in needed else "  may be left out"
            lines.append((f"  {argument}  {one_line(str(field.get('description', '')))}{need}", ""))
        return lines
    answer = await client.query("tools.list")
    width = max((len(item["name"]) for item in answer["items"]), default=0)
    lines = [
        (f"{item['name']:<{width}}  {what_it_does(item['name'], item['effect']):<17}  "
         f"{one_line(item['description'], 120)}", "")
        for item in answer["items"]
    ]  # fmt: skip
    for problem in answer.get("problems", []):
        lines.append(
            (f"! {one_line(problem['source'])} was skipped: {one_line(problem['message'], 300)}", "yellow")
        )
    return lines


async def memory(client: Client, words: str = "") -> Lines:
    found = await (client.items("memory.search", query=words) if words else client.items("memory.list"))
    if not found:
        return [(f"nothing matches {words!r}" if words else "nothing is remembered yet", "dim")]
    return [(fact_line(fact), "") for fact in found]


async def workflows(client: Client) -> Lines:
    """Those that are kept by name, with the inputs that they take."""
    rows = await client.items("workflows.list")
    if not rows:
        return [("no workflows yet; /save NAME keeps what the last run did", "dim")]
    lines: Lines = []
    for row in rows:
        inputs = " ".join(
            one["name"] + ("=" if one["needed"] else f"={one['default']}") for one in row["inputs"]
        )
        lines.append((one_line(f"{row['name']}  {inputs}".rstrip(), 200), "bold"))
        wrong = row["problems"]
        said = f"cannot be run: {wrong[0]['message']}" if wrong else row["description"]
        lines.append((f"  {one_line(said, 200)}", "red" if wrong else "dim"))
    return lines


async def procedures(client: Client, words: str = "") -> Lines:
    """What was learned, and what is offered."""
    wanted = words.lower().split()
    rows = await client.items("procedures.list")
    found = [row for row in rows if all(word in row["name"].lower() for word in wanted)]
    lines: Lines = [
        (f"{row['id']}  {row['state']:<8}  {one_line(row['name'], 120)}", "dim" if row["problem"] else "")
        for row in found
    ]
    return lines or [("nothing was learned yet" if not words else f"nothing matches {words!r}", "dim")]


async def schedules(client: Client, words: str = "") -> Lines:
    """What is scheduled, after what waits for the user."""
    wanted = words.lower().split()
    waiting = await client.items("schedules.waiting")
    lines: Lines = [
        (f"waits for you: {one['run']}  {occurrence_line(one)}  {one_line(one['request'], 120)}", "yellow")
        for one in waiting
    ]
    lines += [(line(row), "") for row in await client.items("schedules.list")]
    found = [one for one in lines if all(word in one[0].lower() for word in wanted)]
    return found or [("nothing is scheduled" if not words else f"nothing matches {words!r}", "dim")]


async def sessions(client: Client, words: str = "") -> Lines:
    if words:
        hits = await client.items("sessions.search", query=words)
        lines = [(f"{hit['session']}  {one_line(hit['text'], 120)}", "") for hit in hits]
    else:
        items = await client.items("sessions.list", limit=30)
        lines = [
            (f"{item['id']}  {minute(item['updated'])}  {one_line(item['title'] or 'untitled', 100)}", "")
            for item in items
        ]
    return lines or [("nothing found" if words else "no sessions yet", "dim")]


async def permissions(client: Client, words: str = "") -> Lines:
    rows = await client.items("permissions.list")
    rows = [row for row in rows if words.lower() in f"{row['id']} {row['rule']}".lower()]
    if not rows:
        return [("nothing is allowed for longer than once" if not words else "nothing found", "dim")]
    return [(f"{row['id'] or '–'}  {one_line(row['rule'], 200)}  {holds(row)}", "") for row in rows]


async def revoke(client: Client, id_: str) -> str:
    """Take a permission back; what is said of it."""
    row = await client.item("permissions.revoke", id=id_)
    return f"revoked {row['id']}: {one_line(row['rule'], 200)}"


def holds(row: dict[str, Any]) -> str:
    """For how long a permission holds, or that it does not."""
    if not row["current"]:
        changed = "covers nothing any more: the tool has changed or is gone"
        return "covers nothing: no tool or argument has this name" if row["scope"] == "settings" else changed
    if row["scope"] == "date":
        return f"until {minute(row['until'])}"
    return {"plan": "for its plan", "session": "in its session"}.get(row["scope"], "from your settings")


async def plan(client: Client, text: str, session: str | None) -> Lines:
    made = await client.plan(text, session)
    lines: Lines = [(f"route  {made['route']}", "dim")]
    lines += [
        (f"○ {step['id']} {step['tool']}  {args_text(planned_args(step), 2000)}", "")
        for step in made["steps"]
    ]
    lines += [
        (f"! not understood: {one_line(words, 400)}", "yellow") for words in made.get("not_understood", ())
    ]
    if made.get("question"):
        lines.append((f"? {one_line(made['question'], 400)}", "yellow"))
    elif not made["steps"]:
        lines.append(("no steps", "dim"))
    return lines


async def doctor(client: Client) -> Lines:
    lines: Lines = []
    for item in await client.items("doctor"):
        mark, style = _DOCTOR.get(item["state"], _DOCTOR["problem"])
        lines.append((f"{mark} {item['name']:<10}  {one_line(item['text'], 300)}", style))
        if item.get("fix"):
            what_to_do = one_line(item["fix"], 300)
            lines.append((f"  {'':<10}  → {what_to_do}", "dim" if style == "dim" else "yellow"))
    return lines


def doctor_mark(item: dict[str, Any]) -> str:
    """``✔`` works, ``✗`` is needed and does not, ``–`` is not set up and need not be."""
    return _DOCTOR.get(item["state"], _DOCTOR["problem"])[0]


def help_lines() -> Lines:
    width = max(len(command.usage) for command in slash.COMMANDS)
    return [(f"{command.usage:<{width}}  {command.help}", "") for command in slash.COMMANDS]
