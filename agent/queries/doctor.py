"""Looks at everything that has to be right before Homewit works, without changing or loading any of it.

Each finding says how it is and, where it is not well, what to do. Knows nothing of how findings are shown.
"""

import asyncio
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from ...llm.errors import LLMError
from ...llm.gpu import availability
from ...llm.kernels import library
from ...memory import StoreError
from ...tools.errors import SandboxUnavailable, SandboxUncertain
from ...tools.isolation.confinement import Reach
from ...tools.sandbox import worker_shield
from ..errors import ModelUnavailable, StoreUnavailable
from ..hosting import address
from ..models.engines import describe_model
from ..permission.rule_names import unknown_names
from ..schedules.attendance import is_attended
from ..workplace import Workplace

FULL_BYTES = 8_000_000
"""With less the database may fail at any time: its log alone may grow to half of that."""
SHORT_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: Literal["ready", "optional", "problem"]
    """``optional`` is not set up, and need not be."""
    text: str
    fix: str = ""


async def examine(place: Workplace) -> list[dict[str, Any]]:
    """All findings, as plain objects."""
    findings = [
        _python(),
        _host(place),
        engine(),
        kernels(),
        gpu(),
        model(place),
        await asyncio.to_thread(_database, place),
        disk(place.home.path),
        settings_file(place.home.config),
        _tools(place),
        *rules(place),
        *await asyncio.to_thread(scheduler, place),
        await _sandbox(place),
        _search(place),
        await asyncio.to_thread(plugins_shut_in, place),
        secrets(place),
    ]
    return [asdict(finding) for finding in findings]


def disk(home: Path, measure: Callable[[Path], os.statvfs_result] = os.statvfs) -> Finding:
    """Whether the home has room for what is to be kept, on its disk and among the files of that."""
    try:
        room = measure(home)
    except OSError as error:
        return Finding("disk", "optional", f"{home} cannot be measured: {error.strerror or error}")
    free = room.f_bavail * room.f_frsize
    left = f"{free / 1e9:,.1f} GB" if free >= 1e9 else f"{free / 1e6:,.0f} MB"
    no_more_files = room.f_files > 0 and room.f_favail == 0
    if free < FULL_BYTES or no_more_files:
        what = "takes no more files" if no_more_files else f"is full: {left} left"
        return Finding(
            "disk", "problem", f"the disk of {home} {what}", "Free some space; nothing can be kept"
        )
    if free < SHORT_BYTES:
        return Finding("disk", "optional", f"{left} left for {home}", "Free some space before it is full")
    return Finding("disk", "ready", f"{left} left for what is kept")


def settings_file(path: Path) -> Finding:
    """Where what can be set is written; a home without the file is as it comes."""
    if path.exists():
        return Finding("settings", "ready", str(path))
    return Finding("settings", "optional", f"none; what you want to set goes into {path}")


def plugins_shut_in(place: Workplace) -> Finding:
    """Whether processes with plugins are shut in."""
    if not place.settings.shield:
        return Finding("plugins", "optional", "run as plain processes, as the setting shield says")
    try:
        shield = worker_shield(Reach())
    except SandboxUncertain as error:
        return Finding("plugins", "problem", f"do not run now: {error}", "Run `homewit doctor` again later")
    if shield:
        return Finding("plugins", "ready", "are shut in: granted folders, and the network where declared")
    return Finding("plugins", "optional", "run as plain processes, since no sandbox starts here")


def engine() -> Finding:
    """Whether the engine's library is installed; it is not imported, which would take seconds."""
    try:
        return Finding("engine", "ready", f"torch {version('torch')}")
    except PackageNotFoundError:
        return Finding("engine", "problem", "torch is not installed", "Install Homewit again: make setup")


def secrets(place: Workplace) -> Finding:
    """Where secrets are kept, and whether they are encrypted there."""
    store = place.secrets
    fix = (
        "" if store.encrypted else "With a keyring (GNOME Keyring, KWallet, Keychain) they would be encrypted"
    )
    return Finding("secrets", "ready" if store.encrypted else "optional", f"kept in {store.place}", fix)


