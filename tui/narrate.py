"""One event as lines for people: what ``homewit run`` says on stderr and the line mode between answers.

Plain sentences and at most one mark per line. Knows nothing of where the lines go.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..agent import events as ev
from .safe_text import foreign_hosts, has_hidden, lookalikes, one_line, reveal, show_value

MARKS = {
    "todo": "○",
    "running": "▸",
    "waiting": "◆",
    "done": "✔",
    "failed": "✗",
    "unknown": "?",
    "denied": "✗",
    "skipped": "–",
    "omitted": "–",
}
EFFECT_WORDS = {
    "read": "reads",
    "record": "keeps a record",
    "network": "uses the network",
    "write": "changes files",
    "send": "sends",
    "spend": "spends money",
    "execute": "runs a command",
}
_OWN_WORDS = {"add_schedule": "has it done later", "run_python": "runs a program"}
"""What Homewit's own tools do, where their effect says it badly; no other tool can have these names."""
SHORTEST_S = 0.02
DIFF_STYLES = {"+": "green", "-": "red"}
Line = tuple[str, str]
"""Text and style."""


def narrate(body: ev.EventBody) -> Iterator[Line]:
    """What is worth saying about an event; answers and their deltas are left to the caller."""
    match body:
        case ev.Recalled(items=items):
            for item in items:
                yield f"◈ recalled {one_line(item.text)} ({item.id})", "dim"
        case ev.Planned(steps=steps) if len(steps) > 1:
            yield from (
                step_line("todo", step.id, step.tool, planned_args(step.model_dump())) for step in steps
            )
        case ev.PlanChanged(steps=steps, reason=reason):
            yield f"plan changed: {one_line(reason)}", "yellow"
            yield from (
                step_line("todo", step.id, step.tool, planned_args(step.model_dump())) for step in steps
            )
        case ev.StepFinished():
            yield finished_line(body)
        case ev.ApprovalRequested():
            yield from approval_lines(body)
        case ev.ApprovalResolved(decision="deny", by="user"):
            yield "denied", "yellow"
        case ev.Question(text=text):
            yield f"? {one_line(text)}", "yellow"
        case ev.MemoryWritten(action=action, text=text, id=id_):
            yield f"◈ {memory_word(action)} {one_line(text)} ({id_})", "dim"
        case ev.Warned(message=message):
            yield f"warning: {one_line(message, 400)}", "yellow"
        case ev.Errored(message=message, code=code) if code not in ev.TOLD_BY_THE_ANSWER:
            yield one_line(message, 400), "red"
        case ev.UsageReported() if body.prompt or body.generated:
            yield usage_summary(body), "dim"


