"""What a tool has to keep so that it works with Homewit: how it is declared, and what calls of it do."""

import contextlib
import inspect
import io
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from ..context import ToolContext
from ..declaration.docstring import read_docstring
from ..errors import InvalidArguments, ToolError, ToolFailed
from ..spec import Effect, Tool
from .doubles import fake_context

_NEEDS_SINK = {Effect.NETWORK, Effect.WRITE, Effect.SEND, Effect.SPEND, Effect.EXECUTE}
_NEEDS_CHECK = {Effect.SEND, Effect.SPEND}
_LONGEST_DESCRIPTION = 400


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
    _report(f"{tool.name} breaks the plugin contract", found)


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
    _report(f"{tool.name} does not refuse bad input", found)


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
    from ..builtin.catalogue import BUILTIN_TOOLS
    from ..loaders.python import tools_in

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
    _report(f"{entry} breaks the plugin contract", found)


def _report(what: str, found: Sequence[str]) -> None:
    """Raise ContractBroken, with every problem on a line of its own, where there are any."""
    if found:
        raise ContractBroken("\n".join([f"{what}:", *(f"- {one}" for one in found)]))


def _check_problems(tool: Tool[Any, Any], names: list[str]) -> list[str]:
    found: list[str] = []
    for what, function in (("check", tool.check), ("preview", tool.preview)):
        if function is not None:
            taken = inspect.signature(function).parameters
            if unknown := [name for name in taken if name not in (*names, "ctx")]:
                found.append(f"its {what} takes {unknown}, which are not among its own parameters {names}")
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
