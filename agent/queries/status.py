"""The four lines of the first screen, and what a host tells of itself. Loads nothing; looks at what is there.

Knows nothing of how they are shown.
"""

import os
from pathlib import Path
from typing import Any

from ...memory import StoreError
from ..hosting.shared import Shared
from ..hosting.standing import Standing
from ..requests import HostStatus, StatusLine
from ..workplace import Workplace
from .doctor import disk, engine, model, rules


def host_status(place: Workplace) -> HostStatus:
    """How the host is doing; blocks for a few look-ups."""
    loaded = place.driver.loaded
    library = engine()
    installed = "ready" if library.state == "ready" else "problem"
    engine_line = StatusLine(name="engine", state=installed, text=library.text)
    lines = [engine_line, _model(place), _memory(place), _tools(place)]
    return HostStatus(
        lines=lines,
        home=str(place.home.path),
        model=loaded.name if loaded else place.model,
        context=loaded.context if loaded else 0,
        problems=[
            *(f"{problem.source}: {problem.message}" for problem in place.problems),
            *(finding.text for finding in (*rules(place), disk(place.home.path)) if finding.fix),
            *(line.text for line in lines if line.state == "problem" and line.name != "tools"),
        ],
    )


def host_info(shared: Shared, standing: Standing | None) -> dict[str, Any]:
    """The answer to ``requests.HostInfo``; blocks for a moment."""
    runs = [{"id": run.id, "session": run.session, "state": run.state} for run in shared.runs.values()]
    facts = {"resident": standing is not None, "pid": os.getpid(), "home": str(shared.home.path)}
    if standing is not None:
        facts |= {
            "started": standing.started.isoformat(),
            "socket": standing.socket,
            "idle_s": standing.idle_s,
            "clients": standing.clients(),
        }
    return {**facts, "runs": runs, "models": shared.models.loaded(), "memory_bytes": _resident_bytes()}


def _resident_bytes() -> int | None:
    """Memory that this process holds; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _model(place: Workplace) -> StatusLine:
    if place.driver.loaded is not None:
        return StatusLine(name="model", state="ready", text=place.driver.loaded.summary)
    found = model(place)
    state = "problem" if found.state == "problem" else "loading"
    return StatusLine(name="model", state=state, text=found.text)


def _memory(place: Workplace) -> StatusLine:
    try:
        facts, sessions = len(place.store.list_facts()), len(place.store.list_sessions(1000, untitled=False))
    except StoreError as error:
        return StatusLine(name="memory", state="problem", text=str(error))
    return StatusLine(
        name="memory", state="ready", text=f"{_count(facts, 'fact')}, {_count(sessions, 'session')}"
    )


def _tools(place: Workplace) -> StatusLine:
    text = _count(len(place.registry), "tool")
    if not place.problems:
        return StatusLine(name="tools", state="ready", text=text)
    return StatusLine(
        name="tools", state="problem", text=f"{text}; {_count(len(place.problems), 'plugin')} left out"
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
