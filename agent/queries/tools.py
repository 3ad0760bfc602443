"""The look-ups and changes of ``homewit tools``, as ``requests.Query`` names them. None loads a model."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from ...tools import Effect, LoginNeeded, ToolError, ToolFailed, ToolSpec, UnknownTool
from ...tools.loaders.added import Seen
from ...tools.loaders.foreign import tool_name
from ...tools.loaders.kinds import default_effect
from ...tools.loaders.scaffold import distribution_from, new_distribution, new_file
from ...tools.loaders.sources import McpAddress, Source
from ..errors import CallFailed, NotFound, UsageError
from ..runs.runner import Runner
from ..workplace import Workplace
from .answers import Answer, Blocking, Waiting


class ToolQueries:
    """One method per query; `Queries` validates their arguments."""

    def __init__(self, place: Workplace, runner: Runner, tell: Callable[[str], None]) -> None:
        self._place = place
        self._runner = runner
        self._tell = tell
        self.blocking: Blocking = {
            "tools.new": self._new,
        }
        self.waiting: Waiting = {
            "tools.list": self._list,
            "tools.show": self._show,
            "tools.call": self._call,
            "tools.inspect": self._inspect,
            "tools.add": self._add,
            "tools.remove": self._remove,
        }

    async def _list(self, schemas: bool = False) -> Answer:
        """``schemas``: with everything that a call of them needs to be known."""
        await self._place.plugins.refresh()
        problems = [{"source": one.source, "message": one.message} for one in self._place.problems]
        shown = _in_full if schemas else _tool
        return {"items": [shown(spec) for spec in self._place.registry.specs()], "problems": problems}

    async def _show(self, name: str) -> Answer:
        await self._place.plugins.refresh()
        with self._naming_what_was_skipped():
            spec = self._place.registry.get(name).spec
        return {"item": _in_full(spec)}

    async def _call(self, name: str, args: dict[str, Any] | None = None) -> Answer:
        with self._naming_what_was_skipped():
            step = await self._runner.call_tool(name, args or {})
        answer = {"tool": name, "data": step.output, "text": step.text}
        return {"item": {**answer, "origins": list(step.origins)}}

    @contextmanager
    def _naming_what_was_skipped(self) -> Iterator[None]:
        """A tool that is not there may be one of a plugin that could not be loaded."""
        try:
            yield
        except UnknownTool as error:
            skipped = "; ".join(f"{one.source} was skipped: {one.message}" for one in self._place.problems)
            raise UnknownTool(f"{error} {skipped}" if skipped else str(error)) from error

    async def _inspect(
        self,
        name: str,
        place: dict[str, Any] | None = None,
        effects: dict[str, Effect] | None = None,
        only: list[str] | None = None,
        login: Literal["browser", "device", ""] = "",
    ) -> Answer:
        """Contact a source and tell what it has; without a place, one that was added before.

        ``login`` is the way to log in where a server wants that; without one, it is an error.
        """
        added = self._place.plugins.added
        known = added.sources.get(name)
        if place is None and known is None:
            raise NotFound(f"There is no source named {name}. Say what it is: a command, a URL or a folder.")
        source = known if place is None and known is not None else _source_at(name, place)
        if effects:
            source = source.model_copy(update={"effects": {**source.effects, **effects}})
        chosen = only or (list(known.approved) if known and place is None and not source.suspended else [])
        with _told():
            try:
                seen = await added.see(source, self._place.tool_context(), chosen)
            except LoginNeeded as needed:
                if not login or not isinstance(source.place, McpAddress):
                    raise ToolFailed(
                        f"{name} wants you to log in. Add it in a terminal, where Homewit leads you "
                        "through the login; with --device where there is no browser."
                    ) from needed
                url, device = source.place.url, login == "device"
                await self._place.logins.log_in(name, url, self._tell, device)
                seen = await added.see(source, self._place.tool_context(), chosen)
        return {"item": _seen(seen, known)}

    async def _add(self, name: str, digest: str) -> Answer:
        """Approve what was inspected; the digest says that it is what was shown."""
        with _told():
            source = await self._place.plugins.added.approve(name, digest)
        offered = [spec.name for spec in self._place.registry.specs() if spec.source.endswith(f":{name}")]
        problems = [
            one.message for one in self._place.plugins.added.problems() if one.source.endswith(f":{name}")
        ]
        return {"item": {"name": source.name, "tools": offered, "problems": problems}}

    async def _remove(self, name: str) -> Answer:
        with _told():
            source = await self._place.plugins.added.remove(name)
            if isinstance(source.place, McpAddress):
                await asyncio.to_thread(self._place.logins.forget, name)
        return {"item": {"name": source.name, "tools": list(source.approved)}}

    def _new(self, name: str, folder: str | None = None, source: str | None = None) -> Answer:
        """Without a folder, a drop-in file in the home; else a distribution in it, of ``source`` if given."""
        if source is None and name in self._place.registry:
            raise UsageError(f"There is a tool named {name} already; choose another name.")
        try:
            if folder is None:
                written = [new_file(name, self._place.home.tools)]
            elif source is not None:
                written = distribution_from(Path(source), name, Path(folder))
            else:
                written = new_distribution(name, Path(folder))
        except ToolFailed as error:
            raise UsageError(str(error)) from error
        return {"item": {"name": name, "files": [str(path) for path in written]}}


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ToolError as error:
        raise CallFailed(str(error)) from error


def _source_at(name: str, place: dict[str, Any] | None) -> Source:
    try:
        return Source.model_validate({"name": name, "place": place})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def _seen(seen: Seen, known: Source | None) -> Answer:
    """A source as it is shown before the user agrees to it."""
    approved = known.approved if known is not None else {}
    tools = [
        {
            "name": tool_name(seen.source.name, name),
            "description": " ".join(one.description.split()),
            "effect": str(seen.source.effects.get(name) or default_effect(seen.source.place, one)),
            "arguments": list(one.parameters.get("properties", {})),
            "says": sorted(hint for hint, value in one.hints.items() if value is True),
            "state": "changed" if name in seen.changes else "as approved" if name in approved else "new",
            "changes": seen.changes.get(name, []),
        }
        for name, one in seen.definitions.items()
    ]
    gone = [tool_name(seen.source.name, name) for name in approved if name not in seen.definitions]
    place = seen.source.place.model_dump(mode="json")
    return {"name": seen.source.name, "place": place, "tools": tools, "gone": gone, "digest": seen.digest}


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description,
        "effect": str(spec.effect),
        "sinks": list(spec.sinks),
        "source": spec.source,
    }


def _in_full(spec: ToolSpec) -> dict[str, Any]:
    more = {
        "parameters": spec.parameters,
        "returns": spec.returns,
        "secrets": list(spec.secrets),
        "timeout_s": spec.timeout_s,
        "max_parallel": spec.max_parallel,
        "idempotent": spec.idempotent,
    }
    return {**_tool(spec), **more}
