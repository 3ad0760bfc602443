"""Questions in the middle of a run: asked once, answered by a reply, or the end of a headless run."""

from typing import Any

from homewit.tools import tool


@tool(effect="record")
def remind(text: str, at: str) -> str:
    """Set a reminder."""
    return f"{text} at {at}"


ASKING = ("remind", {"text": "call mom", "at": {"$ask": "When shall I remind you?"}})


async def converse(agent, prompt: str, reply: str) -> list[dict[str, Any]]:
    events = []
    async for event in agent.stream(prompt):
        events.append(event.to_wire())
        if event.body.type == "question":
            assert agent.active(event.run).reply(event.body.question, reply)
            assert not agent.active(event.run).reply(event.body.question, "too late")
    return events


async def test_a_missing_argument_is_asked_for_before_anything_runs(opened, plan):
    """The reply takes the place of the question in the plan, and the run goes on."""
    async with opened("act", plan(ASKING), "ok", tools=[remind], interactive=True) as agent:
        events = await converse(agent, "remind me to call mom", "at 5pm")
    assert [event["type"] for event in events] == [
        "run.started",
        "route",
        "plan",
        "question",
        "plan.changed",
        "step.started",
        "step.finished",
        "text.delta",
        "answer",
        "usage",
        "run.finished",
    ]
    step = next(event for event in events if event["type"] == "step.finished")
    assert (step["args"], step["output"]) == ({"text": "call mom", "at": "at 5pm"}, "call mom at at 5pm")


async def test_headless_the_question_is_the_answer(opened, plan, happened):
    """Without anybody there the run ends with exit code 5 and says what it needs to know."""
    async with opened("act", plan(ASKING), tools=[remind]) as agent:
        events = await happened(agent, "remind me to call mom")
    question, answer, _, end = events[-4:]
    assert (question["text"], question["step"], question["argument"]) == (
        "When shall I remind you?",
        "s1",
        "at",
    )
    assert answer["text"] == "When shall I remind you?"
    assert (end["status"], end["exit_code"]) == ("input_needed", 5)


async def test_both_sides_of_a_question_are_kept(opened, plan):
    """Question and reply become turns of the session, the reply as the user's words."""
    async with opened("act", plan(ASKING), "done", tools=[remind], interactive=True) as agent:
        events = await converse(agent, "remind me to call mom", "at 5pm")
        turns = agent.place.store.turns(events[0]["session"])
    assert [(turn.role, turn.text) for turn in turns] == [
        ("user", "remind me to call mom"),
        ("assistant", "When shall I remind you?"),
        ("user", "at 5pm"),
        ("assistant", "done"),
    ]


async def test_a_planner_s_own_question_leads_to_a_new_plan(opened, plan):
    """The reply is added to the request, and the request is planned again."""
    outputs = ("act", plan(question="Which list?"), plan(("remind", {"text": "milk", "at": "noon"})), "ok")
    async with opened(*outputs, tools=[remind], interactive=True) as agent:
        events = await converse(agent, "put milk on it", "the shopping list, at noon")
    assert (events[-1]["status"], [e["type"] for e in events].count("plan")) == ("done", 1)


async def test_a_close_call_between_acting_and_talking_is_asked_about(opened, plan):
    """Nearly equal scores lead to one question; yes acts."""
    close = {"act": -0.70, "chat": -0.71}
    written = plan(("remind", {"text": "milk", "at": "noon"}))
    async with opened(close, written, "ok", tools=[remind], interactive=True) as agent:
        events = await converse(agent, "milk at noon?", "yes, please")
    assert [e["type"] for e in events][:4] == ["run.started", "route", "question", "plan"]


async def test_the_same_close_call_answered_no_only_talks(opened):
    """Control: no means that nothing is done."""
    async with opened({"act": -0.70, "chat": -0.71}, "Fine.", interactive=True) as agent:
        events = await converse(agent, "milk at noon?", "no")
    assert [e["type"] for e in events][2:5] == ["question", "text.delta", "answer"]


async def test_a_clear_choice_is_not_asked_about(opened, happened):
    """Control: a difference that is not really small decides by itself."""
    async with opened({"act": -1.0, "chat": -0.5}, "Hello.", interactive=True) as agent:
        events = await happened(agent, "hello")
    assert "question" not in [event["type"] for event in events]
