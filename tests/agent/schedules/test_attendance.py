"""Whether somebody carries out what is scheduled is told where it is asked for."""

from homewit.agent.queries.doctor import scheduler
from homewit.agent.queries.lookups import Queries
from homewit.agent.testing import FakeClock


async def test_that_no_scheduler_looks_is_told_until_one_does(opened):
    """When something is scheduled, in the list, and by the doctor; a look counts for two minutes."""
    clock = FakeClock()
    async with opened(now=clock) as agent:
        queries = Queries(agent.place, agent.runner, firing=agent.firing)
        assert scheduler(agent.place) == []  # nothing is scheduled, so nothing is missing
        added = await queries.answer("schedules.add", {"when": "every day at 10", "request": "show my tasks"})
        told = [added["item"]["attended"]]
        (missing,) = scheduler(agent.place)
        for waits in (0, 1, 3):
            clock.advance(minutes=waits)
            if not waits:
                await queries.answer("schedules.due", {})
            told.append((await queries.answer("schedules.list", {}))["attended"])
        assert told == [False, True, True, False]
        assert (missing.state, "homewit scheduler" in missing.fix) == ("problem", True)
        await queries.answer("schedules.due", {})
        assert [one.state for one in scheduler(agent.place)] == ["ready"]
