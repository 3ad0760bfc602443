"""A small world of facts, sessions, permissions and tools, and what a host that has it answers to queries."""

import json
from typing import Any

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


class World:
    """The rows that there are, as queries give them; tests change them at will."""

    def __init__(self) -> None:
        self.facts = [dict(FACT)]
        self.permissions = [dict(PERMISSION)]
        self.sessions = [dict(SESSION)]
        self.workflows: list[dict[str, Any]] = []

    def answer(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        """What the host answers to a query."""
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
            case "sessions.remove":
                gone = self._find(self.sessions, args["id"])
                self.sessions = [one for one in self.sessions if one is not gone]
                counts = {"turns": len(gone["turns"]), "runs": 0, "permissions": 0}
                return {"item": {"id": gone["id"], **counts, "facts_kept": [], "facts_forgotten": []}}
            case "permissions.list":
                return {"items": self.permissions}
            case "permissions.revoke":
                row = self._find(self.permissions, args["id"])
                self.permissions = [one for one in self.permissions if one is not row]
                return {"item": {"id": row["id"], "rule": row["rule"]}}
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
