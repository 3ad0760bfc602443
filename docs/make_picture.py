"""Records `docs/picture.svg`: the real program and the real model in an empty home, typed into by a script.

Run `python docs/make_picture.py` when the screen or the model has changed. Writes nothing else that stays.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from homewit.tui import host_process
from homewit.tui.app import HomewitApp
from homewit.tui.conversation import Conversation
from homewit.tui.state import State

PICTURE = Path(__file__).resolve().with_name("picture.svg")
MODEL = sys.argv[1] if len(sys.argv) > 1 else "bundled"
FIRST = "add milk to my tasks and show me my open tasks"
SECOND = "convert 5 miles to km and save it to distance.txt"
SIZE = (96, 32)
PATIENCE_S = 60


async def record() -> str:
    """One finished request and one that waits for approval, as SVG."""
    conversation = Conversation(host_process.start, MODEL, lambda _: None)
    await conversation.launch()
    app = HomewitApp(conversation)
    try:
        async with app.run_test(size=SIZE) as pilot:

            async def wait_for(reached: Callable[[State], bool], what: str) -> None:
                for _ in range(10 * PATIENCE_S):
                    if reached(conversation.state):
                        return
                    if conversation.state.host.engine in ("problem", "stopped"):
                        break
                    await pilot.pause(0.1)
                sys.exit(
                    f"gave up after {PATIENCE_S} s: {what} was not reached; {conversation.state.host.message}"
                )

            async def type_in(text: str) -> None:
                await pilot.press(*("space" if letter == " " else letter for letter in text), "enter")

            await wait_for(lambda state: state.host.engine == "ready", "a loaded model")
            await type_in(FIRST)
            await wait_for(lambda state: bool(state.runs) and state.runs[-1].finished, "an answer")
            await type_in(SECOND)
            await wait_for(
                lambda state: bool(state.runs) and state.runs[-1].approval is not None, "an approval"
            )
            await pilot.pause(0.5)
            return app.export_screenshot(title="homewit")
    finally:
        await conversation.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOMEWIT_HOME"] = str(Path(folder) / "home")
        os.chdir(folder)
        picture = asyncio.run(record())
    # The fonts would be fetched from a server; every viewer has a monospaced one of its own.
    picture = re.sub(r"@font-face\s*{[^}]*}", "", picture)
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"wrote {PICTURE} ({len(picture) // 1024} KiB)")


if __name__ == "__main__":
    main()
