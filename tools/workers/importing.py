"""Imports a source and tells what tools it has.

Needs as little as it can, since a first start has processes that do nothing else.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..loaders.python import PythonTool, load_entry, load_file, tools_in
from .definition import Definition
from .source import Source


def tools_of(source: Source) -> tuple[PythonTool, ...]:
    """Import a source; raises whatever its code raises."""
    return tools_in(load_file(Path(source.where)) if source.kind == "file" else load_entry(source.where))


def definitions_to_wire(tools: Iterable[PythonTool]) -> dict[str, Any]:
    """What the host is told of tools that were imported."""
    return {"loaded": [Definition.of(one).to_wire() for one in tools]}
