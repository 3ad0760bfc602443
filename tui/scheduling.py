"""The scheduler: asks the host what is due, has it carried out, tells how each run ended; shows reminders.

Only the host decides what is due, and only it keeps what came of it; this loop may be killed at any moment.
When the host is gone, another is started, and resumes what was cut off. When the program was updated, it
begins anew as soon as nothing runs.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from ..agent.events import Answered, Event, RunFinished
from . import output
from .client import Client, Outdated, Stopped
from .errors import BeginAnew, HostStopped, HostUnavailable, RequestFailed
from .launch import Launch
from .moments import second_now
from .safe_text import one_line
from .schedules import STATUS_WORDS

LOOK_EVERY_S = 5.0
"""Another program may add a schedule, and a machine may wake up, without a word."""
AGAIN_AFTER_S = 3.0
MOST_AT_ONCE = 4


class Scheduling:
    """``run`` ends when it is cancelled, or with ``once`` when nothing is due any more."""

    def __init__(self, launch: Launch, model: str | None, as_json: bool) -> None:
        self._launch = launch
        self._model = model
        self._as_json = as_json
        self._running: dict[str, str] = {}
        """What runs now: the schedule of each run."""
        self._answers: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._outdated = False
        self._worst = 0

    async def run(self, once: bool) -> int:
        """The exit code: with ``once``, the highest of the runs that were carried out."""
        while True:
            try:
                async with self._launch.connected(self._model) as connection:
                    reading = asyncio.create_task(self._read(connection.client))
                    try:
                        if await self._work(connection.client, reading, once):
                            return self._worst
                    finally:
                        reading.cancel()
                    output.say("the host ended; starting it again", "yellow")
            except (HostStopped, HostUnavailable) as error:
                output.say(f"{error}; starting it again", "yellow")
            self._running.clear()
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _work(self, client: Client, reading: "asyncio.Task[None]", once: bool) -> bool:
        """Carry out what comes due; True when all is done, False when the host is gone."""
        if not once:
            output.say("waiting for what is scheduled; ctrl-c ends", "dim")
        while not reading.done():
            leaving = self._outdated and not once
            if leaving and not self._running:
                output.say("Homewit was updated; starting again as the new version", "dim")
                raise BeginAnew
            reminders_next = await self._remind(client)
            answer = await client.query("schedules.due")
            self._changed.clear()
            room = 0 if leaving else MOST_AT_ONCE - len(self._running)
            for one in answer["items"][:room]:
                await self._fire(client, one)
            if once and not self._running and not answer["items"]:
                return True
            await self._wait([answer["next"], reminders_next], reading)
        return False

    async def _fire(self, client: Client, one: dict[str, Any]) -> None:
        try:
            accepted = await client.fire(one["id"])
        except RequestFailed as error:
            output.say(f"{second_now()}  {one['schedule']}  {error}", "yellow")
            return
        self._running[accepted.run] = one["schedule"]
        output.say(
            f"{second_now()}  {one['schedule']}  {'goes on' if one['run'] else 'starts'}: {accepted.run}",
            "dim",
        )

    async def _remind(self, client: Client) -> str | None:
        """Show reminders that are due, also from when nothing ran; the moment of the next."""
        answer = await client.query("reminders.due")
        for one in answer["items"]:
            self._show(one)
        if answer["items"]:
            await client.query("reminders.shown", ids=[one["id"] for one in answer["items"]])
        return answer["next"]

    def _show(self, one: dict[str, Any]) -> None:
        if self._as_json:
            output.record({"type": "reminder", **one})
            return
        missed = f", missed {one['missed']} times before" if one["missed"] else ""
        output.write(f"{second_now()}  reminder  {one_line(one['text'], 400)}  ({one['due']}{missed})")
        if not one["desktop"]:
            output.ring(f"Reminder: {one['text']}")

    async def _wait(self, following: list[str | None], reading: "asyncio.Task[None]") -> None:
        """Until a run ends, something comes due, or it is time to look again."""
        seconds = LOOK_EVERY_S
        for moment in filter(None, following):
            until = (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()
            seconds = min(seconds, max(until, 0.05))
        changed = asyncio.create_task(self._changed.wait())
        await asyncio.wait({changed, reading}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        changed.cancel()

    async def _read(self, client: Client) -> None:
        """Take in what the host says, until it is gone."""
        while not isinstance(notice := await client.inbox.get(), Stopped):
            if isinstance(notice, Event):
                self._tell(notice)
            elif isinstance(notice, Outdated):
                self._outdated = True
                self._changed.set()

    def _tell(self, event: Event) -> None:
        if self._as_json:
            output.record(event.to_wire())
        if isinstance(event.body, Answered) and not event.body.parent:
            self._answers[event.run] = event.body.text
        elif isinstance(event.body, RunFinished):
            schedule, answer = self._running.pop(event.run, ""), self._answers.pop(event.run, "")
            self._worst = max(self._worst, event.body.exit_code)
            self._changed.set()
            if not self._as_json:
                status = STATUS_WORDS.get(event.body.status, event.body.status)
                output.write(f"{second_now()}  {schedule}  {status}: {one_line(answer, 400)}")
