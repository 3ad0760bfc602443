"""Groups of commands whose help is whole: click cuts what a command does off at the end of its line."""

import click

_WHOLE = 1000


class CommandGroup(click.Group):
    """Lists each command with its first sentence, on as many lines as that takes."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, one.get_short_help_str(_WHOLE)) for name, one in commands if one and not one.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
