"""The options that hold for a run: what it may do without asking, and how much it may take."""

from dataclasses import asdict, dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a run beyond the settings, also when it has to be taken up again."""

    allow: tuple[str, ...] = ()
    max_steps: int | None = None
    timeout_s: float | None = None
    max_tokens: int | None = None

    def as_fields(self) -> dict[str, Any]:
        """For a request."""
        return {**asdict(self), "allow": list(self.allow)}


def terms_options(command: Any) -> Any:
    """``--allow``, ``--max-steps``, ``--timeout`` and ``--max-tokens``; names as in ``Terms``."""
    options = (
        click.option(
            "--allow",
            multiple=True,
            metavar="RULE",
            help="Allow without asking: TOOL, TOOL:ARG=GLOB or effect:NAME. May be given several times.",
        ),
        click.option(
            "--max-steps", type=click.IntRange(min=1), help="Stop with exit code 4 after so many steps."
        ),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=0, min_open=True),
            help="Seconds until exit code 4.",
        ),
        click.option(
            "--max-tokens",
            type=click.IntRange(min=1),
            help="Stop with exit code 4 after so many tokens that the model writes.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
