"""The one table of slash commands: it makes the commands of chat and line mode, the palette and the help.

Only what works stands here. Knows nothing of how a command is carried out.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SlashCommand:
    name: str
    help: str
    argument: str = ""
    """Name of the argument: upper case is needed, in brackets may be left out."""
    aliases: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.argument}".rstrip()

    @property
    def needs_argument(self) -> bool:
        return self.argument.isupper() and not self.argument.startswith("[")


COMMANDS = (
    SlashCommand("help", "keys and commands", aliases=("?",)),
    SlashCommand("new", "start a new session", aliases=("clear",)),
    SlashCommand("sessions", "find an earlier session", "[words]", aliases=("search",)),
    SlashCommand("resume", "go on with a session", "ID"),
    SlashCommand("memory", "what Homewit remembers, and why", "[words]"),
    SlashCommand("remember", "remember a fact", "TEXT"),
    SlashCommand("forget", "erase what matches, after asking", "WORDS"),
    SlashCommand("undo", "take back the last change"),
    SlashCommand("tools", "the tools and what they may do", "[name]"),
    SlashCommand("permissions", "what runs without asking", "[words]"),
    SlashCommand("revoke", "take a permission back", "ID"),
    SlashCommand("run", "run a workflow, or list them", "[name input=value]"),
    SlashCommand("save", "keep the last run as a workflow", "[name]"),
    SlashCommand("plan", "show a plan without running it", "REQUEST"),
    SlashCommand("procedures", "what I learned, and what I could learn", "[words]"),
    SlashCommand("schedules", "what is done later or waits for you", "[words]"),
    SlashCommand("copy", "copy the last answer"),
    SlashCommand("retry", "start the engine, or the new version", aliases=("restart",)),
    SlashCommand("doctor", "check the set-up"),
    SlashCommand("quit", "leave; the session is kept", aliases=("exit", "q")),
)
_BARE = {"exit": "quit", "quit": "quit", ":q": "quit"}
"""What means a command without the slash, as a whole line."""
_LAST = r"(?:(?:the|my|your)\s+)?(?:very\s+)?last\s+(?:thing|change|action|step|one|command|edit)"
_UNDO = re.compile(
    r"(?:(?:please|pls|oops|no|ok|sorry|wait|and|now)[,.!]*\s+)*(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?"
    rf"(?:(?:undo|revert)(?:\s+(?:it|that|this|{_LAST}|what\s+you\s+(?:just\s+)?did|your\s+change))?|"
    rf"take\s+(?:it|that|this|{_LAST})\s+back|take\s+back\s+(?:that|{_LAST}))"
    r"(?:\s+again)?(?:,?\s+please)?[.!?]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a line means: a command with its argument, or a problem to report."""

    command: str = ""
    argument: str = ""
    problem: str = ""


def read(line: str) -> Typed | None:
    """The command in ``line``; None when the line is a message. A typo is reported, never guessed."""
    text = line.strip()
    if text.lower() in _BARE:
        return Typed(_BARE[text.lower()])
    if asks_to_undo(text):
        return Typed("undo")
    if not text.startswith("/") or "\n" in text or text.startswith("//"):
        return None
    word, _, argument = text[1:].partition(" ")
    if "/" in word:  # a path such as /etc/hosts begins a message
        return None
    for command in COMMANDS:
        if word in (command.name, *command.aliases):
            if command.needs_argument and not argument.strip():
                return Typed(problem=f"/{word} needs its argument: {command.usage}")
            return Typed(command.name, argument.strip())
    return Typed(problem=_unknown(word))


def asks_to_undo(line: str) -> bool:
    """Whether a whole line asks in plain words to take the last change back, whatever that was."""
    return _UNDO.fullmatch(line.strip()) is not None


def workflow_command(item: Mapping[str, Any]) -> SlashCommand:
    """The command that runs a workflow that is kept, as it is offered while it is typed."""
    inputs = (f"{one['name']}=" if one["needed"] else f"[{one['name']}=]" for one in item["inputs"])
    return SlashCommand(f"run {item['name']}", str(item["description"]), " ".join(inputs))


def completions(text: str, workflows: Sequence[SlashCommand] = ()) -> tuple[SlashCommand, ...]:
    """Commands that begin with what is typed; behind ``/run``, of the workflows."""
    if text.startswith("/run ") and "\n" not in text and text.count(" ") == 1:
        return tuple(command for command in workflows if command.name.startswith(text[1:]))
    if not text.startswith("/") or " " in text or "\n" in text:
        return ()
    return tuple(command for command in COMMANDS if command.name.startswith(text[1:]))


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word, [command.name for command in COMMANDS], 1)
    hint = f"did you mean /{near[0]}?" if near else "/help lists the commands"
    return f"no command /{word}; {hint}"
