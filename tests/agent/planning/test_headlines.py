"""Short requests without a verb are the call that is meant, by their form alone."""

import pytest

from homewit.agent.planning.phrases import Said, said
from homewit.agent.planning.tool_index import ToolIndex, tool_views
from homewit.tools import Registry

from .headlines import HEADLINES, Meant
from .headlines.files import FILES, OF_NOTHING_HERE
from .headlines.mail import MAIL, NO_MAIL
from .headlines.money import MONEY, NO_MONEY


@pytest.fixture(scope="module")
def registry() -> Registry:
    made = Registry()
    made.load_builtins()
    return made


@pytest.mark.parametrize(("request_text", "meant"), HEADLINES.items(), ids=list(HEADLINES))
def test_what_is_wanted_is_enough(request_text: str, meant: Meant, registry: Registry):
    """Its tool, its values and no others, and the tool is among those that a model would be shown."""
    assert said(request_text, tool_views(registry)) == Said(*meant)
    assert meant[0] in [view.name for view in ToolIndex(registry).offer(request_text)][:3]


@pytest.mark.parametrize(
    ("request_text", "near"),
    [
        *((one, FILES) for one in OF_NOTHING_HERE),
        *((one, MONEY) for one in NO_MONEY),
        *((one, MAIL) for one in NO_MAIL),
    ],
    ids=[*OF_NOTHING_HERE, *NO_MONEY, *NO_MAIL],
)
def test_what_sounds_like_one_is_left_to_the_model(
    request_text: str, near: dict[str, Meant], registry: Registry
):
    """Other things, more than one, or a word that may mean anything."""
    call = said(request_text, tool_views(registry))
    assert call is None or call.tool not in {tool for tool, _ in near.values()}
