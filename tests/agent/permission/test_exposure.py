"""Private data, text by strangers and a way out: together they need an approval, also across steps and
turns.
"""

from typing import Any

import pytest

from homewit.agent.permission.exposure import Exposed, Exposure, is_private
from homewit.agent.permission.rules import parse_rule
from homewit.agent.policy import Call, Policy, Verdict
from homewit.agent.values import MODEL, PIPE, USER, MemoryOrigin, Origins, ToolOrigin, UserOrigin, Value
from homewit.memory import Evidence
from homewit.tools import Registry, ToolContext, tool

FACT = MemoryOrigin("f_1", UserOrigin())
PAGE = ToolOrigin("page", "s1", trusted=False)
FILE = ToolOrigin("read_file", "s2", trusted=False)
BOTH = Exposure(frozenset({FACT}), frozenset({PAGE}))


@tool(effect="network", sinks=("url",))
def page(url: str) -> str:
    """Get a page."""
    return "an ordinary page"


@tool(effect="network", sinks=("url",))
def about(url: str, word: str, *, ctx: ToolContext) -> str:
    """Look up what the notes with a word in them are about."""
    return "; ".join(note.text for note in ctx.records.search_notes(word))


@tool(effect="network", sinks=("account",), secrets=("tracker", "search_key"))
def issues(account: str) -> str:
    """List the issues of an account."""
    return "an issue"


@tool
def diary(*, ctx: ToolContext) -> str:
    """Read the diary."""
    return "dear diary"


@tool
def add(one: int, other: int) -> int:
    """Add two numbers."""
    return one + other


def call(effect: str, exposed: Exposure, body: Origins = MODEL, awaited: tuple[str, ...] = ()) -> Call:
    args = {"to": Value("ann@x.org", USER), "body": Value("hello", body)}
    args = {name: value for name, value in args.items() if name not in awaited}
    return Call("mail", effect, ("to",), args, awaited=frozenset(awaited), exposed=exposed)


@pytest.mark.parametrize("effect", ["network", "send", "spend", "execute"])
@pytest.mark.parametrize("rule", ["mail", "mail:to=ann@x.org"])
def test_with_all_three_a_rule_has_to_name_what_is_sent(effect: str, rule: str):
    """A rule for the recipient was not made for it. Control: without one of the three, the rule covers it."""
    once = Policy().with_grants([rule])
    decision = once.decide(call(effect, BOTH), "mail ann@x.org")
    assert (decision.verdict, decision.lasting) == (Verdict.ASK, False)
    for part in ("hello", "h*", "*"):
        named = Policy().with_grants([f"mail:to=ann@x.org;body={part}"])
        assert named.decide(call(effect, BOTH), "mail ann@x.org").verdict == Verdict.ALLOW
    for safe in (Exposure(), Exposure(private=BOTH.private), Exposure(strangers=BOTH.strangers)):
        assert once.decide(call(effect, safe), "mail ann@x.org").verdict == Verdict.ALLOW
    assert once.decide(call("write", BOTH), "mail ann@x.org").verdict == Verdict.ALLOW


def test_the_reason_names_what_is_in_play():
    """Which private data, and which strangers."""
    decision = Policy().decide(call("send", BOTH), "mail ann@x.org")
    assert decision.reason == (
        "mail would let out a body while this conversation holds private data (memory f_1, from you) and "
        "text by strangers (page (s1), untrusted)"
    )
    assert str(call("send", BOTH).narrowest_rule()) == "mail:to=ann@x.org;body=hello"


def test_what_the_user_typed_carries_nothing():
    """Their own words may go where they said."""
    once = Policy().with_grants(["mail:to=ann@x.org"])
    assert once.decide(call("send", BOTH, USER), "mail ann@x.org").verdict == Verdict.ALLOW


def test_what_is_not_known_yet_is_covered_by_anything_only():
    """Before its value is there, only a star says enough."""
    waiting = call("send", BOTH, awaited=("body",))
    for rule, verdict in (("body=*", Verdict.ALLOW), ("body=h*", Verdict.ASK)):
        once = Policy().with_grants([f"mail:to=ann@x.org;{rule}"])
        assert once.decide(waiting, "mail ann@x.org").verdict == verdict
    assert not parse_rule("mail:to=*;body=h*").matches({"to": "x"}, ["body"])


def test_one_source_alone_is_no_combination():
    """Files are private and may be by strangers: sending one only says what it says. Control: a page beside
    them.
    """
    files = frozenset({FILE, ToolOrigin("read_file", "s3", trusted=False)})
    assert not Exposure(files, files).is_both
    assert Exposure(files, files | {PAGE}).is_both


def test_what_counts_as_private():
    """Memory, files and accounts are; pages, sums and what was piped in to be passed on are not."""
    registry = Registry([page, diary, add])
    registry.load_builtins()
    private = [FACT, ToolOrigin("diary", "s1", True), FILE, ToolOrigin("gone", "s1", True)]
    public = [PAGE, ToolOrigin("add", "s1", True), UserOrigin(), *MODEL, *PIPE]
    assert [is_private(origin, registry) for origin in (*private, *public)] == [True] * 4 + [False] * 5
    exposed = Exposed(registry)
    exposed.add([FACT, PAGE])
    assert exposed.seen() == BOTH


