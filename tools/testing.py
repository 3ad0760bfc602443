"""What a plugin author needs to test a tool: contract checks, a context, and records kept in memory.

    def test_my_plugin():
        check_plugin("my_plugin:tools")

    async def test_my_tool(tmp_path):
        await check_tool(my_tool, {"city": "Oslo"}, ctx=fake_context(tmp_path))

Nothing here is used while Homewit runs. It opens no sockets and no database.
"""

import contextlib
import dataclasses
import datetime as dt
import inspect
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from .context import ToolContext
from .docstring import read_docstring
from .errors import InvalidArguments, ToolError, ToolFailed
from .records import ROWS, Changed, Expense, Note, Reminder, Task, TaskStatus
from .spec import Effect, Tool

FAKE_NOW = dt.datetime(2026, 11, 20, 14, 30, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Friday afternoon, on which the clock of `fake_context` stands."""

_NEEDS_SINK = {Effect.NETWORK, Effect.WRITE, Effect.SEND, Effect.SPEND, Effect.EXECUTE}
_NEEDS_CHECK = {Effect.SEND, Effect.SPEND}
_LONGEST_DESCRIPTION = 400
_SPANS = {"event": ("first", "last", "first"), "expense": ("date", "date", ""), "reminder": ("", "", "at")}


class ContractBroken(AssertionError):
    """A tool does not keep the plugin contract; the message lists every problem."""


def problems_of(tool: Tool[Any, Any]) -> list[str]:
    """What is wrong with a tool's declaration, as sentences; empty when nothing is."""
    spec, documented = tool.spec, read_docstring(tool.function.__doc__)
    names = list(spec.parameters["properties"])
    found: list[str] = []
    if not documented.summary:
        found.append("it has no docstring; the first line is what a model knows of the tool")
    if len(spec.description) > _LONGEST_DESCRIPTION:
        found.append(f"its description is longer than {_LONGEST_DESCRIPTION} characters")
    for name in names:
        if not spec.parameters["properties"][name].get("description"):
            found.append(f"the parameter {name!r} has no description; add it under Args:")
    for name in documented.parameters:
        if name not in names and name != "ctx":
            found.append(f"the docstring describes {name!r}, which is not a parameter")
    if tool.signature.result is None:
        found.append("its result has no type, so no later step can refer to it")
    if spec.effect in _NEEDS_SINK and not spec.sinks:
        found.append(f"its effect is {spec.effect} but no parameter is declared as a sink")
    if spec.effect in _NEEDS_CHECK and tool.check is None:
        found.append(f"its effect is {spec.effect} but it has no check for what happened before a crash")
    if spec.effect is Effect.RECORD and tool.undo is None:
        found.append("its effect is record but it has no undo to take it back")
    return [*found, *_check_problems(tool, names), *_example_problems(tool)]


async def check_tool(
    tool: Tool[Any, Any], *samples: Mapping[str, Any], ctx: ToolContext | None = None
) -> None:
    """Check a tool's declaration and call it once with each sample; raises ContractBroken.

    A call has to return what it declares, as JSON, with a text, and must not print to stdout.
    """
    if not isinstance(tool, Tool):
        raise ContractBroken(f"{tool!r} is not a tool; mark the function with @tool")
    found = problems_of(tool)
    for sample in samples:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                result = await tool.call(sample, ctx or fake_context(Path.cwd()))
        except ToolError as error:
            found.append(f"called with {dict(sample)} it raised {type(error).__name__}: {error}")
            continue
        if not result.text.strip():
            found.append(f"called with {dict(sample)} it gave a result without text")
        if printed.getvalue():
            found.append(f"called with {dict(sample)} it printed to stdout; use ctx.progress")
    if found:
        raise ContractBroken(
            "\n".join([f"{tool.name} breaks the plugin contract:", *(f"- {one}" for one in found)])
        )


_ODD_VALUES: dict[str, tuple[Any, ...]] = {
    "string": ("", " ", "\0", "\n", "-1", "null", "%s {0}", "🌹", "../../..", "x" * 5_000),
    "integer": (0, -1, 10**30),
    "number": (0, -1.5, 1e308, float("inf"), float("nan")),
    "boolean": (True, False),
    "array": ([], [""], [None]),
    "object": ({},),
}


async def check_bad_input(
    tool: Tool[Any, Any], sample: Mapping[str, Any], ctx: ToolContext | None = None
) -> None:
    """Give each argument of a good call values that nobody should give; raises ContractBroken.

    What is missing, unknown or of another type has to be refused by name; for the rest the tool may work or
    raise a ToolError, and nothing else. Calls are made, so `ctx` must be one for tests.
    """
    own = ctx or fake_context(Path.cwd())
    found = _unrefused(tool, sample)
    for name, schema in tool.spec.parameters["properties"].items():
        for value in (one for kind in _kinds(schema) for one in _ODD_VALUES.get(kind, ())):
            if (error := await _unexpected(tool, {**sample, name: value}, own)) is not None:
                raised = f"{type(error).__name__}: {str(error)[:200]}"
                found.append(f"called with {name}={repr(value)[:40]} it raised {raised}")
    if found:
        raise ContractBroken(
            "\n".join([f"{tool.name} does not refuse bad input:", *(f"- {one}" for one in found)])
        )


def _unrefused(tool: Tool[Any, Any], sample: Mapping[str, Any]) -> list[str]:
    """Calls that get past the types although they should not."""
    needed = tool.spec.parameters.get("required", ())
    wrong = [({key: value for key, value in sample.items() if key != name}, name) for name in needed]
    wrong += [({**sample, "not_an_argument": 1}, "not_an_argument")]
    wrong += [
        ({**sample, name: {"of": ["another type"]}}, name)
        for name, schema in tool.spec.parameters["properties"].items()
        if not {"object", ""}.intersection(_kinds(schema))
    ]
    found: list[str] = []
    for args, name in wrong:
        try:
            tool.validate(args)
            found.append(f"{name} was taken although it is missing, unknown or of another type")
        except InvalidArguments as error:
            if name not in str(error):
                found.append(f"the refusal of {name} does not name it: {error}")
    return found


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The JSON types that a value may have, in a fixed order; "" for any."""
    options = schema.get("anyOf", (schema,))
    return sorted({str(one.get("type", "")) for one in options})


async def _unexpected(
    tool: Tool[Any, Any], args: Mapping[str, Any], ctx: ToolContext
) -> BaseException | None:
    """What a call raises that is no ToolError; its author did not think of that."""
    try:
        await tool.call(args, ctx)
    except ToolFailed as error:
        if str(error).startswith(f"{tool.name} failed: "):
            return error.__cause__
    except ToolError:
        return None
    return None


def check_plugin(entry: str) -> None:
    """Load a plugin as its entry point says, such as "homewit_weather:tools", and check all declarations.

    Raises ContractBroken, also for names that built-in tools have, and for what it prints while it loads.
    """
    from .builtin.catalogue import BUILTIN_TOOLS
    from .loading import tools_in

    printed, taken = io.StringIO(), {one.name for one in BUILTIN_TOOLS}
    try:
        with contextlib.redirect_stdout(printed):
            tools = tools_in(EntryPoint("plugin", entry, "homewit.tools").load())
    except (ImportError, AttributeError, ToolError) as error:
        raise ContractBroken(f"{entry} cannot be loaded: {error}") from error
    found = [f"{one.name}: {problem}" for one in tools for problem in problems_of(one)]
    found += [f"{one.name}: a built-in tool has this name" for one in tools if one.name in taken]
    if not tools:
        found.append("it has no tools; name them in a list, such as tools = [my_tool]")
    if printed.getvalue():
        found.append("it printed to stdout while it was loaded")
    if found:
        raise ContractBroken(
            "\n".join([f"{entry} breaks the plugin contract:", *(f"- {one}" for one in found)])
        )


def fake_context(cwd: Path, **changes: Any) -> ToolContext:
    """A context with `cwd` as the one granted folder, a clock that stands still, and no network.

    Any field of ToolContext can be given instead of its default.
    """
    given: dict[str, Any] = {
        "cwd": cwd,
        "roots": (cwd,),
        "now": lambda: FAKE_NOW,
        "records": MemoryRecords(lambda: FAKE_NOW),
        "net": _no_network,
        "dial": _no_dialling,
    }
    return ToolContext(**{**given, **changes})


class FakeNet:
    """A network for tests: ``answer(url)`` gives what a server would, as JSON, or a status and the JSON.

    ``asked`` lists the addresses that were contacted.
    """

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self._answer = answer
        self.asked: list[str] = []

    def __call__(self, allow: tuple[str, ...] = (), *, authorities: Path | None = None) -> Any:
        return self

    async def get(self, url: str, *, params: Mapping[str, str] | None = None, headers: Any = None) -> Any:
        return await self.request("GET", url, params=params)

    async def request(
        self, method: str, url: str, *, params: Mapping[str, str] | None = None, **_: Any
    ) -> Any:
        from .net import Response

        url = f"{url}?{urlencode(params)}" if params else url
        self.asked.append(url)
        found = self._answer(url)
        status, data = found if isinstance(found, tuple) else (200, found)
        return Response(url, status, {"content-type": "application/json"}, json.dumps(data).encode())


def _no_network(allow: tuple[str, ...] = (), *, authorities: Path | None = None) -> NoReturn:
    raise ToolFailed("This context has no network; give fake_context(…, net=…) a client for the test.")


def _no_dialling(host: str, port: int, **options: Any) -> NoReturn:
    raise ToolFailed("This context has no network; give fake_context(…, dial=…) a function for the test.")


def _check_problems(tool: Tool[Any, Any], names: list[str]) -> list[str]:
    found: list[str] = []
    for what, function in (("check", tool.check), ("preview", tool.preview)):
        if function is not None:
            taken = [name for name in inspect.signature(function).parameters if name != "ctx"]
            if taken != names:
                found.append(f"its {what} takes {taken} instead of its own parameters {names}")
    return found


def _example_problems(tool: Tool[Any, Any]) -> list[str]:
    """Examples in the schema are shown to models, so each has to be a value that the tool takes."""
    found: list[str] = []
    for name, schema in tool.spec.parameters["properties"].items():
        for example in schema.get("examples", ()):
            try:
                tool.validate({name: example})
            except InvalidArguments as error:
                if f" {name}:" in str(error):
                    found.append(f"the example {example!r} of {name!r} is not a valid value")
    return found


class MemoryRecords:
    """Records of every kind without a database; keeps the `Records` protocol."""

    def __init__(self, now: Any = lambda: FAKE_NOW) -> None:
        self._now = now
        self._rows: dict[str, dict[str, Any]] = {kind: {} for kind in ROWS}
        self._changes: dict[str, tuple[str, str, Any, Any]] = {}
        self._count = 0

    def by_strangers(self) -> "MemoryRecords":
        return self

    def add(self, kind: str, /, **fields: Any) -> Any:
        self._count += 1
        given: dict[str, Any] = {"id": f"{kind[0]}_{self._count}", **fields}
        names = [field.name for field in dataclasses.fields(ROWS[kind])]
        missing = {"created": self._now(), "done": False, "fired": False, "origin": "unknown", "tags": ()}
        row = ROWS[kind](**{name: given.get(name, missing.get(name)) for name in names})
        self._rows[kind][row.id] = row
        return row

    def add_all(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        return [self.add(kind, **row) for row in rows]

    def rows(
        self, kind: str, since: dt.date | None = None, until: dt.date | None = None, /, **equal: Any
    ) -> list[Any]:
        first, last, order = _SPANS.get(kind, ("", "", ""))
        found = [
            row
            for row in self._rows[kind].values()
            if all(getattr(row, name) == value for name, value in equal.items())
            and not (since and first and (end := getattr(row, last)) is not None and end < since)
            and not (until and first and getattr(row, first) > until)
        ]
        return sorted(found, key=lambda row: getattr(row, order)) if order else found

    def change(self, kind: str, id: str, /, **fields: Any) -> Changed:
        before = self._rows[kind][id]
        row = self._rows[kind][id] = replace(before, **fields)
        return Changed(row, self._remember(kind, id, before, row))

    def delete(self, kind: str, id: str) -> Changed:
        before = self._rows[kind].pop(id)
        return Changed(before, self._remember(kind, id, before, None))

    def take_back(self, change: str) -> Any:
        kind, id, before, after = self._changes.get(change, ("note", "", None, None))
        if before is None or self._rows[kind].get(id) != after:
            return None
        del self._changes[change]
        self._rows[kind][id] = before
        return before

    def find(self, kind: str, id: str) -> Any:
        return self._rows[kind].get(id)

    def remove(self, kind: str, id: str) -> bool:
        return self._rows[kind].pop(id, None) is not None

    def remove_all(self, kind: str, /, **equal: Any) -> int:
        return sum(self.remove(kind, row.id) for row in self.rows(kind, **equal))

    def add_note(self, text: str) -> Note:
        return self.add("note", text=text)

    def search_notes(self, query: str, limit: int = 20) -> list[Note]:
        words = query.lower().split()
        notes: list[Note] = self.rows("note")
        return [note for note in reversed(notes) if all(word in note.text.lower() for word in words)][:limit]

    def add_task(self, title: str, due: dt.date | None = None) -> Task:
        return self.add("task", title=title, due=due)

    def list_tasks(self, status: TaskStatus = "open") -> list[Task]:
        tasks: list[Task] = self.rows("task")
        return [task for task in tasks if status == "all" or task.done == (status == "done")]

    def find_tasks(self, title: str) -> list[Task]:
        return [task for task in self.list_tasks("open") if title.lower() in task.title.lower()]

    def complete_task(self, id: str) -> Task:
        return self.change("task", id, done=True).row

    def reopen_task(self, id: str) -> Task:
        return self.change("task", id, done=False).row

    def add_reminder(self, text: str, at: dt.datetime) -> Reminder:
        return self.add("reminder", text=text, at=at)

    def list_reminders(self, pending_only: bool = True) -> list[Reminder]:
        return [one for one in self.rows("reminder") if not (pending_only and one.fired)]

    def add_expense(
        self, amount: Decimal, category: str, description: str | None = None, date: dt.date | None = None
    ) -> Expense:
        day = date or self._now().date()
        return self.add("expense", amount=amount, category=category, description=description, date=day)

    def list_expenses(self, start: dt.date, end: dt.date, category: str | None = None) -> list[Expense]:
        equal = {} if category is None else {"category": category}
        return self.rows("expense", start, end, **equal)

    def _remember(self, kind: str, id: str, before: Any, after: Any) -> str:
        change = f"h_{len(self._changes) + 1}"
        self._changes[change] = (kind, id, before, after)
        return change
