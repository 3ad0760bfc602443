"""The calendar on a server: what the copy here has in common with it, and the tool that hands changes in."""

from ...context import ToolContext
from ...dav.accounts import SECRETS
from ...dav.sending import Keep
from ...dav.shelves import calendars
from ...decorator import tool
from ...errors import ToolFailed
from ...spec import Effect
from ..synchronising import Server, Synchronised, going_out, nothing_waits, synchronise
from .entries import MAX_ENTRY_CHARACTERS, read_entry
from .stored import event_fields

_LONGEST_LINE = 400


def _fields(content: str) -> dict[str, object]:
    if len(content) > MAX_ENTRY_CHARACTERS:
        raise ToolFailed("it is too large")
    if not (uid := read_entry(content).uid):
        raise ToolFailed("it has no UID")
    return {**event_fields(uid, content), "content": content}


def _said(content: str) -> str:
    entry = read_entry(content)
    form = "%Y-%m-%d" if entry.all_day else "%Y-%m-%d %H:%M"
    parts = (
        entry.summary,
        f"{entry.start:{form}} to {entry.end:{form}}",
        entry.rule,
        entry.location,
        entry.description,
    )
    said = "; ".join(" ".join(part.split()) for part in parts if part)
    return said if len(said) <= _LONGEST_LINE else f"{said[:_LONGEST_LINE]}…"


SHELF = calendars(_fields, _said)


def _was_synchronised(account: Server = None, *, ctx: ToolContext) -> bool:
    return nothing_waits(ctx, SHELF, account)


def _going_out(account: Server = None, keep: Keep | None = None, *, ctx: ToolContext) -> str:
    return going_out(ctx, SHELF, account, keep)


@tool(
    effect=Effect.SEND,
    sinks=("account",),
    secrets=SECRETS,
    check=_was_synchronised,
    preview=_going_out,
    timeout_s=180.0,
    idempotent=True,
    phrases=(
        "(sync|synchronise|synchronize) [all] [my|the] (calendar|calendars) [with [the|my] server]",
        "(update|refresh|fetch) [my|the] (calendar|calendars) from [the|my] server",
        "calendar sync",
        "(sync|synchronise|synchronize) [my|the] calendar[,] [and] keep (mine|my version) {keep=mine}",
        "(sync|synchronise|synchronize) [my|the] calendar[,] [and] keep (theirs|their version) {keep=theirs}",
    ),
)
def sync_calendar(account: Server = None, keep: Keep | None = None, *, ctx: ToolContext) -> Synchronised:
    """Send calendar entries that were added, changed or cancelled here to the calendar's server, and fetch
    its own.

    Args:
        account: Which server, if there are several; all by default.
        keep: Whose version stays of an entry that was changed on both sides; by default none is overwritten.
    """
    return synchronise(ctx, SHELF, account, keep)
