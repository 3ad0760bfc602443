"""What a client may ask of the host process: JSON-RPC 2.0 methods with their parameters and results.

One JSON object per line in each direction. Events of a run travel as notifications with method ``event`` and the
flat event as params. Knows nothing of how requests are served, and imports nothing heavier than pydantic.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

PROTOCOL_VERSION = 1


class Params(BaseModel):
    """Parameters of one method; the class attribute names it."""

    model_config = ConfigDict(extra="forbid")


class Result(BaseModel):
    model_config = ConfigDict(extra="allow")


class Initialize(Params):
    """First request of a client. Loads no model: ``warm`` or the first prompt does."""

    method: Literal["initialize"] = "initialize"
    home: str | None = None
    model: str | None = None
    cwd: str | None = None
    interactive: bool = False
    """Whether somebody is there to answer approvals and questions; otherwise nothing is approved."""


class StatusLine(Result):
    """One line of the first screen."""

    name: Literal["engine", "model", "memory", "tools"]
    state: Literal["ready", "loading", "problem"]
    text: str


class HostStatus(Result):
    protocol: int = PROTOCOL_VERSION
    lines: list[StatusLine]
    home: str
    model: str
    context: int = 0
    problems: list[str] = []


class Warm(Params):
    """Load the model now; answers with ``HostStatus`` when it is ready."""

    method: Literal["warm"] = "warm"


class Prompt(Params):
    """Start a run (or continue the one that asked a question). Result: ``RunAccepted``; events follow."""

    method: Literal["prompt"] = "prompt"
    text: str
    session: str | None = None
    allow: list[str] = []
    max_steps: int | None = None
    timeout_s: float | None = None
    seed: int | None = None


class RunAccepted(Result):
    run: str
    session: str


class PlanOnly(Params):
    """Plan without executing. Result: the object that ``homewit plan --json`` prints."""

    method: Literal["plan"] = "plan"
    text: str
    session: str | None = None


class Cancel(Params):
    method: Literal["cancel"] = "cancel"
    run: str


class Approve(Params):
    method: Literal["approve"] = "approve"
    run: str
    approval: str
    decision: Literal["allow", "deny"]


class Reply(Params):
    """Answer a ``question`` event."""

    method: Literal["reply"] = "reply"
    run: str
    question: str
    text: str


class Generate(Params):
    """Plain text generation; deltas travel as ``text`` notifications, the result is ``Generated``."""

    method: Literal["generate"] = "generate"
    prompt: str
    max_tokens: int = 256
    temperature: float = 0.0
    seed: int | None = None
    json_schema: dict[str, Any] | None = None
    raw: bool = False


class Generated(Result):
    text: str
    finish_reason: str
    usage: dict[str, Any]


class Resume(Params):
    """Continue an interrupted run from its log alone."""

    method: Literal["resume"] = "resume"
    run: str


class Query(Params):
    """Every list and single-item look-up of the command line, served without loading the model.

    ``name`` is one of: sessions.list, sessions.show, sessions.search, sessions.rm, runs.list, runs.show,
    memory.list, memory.search, memory.add, memory.why, memory.forget, tools.list, tools.show, tools.call,
    model.info, model.list, doctor.
    """

    method: Literal["query"] = "query"
    name: str
    args: dict[str, Any] = {}


class Shutdown(Params):
    method: Literal["shutdown"] = "shutdown"


# JSON-RPC error codes of the host beyond the standard ones; ``data.exit_code`` carries the CLI's exit code.
ERROR_USAGE = -32000
ERROR_NOT_FOUND = -32001
ERROR_UNAVAILABLE = -32002
ERROR_FAILED = -32003
