"""Whether a sandbox starts on this machine, and a command in one."""

import asyncio
from pathlib import Path

import pytest

from homewit.tools import SandboxUnavailable
from homewit.tools.sandbox import Sandbox


def why_not() -> str:
    """Why no sandbox starts on this machine; empty when one does."""
    try:
        asyncio.run(Sandbox().probe())
    except SandboxUnavailable as error:
        return str(error)
    return ""


REASON = why_not()
sandboxed = pytest.mark.skipif(bool(REASON), reason=REASON)


async def run(folder: Path, command: str, **options: object) -> str:
    """The output of a command in a sandbox that may write to `folder`."""
    finished = await Sandbox(writable=(folder,), **options).run(command, cwd=folder, timeout_s=60)  # type: ignore[arg-type]
    return finished.output
