"""Slash commands: one table, no guessing."""

import pytest

from homewit.tui import slash
from homewit.tui.plain import Plain
from homewit.tui.screens.commands import ChatCommands
from homewit.tui.text_commands import answer_of


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("/help", slash.Typed("help")),
        ("/clear", slash.Typed("new")),
        ("/forget the sister", slash.Typed("forget", "the sister")),
        ("  /quit ", slash.Typed("quit")),
        ("exit", slash.Typed("quit")),
        (":q", slash.Typed("quit")),
        ("Undo", slash.Typed("undo")),
        ("oops, undo the last thing please", slash.Typed("undo")),
        ("take that back", slash.Typed("undo")),
        ("can you undo my last change?", slash.Typed("undo")),
        ("/forget", slash.Typed(problem="/forget needs its argument: /forget WORDS")),
        ("/memroy", slash.Typed(problem="no command /memroy; did you mean /memory?")),
        ("/zzz", slash.Typed(problem="no command /zzz; /help lists the commands")),
    ],
)
def test_commands_are_read(line: str, typed: slash.Typed):
    """A command, an alias or a bare word for leaving or undoing; a typo is reported and never carried out."""
    assert slash.read(line) == typed


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "exit the building",
        "undo the knot",
        "take the book back",
        "undo it and read a.txt",
        "/etc/hosts is what?",
        "//comment",
        "/new\nline",
        "1/2",
    ],
)
def test_everything_else_is_a_message(line: str):
    """Paths, fractions and sentences that contain a command word go to the model."""
    assert slash.read(line) is None


def test_what_is_begun_is_completed():
    """The commands that fit what is typed so far."""
    assert [command.name for command in slash.completions("/me")] == ["memory"]
    assert slash.completions("/memory x") == ()
    assert slash.completions("me") == ()


def test_names_and_aliases_are_unique():
    """No word means two commands."""
    words = [word for command in slash.COMMANDS for word in (command.name, *command.aliases)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("command", slash.COMMANDS)
def test_every_command_does_something_on_both_faces(command: slash.SlashCommand):
    """The screen has a method for each command, and the line mode a case of its own or one of the answers."""
    import inspect

    assert hasattr(ChatCommands, f"command_{command.name}")
    assert f'"{command.name}"' in inspect.getsource(Plain._carry_out) + inspect.getsource(answer_of)
