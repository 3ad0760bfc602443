"""A server that wants a login is added in one go; later the user logs in again by its name."""

from pathlib import Path
from typing import Any

import pytest

from homewit.agent.config import Settings
from homewit.agent.errors import CallFailed
from homewit.agent.queries.lookups import Queries
from homewit.tools import MissingSetting
from homewit.tools.loaders.sources import Source

from ...tools.loaders.test_mcp_login import Browser, browser, garden  # noqa: F401  fixtures
from ...tools.oauth.conftest import Server
from ...tools.oauth.conftest import server as authorization  # noqa: F401


async def test_a_server_is_added_with_a_login(
    opened: Any,
    authorization: Server,  # noqa: F811
    garden: Source,  # noqa: F811
    browser: Browser,  # noqa: F811
    tmp_path: Path,
):
    """Not without somebody there; what renews it is lent to no tool; and it leaves with the server."""
    own = authorization.url.removeprefix("http://")
    settings = Settings(allowed_hosts=own, secrets="file")
    async with opened("chat", settings=settings, home=tmp_path / "home") as agent:
        queries = Queries(agent.place, agent.runner, browser)

        async def ask(name: str, /, **args: Any) -> Any:
            answer = await queries.answer(name, args)
            return answer.get("items", answer.get("item"))

        asked = {"name": "garden", "place": garden.place.model_dump(mode="json")}
        with pytest.raises(CallFailed, match="garden wants you to log in"):
            await ask("tools.inspect", **asked)
        seen = await ask("tools.inspect", **asked, login="browser")
        assert "log in to garden" in browser.lines[0]
        added = await ask("tools.add", name="garden", digest=seen["digest"])
        assert added["tools"] == ["garden_count_plants", "garden_repeat_token"]
        assert (await ask("tools.call", name="garden_count_plants", args={"bed": "roses"}))["text"] == "5"
        assert [one["name"] for one in await ask("secrets.list")] == ["mcp/garden"]
        with pytest.raises(MissingSetting, match="is what was kept of a login"):
            agent.place.tool_context().secret("mcp/garden")
        await ask("secrets.rm", name="mcp/garden")
        again = await ask("secrets.login", name="garden")
        assert (again["renews"], len(browser.lines)) == (True, 2)
        assert (await ask("tools.call", name="garden_count_plants", args={"bed": "ivy"}))["text"] == "3"
        await ask("tools.remove", name="garden")
        assert await ask("secrets.list") == []
