"""The leader keeps all processes in step, is heard from when idle, and says so when it is over."""

import math
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from homewit.llm import PeerLost, RequestError
from homewit.llm.parallel.group import Group
from homewit.llm.parallel.lead import Lead
from homewit.llm.parallel.messages import Alive, Erase, Ready, Stop

from .listeners import Listeners


@pytest.fixture
def listeners() -> Listeners:
    return Listeners()


@pytest.fixture
def lead(listeners: Listeners) -> Iterator[Lead]:
    lead = Lead(cast(Group, listeners), timeout_s=0.3)
    yield lead
    lead.close()


def test_an_idle_leader_is_heard_from(lead: Lead, listeners: Listeners) -> None:
    """Without requests, too, so that silence means death."""
    lead.ready()
    assert listeners.take(5) == [Ready(), *[Alive()] * 4]


def test_a_leader_that_is_closed_while_it_is_about_to_be_heard_from_ends_quietly(
    lead: Lead, listeners: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread stands between two looks at whether it is over."""

    def close_meanwhile() -> float:
        lead.close()
        return math.inf

    monkeypatch.setattr("homewit.llm.parallel.lead.time", SimpleNamespace(monotonic=close_meanwhile))

    lead._stay_alive()

    assert listeners.take(1) == [Stop()]
    assert listeners.heard.empty()


def test_announcements_are_carried_out_one_at_a_time(lead: Lead, listeners: Listeners) -> None:
    """Whatever thread they come from, nobody is told anything while something is done."""
    inside = threading.Semaphore(1)
    overlaps = []

    def announce(page: int) -> None:
        for _ in range(50):
            with lead.announce(Erase(page)):
                if not inside.acquire(blocking=False):
                    overlaps.append(page)
                else:
                    inside.release()

    threads = [threading.Thread(target=announce, args=(page,)) for page in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert overlaps == []
    assert len(listeners.take(200)) == 200


def test_a_lost_process_is_never_announced_to_again(lead: Lead, listeners: Listeners) -> None:
    """The first error is the reason of all later ones."""
    listeners.lost = True
    for _ in range(2):
        with pytest.raises(PeerLost, match="Process 1 is gone"), lead.announce(Erase(1)):
            pytest.fail("nothing may be done alone")
    listeners.lost = False
    with pytest.raises(PeerLost, match="Process 1 is gone"), lead.announce(Erase(1)):
        pytest.fail("nothing may be done out of step")


def test_what_fails_half_way_ends_it(lead: Lead) -> None:
    """The others are somewhere in the middle then, and would take nothing for what it is."""
    with pytest.raises(MemoryError), lead.announce(Erase(1)):
        raise MemoryError("no room")
    with pytest.raises(PeerLost, match=r"out of step since one failed .*no room"), lead.announce(Erase(2)):
        pytest.fail("nothing may be done out of step")


def test_closing_lets_the_others_go_once(lead: Lead, listeners: Listeners) -> None:
    """They hear of it, also when it is closed twice; nothing is announced afterwards."""
    lead.close()
    assert listeners.take(1) == [Stop()]
    with pytest.raises(RequestError, match="closed"), lead.announce(Erase(1)):
        pytest.fail("nobody is there any more")
    lead.close()
    assert listeners.heard.empty()
