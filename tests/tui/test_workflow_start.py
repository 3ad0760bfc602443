"""Which lines start a workflow: in the chat with and without the slash, on the command line with inputs."""

from pathlib import Path

import pytest

from homewit.tui.testing import FakeHost

KEPT = {"name": "trip", "description": "", "inputs": [], "path": "/x", "problems": []}


def started(host: FakeHost) -> list[tuple[str, object, object]]:
    """What the host was asked to do: by which request, with which name or text, and inputs."""
    wanted = [(method, params) for method, params in host.received if method in ("prompt", "workflow")]
    return [
        (method, params.get("name", params.get("text")), params.get("inputs")) for method, params in wanted
    ]


@pytest.fixture
def host() -> FakeHost:
    host = FakeHost()
    host.world.workflows = [KEPT]
    return host


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/run trip miles=3", ("workflow", "trip", {"miles": "3"})),
        ("run trip miles=3", ("workflow", "trip", {"miles": "3"})),
        ("please run the workflow trip", ("workflow", "trip", {})),
        ('run flow.yaml to="the sea"', ("workflow", "flow.yaml", {"to": "the sea"})),
        ("run trip to the sea", ("prompt", "run trip to the sea", None)),
        ("run a mile", ("prompt", "run a mile", None)),
        ("run other.yaml", ("prompt", "run other.yaml", None)),
        ("run what's there", ("prompt", "run what's there", None)),
    ],
)
async def test_a_line_of_a_chat(
    chatting, host: FakeHost, line: str, expected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A kept workflow or a file that is there, and no other words; everything else is a request."""
    (tmp_path / "flow.yaml").write_text("steps: []", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with chatting(host) as chat:
        await chat.ready()
        await chat.say(line)
        await chat.until(lambda: started(host))
        assert started(host) == [expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["trip", "miles=3"], ("workflow", "trip", {"miles": "3"})),
        (["trip", "miles=3", "--input", "to=sea"], ("workflow", "trip", {"miles": "3", "to": "sea"})),
        (["trip", "to", "the", "sea"], ("prompt", "trip to the sea", None)),
        (["walk", "miles=3"], ("prompt", "walk miles=3", None)),
    ],
)
def test_words_of_a_command(homewit, host: FakeHost, words: list[str], expected):
    """Inputs may stand behind the name; where nothing of that name is kept, the words are a request."""
    assert homewit("run", *words, host=host).code == 0
    assert started(host) == [expected]


async def test_a_workflow_is_no_answer(chatting, recording, host: FakeHost):
    """`/run` while a question is open waits until that run has ended."""
    host = FakeHost([recording("question")])
    async with chatting(host) as chat:
        await chat.ready()
        await chat.say("remind me to call Ada")
        await chat.shows("When should I remind you?")
        await chat.say("/run trip")
        await chat.shows("queued 1  /run trip")
        assert "reply" not in host.methods()


async def test_nothing_is_kept_of_a_run_that_goes_on(chatting, recording):
    """`/save` says that it is too early."""
    async with chatting(FakeHost([recording("question")])) as chat:
        await chat.ready()
        await chat.say("remind me to call Ada")
        await chat.shows("When should I remind you?")
        await chat.say("/save reminder")
        await chat.shows("the run has not ended yet")
