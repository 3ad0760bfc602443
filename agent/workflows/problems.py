"""What is wrong with a workflow file, and where. Plain data; knows nothing of how it is found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError

Path = tuple[str | int, ...]
"""Names and numbers that lead to a value in the file, such as ``("steps", 0, "args", "path")``."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in the file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """``warning``: the file can be run all the same, but not without somebody there."""

    place: Place
    message: str
    warning: bool = False

    def to_wire(self) -> dict[str, Any]:
        return {
            "line": self.place.line,
            "column": self.place.column,
            "message": self.message,
            "severity": "warning" if self.warning else "error",
        }

    def told(self, file: str) -> str:
        """One line, in the form that editors and terminals make links of."""
        return f"{file}:{self.place.line}:{self.place.column}: {self.message}"


class WorkflowInvalid(UsageError):
    """A workflow file cannot be run as it stands; ``problems`` has everything that is wrong with it."""

    code = "workflow"

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = sorted(problem for problem in problems if not problem.warning)
        super().__init__("\n".join(problem.told(file) for problem in self.problems))
