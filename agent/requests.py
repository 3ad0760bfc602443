"""What a client may ask of the host process: JSON-RPC 2.0 methods with their parameters and results.

One JSON object per line in each direction. Events of a run travel as notifications with method ``event`` and
the flat event as params. Knows nothing of how requests are served, and imports nothing heavier than pydantic.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

PROTOCOL_VERSION = 1
ADDED_BY_HAND = "Facts added by hand"
"""Title of the session that holds what ``memory.add`` was given."""
KEPT_FACTS = "Facts of removed sessions"
"""Title of the session that holds the words behind facts whose session was removed."""
NO_CONVERSATIONS = frozenset((ADDED_BY_HAND, KEPT_FACTS))
"""Titles of sessions that nobody goes on with."""


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Params(BaseModel):
    """Parameters of one method; the class attribute names it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Result(BaseModel):
    model_config = ConfigDict(extra="allow", defer_build=True)


class Hello(Params):
    """What a client of a resident host says before anything else: which program it is, and where it was
    started. Result: ``Welcome``.
    """

    method: Literal["hello"] = "hello"
    program: str
    """A fingerprint of the program's files, equal to the host's when both are the same."""
    environment: dict[str, str] = {}
    umask: int = 0o077


class Welcome(Result):
    accepted: bool
    reason: str = ""
    """Why the host is not the one that this client needs."""
    idle: bool = False
    """Whether it serves nobody else, so that another host may take its place."""
    outdated: bool = False
    """Whether the program has changed since the host was started, so that it hands its place on."""


class HostInfo(Params):
    """What the host says of itself: ``resident, pid, started, socket, idle_s, clients, runs, models,
    memory_bytes``; ``runs`` lists those that are going on.
    """

    method: Literal["host.info"] = "host.info"


class HostStop(Params):
    """End a resident host. It refuses while it has other clients, unless ``now``: then what is going on is
    left to be resumed.
    """

    method: Literal["host.stop"] = "host.stop"
    now: bool = False


class HostHandOn(Params):
    """Make room for a host of the program as it is now, and go on with the clients that are there; each is
    told by a notification ``outdated``. Refused by a host that is not outdated.
    """

    method: Literal["host.hand_on"] = "host.hand_on"


class Initialize(Params):
    """First request of a client, but for ``hello``. Loads no model: ``warm`` or the first prompt does."""

    method: Literal["initialize"] = "initialize"
    home: str | None = None
    model: str | None = None
    cwd: str | None = None
    interactive: bool = False
    """Whether somebody is there to answer approvals and questions; otherwise nothing is approved."""
    reminded: bool = True
    """Whether that somebody is shown reminders that come due; each is shown by one client only."""


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
    """What the user wrote; may be empty when something was piped."""
    piped: str | None = None
    """What came through a pipe: read as part of the request, but not as the user's own words."""
    session: str | None = None
    allow: list[str] = []
    max_steps: int | None = None
    timeout_s: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


class RunWorkflow(Params):
    """Start a workflow. Result: ``RunAccepted``; events follow."""

    method: Literal["workflow"] = "workflow"
    name: str | None = None
    """That of a kept workflow, or, with ``text``, what to call the file."""
    text: str | None = None
    """The text of a file from elsewhere."""
    inputs: dict[str, Any] = {}
    """Values by name; texts are read as the inputs' types say."""
    piped: list[str] = []
    """Inputs whose values came through a pipe, and so are not the user's own words."""
    session: str | None = None
    allow: list[str] = []
    max_steps: int | None = None
    timeout_s: float | None = None
    max_tokens: int | None = None


class CallTool(Params):
    """Call a tool for another program, with a model of its own: none of it counts as words of the user. It is
    planned, asked for and logged as a run. Result: ``RunAccepted``; events follow, those of one step ``s1``.

    An error at once where there is no such tool, or the arguments do not fit it.
    """

    method: Literal["call"] = "call"
    tool: str
    args: dict[str, Any] = {}
    caller: str = ""
    """What the program says that it is called."""
    session: str | None = None
    allow: list[str] = []
    max_steps: int | None = None
    timeout_s: float | None = None
    max_tokens: int | None = None


class RunAccepted(Result):
    run: str
    session: str


class PlanOnly(Params):
    """Plan without executing. Result: the object that ``homewit plan --json`` prints."""

    method: Literal["plan"] = "plan"
    text: str
    session: str | None = None


