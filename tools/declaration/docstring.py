"""Reads what a Google-style docstring says about a function and its parameters.

The model sees the first paragraph as the tool's description and each line of "Args:" as the description
of that parameter. Other sections are for human readers and are ignored here.
"""

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(r"^(Args|Arguments|Parameters):\s*$")
_OTHER_SECTION = re.compile(
    r"^(Returns?|Yields?|Raises|Examples?|Notes?|Warnings?|See Also|References|Todo|Attributes):\s*$"
)
_PARAMETER = re.compile(r"^\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Description:
    """The first paragraph, and the text for each parameter that has one."""

    summary: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def read_docstring(text: str | None) -> Description:
    """Split a docstring into its summary and its parameter descriptions."""
    lines = inspect.cleandoc(text or "").splitlines()
    return Description(_summary(lines), _parameters(lines))


def _summary(lines: list[str]) -> str:
    paragraph: list[str] = []
    for line in lines:
        if not line.strip() or _SECTION.match(line) or _OTHER_SECTION.match(line):
            break
        paragraph.append(line.strip())
    return " ".join(paragraph)


def _parameters(lines: list[str]) -> dict[str, str]:
    start = next((number for number, line in enumerate(lines) if _SECTION.match(line)), None)
    if start is None:
        return {}
    found: dict[str, str] = {}
    current, depth = "", 0
    for line in lines[start + 1 :]:
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent == 0:
            break
        match = _PARAMETER.match(line.strip())
        if match and (not found or indent <= depth):
            current, depth = match[1], indent
            found[current] = match[2]
        elif line.strip() and current:
            found[current] = f"{found[current]} {line.strip()}".strip()
    return found
