"""What stands in for the result of a step that failed and has a value for that. Pure."""

from ..log.ledger import Output
from ..plan import Step
from ..planning.arguments import as_text
from ..planning.on_error import UseValue
from ..values import USER


def stand_in(call: Step) -> Output | None:
    """The value that a failed call is replaced by, if it has one; it comes from whoever wrote the step."""
    if call.on_error is None or not isinstance(call.on_error.fallback, UseValue):
        return None
    value = call.on_error.fallback.value
    return Output(value, as_text(value), call.suggested or USER)
