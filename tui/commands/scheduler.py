"""``homewit scheduler``: carries out what is scheduled, in the foreground, until it is stopped."""

import click

from ..launch import Launch
from ..no_host import no_host_option


@click.command(
    help="Carry out what is scheduled and show reminders, until stopped. Approves nothing by itself: a run "
    "that needs you waits and is shown in the chat and by `homewit schedule list`. Several schedulers share "
    "the work."
)
@click.option("--once", is_flag=True, help="Carry out what is due now, then end; for cron and timers.")
@click.option("--model", help="bundled, or a folder with a checkpoint.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as one JSON object per line.")
@no_host_option
@click.pass_obj
def command(launch: Launch, once: bool, model: str | None, as_json: bool) -> int:
    from ..scheduling import Scheduling

    return launch.run(lambda: Scheduling(launch, model, as_json).run(once))
