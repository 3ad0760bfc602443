"""The address book on a server: what the copy has in common with it, and the tool that hands changes in."""

from ...context import ToolContext
from ...dav.accounts import SECRETS
from ...dav.sending import Keep
from ...dav.shelves import address_books
from ...decorator import tool
from ...spec import Effect
from ..synchronising import Server, Synchronised, going_out, nothing_waits, synchronise
from .cards import read_card
from .stored import contact_fields, described

SHELF = address_books(contact_fields, lambda content: described(read_card(content)))


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
        "(sync|synchronise|synchronize) [my|the] (contacts|address book) [with [the|my] server]",
        "(sync|synchronise|synchronize) [my|the] (contacts|address book)[,] [and] keep mine {keep=mine}",
        "(sync|synchronise|synchronize) [my|the] (contacts|address book)[,] [and] keep theirs {keep=theirs}",
    ),
)
def sync_contacts(account: Server = None, keep: Keep | None = None, *, ctx: ToolContext) -> Synchronised:
    """Send contacts that were added, changed or deleted here to the address book's server, and fetch its own.

    Args:
        account: Which server, if there are several; all by default.
        keep: Whose version stays of a contact that was changed on both sides; by default none is overwritten.
    """
    return synchronise(ctx, SHELF, account, keep)
