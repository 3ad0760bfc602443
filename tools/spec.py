"""What a tool is: a described, typed function with a declared effect, and the way to call it.

A `ToolSpec` is everything the planner, the policy and the user see; a `Tool` adds the function. Whether a
call is allowed is decided elsewhere, before it gets here.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, runtime_checkable

from pydantic import ValidationError

from .calling.lending import LentSecrets
from .context import ToolContext
from .declaration.signature import CONTEXT_PARAMETER, Signature
from .errors import ToolFailed
from .result import JSONValue, ToolResult, as_json, build_result

P = ParamSpec("P")
R = TypeVar("R")


class Effect(StrEnum):
    """What a tool does to the world; the policy's default answer depends on it."""

    READ = "read"
    RECORD = "record"
    NETWORK = "network"
    WRITE = "write"
    SEND = "send"
    SPEND = "spend"
    EXECUTE = "execute"


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """The definition of a tool, as shown to models and people.

    Attributes:
        parameters: JSON Schema of the arguments: one object without references.
        returns: JSON Schema of the result; empty when the function declares none.
        sinks: parameters that say where something goes (recipient, URL, path, command, amount).
        secrets: names of the secrets that it may read; no others are given to it.
        untrusted_output: its result may hold text written by strangers.
        source: "builtin", "entry-point:DISTRIBUTION" or "file:NAME".
        max_parallel: how many of its calls may run at the same time; None for as many as there are.
        phrases: sentences that mean one call of it, such as "replace {old} (by|with) {new} in {path}".
        idempotent: a call that is repeated with the same `call_key` of its context does nothing twice.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    returns: dict[str, Any]
    effect: Effect = Effect.READ
    sinks: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    timeout_s: float = 60.0
    untrusted_output: bool = False
    source: str = "python"
    max_parallel: int | None = None
    idempotent: bool = False
    phrases: tuple[str, ...] = ()

    @property
    def definition_hash(self) -> str:
        """SHA-256 of the definition; an approval of a foreign tool holds only while it stays the same."""
        definition = {
            "name": self.name,
            "description": self.description,
            "parameters": self.parameters,
            "returns": self.returns,
            "effect": self.effect.value,
            "sinks": self.sinks,
            "secrets": self.secrets,
            "untrusted_output": self.untrusted_output,
            "source": self.source,
        }
        if self.phrases:
            definition["phrases"] = self.phrases
        canonical = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


@runtime_checkable
class AnyTool(Protocol):
    """What can be called as a tool, wherever its code runs; `Tool` says what the methods promise."""

    @property
    def spec(self) -> ToolSpec: ...
    @property
    def name(self) -> str: ...
    @property
    def can_undo(self) -> bool: ...
    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]: ...
    async def call(self, args: Mapping[str, Any], ctx: ToolContext) -> ToolResult: ...
    async def was_done(self, args: Mapping[str, Any], ctx: ToolContext) -> bool | None: ...
    async def foresee(self, args: Mapping[str, Any], ctx: ToolContext) -> str: ...
    async def take_back(self, data: JSONValue, ctx: ToolContext) -> str: ...


@dataclass(frozen=True, slots=True)
class Tool(Generic[P, R]):
    """A function with its spec. Called like the function, it is the function."""

    spec: ToolSpec
    function: Callable[P, R]
    check: Callable[..., Any] | None = None
    undo: Callable[..., Any] | None = None
    preview: Callable[..., Any] | None = None
    signature: Signature = field(kw_only=True, compare=False, repr=False)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.spec.name

    @property
    def can_undo(self) -> bool:
        """Whether its author gave it a way back."""
        return self.undo is not None

    @property
    def takes_context(self) -> bool:
        """Whether its calls are told their surroundings: folders, the clock, Homewit's own database."""
        return _takes_context(self.function)

    @property
    def __wrapped__(self) -> Callable[P, R]:
        return self.function

    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the function's own types; raises InvalidArguments.

        Defaults are not filled in: what is left out is left to the function.
        """
        return self.signature.validate(args)

    async def call(self, args: Mapping[str, Any], ctx: ToolContext) -> ToolResult:
        """Run the tool within its time limit.

        Raises InvalidArguments before anything runs, ToolTimeout, or a ToolError; any other exception of
        the function comes out as ToolFailed with the original as its cause.
        """
        values, secrets = self.validate(args), self._secrets(ctx)
        with secrets.within(ctx) as own:
            value, data = self._as_declared(await self._run(self.function, values, own))
        result = build_result(value, data)
        return ToolResult(secrets.struck(result.data), secrets.struck(result.text))

    async def was_done(self, args: Mapping[str, Any], ctx: ToolContext) -> bool | None:
        """Ask the tool's own check whether this effect has happened; None when that cannot be told."""
        if self.check is None:
            return None
        with self._secrets(ctx).within(ctx) as own:
            answer = await self._run(self.check, _named_by(self.check, self.validate(args)), own)
        return None if answer is None else bool(answer)

    async def foresee(self, args: Mapping[str, Any], ctx: ToolContext) -> str:
        """What this call would do as things are now, such as a diff; "" when its arguments say it all.

        Changes nothing. Raises ToolError when the call could not succeed.
        """
        if self.preview is None:
            return ""
        secrets = self._secrets(ctx)
        with secrets.within(ctx) as own:
            said = await self._run(self.preview, _named_by(self.preview, self.validate(args)), own)
        return secrets.struck(str(said or ""))

    async def take_back(self, data: JSONValue, ctx: ToolContext) -> str:
        """Undo the call that gave ``data``, by the tool's own ``undo``; tells in words what was taken back.

        Raises ToolFailed when the tool has no way back, or when what it did was changed since.
        """
        if self.undo is None:
            raise ToolFailed(f"{self.name} cannot be undone: it has no way back.")
        adapter = self.signature.result
        result = data if adapter is None else adapter.validate_python(data)
        with self._secrets(ctx).within(ctx) as own:
            said = await self._run(self.undo, {"result": result}, own)
        return str(said) if said else f"{self.name} was undone."

    def _secrets(self, ctx: ToolContext) -> LentSecrets:
        return LentSecrets(self.name, self.spec.secrets, ctx.secret)

    async def _run(self, function: Callable[..., Any], values: dict[str, Any], ctx: ToolContext) -> Any:
        if _takes_context(function):
            values = {**values, CONTEXT_PARAMETER: ctx}
        from .calling.running import run_within  # asyncio, for those that are called

        return await run_within(self.spec.timeout_s, self.name, function, values)

    def _as_declared(self, value: Any) -> tuple[Any, JSONValue]:
        adapter = self.signature.result
        try:
            if adapter is None:
                return value, as_json(value)
            value = adapter.validate_python(value)
            return value, as_json(adapter.dump_python(value, mode="json"))
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            raise ToolFailed(f"{self.name} returned something else than it declares: {reason}") from error
        except ValueError as error:
            raise ToolFailed(f"{self.name} returned a value that cannot be used: {error}") from error


def _named_by(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    """Those of the arguments of a call that a check or a preview asks for."""
    taken = inspect.signature(function).parameters
    if any(one.kind is one.VAR_KEYWORD for one in taken.values()):
        return values
    return {name: value for name, value in values.items() if name in taken}


def _takes_context(function: Callable[..., Any]) -> bool:
    return CONTEXT_PARAMETER in inspect.signature(function).parameters
