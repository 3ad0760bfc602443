"""The client: answers find their requests, refusals keep the host's words, death reaches all who wait."""

import asyncio

import pytest

from homewit.agent.events import Answered
from homewit.agent.requests import Prompt
from homewit.tui.client import Client, Stopped
from homewit.tui.errors import HostStopped, RequestFailed
from homewit.tui.testing import FakeHost, HostRefuses


async def test_a_run_is_followed_to_its_end(recording):
    """Events arrive in order and end with run.finished."""
    client = Client(FakeHost([recording("calculate")]))
    accepted = await client.prompt(Prompt(text="what is 17 * 23?"))
    types = [event.body.type async for event in client.events(accepted.run)]
    assert types == [body["type"] for body in recording("calculate")]
    await client.close()


async def test_refusals_keep_the_words_and_the_exit_code():
    """What the host says is what the user reads, with the exit code that it named."""

    def refuse(_params):
        raise HostRefuses("the checkpoint is truncated", exit_code=3)

    client = Client(FakeHost(answers={"warm": refuse}))
    with pytest.raises(RequestFailed) as error:
        await client.warm()
    assert (str(error.value), error.value.exit_code) == ("the checkpoint is truncated", 3)
    await client.close()


async def test_death_ends_every_request_that_waits():
    """Nothing hangs when the host is killed: open requests fail, later ones do too, and the inbox says so."""
    host = FakeHost()
    host.warming.clear()
    client = Client(host)
    warming = asyncio.create_task(client.warm())
    await asyncio.sleep(0)
    host.die()
    with pytest.raises(HostStopped):
        await warming
    with pytest.raises(HostStopped):
        await client.query("tools.list")
    assert isinstance(await client.inbox.get(), Stopped)
    await client.close()


async def test_an_event_of_another_version_is_told():
    """An event that this client does not know ends the conversation with a reason instead of silence."""
    client = Client(FakeHost([[{"type": "future.event"}]]))
    await client.prompt(Prompt(text="x"))
    notice = await client.inbox.get()
    assert isinstance(notice, Stopped)
    assert "another version" in notice.reason
    await client.close()


async def test_the_double_waits_for_approval(recording):
    """The recorded approval is answered before the run goes on; a no ends it without the step."""
    host = FakeHost([recording("approval")])
    client = Client(host)
    accepted = await client.prompt(Prompt(text="x"))
    answers = []
    async for event in client.events(accepted.run):
        if event.body.type == "approval.requested":
            await client.approve(accepted.run, event.body.approval, allow=False)
        if isinstance(event.body, Answered):
            answers.append(event.body.text)
    assert answers == ["Nothing was changed."]
    await client.close()
