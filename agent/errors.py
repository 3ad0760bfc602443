"""Everything that can stop a request, as types that know their exit code.

    AgentError                      exit  code
    ├── UsageError                  2     usage
    │   ├── RuleError               2     rule             an --allow rule that cannot be read
    │   └── ConfigError             2     config           a setting that cannot be used
    ├── NotFound                    1     not_found        no run, session, fact or tool has this id
    ├── HomeError                   1     home             the home folder cannot be used
    ├── StoreUnavailable            1     store          the database cannot be opened, read or written
    ├── ModelUnavailable            3     unavailable      no checkpoint, no engine, or it does not load
    ├── ModelFailed                 1     model            the loaded model could not serve the request
    ├── PlanInvalid                 1     plan             the plan does not fit the tools, even after a retry
    ├── CallFailed                  1     call           a tool that was called by hand did not do it
    │   └── OutcomeUnknown          6     unknown        it may have, and nobody can tell
    ├── MissingField                1     missing_field  a result lacks what a later step refers to
    │   └── TooManyItems            1     too_many_items a list is longer than a step may run
    ├── ConditionError              1     condition      a condition is malformed, or its values have no order
    ├── InputNeeded                 5     input_needed   a question, and nobody is there to answer it
    └── RunStopped                        the run ends before its plan does
        ├── RunCancelled            130   cancelled
        └── BudgetExceeded          4     budget

Messages are sentences for the person at the screen: what happened, to what, what to do next. Errors of the
packages below (`llm`, `tools`, `memory`) are turned into these at the seam, so that clients meet one family.
"""

from .events import EXIT_CODES, RunStatus


class AgentError(Exception):
    """Base of all errors raised by this package."""

    code = "failed"
    status: RunStatus = "failed"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.status]


class UsageError(AgentError):
    """The caller asked for something that cannot be asked like this."""

    code = "usage"

    @property
    def exit_code(self) -> int:
        return 2


class RuleError(UsageError):
    """An `--allow` rule is malformed or grants what no rule may grant."""

    code = "rule"


class ConfigError(UsageError):
    """A configuration file or variable holds a value that cannot be used."""

    code = "config"


class NotFound(AgentError):
    """Nothing has this id or name."""

    code = "not_found"


class HomeError(AgentError):
    """The home folder cannot be created or written."""

    code = "home"


class StoreUnavailable(AgentError):
    """The database cannot be used; the message says why and what to do."""

    code = "store"


class ModelUnavailable(AgentError):
    """The model does not load: missing, damaged, or of a kind that this build does not run."""

    code = "unavailable"
    status: RunStatus = "unavailable"


class ModelFailed(AgentError):
    """The model is loaded, but cannot serve this request; a prompt that is too long, for example."""

    code = "model"


class PlanInvalid(AgentError):
    """What the model planned does not fit the tools; the message lists the problems."""

    code = "plan"


class CallFailed(AgentError):
    """A tool that the user called by hand failed."""

    code = "call"


class OutcomeUnknown(CallFailed):
    """A call was cut off, and whether it took effect cannot be told."""

    code = "unknown"
    status: RunStatus = "unknown"


class MissingField(AgentError):
    """The result of a step does not have the field that a later step refers to."""

    code = "missing_field"


class TooManyItems(MissingField):
    """The list is longer than a step may run; the message says by what to allow it."""

    code = "too_many_items"


class ConditionError(AgentError):
    """A condition cannot be read, or what it compares cannot be compared."""

    code = "condition"


class InputNeeded(AgentError):
    """The run needs an answer and nobody is there to give it; the message is the question."""

    code = "input_needed"
    status: RunStatus = "input_needed"


class RunStopped(AgentError):
    """The run was asked to end before its plan did."""


class RunCancelled(RunStopped):
    """The user, or the end of the program, cancelled the run."""

    code = "cancelled"
    status: RunStatus = "cancelled"


class BudgetExceeded(RunStopped):
    """A limit on steps, time or tokens was reached."""

    code = "budget"
    status: RunStatus = "budget"
