"""Whether the options of the command speak of tools that there are, told at once."""

from difflib import get_close_matches

from ..errors import UsageProblem
from ..launch import Launch
from .offer import LEFT_OUT


async def check(launch: Launch, only: tuple[str, ...], allow: tuple[str, ...]) -> None:
    """Raises ``UsageProblem``, or the host's words for a rule that can never apply."""
    async with launch.connected() as connection:
        names = [item["name"] for item in await connection.client.items("tools.list")]
        for name in only:
            if name in LEFT_OUT:
                raise UsageProblem(f"the tool {name!r} is a part of Homewit's own plans, and no use outside")
            if name not in names:
                near = get_close_matches(name, names, 1)
                hint = f"; did you mean {near[0]!r}?" if near else "; `homewit tools list` shows all"
                raise UsageProblem(f"there is no tool {name!r}{hint}")
        await connection.client.items("permissions.check", allow=list(allow))
