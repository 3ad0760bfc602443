"""The options of ``homewit generate`` that say how tokens are chosen, in the words of the engine.

Only ranges that click can explain better than the engine are checked here. Imports nothing but click.
"""

from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]

_OPTIONS = (
    click.option("--max-tokens", type=click.IntRange(min=1), default=256, show_default=True),
    click.option(
        "--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="0 is greedy."
    ),
    click.option("--top-k", type=click.IntRange(min=1), help="Keep the K most likely tokens."),
    click.option(
        "--typical", "typical_p", type=float, help="Keep tokens of typical surprise, up to this share."
    ),
    click.option("--top-p", type=float, help="Keep the most likely tokens, up to this share."),
    click.option("--min-p", type=float, help="Keep tokens at least this share as likely as the best."),
    click.option(
        "--repetition-penalty", type=float, help="Divides the scores of tokens that occurred; 1 is none."
    ),
    click.option("--presence-penalty", type=float, help="Taken off the score of each token of the output."),
    click.option("--frequency-penalty", type=float, help="The same, for each time that the token occurred."),
    click.option(
        "--dry", "dry_multiplier", type=float, help="Strength of the penalty on repeating long stretches."
    ),
    click.option("--logit-bias", metavar="ID=BIAS", multiple=True, help="Add to the score of a token."),
    click.option("--seed", type=int, help="Makes sampling repeatable."),
    click.option("--stop", metavar="TEXT", multiple=True, help="End before this text; may be given again."),
    click.option(
        "--logprobs", type=click.IntRange(0, 20), help="With --json: log-probabilities, and N others."
    ),
    click.option("--reasoning-budget", type=click.IntRange(min=0), help="Most tokens of thinking aloud."),
    click.option("--drafts", type=click.IntRange(0, 64), help="Most tokens to guess ahead; 0 guesses none."),
)


def sampling_options(command: Command) -> Command:
    """Give ``command`` all of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def sampling_fields(options: dict[str, Any]) -> dict[str, Any]:
    """The values as fields of a ``generate`` request."""
    fields = dict(options)
    fields["stop"] = list(fields["stop"]) or None
    fields["logit_bias"] = dict(map(_bias, fields["logit_bias"])) or None
    return fields


def _bias(text: str) -> tuple[int, float]:
    token, _, value = text.partition("=")
    try:
        return int(token), float(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not ID=BIAS with the number of a token, such as 42=-5", param_hint="--logit-bias"
        ) from error
