"""How an answer is set on the screen."""

import pytest
from textual.widget import MountError

from homewit.tui.testing import FakeHost
from homewit.tui.widgets.answer import Answer


def answering(text: str) -> FakeHost:
    """A host whose only run says this."""
    start = {"type": "run.started", "prompt": "x", "session": "s_new1", "model": "bundled"}
    answer = {"type": "answer", "text": text, "citations": []}
    return FakeHost([[start, answer, {"type": "run.finished", "status": "done", "exit_code": 0}]])


async def test_the_lines_of_an_answer_stay_lines(chatting):
    """What a file says is shown line by line, not run together to a paragraph."""
    text = "notes.txt says:\nBuy milk\nCall **Ann**"
    async with chatting(answering(text)) as chat:
        await chat.ready()
        await chat.say("read notes.txt")
        await chat.shows("Call Ann")
        said = [line.strip() for line in chat.lines()]
        at = said.index("notes.txt says:")
        assert said[at : at + 3] == ["notes.txt says:", "Buy milk", "Call Ann"]


async def test_the_columns_of_an_answer_stay_columns(chatting):
    """A chart or a table of a result is read by where its parts stand; bold and links work as ever."""
    text = "November:\n\nother      ███  83.30\nutilities  ██   **80.00**\nfood       █    12.50"
    async with chatting(answering(text)) as chat:
        await chat.ready()
        await chat.say("report")
        await chat.shows("12.50")
        said = [line.strip() for line in chat.lines()]
        at = said.index("other      ███  83.30")
        assert said[at + 1 : at + 3] == ["utilities  ██   80.00", "food       █    12.50"]


async def test_an_answer_that_comes_while_the_program_is_left_harms_nothing(chatting):
    """What is not on the screen any more shows nothing. Control: Textual itself refuses it."""
    async with chatting() as chat:
        await chat.ready()
        gone = Answer()
        with pytest.raises(MountError):
            await gone.update("too late")
        await gone.settle("too late, too")
        assert not gone.is_attached