def kernels() -> Finding:
    """Whether the native kernels are built, and for which processor. All runs without them, slower."""
    try:
        return Finding("kernels", "ready", f"native, for {library.level()}")
    except library.KernelsUnavailable as error:
        return Finding("kernels", "optional", f"PyTorch alone: {error}", error.fix)


def gpu() -> Finding:
    """Whether a GPU can be used, and by what. All runs without one, slower."""
    if not availability.has_driver():
        return Finding("gpu", "optional", "no NVIDIA driver is loaded; the processor computes")
    if not availability.torch_has_cuda():
        fix = "Install a build of PyTorch for CUDA"
        return Finding("gpu", "optional", "PyTorch is built without CUDA; the processor computes", fix)
    if (reason := availability.missing()) is not None:
        return Finding("gpu", "optional", f"PyTorch alone: {reason}")
    return Finding("gpu", "ready", "kernels by Triton, made when they are first needed")


def model(place: Workplace) -> Finding:
    """Whether the checkpoint's files are there and add up."""
    try:
        return Finding("model", "ready", describe_model(place.model)["summary"])
    except (LLMError, ModelUnavailable) as error:
        return Finding("model", "problem", str(error), "Name another one with --model, or use bundled")


def _python() -> Finding:
    text = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("python", "ready", text)


def _host(place: Workplace) -> Finding:
    """Whether this process is the one that all commands share; either is fine."""
    there = address.published(place.home.path)
    if there is not None and there.pid == os.getpid():
        return Finding("host", "ready", f"process {there.pid} is shared by all commands")
    if place.settings.host == "private":
        return Finding("host", "optional", "each command has a process of its own, as the settings say")
    why = "another environment or program" if there is not None else "--no-host, or no place for a socket"
    return Finding("host", "optional", f"this command has a process of its own ({why})")


def _database(place: Workplace) -> Finding:
    path = place.home.database
    try:
        wrong = place.store.check()
    except StoreError as error:
        return Finding("memory", "problem", str(error))
    if wrong:
        return Finding("memory", "problem", f"{path}: {wrong[0]}", "Restore it from a copy of the file")
    return Finding("memory", "ready", f"{path} is sound")


def _tools(place: Workplace) -> Finding:
    if place.problems:
        listed = "; ".join(f"{problem.source}: {problem.message}" for problem in place.problems)
        return Finding("tools", "problem", listed, "Correct the plugin or remove it")
    return Finding("tools", "ready", f"{len(place.registry)} tools")


def rules(place: Workplace) -> list[Finding]:
    """Rules of the settings that can never apply, because they name what is not there."""
    fix = f"Correct the rule in {place.home.config}, or where else it is set"
    policy = place.policy
    return [
        Finding("rules", "problem", problem, fix)
        for problem in unknown_names((*policy.allow, *policy.deny), place.registry)
    ]


def scheduler(place: Workplace) -> list[Finding]:
    """Whether what is scheduled is carried out; nothing where nothing is scheduled."""
    try:
        waiting = [schedule for schedule in place.store.schedules.list_all() if schedule.next is not None]
    except (StoreError, StoreUnavailable):
        return []  # told of the database
    if not waiting:
        return []
    if is_attended(place.home, place.now()):
        return [Finding("scheduler", "ready", f"carries out {len(waiting)} scheduled")]
    fix = "Start `homewit scheduler` and leave it running, or have cron start `homewit scheduler --once`"
    return [Finding("scheduler", "problem", f"nothing carries out what is scheduled ({len(waiting)})", fix)]


async def _sandbox(place: Workplace) -> Finding:
    from ...tools import Sandbox

    context = place.tool_context()
    try:
        await Sandbox(context.roots, context.protected).probe()
    except SandboxUnavailable as error:
        return Finding("sandbox", "optional", f"commands cannot run: {error}")
    return Finding("sandbox", "ready", "commands run in bubblewrap")


def _search(place: Workplace) -> Finding:
    if place.settings.search_url:
        return Finding("web search", "ready", place.settings.search_url)
    return Finding(
        "web search",
        "optional",
        "no search service is set",
        f"To search the web, set search_url in {place.home.config}",
    )
