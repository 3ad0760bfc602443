"""An approval in the words of the protocol: what would be done, to the letter, and what can be answered.

Pure; knows nothing of who asks.
"""

from typing import Any

from acp import text_block, tool_content
from acp.schema import PermissionOption, ToolCallUpdate

from ...agent.events import ApprovalRequested, ApprovalScope
from ..narrate import approval_lines, wider_choices
from .foreign_markdown import fenced
from .updates import call_id, title_of

ALLOW, DENY = "once", "deny"


def question_of(run: str, approval: ApprovalRequested) -> tuple[ToolCallUpdate, list[PermissionOption]]:
    """What is asked, and the choices: once, wider ones where they are offered, and no.

    Several steps are asked for at once, beside the first of them.
    """
    first = approval.steps[0]
    number = len(approval.steps)
    title = title_of(first.tool, first.args) if number == 1 else f"{number} steps need your OK"
    lines = "\n".join(text for text, _ in approval_lines(approval))
    asked = ToolCallUpdate(
        tool_call_id=call_id(run, first.id),
        title=title,
        status="pending",
        content=[tool_content(text_block(fenced(lines)))],
        raw_input=dict(first.args) if number == 1 else None,
    )
    wider = (
        PermissionOption(option_id=scope, name=_allow(scope, words), kind="allow_always")
        for scope, words in wider_choices(approval)
    )
    once = PermissionOption(option_id=ALLOW, name="Allow once", kind="allow_once")
    return asked, [once, *wider, PermissionOption(option_id=DENY, name="Deny", kind="reject_once")]


def _allow(scope: ApprovalScope, words: str) -> str:
    return f"Allow {words}" if scope == "date" else f"Allow for {words}"


def decision_of(outcome: Any, approval: ApprovalRequested) -> tuple[bool, ApprovalScope]:
    """The answer; whatever was not offered is a no."""
    chosen = getattr(outcome, "option_id", DENY)
    if chosen == ALLOW:
        return True, "once"
    for scope, _ in wider_choices(approval):
        if chosen == scope:
            return True, scope
    return False, "once"
