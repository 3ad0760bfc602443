"""A double of the host process: it replays recorded events, and answers queries from a small world.

It waits where a real host waits: at approvals, at questions and for ``stop_here``. Knows nothing of models.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .world import STATUS, HostRefuses, World

Body = Mapping[str, Any]
EPOCH = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)


class FakeHost:
    """A ``Transport`` whose far end is a script. ``runs`` are the events of one prompt after the other."""

    def __init__(
        self,
        runs: Iterable[Sequence[Body]] = (),
        answers: Mapping[str, Callable[[dict[str, Any]], Any]] | None = None,
        delay_s: float = 0.0,
        status: Mapping[str, Any] = STATUS,
        headless: bool = False,
    ) -> None:
        """``answers`` replace what a method or query answers; ``headless`` plays on through approvals."""
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.world = World()
        self._runs = [list(run) for run in runs]
        self._answers = dict(answers or {})
        self._delay_s = delay_s
        self._status = dict(status)
        self._headless = headless
        self._ids = itertools.count(1)
        self._logs: dict[str, list[dict[str, Any]]] = {}
        self._outgoing: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._decision: asyncio.Future[str] | None = None
        self._cancelled = asyncio.Event()
        self._released = asyncio.Event()
        self.warming = asyncio.Event()
        """Cleared to keep the model loading."""
        self.warming.set()

    @classmethod
    def from_file(cls, path: Path, **options: Any) -> "FakeHost":
        """Replay what ``homewit run --json`` printed; several runs may follow one another."""
        return cls(split_runs(path.read_text(encoding="utf-8")), **options)

    async def __call__(self) -> "FakeHost":
        """So that the double itself may stand where a function that starts a host is wanted."""
        self._outgoing = asyncio.Queue()
        return self

    async def send(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message["params"]
        self.received.append((method, params))
        self._spawn(self._serve(message["id"], method, params))

    async def receive(self) -> dict[str, Any] | None:
        return await self._outgoing.get()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._outgoing.put_nowait(None)

    def obituary(self) -> str:
        return "the engine process stopped (exit code -9); see host.log"

    def say(self, method: str, params: dict[str, Any]) -> None:
        """A notification, as the host sends them while it works."""
        self._outgoing.put_nowait({"jsonrpc": "2.0", "method": method, "params": params})

    def die(self) -> None:
        """End as a killed process does."""
        self._outgoing.put_nowait(None)

    def release(self) -> None:
        """Go on after ``stop_here``, also when that is still to come."""
        self._released.set()

    def methods(self) -> list[str]:
        return [method for method, _ in self.received]

    async def _serve(self, request: int, method: str, params: dict[str, Any]) -> None:
        try:
            result = await self._result(method, params)
        except HostRefuses as error:
            problem = {"code": error.code, "message": str(error), "data": {"exit_code": error.exit_code}}
            self._outgoing.put_nowait({"jsonrpc": "2.0", "id": request, "error": problem})
            return
        self._outgoing.put_nowait({"jsonrpc": "2.0", "id": request, "result": result})
        if method in ("prompt", "workflow", "resume"):
            self._spawn(self._play(result["run"], params))

    async def _result(self, method: str, params: dict[str, Any]) -> Any:
        if answer := self._answers.get(params.get("name", method)):
            return await given if isinstance(given := answer(params), Awaitable) else given
        match method:
            case "initialize":
                return self._status
            case "warm":
                await self.warming.wait()
                return self._status
            case "prompt" | "workflow":
                return {"run": f"r_{next(self._ids)}", "session": params.get("session") or "s_new1"}
            case "resume":
                return {"run": params["run"], "session": "s_new1"}
            case "plan":
                step = {"id": "s1", "tool": "calculate", "args": {"expression": params["text"]}, "after": []}
                return {"route": "act", "steps": [step], "question": None, "procedure": None}
            case "generate":
                for piece in ("Once ", "upon ", "a time"):
                    self.say("text", {"text": piece})
                return {"text": "Once upon a time", "finish_reason": "stop", "usage": {"generated": 4}}
            case "cancel":
                self._cancelled.set()
                self._resolve("cancelled")
            case "approve":
                self._resolve(params["decision"])
            case "reply":
                self._resolve(params["text"])
            case "query":
                if params["name"] == "runs.show":
                    run = params["args"]["id"]
                    return {"item": {"id": run, "events": self._logs.get(run, [])}}
                return self.world.answer(params["name"], params["args"])
        return {}

    async def _play(self, run: str, params: dict[str, Any]) -> None:
        asked = "\n\n".join(part for part in (params.get("text"), params.get("piped")) if part)
        bodies = self._runs.pop(0) if self._runs else echo(asked)
        self._cancelled.clear()
        numbers = itertools.count(len(self._logs.get(run, ())) + 1)
        for body in bodies:
            if body["type"] == "stop_here":
                await self._either(self._released.wait())
                self._released.clear()
            elif not self._cancelled.is_set():
                await asyncio.sleep(self._delay_s)
                self._emit(run, next(numbers), body)
            if self._cancelled.is_set():
                self._emit(
                    run, next(numbers), {"type": "run.finished", "status": "cancelled", "exit_code": 130}
                )
                return
            if body["type"] in ("approval.requested", "question") and not self._headless:
                self._decision = asyncio.get_running_loop().create_future()
                if await self._decision == "deny":
                    for end in denied(body):
                        self._emit(run, next(numbers), end)
                    return
                if self._cancelled.is_set():
                    self._emit(
                        run, next(numbers), {"type": "run.finished", "status": "cancelled", "exit_code": 130}
                    )
                    return

    async def _either(self, waiting: Any) -> None:
        tasks = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._cancelled.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()

    def _emit(self, run: str, seq: int, body: Body) -> None:
        event = {"v": 1, "seq": seq, "run": run, "ts": EPOCH.isoformat(), **body}
        self._logs.setdefault(run, []).append(event)
        self._outgoing.put_nowait({"jsonrpc": "2.0", "method": "event", "params": event})

    def _resolve(self, decision: str) -> None:
        if self._decision is not None and not self._decision.done():
            self._decision.set_result(decision)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def echo(text: str) -> list[Body]:
    """What the double says when it has no script left."""
    return [
        {"type": "run.started", "prompt": text, "session": "s_new1", "model": "bundled"},
        {"type": "answer", "text": f"You said: {text}", "citations": []},
        {"type": "run.finished", "status": "done", "exit_code": 0},
    ]


def denied(approval: Body) -> list[Body]:
    """How a run ends after a no."""
    steps = [
        {
            "type": "step.finished",
            "id": step["id"],
            "tool": step["tool"],
            "args": step["args"],
            "status": "denied",
        }
        for step in approval["steps"]
    ]
    return [
        {"type": "approval.resolved", "approval": approval["approval"], "decision": "deny", "by": "user"},
        *steps,
        {"type": "answer", "text": "Nothing was changed.", "citations": []},
        {"type": "run.finished", "status": "failed", "exit_code": 1},
    ]


def split_runs(lines: str) -> list[list[Body]]:
    """Flat events, one JSON object per line, as one list of bodies per run."""
    runs: dict[str, list[Body]] = {}
    for line in lines.splitlines():
        if line.strip():
            event = json.loads(line)
            runs.setdefault(event["run"], []).append(
                {key: value for key, value in event.items() if key not in ("v", "seq", "run", "ts")}
            )
    return list(runs.values())