def planned_args(step: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a step as planned, with the list that it runs over and the condition it runs under."""
    found = dict(step["args"])
    if step.get("foreach") is not None:
        found["for each"] = step["foreach"]
    if step.get("when"):
        found[ev.CONDITION] = step["when"]
    return found


def step_line(state: str, step: str, tool: str, args: Mapping[str, Any]) -> Line:
    return f"{MARKS[state]} {step} {tool}  {args_text(args)}".rstrip(), "dim"


def finished_line(body: ev.StepFinished) -> Line:
    text = body.text or (str(body.output.get("error", "")) if isinstance(body.output, dict) else "")
    words = {
        "denied": "denied",
        "skipped": "skipped",
        "omitted": f"left out: {text}",
        "unknown": f"outcome unknown: {text}",
    }
    first, *more = words.get(body.status, text).strip().split("\n", 1)
    says = one_line(first) + (" …" if more else "")  # the answer has the rest
    line = f"{MARKS[body.status]} {body.id} {body.tool}  {says}".rstrip()
    return f"{line}  {body.seconds:.1f} s", "red" if body.status == "failed" else "dim"


def args_text(args: Mapping[str, Any], limit: int = 120) -> str:
    """``name: value`` pairs on one line; where they do not fit, those longer than their share come last."""
    pairs = [f"{name}: {show_value(value)}" for name, value in args.items()]
    if len(line := ", ".join(pairs)) > limit:
        share = limit // len(pairs)
        line = ", ".join(sorted(pairs, key=lambda pair: len(pair) > share))
    return one_line(line, limit)


def approval_lines(body: ev.ApprovalRequested) -> Iterator[Line]:
    """Everything that is approved, exactly, with where it came from."""
    yield f"needs your OK: {one_line(body.reason)}", "yellow"
    for step in body.steps:
        yield f"  {step.id} {step.tool}  {what_it_does(step.tool, step.effect)}", "bold"
        for name, value in step.args.items():
            lines = show_value(value).split("\n")
            yield f"    {name}: {lines[0]}{origin_note(body.sinks, step.id, name)}", ""
            yield from ((f"      {line}", "") for line in lines[1:])
        if step.when is not None:
            when, origin = show_value(step.when), origin_note(body.sinks, step.id, ev.CONDITION)
            yield f"    {ev.CONDITION}: {one_line(when, 400)}{origin}", ""
        yield from ((f"    {line}", DIFF_STYLES.get(line[:1], "dim")) for line in preview_lines(step))
    if rules := lasting_rules(body):
        yield f"  for longer: {', '.join(map(reveal, rules))}", "dim"
    for caution in cautions(body):
        yield f"  {caution}", "red"


def what_it_does(tool: str, effect: str) -> str:
    """The effect of a tool in words."""
    return _OWN_WORDS.get(tool) or EFFECT_WORDS.get(effect, effect)


def why_asked(body: ev.ApprovalRequested) -> str:
    """The reasons that are more than what stands beside the names of the tools."""
    said = {f"{step.tool} {what_it_does(step.tool, step.effect)}" for step in body.steps}
    return "; ".join(reason for reason in body.reason.split("; ") if reason not in said)


def lasting_rules(body: ev.ApprovalRequested) -> list[str]:
    """What a yes for longer than once would cover."""
    return list(dict.fromkeys(step.rule for step in body.steps if step.lasts))


def wider_choices(body: ev.ApprovalRequested) -> list[tuple[ev.ApprovalScope, str]]:
    """Each scope that is offered beyond once, in words."""
    words: dict[ev.ApprovalScope, str] = {"plan": "this plan", "session": "this session"}
    if body.until is not None:
        words["date"] = f"until {body.until:%b} {body.until.day}"
    return [(scope, words[scope]) for scope in body.scopes if scope in words]


def preview_lines(step: ev.ApprovalStep) -> list[str]:
    """What a step would do, line by line; of a diff, what goes begins with - and what comes with +."""
    return reveal(step.preview).split("\n") if step.preview else []


def origin_note(sinks: tuple[ev.SinkShown, ...], step: str, argument: str) -> str:
    for sink in sinks:
        if (sink.step, sink.argument) == (step, argument):
            return f"  (from {reveal(sink.origin)})"
    return ""


def cautions(body: ev.ApprovalRequested) -> list[str]:
    """What the eye would miss in the values to approve."""
    texts = [_flat([step.args, step.when or {}, step.preview]) for step in body.steps]
    found = ["holds hidden characters, written here as ⟨U+…⟩"] if any(map(has_hidden, texts)) else []
    found += [f"look closely: {said}" for text in texts for said in (*lookalikes(text), *foreign_hosts(text))]
    return found


def memory_word(action: str) -> str:
    return {"added": "remembered", "superseded": "corrected", "forgotten": "forgot"}.get(action, action)


def usage_summary(usage: ev.UsageReported) -> str:
    """What a request took, in a few words."""
    known = f" ({usage.cached} known)" if usage.cached else ""
    speed = tokens_per_second(usage)
    pace = f" at {speed:.0f} a second" if speed else ""
    first = usage.first_token_s
    begun = f", the first after {first:.2f} s" if first is not None and usage.generated else ""
    return f"read {usage.prompt} tokens{known}, wrote {usage.generated}{pace}{begun}"


def usage_text(usage: ev.UsageReported) -> str:
    """Everything that was counted, for those who ask for it."""
    parts = [f"{usage.prompt} prompt tokens ({usage.cached} cached)", f"{usage.generated} generated"]
    if usage.forced:
        parts.append(f"{usage.forced} forced")
    if usage.drafted:
        parts.append(f"{usage.accepted} of {usage.drafted} guesses right")
    if usage.forwards:
        parts.append(f"{usage.forwards} passes")
    if speed := tokens_per_second(usage):
        parts.append(f"{speed:.0f} tok/s")
    if usage.first_token_s is not None:
        parts.append(f"first {usage.first_token_s:.2f} s")
    return " · ".join(parts)


def tokens_per_second(usage: ev.UsageReported) -> float | None:
    """None where hardly anything was chosen: forced tokens cost nothing, and no time tells no speed."""
    chosen = usage.generated - usage.forced
    return usage.generated / usage.seconds if chosen > 0 and usage.seconds >= SHORTEST_S else None


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "\n".join(_flat(item) for pair in value.items() for item in pair)
    if isinstance(value, list | tuple):
        return "\n".join(map(_flat, value))
    return str(value)
