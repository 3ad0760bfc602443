"""What ``homewit host`` asks the resident host of a home, without ever starting one."""

from typing import Any

from ..agent.hosting import address
from . import host_socket
from .errors import HostUnavailable, RequestFailed
from .moments import minute


async def told() -> dict[str, Any]:
    """What the host says of itself, with ``running``; and ``reason``, should it not serve this shell."""
    there = await host_socket.connect(address.home_folder())
    if there is None:
        return {"running": False}
    try:
        welcome = await there.greet()
        facts = await there.ask("host.info") if welcome is not None else None
    finally:
        await there.close()
    if facts is None or welcome is None:
        return {"running": False}
    apart = {} if welcome.accepted else {"reason": welcome.reason}
    return {"running": True, **_result(facts), **apart, "log": str(there.log)}


async def stopped(now: bool) -> bool:
    """End the host and wait until it is gone; False when there was none. ``RequestFailed`` if it refuses."""
    there = await host_socket.connect(address.home_folder())
    if there is None:
        return False
    try:
        answer = await there.ask("host.stop", now=now)
        if answer is None:
            return True
        _result(answer)
        while await there.receive() is not None:
            pass
    finally:
        await there.close()
    return True


def status_lines(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts for people."""
    if not facts["running"]:
        return {"host": "not running; the next command starts it"}
    memory = facts.get("memory_bytes")
    runs = [f"{run['id']} ({run['state']})" for run in facts["runs"]]
    return {
        "host": f"running, process {facts['pid']}",
        "since": minute(facts["started"]),
        "clients": facts["clients"] - 1 or "none",
        "runs": runs or "none",
        "models": facts["models"] or "none is loaded",
        "memory": f"{memory / 2**20:,.0f} MiB" if memory else "",
        "ends": f"after {facts['idle_s']:g} s without a client",
        "home": facts["home"],
        "socket": facts["socket"],
        "log": facts["log"],
        "not for this shell": facts.get("reason", ""),
    }


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    if error := answer.get("error"):
        exit_code = (error.get("data") or {}).get("exit_code", 1)
        raise RequestFailed(str(error.get("message")), error.get("code", 0), exit_code)
    result = answer.get("result")
    if not isinstance(result, dict):
        raise HostUnavailable("the host answered in another language; end it by its process id")
    return result