class Cancel(Params):
    """Stop a run, whoever started it."""

    method: Literal["cancel"] = "cancel"
    run: str


class Approve(Params):
    method: Literal["approve"] = "approve"
    run: str
    approval: str
    decision: Literal["allow", "deny"]
    scope: Literal["once", "plan", "session", "date"] = "once"
    """One of those that the card offers, or ``once``."""
    until: date | None = None
    """The last day for the scope ``date``, when it is another one than the card offers."""


class Reply(Params):
    """Answer a ``question`` event."""

    method: Literal["reply"] = "reply"
    run: str
    question: str
    text: str


class Generate(Params):
    """Plain text generation; deltas travel as ``text`` notifications, the result is ``Generated``.

    The fields from ``max_tokens`` on are those of ``llm.SamplingParams``; None leaves one to the engine.
    """

    method: Literal["generate"] = "generate"
    prompt: str
    raw: bool = False
    json_schema: dict[str, Any] | None = None
    max_tokens: int = 256
    temperature: float = 0.0
    top_k: int | None = None
    typical_p: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    dry_multiplier: float | None = None
    logit_bias: dict[int, float] | None = None
    seed: int | None = None
    stop: list[str] | None = None
    logprobs: int | None = None
    grammar: str | None = None
    reasoning_budget: int | None = None
    drafts: int | None = None


class TokenChance(Result):
    id: int
    text: str
    logprob: float


class TokenReport(TokenChance):
    """One token of the output, and those that were the most likely in its place."""

    top: list[TokenChance] = []


class Generated(Result):
    text: str
    finish_reason: str
    usage: dict[str, Any]
    thinking: str = ""
    logprobs: list[TokenReport] = []
    """One for each token when they were asked for."""


class Resume(Params):
    """Continue, from its log alone, a run that was interrupted or could not go on without the user."""

    method: Literal["resume"] = "resume"
    run: str
    allow: list[str] = []
    max_steps: int | None = None
    timeout_s: float | None = None
    max_tokens: int | None = None


class Fire(Params):
    """Carry out an occurrence that ``schedules.due`` or ``schedules.trigger`` named: its run is started, or
    resumed where it has one. Result: ``RunAccepted``; events follow.
    """

    method: Literal["fire"] = "fire"
    occurrence: str


class ToldFact(BaseModel):
    """A fact as ``homewit memory export`` writes it, one to a line; what else a line has is left out."""

    model_config = ConfigDict(defer_build=True)

    subject: Line
    key: Line
    value: Line
    quote: Line | None = None
    valid_from: AwareDatetime | None = None


