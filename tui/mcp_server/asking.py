"""What a call needs from the user, as the forms of the protocol, and the answers of a form.

An approval shows what the approval card of the chat shows, with everything hidden spelled out. Only an
explicit "allow once" allows; nothing is allowed for longer than the call. Knows nothing of how forms
travel.
"""

from typing import Any

from mcp_types import ElicitRequestFormParams, ElicitResult

from ...agent import events as ev
from ..client import Client
from ..narrate import approval_lines
from ..safe_text import reveal

Need = ev.ApprovalRequested | ev.Question
_FIELD = "answer"
_ALLOW, _DENY = "allow once", "deny"


def key(need: Need) -> str:
    """What a form is called among those of one answer."""
    return "approval" if isinstance(need, ev.ApprovalRequested) else need.argument or _FIELD


def form(need: Need) -> ElicitRequestFormParams:
    """The form for an approval or a question."""
    if isinstance(need, ev.Question):
        asked = {"type": "string", "title": "Your answer"}
        return ElicitRequestFormParams(message=reveal(need.text), requested_schema=_schema(asked))
    message = "\n".join(text for text, _ in approval_lines(_for_once(need)))
    choice = {"type": "string", "title": "Allow this?", "enum": [_ALLOW, _DENY]}
    return ElicitRequestFormParams(message=message, requested_schema=_schema(choice))


async def answer(client: Client, run: str, need: Need, given: object) -> None:
    """Hand the answer of a form to the run; whatever is no consent refuses. A question that is not answered
    cancels the run.
    """
    text = _filled_in(given)
    if isinstance(need, ev.ApprovalRequested):
        await client.approve(run, need.approval, allow=text == _ALLOW)
    elif text is not None:
        await client.reply(run, need.question, text)
    else:
        await client.cancel(run)


def _for_once(need: ev.ApprovalRequested) -> ev.ApprovalRequested:
    """Without what a yes for longer would cover, which a form does not offer."""
    steps = tuple(step.model_copy(update={"lasts": False}) for step in need.steps)
    return need.model_copy(update={"steps": steps})


def _filled_in(given: object) -> str | None:
    if not isinstance(given, ElicitResult) or given.action != "accept":
        return None
    value = (given.content or {}).get(_FIELD)
    return value if isinstance(value, str) else None


def _schema(field: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {_FIELD: field}, "required": [_FIELD]}
