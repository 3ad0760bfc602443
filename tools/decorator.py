"""`@tool`: turns a typed function into a Tool.

    @tool
    def roll(sides: int = 6) -> int:
        \"\"\"Roll a die.\"\"\"

    @tool(effect="send", sinks=("to",), secrets=("mail_password",), check=was_sent)
    def send_mail(to: str, subject: str, body: str, *, ctx: ToolContext) -> Receipt: ...

All mistakes in the declaration are reported here, when the module is loaded, as InvalidTool.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from .declaration.phrase import slots_of
from .declaration.signature import Signature, read_signature
from .errors import InvalidArguments, InvalidTool
from .result import JSONValue, as_json
from .spec import Effect, Tool, ToolSpec

P = ParamSpec("P")
R = TypeVar("R")

# What these bring back was written by somebody else, unless the author says otherwise.
_OUTSIDE = {Effect.NETWORK, Effect.SEND, Effect.SPEND, Effect.EXECUTE}
_POLITE = 4  # requests at a time to what may be one server


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...


@overload
def tool(
    *,
    effect: Effect | str = Effect.READ,
    sinks: Iterable[str] = (),
    secrets: Iterable[str] = (),
    check: Callable[..., Any] | None = None,
    undo: Callable[..., Any] | None = None,
    preview: Callable[..., Any] | None = None,
    timeout_s: float = 60.0,
    name: str | None = None,
    description: str | None = None,
    untrusted_output: bool | None = None,
    max_parallel: int | None = None,
    idempotent: bool = False,
    phrases: Iterable[str] = (),
    examples: Iterable[Mapping[str, Any]] = (),
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    effect: Effect | str = Effect.READ,
    sinks: Iterable[str] = (),
    secrets: Iterable[str] = (),
    check: Callable[..., Any] | None = None,
    undo: Callable[..., Any] | None = None,
    preview: Callable[..., Any] | None = None,
    timeout_s: float = 60.0,
    name: str | None = None,
    description: str | None = None,
    untrusted_output: bool | None = None,
    max_parallel: int | None = None,
    idempotent: bool = False,
    phrases: Iterable[str] = (),
    examples: Iterable[Mapping[str, Any]] = (),
) -> Any:
    """Make a tool of a function, sync or async.

    Args:
        effect: what it does to the world: read, record, network, write, send, spend or execute.
        sinks: the parameters that say where something goes; the user is shown these before it runs.
        secrets: names of the secrets it asks its context for.
        check: called after a crash with those of the arguments that it names; True when the effect has
            happened, False when it has not, None when that cannot be told.
        undo: called with the ``result`` of a call to take its effect back; returns in words what it took
            back, and raises ToolFailed, having changed nothing, when that was changed since.
        preview: called before the user is asked, likewise with what it names; says what the call would do as
            things are, such as a diff, changes nothing, and raises what the call would raise. The consent
            holds only while it says the same.
        timeout_s: seconds after which the caller stops waiting.
        name: another name than the function's.
        description: another description than the docstring's first paragraph.
        untrusted_output: the result may hold text by strangers; the default depends on the effect.
        max_parallel: how many calls may run at the same time; by default as many as there are, and for
            tools that use the network a few.
        phrases: sentences that mean one call of it word for word, such as "replace {old} (by|with) {new} in
            {path}", with (this|that) and [perhaps]; small models take such a call from there. What else
            may stand in braces is said in ``tools/declaration/phrase.py``.
        idempotent: a call that is repeated with the same ``ctx.call_key`` does nothing twice, so one that was
            cut off by a crash is simply made again.
        examples: arguments of calls that make sense, such as ``{"sides": 20}``; models see them.
    """

    def build(function: Callable[..., Any]) -> Tool[Any, Any]:
        signature = read_signature(function, name)
        kind = _effect(effect, signature)
        spec = ToolSpec(
            name=signature.name,
            description=description or signature.description.summary or signature.name.replace("_", " "),
            parameters=_with_examples(examples, signature),
            returns=signature.returns,
            effect=kind,
            sinks=_sinks(sinks, signature),
            secrets=_names(secrets, "secrets", signature),
            timeout_s=_seconds(timeout_s, signature),
            untrusted_output=kind in _OUTSIDE if untrusted_output is None else untrusted_output,
            max_parallel=_parallel(max_parallel, kind, signature),
            idempotent=idempotent,
            phrases=_phrases(phrases, signature),
        )
        for option, value in (("check", check), ("undo", undo), ("preview", preview)):
            if value is not None and not callable(value):
                raise InvalidTool(f"tool {signature.name!r}: {option} must be a function, not {value!r}")
        return Tool(spec, function, check, undo, preview, signature=signature)

    return build if function is None else build(function)


def _effect(effect: Effect | str, signature: Signature) -> Effect:
    try:
        return Effect(effect)
    except ValueError as error:
        known = ", ".join(Effect)
        raise InvalidTool(
            f"tool {signature.name!r}: {effect!r} is not an effect; use one of {known}"
        ) from error


def _names(names: Iterable[str], what: str, signature: Signature) -> tuple[str, ...]:
    if isinstance(names, str):
        raise InvalidTool(f"tool {signature.name!r}: {what} is a list of names; write ({names!r},)")
    return tuple(names)


def _sinks(sinks: Iterable[str], signature: Signature) -> tuple[str, ...]:
    names = _names(sinks, "sinks", signature)
    for sink in names:
        if sink not in signature.parameters["properties"]:
            known = ", ".join(signature.parameters["properties"]) or "none"
            raise InvalidTool(
                f"tool {signature.name!r}: the sink {sink!r} is not one of its parameters ({known})"
            )
    return names


def _with_examples(examples: Iterable[Mapping[str, Any]], signature: Signature) -> dict[str, Any]:
    """The schema of the arguments, with each example as JSON says it."""
    shown: list[JSONValue] = []
    for example in examples:
        where = f"tool {signature.name!r}: the example {example!r}"
        if not isinstance(example, Mapping):
            raise InvalidTool(f"{where} is not a mapping of arguments, such as {{'city': 'Oslo'}}")
        try:
            shown.append(as_json(dict(example)))
            signature.validate(example)
        except (ValueError, InvalidArguments) as error:
            raise InvalidTool(f"{where} is not a call that it takes: {error}") from error
    return {**signature.parameters, "examples": shown} if shown else signature.parameters


def _phrases(phrases: Iterable[str], signature: Signature) -> tuple[str, ...]:
    found = _names(phrases, "phrases", signature)
    needed = set(signature.parameters.get("required", ()))
    for phrase in found:
        try:
            slots = [slot.name for slot in slots_of(phrase) if slot.own]
        except ValueError as error:
            what = f"tool {signature.name!r}: the phrase {phrase!r} cannot be read"
            raise InvalidTool(f"{what}: {error}") from error
        unknown = set(slots) - signature.parameters["properties"].keys()
        if unknown or len(set(slots)) < len(slots) or not needed <= set(slots):
            raise InvalidTool(
                f"tool {signature.name!r}: the phrase {phrase!r} has to name each parameter that is needed "
                f"({', '.join(sorted(needed)) or 'none'}) once in braces, and no others than it has"
            )
    return found


def _seconds(timeout_s: float, signature: Signature) -> float:
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, (int, float)) or not timeout_s > 0:
        raise InvalidTool(f"tool {signature.name!r}: timeout_s must be a number of seconds above 0")
    return float(timeout_s)


def _parallel(most: int | None, effect: Effect, signature: Signature) -> int | None:
    if most is None:
        return _POLITE if effect is Effect.NETWORK else None
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise InvalidTool(f"tool {signature.name!r}: max_parallel must be a number of calls, at least 1")
    return most