class Query(Params):
    """Every list and single-item look-up of the command line, served without loading the model that answers.

    A list answers ``{"items": [...]}``, a look-up ``{"item": {...}}``; names, arguments and fields:

    - sessions.list(limit=), sessions.search(query, limit=), sessions.show(id), sessions.begin:
      ``id, title, created, updated``; show adds ``turns: [{id, role, text, run, created, piped}]``;
      search lists turns, each with its ``session``; begin makes one that is listed from its first words on
    - sessions.remove(id, facts=): ``id, turns, runs, permissions``, how many went with it, and the ids of
      facts that quoted it, ``facts_kept`` or with ``facts`` ``facts_forgotten``
    - runs.list(limit=, calls=), runs.show(id): ``id, session, prompt, status, exit_code, created, finished``;
      show adds ``events``, the flat ones. A run without an end is ``running``, ``waiting`` for its user, or
      ``interrupted``: then nobody carries it out, and it can be resumed
    - runs.replay(id): ``what, told, same, difference`` of each thing that follows from the log of a run
    - runs.cancel(id): ``id, status`` of a run, whoever started it; one that was interrupted is closed
    - memory.list, memory.search(query, limit=), memory.why(id), memory.add(text | subject, key, value),
      memory.forget(id | query, every=): ``id, subject, key, value, quote, origin, valid_from, valid_to,
      superseded_by, turn, created``; why adds ``turn_text`` and ``session``; forget lists ``id`` only
    - memory.edit(id, value): the fact that replaces it; memory.import(facts: [{subject, key, value, quote,
      valid_from}]) lists ``state ("added" | "known" | "older" | "forgotten"), id``
    - tools.list(schemas=), tools.show(name): ``name, description, effect, sinks, source``; list adds
      ``problems: [{source, message}]`` beside the items, show adds ``parameters, returns, secrets,
      timeout_s, max_parallel, idempotent``, and so does list with ``schemas``
    - tools.call(name, args): ``{tool, data, text, origins}``. The user typed the whole call, so it is not
      asked again
    - procedures.list, procedures.show(id), procedures.accept(id), procedures.remove(id): ``id, name, state
      ("offered" | "accepted"), problem, uses, learned_from, created``; show adds ``wordings, slots, steps,
      runs``, and ``text``, the workflow that procedures.rewrite(id, text) takes back.
      procedures.offer(run): the one that this run gave rise to, if it was not offered before
    - schedules.list, schedules.show(id), schedules.add(when, request, missed=, zone=, inputs=, allow=),
      schedules.remove(id): ``id, next, when, request, kind, cron, at, zone, missed, inputs, allow, folder,
      session, last, created``; show adds ``occurrences`` and ``notes`` on rules that do not apply, add a
      ``text`` that tells what was scheduled; list and add tell whether a scheduler has looked lately:
      ``attended``
    - schedules.due, schedules.waiting, schedules.trigger(id): occurrences, ``id, schedule, due, status, run,
      session, attempts, problem``: those to be carried out now (with ``next``, the moment of the next one),
      those that wait for the user (with their ``request``), and one more of a schedule, due now
    - secrets.list(): ``{items: [{name}], place, encrypted}``
    - secrets.set(name, value): ``{name, place, encrypted}``; no answer ever holds a value
    - secrets.login(name, device=): ``{name, renews, place, encrypted}``, for an account of the settings or an
      MCP server that was added; ``progress`` says where to log in
    - secrets.rm(name): ``{name}``
    - tools.inspect(name, place=, effects=, only=, login=): what a source has, ``{name, place, tools: [{name,
      description, effect, arguments, says, state, changes}], gone, digest}``; tools.add(name, digest)
      approves just that: ``{name, tools, problems}``; tools.remove(name): ``{name, tools}``
    - tools.new(name, folder=, source=): ``{name, files}``; without a folder a drop-in file, else a
      distribution in it, of the file ``source`` where one is given
    - undo(session=): ``{run, step, tool, text}``; takes the newest change of records or files back, of
      one session or of all, and refuses when it was changed since
    - permissions.check(allow): the rules as they were read, ``rule``; an error where one can never apply
    - permissions.list, permissions.revoke(id): ``id, rule, scope ("plan" | "session" | "date" | "settings"),
      until, session, run, created, current``; what is not ``current`` covers nothing, because its tool has
      changed or is gone. Those of the settings have no id and are changed there
    - model.list, model.info(name=): ``name, path, available``, and what the checkpoint says of itself
    - model.quantize(source, target, bits=): the same of the checkpoint that it wrote, and its ``bytes``
    - model.bench(name=, quick=, quantize=): what ``llm.measuring`` finds out about a model, which is loaded
      for that: ``model, dtype, parameters, context, device, threads, kernels, load_s, first_prompt,
      first_token_s, prefill, decode, memory, read_bytes_per_s, notes``. How far it is travels as ``progress``
      notifications with a ``text``
    - workflows.list, workflows.show(name): ``name, description, inputs, path, problems``; show adds ``text``.
      Inputs are ``name, type, description, takes, needed, default, choices``
    - workflows.check(text, name=): ``name, inputs, problems: [{line, column, message, severity}]``
    - workflows.missing(given, name= | text=): the inputs that still have to be given
    - workflows.save(run, name=, replace=, fixed=, keep=): keeps what a run did; ``name, path, text, inputs``
    - workflows.schema: the JSON Schema of workflow files; workflows.rm(name): ``name, path``
    - doctor: ``name, state ("ready" | "optional" | "problem"), text, fix``
    """

    method: Literal["query"] = "query"
    name: str
    args: dict[str, Any] = {}


class Shutdown(Params):
    """Take leave: what this client started and still goes on is cancelled, or with ``park`` rests, to be
    resumed. A private host ends with it.
    """

    method: Literal["shutdown"] = "shutdown"
    park: bool = False


# JSON-RPC error codes of the host beyond the standard ones; ``data.exit_code`` carries the CLI's exit code.
ERROR_USAGE = -32000
ERROR_NOT_FOUND = -32001
ERROR_UNAVAILABLE = -32002
ERROR_FAILED = -32003
