"""The client of the host: requests with their answers, and one inbox for everything that the host says by
itself.

Works over any ``Transport``: the host process, or ``testing.FakeHost``. Knows nothing of screens.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from ..agent.events import ApprovalScope, Event, RunFinished
from ..agent.requests import (
    Approve,
    CallTool,
    Cancel,
    Fire,
    Generate,
    Generated,
    HostStatus,
    Initialize,
    Params,
    PlanOnly,
    Prompt,
    Query,
    Reply,
    Resume,
    RunAccepted,
    RunWorkflow,
    Shutdown,
    Warm,
)
from .errors import HostStopped, RequestFailed


class Transport(Protocol):
    async def send(self, message: dict[str, Any]) -> None: ...
    async def receive(self) -> dict[str, Any] | None: ...
    async def close(self) -> None: ...
    def obituary(self) -> str: ...


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """A piece of plain generation."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is that takes long."""

    text: str


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that has come due; ``missed`` counts earlier times that nobody was there for."""

    text: str
    due: str
    missed: int = 0

    def __str__(self) -> str:
        again = f", missed {self.missed} times before" if self.missed else ""
        return f"{self.text} ({self.due}{again})"


@dataclass(frozen=True, slots=True)
class Outdated:
    """The program has changed since the host was started; it goes on as it is."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The host is gone; nothing follows."""

    reason: str


Notice = Event | GeneratedText | Progress | Reminded | Outdated | Stopped
Answer = TypeVar("Answer")


class Client:
    """One conversation with one host. ``inbox`` has a single reader."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = count(1)
        self._stopped: str | None = None
        self.inbox: asyncio.Queue[Notice] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def initialize(
        self, model: str | None, cwd: str, interactive: bool, reminded: bool = True
    ) -> HostStatus:
        greeting = Initialize(model=model, cwd=cwd, interactive=interactive, reminded=reminded)
        return HostStatus.model_validate(await self.request(greeting))

    async def warm(self) -> HostStatus:
        return HostStatus.model_validate(await self.request(Warm()))

    async def prompt(self, prompt: Prompt) -> RunAccepted:
        return RunAccepted.model_validate(await self.request(prompt))

    async def run_workflow(self, workflow: RunWorkflow) -> RunAccepted:
        return RunAccepted.model_validate(await self.request(workflow))

    async def call_tool(self, call: CallTool) -> RunAccepted:
        return RunAccepted.model_validate(await self.request(call))

    async def resume(self, run: str, /, **terms: Any) -> RunAccepted:
        """``terms`` are those of ``requests.Resume``."""
        return RunAccepted.model_validate(await self.request(Resume(run=run, **terms)))

    async def fire(self, occurrence: str) -> RunAccepted:
        return RunAccepted.model_validate(await self.request(Fire(occurrence=occurrence)))

    async def plan(self, text: str, session: str | None = None) -> dict[str, Any]:
        return await self.request(PlanOnly(text=text, session=session))

    async def generate(self, generate: Generate) -> Generated:
        return Generated.model_validate(await self.request(generate))

    async def query(self, name: str, /, **args: Any) -> dict[str, Any]:
        """The host's answer to a look-up, as ``requests.Query`` describes it."""
        given = {key: value for key, value in args.items() if value is not None}
        return await self.request(Query(name=name, args=given))

    async def items(self, name: str, /, **args: Any) -> list[dict[str, Any]]:
        return (await self.query(name, **args))["items"]

    async def item(self, name: str, /, **args: Any) -> dict[str, Any]:
        answer = await self.query(name, **args)
        return answer.get("item", answer)

    async def cancel(self, run: str) -> None:
        await self.request(Cancel(run=run))

    async def approve(self, run: str, approval: str, allow: bool, scope: ApprovalScope = "once") -> None:
        decision = "allow" if allow else "deny"
        await self.request(Approve(run=run, approval=approval, decision=decision, scope=scope))

    async def reply(self, run: str, question: str, text: str) -> None:
        await self.request(Reply(run=run, question=question, text=text))

    async def request(self, params: Params) -> Any:
        """The result of one method; raises ``RequestFailed`` with the host's words, or ``HostStopped``."""
        if self._stopped is not None:
            raise HostStopped(self._stopped)
        body = params.model_dump(mode="json", exclude_none=True)
        message = {"jsonrpc": "2.0", "id": next(self._ids), "method": body.pop("method"), "params": body}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[message["id"]] = answer
        try:
            await self._transport.send(message)
            return await answer
        finally:
            self._waiting.pop(message["id"], None)

    async def events(self, run: str) -> AsyncIterator[Event]:
        """The events of one run, up to its ``run.finished``."""
        while True:
            notice = await self.inbox.get()
            if isinstance(notice, Stopped):
                raise HostStopped(notice.reason)
            if isinstance(notice, Event) and notice.run == run:
                yield notice
                if isinstance(notice.body, RunFinished):
                    return

    async def attended(self, asking: Coroutine[Any, Any, Answer], take: Callable[[Notice], None]) -> Answer:
        """The answer to a request; what the host says by itself until then goes to ``take``, in order.

        Raises what the request raises, or ``HostStopped``.
        """
        result = asyncio.create_task(asking)
        result.add_done_callback(lambda _: self.inbox.put_nowait(GeneratedText("")))
        try:
            while not (result.done() and self.inbox.empty()):
                notice = await self.inbox.get()
                if isinstance(notice, Stopped) and not result.done():
                    raise HostStopped(notice.reason)
                take(notice)
            return await result
        finally:
            result.cancel()

    async def close(self, cut_off: bool = False) -> None:
        """Take leave, which ends what runs; ``cut_off`` lets it rest, to be resumed."""
        if self._stopped is None:
            with contextlib.suppress(HostStopped, RequestFailed, TimeoutError):
                await asyncio.wait_for(self.request(Shutdown(park=cut_off)), 1.0)
        await self._transport.close()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def _read(self) -> None:
        reason = ""
        try:
            while (message := await self._transport.receive()) is not None:
                self._take(message)
        except ValidationError as error:
            reason = f"the engine process sent an event of another version: {error.error_count()} problems"
        finally:
            self._end(reason or self._transport.obituary())

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self._take_notice(str(message["method"]), message.get("params") or {})
            return
        answer = self._waiting.get(message.get("id", -1))
        if answer is None or answer.done():
            return
        if error := message.get("error"):
            data = error.get("data") or {}
            answer.set_exception(
                RequestFailed(str(error.get("message")), error.get("code", 0), data.get("exit_code", 1))
            )
        else:
            answer.set_result(message.get("result"))

    def _take_notice(self, method: str, params: dict[str, Any]) -> None:
        if method == "event":
            self.inbox.put_nowait(Event.from_wire(params))
        elif method == "text":
            self.inbox.put_nowait(GeneratedText(str(params.get("text", ""))))
        elif method == "progress":
            self.inbox.put_nowait(Progress(str(params.get("text", ""))))
        elif method == "outdated":
            self.inbox.put_nowait(Outdated())
        elif method == "reminder":
            told = (str(params.get(name, "")) for name in ("text", "due"))
            self.inbox.put_nowait(Reminded(*told, missed=int(params.get("missed", 0))))

    def _end(self, reason: str) -> None:
        self._stopped = reason
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(HostStopped(reason))
        self.inbox.put_nowait(Stopped(reason))
