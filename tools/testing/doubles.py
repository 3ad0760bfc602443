"""The surroundings of a call as tests want them: a clock that stands still, and a network that is none."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

from ..context import ToolContext
from ..errors import ToolFailed
from .clock import FAKE_NOW
from .memory_records import MemoryRecords


def fake_context(cwd: Path, **changes: Any) -> ToolContext:
    """A context with `cwd` as the one granted folder, a clock that stands still, and no network.

    Any field of ToolContext can be given instead of its default.
    """
    given: dict[str, Any] = {
        "cwd": cwd,
        "roots": (cwd,),
        "now": lambda: FAKE_NOW,
        "records": MemoryRecords(lambda: FAKE_NOW),
        "net": _no_network,
        "dial": _no_dialling,
    }
    return ToolContext(**{**given, **changes})


class FakeNet:
    """A network for tests: ``answer(url)`` gives what a server would, as JSON, or a status and the JSON.

    ``asked`` lists the addresses that were contacted.
    """

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self._answer = answer
        self.asked: list[str] = []

    def __call__(self, allow: tuple[str, ...] = (), *, authorities: Path | None = None) -> Any:
        return self

    async def get(self, url: str, *, params: Mapping[str, str] | None = None, headers: Any = None) -> Any:
        return await self.request("GET", url, params=params)

    async def request(
        self, method: str, url: str, *, params: Mapping[str, str] | None = None, **_: Any
    ) -> Any:
        from ..net import Response

        url = f"{url}?{urlencode(params)}" if params else url
        self.asked.append(url)
        found = self._answer(url)
        status, data = found if isinstance(found, tuple) else (200, found)
        return Response(url, status, {"content-type": "application/json"}, json.dumps(data).encode())


def _no_network(allow: tuple[str, ...] = (), *, authorities: Path | None = None) -> NoReturn:
    raise ToolFailed("This context has no network; give fake_context(…, net=…) a client for the test.")


def _no_dialling(host: str, port: int, **options: Any) -> NoReturn:
    raise ToolFailed("This context has no network; give fake_context(…, dial=…) a function for the test.")
