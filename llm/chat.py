"""Run a checkpoint's chat template: messages in, pieces of text out. The only module that uses Jinja.

A template comes from a stranger and is a program. It runs in Jinja's immutable sandbox with a short list of
filters and methods, and is metered: loops, calls and whatever it makes are counted, so that it ends in an
error instead of taking all memory or time. Texts of messages pass through as slots (slots.py) and never
become template text.
"""

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from .errors import TemplateError
from .slots import STRING_METHODS, Slot, Slots, real

MAX_TEMPLATE_CHARS = 128 << 10
MAX_RENDERED_CHARS = 4 << 20
MAX_WORK = 16 << 20  # characters made, list items made, loop rounds and calls, together
MAX_SECONDS = 1.0  # of this thread's processor time, so that a busy machine stops no honest template
MAX_RANGE = 100_000
MAX_INTEGER = 1 << 53
MAX_INDENT = 16

Part = tuple[str, bool]
"""A piece of rendered text, and whether the template wrote it (True) or a message brought it (False)."""

FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "indent", "int", "items",
    "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse",
    "round", "safe", "select", "selectattr", "sort", "string", "sum", "trim", "unique", "upper",
)  # fmt: skip


class ChatTemplate:
    """One compiled template. `tokens` are the texts that it may write by name, such as `bos_token`."""

    def __init__(self, source: str, tokens: Mapping[str, str]) -> None:
        """Compile `source`. Raises `TemplateError`."""
        if len(source) > MAX_TEMPLATE_CHARS:
            raise TemplateError(f"The chat template is longer than {MAX_TEMPLATE_CHARS} characters.")
        self._tokens = dict(tokens)
        self._environment = _MeteredEnvironment()
        self._lock = threading.Lock()
        try:
            self._template = self._environment.compile_metered(source)
        except (jinja2.TemplateError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise TemplateError(f"The chat template cannot be compiled: {error}.") from error

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[Part]:
        """The prompt for `messages`, up to where the model's answer begins. Raises `TemplateError`.

        `options` are further variables of the template, such as `enable_thinking`.
        """
        slots = Slots()
        variables = {
            **self._tokens,
            **(options or {}),
            "messages": [_checked(message, slots) for message in messages],
            "tools": slots.wrap(list(tools)) if tools else None,
            "documents": None,
            "add_generation_prompt": True,
        }
        with self._lock:
            rendered = self._run(variables)
        parts = slots.split(rendered)
        if sum(len(text) for text, _ in parts) > MAX_RENDERED_CHARS:
            raise TemplateError(f"The rendered conversation is longer than {MAX_RENDERED_CHARS} characters.")
        return parts

    def _run(self, variables: Mapping[str, Any]) -> str:
        self._environment.start_meter()
        try:
            return "".join(self._template.generate(variables))
        except TemplateError:
            raise
        except Exception as error:  # a template can raise anything
            raise TemplateError(f"The chat template failed: {type(error).__name__}: {error}") from error


def load_template(folder: Path, settings: Mapping[str, Any], has_tools: bool = False) -> str | None:
    """The template of a checkpoint: `chat_template.jinja`, or else the entry of `tokenizer_config.json`."""
    try:
        return (folder / "chat_template.jinja").read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise TemplateError(f"{folder / 'chat_template.jinja'} cannot be read ({error}).") from error
    found = settings.get("chat_template")
    if isinstance(found, list):
        named = {e.get("name"): e.get("template") for e in found if isinstance(e, Mapping)}
        found = (named.get("tool_use") if has_tools else None) or named.get("default")
    return found if isinstance(found, str) else None


def _checked(message: Mapping[str, Any], slots: Slots) -> Any:
    role = message.get("role") if isinstance(message, Mapping) else None
    if not isinstance(role, str) or not re.fullmatch(r"[A-Za-z_]{1,32}", role):
        raise TemplateError(f"A message has the role {role!r}; give a word such as 'user' or 'assistant'.")
    return slots.wrap(message)


class _Generation(Extension):
    """`{% generation %}` marks assistant text for training; here its body is simply rendered."""

    tags = {"generation"}  # noqa: RUF012  Jinja's own declaration

    def parse(self, parser: Any) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Meter(NodeTransformer):
    """Charge each round of a loop, each macro call and each list or mapping; make `~` a metered call."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    def _call(self, name: str, args: list[nodes.Expr], line: int) -> nodes.Call:
        call = nodes.Call(nodes.EnvironmentAttribute(name), args, [], None, None)
        return call.set_lineno(line).set_environment(self._environment)  # pyright: ignore[reportReturnType]

    def _charged(self, node: Any) -> Any:
        self.generic_visit(node)
        literal = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        charge = nodes.ExprStmt(
            self._call("charge", [nodes.Const(1 + literal)], node.lineno), lineno=node.lineno
        )
        node.body.insert(0, charge.set_environment(self._environment))
        return node

    visit_For = visit_Macro = visit_CallBlock = _charged

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return self._call("joined", node.nodes, node.lineno)

    def _built(self, node: Any) -> Any:
        self.generic_visit(node)
        # A tuple is also what a loop assigns to; only values are counted.
        is_value = getattr(node, "ctx", "load") == "load"
        return self._call("counted", [node], node.lineno) if is_value else node

    visit_List = visit_Tuple = visit_Dict = _built


class _MeteredEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, less what chat templates do not need, with every growing operation counted."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=self.output,
            extensions=["jinja2.ext.loopcontrols", _Generation],
        )
        self.start_meter()
        self.globals = {
            "range": self._range,
            "dict": dict,
            "namespace": jinja2.utils.Namespace,
            "raise_exception": _raise_exception,
            "strftime_now": self._strftime_now,
        }
        own = {"replace": self._replace, "title": self._title, "tojson": self._tojson}
        self.filters = {name: self._metered(name) for name in FILTERS} | own

    def compile_metered(self, source: str) -> jinja2.Template:
        """`source` as a template whose loops and joins are counted."""
        tree = _Meter(self).visit(self.parse(source))
        return jinja2.Template.from_code(self, self.compile(tree), dict(self.globals))

    def start_meter(self) -> None:
        """Begin a rendering."""
        self._work = 0
        self._deadline = time.thread_time() + MAX_SECONDS

    def charge(self, amount: int = 1) -> None:
        """Count work. Raises `TemplateError` when it is too much or takes too long."""
        self._work += amount
        if self._work > MAX_WORK:
            raise TemplateError(
                "The chat template makes too much text or runs too many loops; it was stopped."
            )
        if time.thread_time() > self._deadline:
            raise TemplateError(f"The chat template ran longer than {MAX_SECONDS} s; it was stopped.")

    def output(self, value: Any) -> Any:
        """Count each `{{ value }}`."""
        self._measure(value)
        return value

    def joined(self, *values: Any) -> str:
        """`a ~ b`."""
        self._measure(values)
        return "".join(value if isinstance(value, str) else str(value) for value in values)

    def counted(self, result: Any) -> Any:
        """Count a value that was made."""
        self._measure(result)
        return result

    def _measure(self, value: Any) -> None:
        """Charge the size of a value with everything in it, so that nested lists cannot grow out of sight."""
        if isinstance(value, jinja2.utils.Namespace):
            raise SecurityError("a namespace can neither be printed nor put into a list")
        if isinstance(value, str):
            self.charge(len(value))
        elif isinstance(value, list | tuple):
            self.charge(1 + len(value))
            for item in value:
                self._measure(item)
        elif isinstance(value, Mapping):
            self.charge(1 + len(value))
            for pair in value.items():
                self._measure(pair)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        sized = [value for value in (left, right) if hasattr(value, "__len__")]
        if operator == "+":
            self.charge(sum(map(len, sized)))
        elif sized:
            raise SecurityError(f"{operator!r} is only for numbers in a chat template")
        elif operator != "%" and any(
            isinstance(v, int | float) and abs(v) > MAX_INTEGER for v in (left, right)
        ):
            raise SecurityError(f"the numbers in {operator!r} are too large")
        elif operator == "**" and not (isinstance(right, int | float) and abs(right) <= 64):
            raise SecurityError("an exponent is larger than 64")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in STRING_METHODS | {"join"}:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Jinja's own `str.format` is not offered: a width in it makes text of any length."""

    def call(self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str) and name == "replace":
            return self._replace(owner, *args)
        if isinstance(owner, str) and name == "join":
            args = (list(args[0]),)
            self.charge(sum(len(item) + len(owner) for item in args[0] if isinstance(item, str)))
        self.charge()
        result = super().call(__context, __obj, *args, **kwargs)
        return result if isinstance(result, jinja2.utils.Namespace) else self.counted(result)

    def _metered(self, name: str) -> Any:
        function = self.filters[name]
        is_wide = name in ("indent", "round")

        @wraps(function)  # keeps the marks that tell Jinja which filters want its context
        def run(*args: Any, **kwargs: Any) -> Any:
            self.charge(1 + sum(len(a) for a in args if isinstance(a, str | list | tuple)))
            numbers = [a for a in (*args[1:], *kwargs.values()) if isinstance(a, int)] if is_wide else []
            if max(numbers, default=0) > MAX_INDENT:
                raise SecurityError(f"the filter {name} takes numbers up to {MAX_INDENT}")
            return self.counted(function(*args, **kwargs))

        return run

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        if len(numbers) > MAX_RANGE:
            raise SecurityError(f"a range has more than {MAX_RANGE} numbers")
        self.charge(len(numbers))
        return numbers

    def _replace(self, text: Any, old: str, new: str, count: int = -1) -> str:
        text = text if isinstance(text, str) else str(text)
        found = real(text).count(real(old)) if count is None or count < 0 else count
        self.charge(len(text) + found * max(0, len(new) - len(old)))
        return text.replace(old, new, -1 if count is None else count)

    def _title(self, text: str) -> str:
        return self.counted(text.title())

    def _strftime_now(self, pattern: str) -> str:
        if not re.fullmatch(r"(?:[^%]|%-?[A-Za-z%]){0,100}", pattern):
            raise SecurityError("strftime_now takes letters after %, no widths")
        return datetime.now().astimezone().strftime(pattern)

    def _tojson(
        self,
        value: Any,
        ensure_ascii: bool = False,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        """JSON as `json.dumps` writes it, without the HTML escaping of Jinja's own filter."""
        if indent is not None and not 0 <= int(indent) <= MAX_INDENT:
            raise SecurityError(f"tojson indents by at most {MAX_INDENT}")
        self._measure(value)
        written = json.dumps(
            _escape_slots(value, ensure_ascii),
            ensure_ascii=False,
            indent=indent,
            separators=(separators[0], separators[1]) if separators else None,
            sort_keys=sort_keys,
        )
        return self.counted(written)


def _raise_exception(message: str) -> None:
    raise TemplateError(f"The chat template refuses these messages: {real(message)}")


def _escape_slots(value: Any, ensure_ascii: bool) -> Any:
    if isinstance(value, Slot):
        return value.json(ensure_ascii)
    if isinstance(value, Mapping):
        return {_escape_slots(k, ensure_ascii): _escape_slots(v, ensure_ascii) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_escape_slots(item, ensure_ascii) for item in value]
    return value
