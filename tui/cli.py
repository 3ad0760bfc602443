"""The ``homewit`` command: finds the command, runs it, and turns whatever happens into one line and one
exit code.

Commands are imported when they are called, so that ``homewit --help`` costs next to nothing. Knows the
names of the commands and nothing of what they do.
"""

import difflib
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from . import output
from .errors import BeginAnew, ReaderGone, TuiError
from .launch import Launch, Terminated

# name -> (module below .commands, one-line help); groups and commands alike, in the order of the help
COMMANDS = {
    "chat": ("chat", "Talk to Homewit in the terminal (the default)."),
    "run": ("run", "Do one request and exit."),
    "plan": ("plan", "Show the plan for a request; nothing is executed."),
    "resume": ("resume", "Continue a run that was interrupted, or waits for you."),
    "undo": ("undo", "Take back the last change: a note, task, reminder, expense or file."),
    "generate": ("generate", "Let the model continue or answer a text, without tools or memory."),
    "memory": ("memory", "See, search, add and forget what Homewit remembers."),
    "sessions": ("sessions", "List, show and search sessions."),
    "workflow": ("workflow", "List, show, check and save workflows."),
    "runs": ("runs", "List, show and cancel runs."),
    "procedures": ("procedures", "See, accept, change and remove what Homewit learned to do."),
    "schedule": ("schedule", "Have requests carried out later, once or again and again."),
    "scheduler": ("scheduler", "Carry out what is scheduled, until stopped."),
    "tools": ("tools", "List, show and call tools."),
    "permissions": ("permissions", "List what you have allowed, and take it back."),
    "secrets": ("secrets", "Keep passwords and tokens for tools."),
    "model": ("model", "List models and show what is loaded."),
    "host": ("host", "Show or end the process that holds the model."),
    "mcp": ("mcp", "Offer the tools to other programs, as an MCP server over stdio."),
    "acp": ("acp", "Serve an editor that speaks the Agent Client Protocol."),
    "doctor": ("doctor", "Check the set-up."),
}
INTERRUPTED = 130


class Commands(click.Group):
    """Imports a command when it is called, and takes ``chat`` for granted when none is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f".commands.{COMMANDS[cmd_name][0]}", __package__).command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["chat", *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        if args[0] not in COMMANDS:
            raise click.UsageError(_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Without a command, homewit opens the chat. Exit codes: 0 done, 1 failed, 2 usage, "
    "3 model unavailable, 4 budget or timeout, 5 approval or input needed, 6 outcome unknown.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=lambda *given: _version(*given)
)
def homewit() -> None:
    """A personal agent that runs on your own machine."""


def main(argv: Sequence[str] | None = None, launch: Launch | None = None) -> NoReturn:
    """Run the command line and exit with the code of the contract."""
    try:
        code = homewit.main(
            args=list(sys.argv[1:] if argv is None else argv),
            prog_name="homewit",
            standalone_mode=False,
            obj=launch or Launch(),
        )
    except click.ClickException as error:
        error.show(sys.stderr)
        code = error.exit_code
    except TuiError as error:
        output.fail(str(error))
        code = error.exit_code
    except Terminated as signal:
        code = signal.exit_code
    except BeginAnew as wish:
        code = _begun_anew(wish.arguments)
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except ReaderGone:
        output.close_quietly()
    sys.exit(code if isinstance(code, int) else 0)


def _begun_anew(arguments: Sequence[str]) -> int:
    """Does not come back unless that is impossible."""
    from . import anew

    try:
        anew.begin(arguments)
    except TuiError as error:
        output.fail(str(error))
        return error.exit_code


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word, COMMANDS, 1)
    if near:
        return f"no command {word!r}; did you mean {near[0]!r}?"
    return f'no command {word!r}; to ask for something: homewit run "{word} …"'


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        output.write(f"homewit {version('homewit')}")
        ctx.exit()