def test_what_a_login_brings_is_private():
    """Control: with other secrets alone, such as the key of a search, it is not."""
    registry, brought = Registry([issues]), ToolOrigin("issues", "s1", trusted=False)
    assert [is_private(brought, registry, accounts) for accounts in ({"tracker"}, {"another"}, ())] == [
        True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(("word", "exit_code"), [("diary", 5), ("nothing", 0)])
async def test_a_network_tool_that_reads_records_brings_private_data(
    opened, plan, mail, sent, word: str, exit_code: int
):
    """Its result counts by what it read, whatever it declares. Control: one that read none is not counted."""
    looked = plan(
        ("about", {"url": "https://x.org", "word": word}),
        ("page", {"url": "https://x.org"}),
        ("mail", {"to": "ann@x.org", "body": {"$ref": "s1.text"}}),
    )
    async with opened("plan", looked, "ok", tools=[about, page, mail]) as agent:
        agent.place.store.records.add_note("my diary")
        allow = ["mail:to=ann@x.org", "about"]
        words = f"mail ann@x.org and get https://x.org about {word}"
        events = [event.to_wire() async for event in agent.stream(words, allow=allow)]
    assert events[-1]["exit_code"] == exit_code
    assert len(cards(events)) == (exit_code == 5)


async def converse(agent, prompt: str, *answers: str, **options: Any) -> list[dict[str, Any]]:
    events, left = [], list(answers)
    async for event in agent.stream(prompt, **options):
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            assert agent.active(event.run).approve(event.body.approval, left.pop(0))
    assert not left
    return events


def cards(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == "approval.requested"]


SEND = ("mail", {"to": "ann@x.org", "body": {"$ref": "s1.text"}})
WORDS = "mail ann@x.org my diary"


async def test_across_the_steps_of_a_plan(opened, plan, mail, sent):
    """A page that was read elsewhere in the plan counts, before or after; the card shows what would go out
    and from where. Control: without the page, the rule covers the mail.
    """
    with_page = plan(("diary", {}), ("page", {"url": "https://x.org"}), SEND)
    outputs = ["plan", with_page, "ok", "plan", plan(("diary", {}), SEND), "ok"]
    async with opened(*outputs, tools=[page, diary, mail], interactive=True) as agent:
        events = await converse(agent, f"{WORDS} and get https://x.org", "allow", allow=["mail:to=ann@x.org"])
        control = await converse(agent, WORDS, allow=["mail:to=ann@x.org"])
    (card,) = cards(events)
    assert "scopes" not in card
    assert {"step": "s3", "argument": "body", "value": "dear diary", "origin": "diary (s1)"} in card["sinks"]
    assert (cards(control), sent) == ([], [("ann@x.org", "dear diary")] * 2)


async def test_across_the_turns_of_a_session(opened, plan, mail, sent):
    """A page that was read a turn before counts, in the same session, also after a restart."""
    read = ["act", plan(("page", {"url": "https://x.org"})), "read"]
    send = ["plan", plan(("diary", {}), SEND)]
    tools = [page, diary, mail]
    async with opened(*read, tools=tools) as agent:
        session = (await converse(agent, "get https://x.org"))[0]["session"]
    async with opened(*send, *send, "ok", tools=tools) as agent:
        same = [e.to_wire() async for e in agent.stream(WORDS, session=session, allow=["mail:to=ann@x.org"])]
        other = [e.to_wire() async for e in agent.stream(WORDS, allow=["mail:to=ann@x.org"])]
    assert (same[-1]["exit_code"], other[-1]["exit_code"]) == (5, 0)
    assert cards(same)[0]["steps"][0]["rule"] == "mail:to=ann@x.org;body=dear diary"
    assert sent == [("ann@x.org", "dear diary")]


async def test_a_headless_run_needs_the_rule_that_names_it(opened, plan, mail, sent):
    """The rule that the refusal prints is the one that lets it through."""
    written = plan(("diary", {}), ("page", {"url": "https://x.org"}), SEND)
    async with opened("plan", written, "plan", written, "ok", tools=[page, diary, mail]) as agent:
        words = f"{WORDS} and get https://x.org"
        refused = [e.to_wire() async for e in agent.stream(words, allow=["mail:to=ann@x.org"])]
        rule = cards(refused)[0]["steps"][0]["rule"]
        allowed = await agent.run(words, allow=[rule])
    assert (refused[-1]["exit_code"], allowed.status, sent) == (5, "done", [("ann@x.org", "dear diary")])


async def test_facts_in_view_of_the_planner_are_private(opened, plan, mail, sent):
    """A literal may repeat them. Control: nothing was recalled for the same words in another home."""
    written = plan(("page", {"url": "https://x.org"}), ("mail", {"to": "ann@x.org", "body": "x"}))
    async with opened("plan", written, "ok", "plan", written, tools=[page, mail]) as agent:
        words, allow = "when is my birthday", ["mail:to=ann@x.org", "page:url=https://x.org"]
        control = [e.to_wire() async for e in agent.stream(words, allow=allow)]
        store = agent.place.store
        said = store.append_turn(store.create_session("").id, "user", "my birthday is May 3")
        store.add_fact("user", "birthday", "May 3", Evidence.find(said, said.text))
        events = [e.to_wire() async for e in agent.stream(words, allow=allow)]
    assert (control[-1]["exit_code"], events[-1]["exit_code"]) == (0, 5)
