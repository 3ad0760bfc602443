"""What the look-up commands share: ask the host for rows or for one thing, and print it as text or JSON.

Knows nothing of what the rows mean.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..launch import Launch
from ..moments import minute

if TYPE_CHECKING:
    from ..client import Notice

MOMENTS = frozenset({"created", "updated", "finished", "valid_from", "valid_to"})

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line.")
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many."
)


def show_rows(
    launch: Launch,
    name: str,
    /,
    columns: Sequence[str],
    as_json: bool,
    empty: str,
    told: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    **args: Any,
) -> int:
    """A list, for people as ``told`` makes its rows; an empty one is an answer, too."""
    rows = launch.items(name, **args)
    if as_json:
        for row in rows:
            output.record(row)
    elif rows:
        output.table(map(told or readable, rows), columns)
    else:
        output.say(empty, "dim")
    return 0


def show_one(launch: Launch, name: str, /, as_json: bool, **args: Any) -> int:
    """One thing with all that is known of it."""
    item = launch.item(name, **args)
    if as_json:
        output.record(item)
    else:
        output.fields(readable(item))
    return 0


def readable(item: dict[str, Any]) -> dict[str, Any]:
    """A row for people: its moments in the clock of this machine."""
    return {key: minute(value) if key in MOMENTS else value for key, value in item.items()}


def narrate(notice: "Notice") -> None:
    """How far a look-up is that takes long."""
    _say(notice, "dim")


def instruct(notice: "Notice") -> None:
    """What the user has to do meanwhile, such as to open an address."""
    _say(notice, "")


def _say(notice: "Notice", style: str) -> None:
    from ..client import Progress

    if isinstance(notice, Progress):
        output.say(notice.text, style)
