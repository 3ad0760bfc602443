"""Holds arguments against the JSON Schema of a tool whose own types are not in this process.

The schema holds no reference, so nothing is ever fetched. Knows nothing of where the tool is.
"""

from collections.abc import Mapping
from typing import Any

from .errors import InvalidArguments

_LONGEST = 300


def schema_validator(schema: Mapping[str, Any]) -> Any:
    """What `check_arguments` takes; slow to make, so keep it."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)


def check_arguments(tool: str, validator: Any, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are; raises InvalidArguments, naming the tool, when they do not fit."""
    from jsonschema.exceptions import best_match

    problem = best_match(validator.iter_errors(dict(args)))
    if problem is None:
        return dict(args)
    where = ".".join(str(part) for part in problem.absolute_path)
    names = ", ".join(validator.schema["properties"]) or "nothing"
    said = problem.message if len(problem.message) <= _LONGEST else f"{problem.message[: _LONGEST - 3]}..."
    raise InvalidArguments(f"{tool}: {where + ': ' if where else ''}{said}. It takes: {names}.")
