"""A plugin in one file: copy it into the folder `tools` of Homewit's home, which `homewit doctor` names.

Then ask: how many minutes should green tea steep?
"""

from dataclasses import dataclass
from typing import Literal

from homewit.tools import tool

MINUTES = {"green": 2, "black": 4, "herbal": 7}


@dataclass(frozen=True)
class Steeping:
    """A typed result: later steps of a plan may refer to its fields, and `text` is what people read."""

    minutes: int
    text: str


@tool
def steep_time(tea: Literal["green", "black", "herbal"]) -> Steeping:
    """Tell how many minutes a kind of tea should steep.

    Args:
        tea: the kind of tea.
    """
    minutes = MINUTES[tea]
    return Steeping(minutes, f"{tea.capitalize()} tea steeps for {minutes} minutes.")
