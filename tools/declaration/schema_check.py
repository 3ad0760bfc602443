"""Holds arguments against the JSON Schema of a tool whose own types are not in this process.

The schema is somebody else's: nothing that it refers to is fetched, and no regular expression of it is tried,
since one can be written that is never done. Where the tool runs, its arguments are checked again. Knows
nothing of where that is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import InvalidArguments

_LONGEST = 300
_SENSELESS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What checking raises where a schema has something else in the place of a number, a list or a name."""


def schema_validator(schema: Mapping[str, Any]) -> Any:
    """What `check_arguments` takes; slow to make, so keep it."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry

    untried = {"pattern": _holds, "patternProperties": _holds}
    return extend(Draft202012Validator, untried)(schema, registry=Registry())  # one that knows no documents


def _holds(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
    yield from ()


def check_arguments(tool: str, validator: Any, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are; raises InvalidArguments, naming the tool, when they do not fit."""
    from jsonschema.exceptions import UnknownType, best_match
    from referencing.exceptions import Unresolvable

    try:
        problem = best_match(validator.iter_errors(dict(args)))
    except (Unresolvable, RecursionError, UnknownType, *_SENSELESS) as error:
        raise InvalidArguments(f"{tool} cannot be called: it does not say in order what it takes.") from error
    if problem is None:
        return dict(args)
    where = ".".join(str(part) for part in problem.absolute_path)
    names = ", ".join(validator.schema.get("properties", ())) or "nothing"
    said = problem.message if len(problem.message) <= _LONGEST else f"{problem.message[: _LONGEST - 3]}..."
    raise InvalidArguments(f"{tool}: {where + ': ' if where else ''}{said}. It takes: {names}.")
