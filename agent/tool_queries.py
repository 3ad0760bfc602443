"""The look-ups and changes of ``homewit tools``, as ``requests.Query`` names them. None loads a model."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ..tools import ToolFailed, ToolSpec
from ..tools.scaffold import new_distribution, new_file
from .errors import UsageError
from .runner import Runner
from .workplace import Workplace

Answer = dict[str, Any]


class ToolQueries:
    """One method per query; `Queries` validates their arguments."""

    def __init__(self, place: Workplace, runner: Runner) -> None:
        self._place = place
        self._runner = runner
        self.blocking: dict[str, Callable[..., Answer]] = {
            "tools.list": self._list,
            "tools.show": self._show,
            "tools.new": self._new,
        }
        self.waiting: dict[str, Callable[..., Awaitable[Answer]]] = {"tools.call": self._call}

    def _list(self) -> Answer:
        problems = [{"source": one.source, "message": one.message} for one in self._place.problems]
        return {"items": [_tool(spec) for spec in self._place.registry.specs()], "problems": problems}

    def _show(self, name: str) -> Answer:
        spec = self._place.registry.get(name).spec
        more = {
            "parameters": spec.parameters,
            "returns": spec.returns,
            "secrets": list(spec.secrets),
            "timeout_s": spec.timeout_s,
            "max_parallel": spec.max_parallel,
            "idempotent": spec.idempotent,
        }
        return {"item": {**_tool(spec), **more}}

    async def _call(self, name: str, args: dict[str, Any] | None = None) -> Answer:
        step = await self._runner.call_tool(name, args or {})
        answer = {"tool": name, "data": step.output, "text": step.text}
        return {"item": {**answer, "origins": list(step.origins)}}

    def _new(self, name: str, folder: str | None = None) -> Answer:
        """Without a folder, a drop-in file in the home; else a distribution in it."""
        if name in self._place.registry:
            raise UsageError(f"There is a tool named {name} already; choose another name.")
        try:
            if folder is None:
                written = [new_file(name, self._place.home.tools)]
            else:
                written = new_distribution(name, Path(folder))
        except ToolFailed as error:
            raise UsageError(str(error)) from error
        return {"item": {"name": name, "files": [str(path) for path in written]}}


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description,
        "effect": str(spec.effect),
        "sinks": list(spec.sinks),
        "source": spec.source,
    }
