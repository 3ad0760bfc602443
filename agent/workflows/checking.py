"""Everything about a workflow that can be known wrong before it runs, each at its place in the file.

The checks of plans, and beyond them: steps that wait for each other, outputs, and where a run will need
somebody to approve what strangers wrote. Pure; knows nothing of execution.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...tools import ToolSpec
from ..execution.progress import depends_on
from ..plan import Step
from ..planning.arguments import INPUTS, ITEM, Argument, Ask, Ref, parts_of, refs_in
from ..planning.checks import check_plan
from ..planning.conditions import condition_refs
from ..planning.scope import Given, Scope, nearest, result_schema
from ..subtasks.tool import SUB_TASK
from .model import Workflow
from .problems import Path, Problem
from .reading import Read, read_workflow

_BEYOND = frozenset({"write", "send", "spend", "execute"})


def check_text(text: str, name: str, tools: Iterable[ToolSpec]) -> tuple[Workflow | None, list[Problem]]:
    """The workflow in a file's text, and all problems in the order of its lines, with the warnings.

    The workflow is there even when it cannot be run; None only where the text has no such form at all.
    """
    read = read_workflow(text, name)
    if read.workflow is not None:
        check(read, read.workflow, {tool.name: tool for tool in tools})
    return read.workflow, sorted(set(read.problems))


def check(read: Read, flow: Workflow, tools: Mapping[str, ToolSpec]) -> None:
    """Note what is wrong with a workflow that was read."""
    circles = list(_circles(flow.steps))
    for circle in circles:
        path: Path = ("steps", read.numbers.get(circle[0], 0))
        read.wrong(path, f"the steps {' → '.join([*circle, circle[0]])} wait for each other")
    in_circles = {id for circle in circles for id in circle}
    later = {step.id: number for number, step in reversed(list(enumerate(flow.steps)))}
    for problem in check_plan(flow.plan(), tools.values(), flow.input_schema):
        step = flow.steps[problem.number]
        if step.id in read.broken and not step.tool:
            continue
        message = problem.message
        if "is not an earlier step" in message:
            if step.id in in_circles:
                continue
            message = _named_later(read, message, problem.number, later)
        read.wrong(("steps", problem.number, *problem.at), message)
    for number, step in enumerate(flow.steps):
        if step.tool == SUB_TASK:
            _check_sub_task(read, ("steps", number, "args"), step, tools)
    _check_outputs(read, flow, tools)
    _warn(read, flow, tools)


def _check_sub_task(read: Read, path: Path, step: Step, tools: Mapping[str, ToolSpec]) -> None:
    """What a sub-task is given to work with, as far as the file tells."""
    given = step.args.get("tools")
    for number, name in enumerate(given if isinstance(given, list) else ()):
        if isinstance(name, str) and name not in tools:
            read.wrong((*path, "tools", number), f"there is no tool {name!r}{nearest(name, tools)}")
    if given and step.args.get("data"):
        read.wrong((*path, "data"), "a sub-task with tools reads no data; leave one of them out", key=True)


def _named_later(read: Read, message: str, number: int, later: Mapping[str, int]) -> str:
    """Say of a step that does exist where it stands."""
    for id, place in later.items():
        if repr(id) in message and place > number:
            line = read.document.place(("steps", place)).line
            return message.replace(
                "is not an earlier step", f"comes later, in line {line}; a step can use only what is above it"
            )
    return message.replace("is not an earlier step", "is no step above")


def _circles(steps: Sequence[Step]) -> Iterator[list[str]]:
    """Each circle of steps that wait for each other, once."""
    waits = {step.id: depends_on(step) for step in steps}
    state: dict[str, bool] = {}  # False while it is being walked, True when done
    for start in waits:
        trail: list[str] = []
        todo: list[tuple[str, bool]] = [(start, False)]
        while todo:
            id, leaving = todo.pop()
            if leaving:
                state[id] = True
                trail.pop()
            elif state.get(id) is False:
                yield trail[trail.index(id) :]
            elif id not in state:
                state[id] = False
                trail.append(id)
                todo.append((id, True))
                todo += ((other, False) for other in sorted(waits[id], reverse=True) if other in waits)


def _check_outputs(read: Read, flow: Workflow, tools: Mapping[str, ToolSpec]) -> None:
    steps = {step.id: Given(step.tool, result_schema(step, tools)) for step in flow.steps}
    scope = Scope(steps, inputs=flow.input_schema)
    for name, output in flow.outputs.items():
        for part in parts_of(output):
            if isinstance(part, Ask):
                read.wrong(("outputs", name), "an output cannot ask a question")
            elif isinstance(found := scope.find(part), str):
                said = found.replace("is not an earlier step", "is no step of this workflow")
                read.wrong(("outputs", name), f"{name!r} {said}")


def _warn(read: Read, flow: Workflow, tools: Mapping[str, ToolSpec]) -> None:
    used = {ref.path.partition(".")[0] for ref in _all_refs(flow) if ref.step == INPUTS}
    for name in () if read.problems else flow.inputs:  # a wrong name would be told twice
        if name not in used:
            read.wrong(("inputs", name), f"the input {name!r} is never used", key=True, warning=True)
    strangers: set[str] = set()
    for number, step in enumerate(flow.steps):
        if step.tool in tools:
            for at, message in _asks_for_strangers(step, tools[step.tool], strangers):
                read.wrong(("steps", number, *at), message, warning=True)
        if step.tool not in tools or tools[step.tool].untrusted_output or _foreign(step.refs(), strangers):
            strangers.add(step.id)


def _all_refs(flow: Workflow) -> Iterator[Ref]:
    for step in flow.steps:
        yield from step.all_refs()
    yield from refs_in(dict(flow.outputs))


def _asks_for_strangers(step: Step, tool: ToolSpec, strangers: set[str]) -> Iterator[tuple[Path, str]]:
    """Where what strangers may have written would decide something, so that somebody has to approve it."""
    listed = _foreign(refs_in(step.foreach), strangers)
    for name in tool.sinks:
        argument = step.args.get(name)
        found = _foreign(refs_in(argument), strangers) or (listed if _uses_item(argument) else None)
        if found is not None:
            yield (
                ("args", name),
                f"{name!r} decides where something goes, and {found} may have been written by strangers; "
                f"it is asked for, and without anybody there it needs --allow '{tool.name}:{name}=…'",
            )
    if step.when is not None and (found := _foreign(condition_refs(step.when), strangers)) is not None:
        yield (
            ("when",),
            f"{found} may have been written by strangers, and would decide whether {tool.name} runs; "
            "that is asked for, and never done without anybody there",
        )
    if listed is not None and str(tool.effect) in _BEYOND:
        yield (
            ("foreach",),
            f"{listed} may have been written by strangers, and would decide how often {tool.name} runs; "
            "that is asked for, and never done without anybody there",
        )


def _foreign(refs: Iterable[Ref], strangers: set[str]) -> Ref | None:
    return next((ref for ref in refs if ref.step in strangers), None)


def _uses_item(argument: Argument) -> bool:
    return any(ref.step == ITEM for ref in refs_in(argument))
