"""Permissions that last longer than one call: given on a card, bound to a definition, listed, taken back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from homewit.agent.config import Settings
from homewit.agent.permission.grants import LASTS_DAYS
from homewit.agent.queries.permissions import PermissionQueries
from homewit.agent.testing import FakeClock
from homewit.memory import NotFound
from homewit.tools import tool

from ..wire_events import of_type

TO_ANN = ("mail", {"to": "ann@x.org", "body": "hi"})
TO_BOB = ("mail", {"to": "bob@x.org", "body": "hi"})


async def converse(agent, prompt: str, *answers: Any, **options: Any) -> list[dict[str, Any]]:
    """Run ``prompt``, answering its cards in turn; the flat events."""
    events, left = [], list(answers)
    async for event in agent.stream(prompt, **options):
        events.append(event.to_wire())
        if event.body.type == "approval.requested":
            assert agent.active(event.run).approve(event.body.approval, *left.pop(0))
    assert not left, "fewer cards than answers"
    return events


def listed(agent) -> list[dict[str, Any]]:
    return PermissionQueries(agent.place).all()["items"]


async def test_a_card_offers_to_allow_for_longer_and_says_what(opened, plan, mail, sent):
    """A yes for the session is a grant of exactly the rule on the card: the same recipient asks no more in
    this session, another one does, and so does the same one elsewhere.
    """
    outputs = ["act", plan(TO_ANN), "sent"]
    async with opened(
        *outputs, *outputs, "act", plan(TO_BOB), *outputs, tools=[mail], interactive=True
    ) as agent:
        first = await converse(agent, "mail ann@x.org hi", ("allow", "session"))
        session = first[0]["session"]
        again = await converse(agent, "mail ann@x.org hi", session=session)
        other = await converse(agent, "mail bob@x.org hi", ("deny",), session=session)
        elsewhere = await converse(agent, "mail ann@x.org hi", ("deny",))
        (grant,) = listed(agent)
    (card,) = of_type(first, "approval.requested")
    until = (FakeClock()() + timedelta(days=LASTS_DAYS)).date().isoformat()
    assert (card["scopes"], card["until"]) == (["plan", "session", "date"], until)
    assert (card["steps"][0]["rule"], card["steps"][0]["lasts"]) == ("mail:to=ann@x.org", True)
    (resolved,) = of_type(first, "approval.resolved")
    assert (resolved["scope"], resolved["grants"]) == ("session", [grant["id"]])
    assert (grant["rule"], grant["scope"], grant["session"]) == ("mail:to=ann@x.org", "session", session)
    assert grant["current"]
    assert [len(of_type(run, "approval.requested")) for run in (again, other, elsewhere)] == [0, 1, 1]
    assert sent == [("ann@x.org", "hi")] * 2


async def test_a_yes_for_once_leaves_nothing_behind(opened, plan, mail, sent):
    """Control: the same request asks again, and its card is resolved without a word of scopes."""
    outputs = ["act", plan(TO_ANN), "sent"]
    async with opened(*outputs, *outputs, tools=[mail], interactive=True) as agent:
        first = await converse(agent, "mail ann@x.org hi", ("allow",))
        again = await converse(agent, "mail ann@x.org hi", ("allow",), session=first[0]["session"])
        assert listed(agent) == []
    assert not {"scope", "grants"} & of_type(first, "approval.resolved")[0].keys()
    assert len(of_type(again, "approval.requested")) == 1


async def test_a_dated_grant_ends_with_its_day(opened, plan, mail, sent):
    """Until the end of the day that was named, wherever; the day after, it is asked again."""
    clock = FakeClock()
    outputs = ["act", plan(TO_ANN), "sent"]
    options = {"tools": [mail], "interactive": True, "now": clock}
    async with opened(*outputs, *outputs, *outputs, **options) as agent:
        day = clock().date() + timedelta(days=1)
        await converse(agent, "mail ann@x.org hi", ("allow", "date", day))
        clock.advance(hours=24)
        assert clock().date() == day
        await converse(agent, "mail ann@x.org hi")
        clock.advance(hours=24)
        late = await converse(agent, "mail ann@x.org hi", ("deny",))
        assert listed(agent) == []
    assert len(of_type(late, "approval.requested")) == 1
    assert len(sent) == 2


async def test_a_grant_for_a_plan_covers_what_is_tried_again_in_it(opened, plan, sent):
    """A call whose arguments are corrected needs no second card. Control: after a yes for once it does."""
    from homewit.tools import ToolRetry

    @tool(effect="send", sinks=("to",))
    def mail(to: str, body: str) -> str:
        """Send a mail."""
        if body == "hi":
            raise ToolRetry("write more than that")
        sent.append((to, body))
        return "sent"

    better = {"args": {"to": "ann@x.org", "body": "hello Ann"}}
    for answers, cards in (([("allow", "plan")], 1), ([("allow",), ("allow",)], 2)):
        sent.clear()
        outputs = ["act", plan(TO_ANN), better, "sent"]
        settings = Settings(max_repairs=1)
        async with opened(*outputs, tools=[mail], interactive=True, settings=settings) as agent:
            events = await converse(agent, "mail ann@x.org hi", *answers)
        assert (len(of_type(events, "approval.requested")), sent) == (cards, [("ann@x.org", "hello Ann")])


async def test_a_grant_that_is_revoked_covers_nothing_at_once(opened, plan, mail, sent):
    """Even in the middle of a plan that it had covered."""
    written = plan(("note", {"text": "x"}), TO_ANN)
    place: list[Any] = []

    @tool(effect="record")
    def note(text: str) -> str:
        """Note something; meanwhile the user takes the permission back."""
        for row in place[0].store.list_grants():
            place[0].store.revoke_grant(row.id)
        return text

    outputs = ["act", plan(TO_ANN), "sent", "plan", written]
    async with opened(*outputs, tools=[mail, note], interactive=True) as agent:
        place.append(agent.place)
        await converse(agent, "mail ann@x.org hi", ("allow", "date"))
        events = await converse(agent, "note x and mail ann@x.org hi", ("deny",))
        with pytest.raises(NotFound):
            PermissionQueries(agent.place).revoke("g_unknown")
    assert (len(of_type(events, "approval.requested")), sent) == (1, [("ann@x.org", "hi")])


async def test_a_changed_definition_is_not_what_was_allowed(opened, plan, mail, sent):
    """A tool that describes itself differently is another tool, and the list says so."""
    changed = replace(mail, spec=replace(mail.spec, description="Send a mail, and a copy to us."))
    outputs = ["act", plan(TO_ANN), "sent"]
    async with opened(*outputs, *outputs, tools=[mail], interactive=True) as agent:
        await converse(agent, "mail ann@x.org hi", ("allow", "date"))
        await converse(agent, "mail ann@x.org hi")
    async with opened("act", plan(TO_ANN), tools=[changed], interactive=True) as agent:
        events = await converse(agent, "mail ann@x.org hi", ("deny",))
        (grant,) = listed(agent)
    assert (len(of_type(events, "approval.requested")), grant["current"]) == (1, False)
    assert len(sent) == 2


@pytest.mark.parametrize("effect", ["spend", "execute"])
async def test_spending_and_executing_are_never_offered_for_longer(opened, plan, effect):
    """The card offers once and no; a client that asks for more gets once."""
    done: list[str] = []

    @tool(effect=effect, sinks=("what",))
    def act(what: str) -> str:
        """Do something that cannot be taken back."""
        done.append(what)
        return what

    outputs = ["act", plan(("act", {"what": "x"})), "done"]
    async with opened(*outputs, *outputs, tools=[act], interactive=True) as agent:
        first = await converse(agent, "act x", ("allow", "session"))
        again = await converse(agent, "act x", ("deny",), session=first[0]["session"])
        assert listed(agent) == []
    (card,) = of_type(first, "approval.requested")
    assert not {"scopes", "until"} & card.keys()
    assert (len(of_type(again, "approval.requested")), done) == (1, ["x"])


async def test_one_card_for_several_steps_grants_each_its_own_rule(opened, plan, mail, sent):
    """Two recipients, one question, two grants."""
    async with opened("plan", plan(TO_ANN, TO_BOB), "sent", tools=[mail], interactive=True) as agent:
        events = await converse(agent, "mail ann@x.org and bob@x.org hi", ("allow", "date", date(2030, 1, 1)))
        rules = sorted(row["rule"] for row in listed(agent))
    assert (len(of_type(events, "approval.requested")), rules) == (
        1,
        ["mail:to=ann@x.org", "mail:to=bob@x.org"],
    )


async def test_without_sinks_a_rule_names_the_arguments(opened, plan):
    """A foreign tool that declares none is not allowed as a whole by the way."""

    @tool(effect="send")
    def post(title: str, text: str, draft: bool = False) -> str:
        """Post something."""
        return title

    written = plan(("post", {"title": "a", "text": "x" * 100}))
    async with opened("act", written, tools=[post], interactive=True) as agent:
        events = await converse(agent, "post a", ("deny",))
    assert of_type(events, "approval.requested")[0]["steps"][0]["rule"] == "post:title=a;text=*"


async def test_headless_runs_use_grants_and_offer_none(opened, plan, mail, sent):
    """What was allowed until a date also holds for a run without anybody there."""
    outputs = ["act", plan(TO_ANN), "sent"]
    async with opened(*outputs, tools=[mail], interactive=True) as agent:
        await converse(agent, "mail ann@x.org hi", ("allow", "date"))
    async with opened(*outputs, "act", plan(TO_BOB), tools=[mail]) as agent:
        allowed = await agent.run("mail ann@x.org hi")
        events = [event.to_wire() async for event in agent.stream("mail bob@x.org hi")]
    assert (allowed.status, events[-1]["exit_code"], sent) == ("done", 5, [("ann@x.org", "hi")] * 2)
    assert "scopes" not in of_type(events, "approval.requested")[0]


async def test_the_rules_of_the_settings_are_listed_too(opened, mail):
    """They have no id, because only their file takes them back; one that names nothing is not current."""
    async with opened(tools=[mail], settings=Settings(allow=("mail:to=ann@x.org", "mial"))) as agent:
        rows = [(row["id"], row["rule"], row["scope"], row["current"]) for row in listed(agent)]
    assert rows == [("", "mail:to=ann@x.org", "settings", True), ("", "mial", "settings", False)]
