"""A double of the host process: it replays recorded events and serves a small world of facts, sessions and
tools.

Shipped for tests of clients and for recording pictures. It waits where a real host waits: at approvals, at
questions and for ``stop_here``. Knows nothing of models or storage.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Body = Mapping[str, Any]
EPOCH = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)

STATUS = {
    "protocol": 1,
    "lines": [
        {"name": "engine", "state": "ready", "text": "cpu · 2 threads"},
        {"name": "model", "state": "ready", "text": "bundled · 8 M parameters"},
        {"name": "memory", "state": "ready", "text": "2 facts · 1 session"},
        {"name": "tools", "state": "ready", "text": "20 ready · 2 ask first"},
    ],
    "home": "/home/ada/.local/share/homewit",
    "model": "bundled",
    "context": 2048,
    "problems": [],
}
FACT = {
    "id": "f_3k2m9x1a",
    "subject": "sister",
    "key": "birthday",
    "value": "May 3",
    "quote": "my sister's birthday is May 3",
    "origin": "user",
    "valid_from": "2026-05-01T10:00:00+00:00",
    "valid_to": None,
    "superseded_by": None,
    "turn": "t_1",
    "created": "2026-05-01T10:00:00+00:00",
}
PERMISSION = {
    "id": "g_7xq2m4k1zt",
    "rule": "mail:to=ann@x.org",
    "scope": "session",
    "until": None,
    "session": "s_dinner1",
    "run": "r_1",
    "created": "2026-05-02T18:01:00+00:00",
    "current": True,
}
SESSION = {
    "id": "s_dinner1",
    "title": "plan a dinner for six",
    "created": "2026-05-02T18:00:00+00:00",
    "updated": "2026-05-02T18:05:00+00:00",
    "turns": [
        {
            "id": "t_2",
            "role": "user",
            "text": "plan a dinner for six",
            "run": "r_1",
            "created": "2026-05-02T18:00:00+00:00",
        },
        {
            "id": "t_3",
            "role": "assistant",
            "text": "Menu B needs **no oven**.",
            "run": "r_1",
            "created": "2026-05-02T18:01:00+00:00",
        },
    ],
}
TOOLS = [
    {
        "name": "calculate",
        "description": "Work out an expression.",
        "effect": "read",
        "sinks": [],
        "source": "builtin",
        "parameters": {
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
        },
    },
    {
        "name": "write_file",
        "description": "Write a text file.",
        "effect": "write",
        "sinks": ["path"],
        "source": "builtin",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
            "required": ["path", "content"],
        },
    },
]


class HostRefuses(Exception):
    """What an answer function raises to make the request fail."""

    def __init__(self, message: str, exit_code: int = 1, code: int = -32003) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.code = code


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
        self.facts = [dict(FACT)]
        self.permissions = [dict(PERMISSION)]
        self.sessions = [dict(SESSION)]
        self.workflows: list[dict[str, Any]] = []
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
        """Go on after ``stop_here``."""
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
                return self._query(params["name"], params["args"])
        return {}

    def _query(self, name: str, args: dict[str, Any]) -> Any:
        words = str(args.get("query", "")).lower()
        match name:
            case "workflows.list":
                return {"items": self.workflows}
            case "memory.list":
                return {"items": self.facts}
            case "memory.search":
                return {"items": [fact for fact in self.facts if words in json.dumps(fact).lower()]}
            case "memory.why":
                fact = self._find(self.facts, args["id"])
                return {
                    "item": {**fact, "turn_text": f"remember that {fact['quote']}", "session": "s_dinner1"}
                }
            case "memory.add":
                return {"item": {**FACT, "id": "f_new", "quote": args["text"], "value": args["text"]}}
            case "memory.forget":
                return {"items": [{"id": id_} for id_ in self._forget(args)]}
            case "sessions.list":
                return {
                    "items": [
                        {key: s[key] for key in ("id", "title", "created", "updated")} for s in self.sessions
                    ]
                }
            case "sessions.search":
                hits = [
                    {**t, "session": s["id"]}
                    for s in self.sessions
                    for t in s["turns"]
                    if words in t["text"].lower()
                ]
                return {"items": hits}
            case "sessions.show":
                return {"item": self._find(self.sessions, args["id"])}
            case "permissions.list":
                return {"items": self.permissions}
            case "permissions.revoke":
                row = self._find(self.permissions, args["id"])
                self.permissions = [one for one in self.permissions if one is not row]
                return {"item": {"id": row["id"], "rule": row["rule"]}}
            case "runs.show":
                return {"item": {"id": args["id"], "events": self._logs.get(args["id"], [])}}
            case "tools.list":
                return {"items": TOOLS, "problems": []}
            case "tools.show":
                return {"item": next((dict(tool) for tool in TOOLS if tool["name"] == args["name"]), {})}
            case "tools.call":
                return {
                    "item": {"tool": args["name"], "data": args["args"], "text": json.dumps(args["args"])}
                }
            case "undo":
                taken = {"run": "r_1", "step": "s1", "tool": "add_note"}
                return {"item": {**taken, "text": "Removed the note: milk"}}
            case "doctor":
                return {
                    "items": [{"name": "engine", "state": "ready", "text": "torch, 2 threads", "fix": ""}]
                }
        return {"items": [], "item": {}}

    def _forget(self, args: dict[str, Any]) -> list[str]:
        words = str(args.get("query", "")).lower()
        meant = [args["id"]] if "id" in args else [
            fact["id"] for fact in self.facts if words in json.dumps(fact).lower()
        ]  # fmt: skip
        if not meant:
            raise HostRefuses(f"nothing fits {words!r}", exit_code=1, code=-32001)
        if len(meant) > 1 and not args.get("every"):
            raise HostRefuses(
                f"{len(meant)} facts fit {words!r}: {', '.join(meant)}", exit_code=2, code=-32000
            )
        self.facts = [fact for fact in self.facts if fact["id"] not in meant]
        return meant

    @staticmethod
    def _find(rows: list[dict[str, Any]], id_: str) -> dict[str, Any]:
        for row in rows:
            if row["id"] == id_:
                return row
        raise HostRefuses(f"there is no {id_}", exit_code=1, code=-32001)

    async def _play(self, run: str, params: dict[str, Any]) -> None:
        asked = "\n\n".join(part for part in (params.get("text"), params.get("piped")) if part)
        bodies = self._runs.pop(0) if self._runs else echo(asked)
        self._cancelled.clear()
        numbers = itertools.count(len(self._logs.get(run, ())) + 1)
        for body in bodies:
            if body["type"] == "stop_here":
                self._released.clear()
                await self._either(self._released.wait())
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
