"""Remember, recall and forget as a user sees them, over several processes' worth of agents."""

from typing import Any

DRAFT = {"subject": "sister", "key": "birthday", "value": "May 3", "quote": "my sister's birthday is May 3"}


async def say(opened, prompt: str, *outputs: Any, reply: str | None = None, **options: Any) -> dict[str, Any]:
    """One prompt to a fresh agent on the same home; the answer with what was written and recalled."""
    said: dict[str, Any] = {"written": [], "recalled": []}
    async with opened(*outputs, interactive=reply is not None, **options) as agent:
        async for event in agent.stream(prompt):
            match event.body.type:
                case "question" if reply is not None:
                    agent.active(event.run).reply(event.body.question, reply)
                case "memory.written":
                    said["written"].append((event.body.action, event.body.text))
                case "recall":
                    said["recalled"] += [(item.kind, item.text) for item in event.body.items]
                case "answer":
                    said |= {"text": event.body.text, "citations": event.body.citations}
                case "run.finished":
                    said["end"] = (event.body.status, event.body.exit_code)
    return said


async def test_a_fact_is_remembered_and_recalled_by_another_agent(opened):
    """What was told to one agent is known to the next one on the same home, with a citation."""
    told = await say(opened, "remember that my sister's birthday is May 3", DRAFT)
    asked = await say(opened, "when is my sister's birthday?", "recall", "Your sister's birthday is May 3.")
    assert (told["written"], told["end"]) == ([("added", "my sister's birthday is May 3")], ("done", 0))
    assert asked["recalled"] == [("fact", "my sister's birthday is May 3")]
    assert (asked["text"], asked["end"]) == ("Your sister's birthday is May 3.", ("done", 0))
    assert asked["citations"] == told["citations"]


async def test_a_wrong_wording_is_replaced_by_the_user_s_own_words(opened):
    """An answer with a date that nobody told, or without the value that was asked for, is not the answer."""
    await say(opened, "remember that my sister's birthday is May 3", DRAFT)
    for wording in ("It is on May 4.", "Your sister's birthday is 3.", ""):
        asked = await say(opened, "when is my sister's birthday?", "recall", wording)
        assert asked["text"] == "You told me: “my sister's birthday is May 3”."


async def test_what_is_not_known_is_said_to_be_not_known(opened):
    """Somebody else's birthday is no answer."""
    await say(opened, "remember that my sister's birthday is May 3", DRAFT)
    asked = await say(opened, "when is my brother's birthday?", "recall", {"topic": "brother birthday"})
    assert (asked["recalled"], asked["end"]) == ([], ("done", 0))
    assert asked["text"].startswith("I don't know that yet")


async def test_earlier_words_are_quoted_when_no_fact_fits(opened):
    """What was said in passing is found again, verbatim and with its date."""
    await say(opened, "we parked the blue car on level 4", "chat", "Good to know.")
    asked = await say(opened, "where is the blue car parked?", "recall", {"topic": "blue car"})
    assert asked["recalled"] == [("turn", "we parked the blue car on level 4")]
    assert asked["text"] == "Today you said: “we parked the blue car on level 4”"


async def test_a_new_value_supersedes_the_old_one(opened):
    """The answer says what was believed before."""
    await say(opened, "remember that my sister's birthday is May 3", DRAFT)
    newer = {**DRAFT, "value": "May 4", "quote": "my sister's birthday is May 4"}
    told = await say(opened, "remember that my sister's birthday is May 4", newer)
    again = await say(opened, "remember that my sister's birthday is May 4", newer)
    assert told["written"] == [("superseded", "my sister's birthday is May 4")]
    assert "May 3" in told["text"]
    assert (again["written"], again["text"]) == ([], "I knew that already: “my sister's birthday is May 4”.")


async def test_a_fact_that_was_not_said_is_not_stored(opened):
    """The model may not put words into the user's mouth: value and quote have to stand in the request."""
    invented = {"subject": "user", "key": "age", "value": "44", "quote": "I am 44"}
    told = await say(opened, "remember what I just said", "remember", invented)
    assert (told["written"], told["end"]) == ([], ("failed", 1))


