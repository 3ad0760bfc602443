"""Reminders are shown when they come due, by one of those that could, and are not lost with it."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from homewit.agent.reminding import keep_showing, show_due
from homewit.agent.testing import FakeClock
from homewit.memory import Store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock):
    with Store.open(tmp_path / "homewit.db", clock=clock) as opened:
        yield opened


async def test_what_is_due_is_shown_once_with_its_moment(store: Store, clock: FakeClock):
    """What is to come waits; a repeating reminder is set for its next time."""
    shown: list[dict[str, Any]] = []
    now = clock()
    store.records.add_reminder("tea", now - timedelta(minutes=1))
    store.records.add_reminder("later", now + timedelta(hours=1))
    store.records.add("reminder", None, text="pills", at=now - timedelta(days=2), repeats="FREQ=DAILY")
    assert await show_due(store, now, shown.append) == 2
    assert await show_due(store, now, shown.append) == 0
    assert [(told["text"], told["missed"]) for told in shown] == [("pills", 2), ("tea", 0)]
    waiting = {one.text: one.at for one in store.records.list_reminders()}
    assert set(waiting) == {"later", "pills"}
    assert now < waiting["pills"] <= now + timedelta(days=1)


async def test_a_daily_reminder_keeps_its_time_when_summer_time_begins(store: Store, clock: FakeClock):
    """8:00 in Berlin before and after, though the database holds UTC; a reminder of an older version, too."""
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2027, 3, 26, 8, tzinfo=berlin)
    store.records.add("reminder", None, text="pills", at=first, repeats="FREQ=DAILY")
    shown: list[dict[str, Any]] = []
    for _ in range(4):
        (waiting,) = store.records.list_reminders()
        clock.time = waiting.at
        assert await show_due(store, clock().astimezone(berlin), shown.append) == 1
    assert [told["due"] for told in shown] == ["today at 08:00"] * 4
    (waiting,) = store.records.list_reminders()
    assert waiting.at == datetime(2027, 3, 30, 8, tzinfo=berlin)


async def test_a_number_of_times_comes_to_its_end(store: Store, clock: FakeClock):
    """Twice is not for ever."""
    store.records.add("reminder", None, text="drops", at=clock(), repeats="FREQ=DAILY;COUNT=2")
    shown: list[dict[str, Any]] = []
    for _ in range(4):
        await show_due(store, clock(), shown.append)
        clock.advance(days=1)
    assert len(shown) == 2
    assert store.records.list_reminders() == []


async def test_one_that_could_not_be_shown_comes_again(store: Store, clock: FakeClock):
    """The client is gone as it is told: the reminder is handed out again after a minute."""

    def gone(_told: dict[str, Any]) -> None:
        raise ConnectionResetError

    store.records.add_reminder("tea", clock())
    with pytest.raises(ConnectionResetError):
        await show_due(store, clock(), gone)
    shown: list[dict[str, Any]] = []
    clock.advance(minutes=2)
    assert await show_due(store, clock(), shown.append) == 1
    assert shown[0]["text"] == "tea"


async def test_it_goes_on_until_it_is_cancelled(store: Store):
    """A reminder that comes due meanwhile is shown without anybody asking."""
    shown: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def now() -> datetime:
        return datetime.now().astimezone()

    with Store.open(store.place, clock=now) as real:
        real.records.add_reminder("now", now() + timedelta(milliseconds=300))
        task = asyncio.create_task(keep_showing(real, now, shown.put_nowait))
        async with asyncio.timeout(60):
            assert (await shown.get())["text"] == "now"
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
