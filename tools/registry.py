"""The set of tools that this program knows, by name.

First come, first served: a later tool never replaces one that is there, because a plugin that could take
over `write_file` would inherit the trust given to it.
"""

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .errors import DuplicateTool, InvalidTool, UnknownTool
from .loaders.python import PluginProblem
from .spec import AnyTool, ToolSpec

if TYPE_CHECKING:
    from .loaders.deferred import Known
    from .workers.kept_file import KeptFile
    from .workers.pool import Workers


class Registry:
    """Tools by name, in the order in which they were added."""

    def __init__(self, tools: Iterable[AnyTool] = ()) -> None:
        self._tools: dict[str, AnyTool] = {}
        self._kinds: set[type] = set()
        """Classes that keep the protocol, which takes long to find out and is alike for a thousand tools."""
        self.version = 0
        """Counts changes, so that what was made of the tools is made anew only after one."""
        for one in tools:
            self.add(one)

    def add(self, tool: AnyTool) -> None:
        """Add a tool; raises DuplicateTool when its name is taken."""
        if type(tool) not in self._kinds:
            if not isinstance(tool, AnyTool):
                raise InvalidTool(f"{tool!r} is not a tool; mark the function with @tool")
            self._kinds.add(type(tool))
        if (present := self._tools.get(tool.name)) is not None:
            raise DuplicateTool(
                f"the tool name {tool.name!r} is taken by {present.spec.source}; choose another name"
            )
        self._tools[tool.name] = tool
        self.version += 1

    def exchange(self, source: str, tools: Iterable[AnyTool]) -> list[PluginProblem]:
        """Let `tools` take the place of all that `source` has given; what cannot be added is reported."""
        self._tools = {name: one for name, one in self._tools.items() if one.spec.source != source}
        self.version += 1
        problems: list[PluginProblem] = []
        for one in tools:
            try:
                self.add(one)
            except DuplicateTool as error:
                problems.append(PluginProblem(source, str(error)))
        return problems

    def get(self, name: str) -> AnyTool:
        """Return the tool; raises UnknownTool, with the nearest names."""
        if name not in self._tools:
            near = difflib.get_close_matches(name, self._tools, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "`homewit tools list` shows all tools."
            raise UnknownTool(f"There is no tool named {name!r}; {hint}")
        return self._tools[name]

    def names(self) -> list[str]:
        """All names, in order."""
        return list(self._tools)

    def specs(self) -> list[ToolSpec]:
        """All definitions, in order."""
        return [tool.spec for tool in self._tools.values()]

    def __iter__(self) -> Iterator[AnyTool]:
        return iter(list(self._tools.values()))

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def load_builtins(self, workers: "Workers | None" = None, kept: "KeptFile[Known] | None" = None) -> None:
        """Add the tools that come with Homewit; those that read what strangers wrote run in `workers`.

        With `kept`, what is known of them from an earlier start is not read from their code again.
        """
        from .loaders.own_tools import own_tools

        for tool, known in own_tools(kept):
            if workers is not None and known.apart is not None:
                self.add(workers.builtin(known.apart, tool, known.definition.parts))
            else:
                self.add(tool)