async def test_a_plain_sentence_is_stored_even_if_the_model_reads_it_wrong(opened):
    """Control: with the fact in the request, a useless draft does not lose it."""
    told = await say(opened, "remember that my dog's name is Rex", {**DRAFT, "quote": "nonsense"})
    assert told["written"] == [("added", "my dog's name is Rex")]


async def test_forgetting_erases_and_says_nothing_of_the_value(opened):
    """Afterwards it is not known; the log of the forgetting does not hold what was forgotten."""
    await say(opened, "remember that my sister's birthday is May 3", DRAFT)
    gone = await say(opened, "forget my sister's birthday", {"topic": "sister's birthday"})
    asked = await say(opened, "when is my sister's birthday?", "recall", {"topic": "sister's birthday"})
    assert (gone["written"], gone["text"]) == (
        [("forgotten", "sister: birthday")],
        "I have forgotten it for good.",
    )
    assert asked["text"].startswith("I don't know that yet")
    async with opened() as agent:
        assert agent.place.store.list_facts() == []
        log = [row.body for run in agent.place.store.list_runs() for row in agent.place.store.events(run.id)]
    assert "May 3" not in repr(log)


async def two_birthdays(opened) -> None:
    for who, day in (("sister", "May 3"), ("brother", "June 9")):
        draft = {"subject": who, "key": "birthday", "value": day, "quote": f"my {who}'s birthday is {day}"}
        await say(opened, f"remember that my {who}'s birthday is {day}", draft)


async def test_several_matches_are_asked_about(opened):
    """A number picks one; nothing else is touched."""
    await two_birthdays(opened)
    gone = await say(opened, "forget the birthday", "forget", {"topic": "birthday"}, reply="2")
    async with opened() as agent:
        left = [fact.subject for fact in agent.place.store.list_facts()]
    assert (len(gone["written"]), left) == (1, ["sister"])


async def test_headless_several_matches_forget_nothing(opened):
    """Nobody can pick, so the question ends the run with exit code 5."""
    await two_birthdays(opened)
    gone = await say(opened, "forget the birthday", "forget", {"topic": "birthday"})
    assert (gone["written"], gone["end"]) == ([], ("input_needed", 5))
    assert gone["text"].splitlines()[1:] == [
        "1. my sister's birthday is May 3",
        "2. my brother's birthday is June 9",
    ]


async def test_an_unclear_choice_forgets_nothing(opened):
    """A reply that names neither leaves both."""
    await two_birthdays(opened)
    gone = await say(opened, "forget the birthday", "forget", {"topic": "birthday"}, reply="hm")
    assert (gone["written"], gone["text"]) == ([], "I have forgotten nothing.")


async def test_there_may_be_nothing_to_forget(opened):
    """It is said so, and that is no failure."""
    gone = await say(opened, "forget my shoe size", {"topic": "shoe size"})
    assert (gone["text"], gone["end"]) == (
        "I know nothing about that, so there is nothing to forget.",
        ("done", 0),
    )


async def test_control_words_need_no_model(opened):
    """``/remember`` decides the route by rule and leaves the rest to the usual path."""
    told = await say(opened, "/remember my sister's birthday is May 3", DRAFT)
    assert told["written"] == [("added", "my sister's birthday is May 3")]


async def test_facts_reach_the_planner_and_keep_their_origin(opened, plan, happened):
    """A fact that fits the request is recalled before planning; as a sink it is named as memory on the
    card.
    """
    from homewit.tools import tool

    @tool(effect="send", sinks=("to",))
    def mail(to: str) -> str:
        """Send."""
        return to

    draft = {"subject": "Ann", "key": "mail", "value": "ann@x.org", "quote": "Ann's mail is ann@x.org"}
    told = await say(opened, "remember that Ann's mail is ann@x.org", draft)
    async with opened("act", plan(("mail", {"to": "ann@x.org"})), tools=[mail]) as agent:
        events = await happened(agent, "send Ann's mail")
    card = next(event for event in events if event["type"] == "approval.requested")
    assert card["sinks"][0]["origin"] == f"memory {told['citations'][0]}, from you"
