"""A rule that names what is not there is told, not kept."""

import pytest

from homewit.agent.errors import RuleError
from homewit.agent.permission.rule_names import check_names, unknown_names
from homewit.agent.permission.rules import parse_rule
from homewit.agent.queries.doctor import rules
from homewit.agent.queries.status import host_status
from homewit.tools import Registry

MESSAGES = {
    "write_fiel": "The rule 'write_fiel' can never apply. There is no tool named 'write_fiel'; "
    "did you mean write_file or read_file or edit_file?",
    "zzz:path=x": "The rule 'zzz:path=x' can never apply. There is no tool named 'zzz'; "
    "`homewit tools list` shows all tools.",
    "write_file:pth=x": "The rule 'write_file:pth=x' can never apply. write_file has no argument 'pth'; "
    "did you mean path?",
    "add_note:zzz=x": "The rule 'add_note:zzz=x' can never apply. add_note has no argument 'zzz'; "
    "did you mean text?",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    registry = Registry()
    registry.load_builtins()
    return registry


@pytest.mark.parametrize("text", MESSAGES)
def test_unknown_names_are_refused_with_the_nearest(text: str, registry: Registry):
    """The tool first, then its arguments."""
    with pytest.raises(RuleError) as refused:
        check_names([parse_rule("write_file"), parse_rule(text)], registry)
    assert (str(refused.value), refused.value.exit_code) == (MESSAGES[text], 2)


@pytest.mark.parametrize("text", ["write_file", "write_file:path=out/*", "effect:write"])
def test_what_is_there_may_be_named(text: str, registry: Registry):
    """Control: a good rule passes, and so does an effect, which belongs to no tool."""
    assert list(unknown_names([parse_rule(text)], registry)) == []


async def test_nothing_is_stored_for_a_run_with_a_misspelt_grant(opened):
    """It is a slip of the keyboard, not a run that failed."""
    async with opened() as agent:
        with pytest.raises(RuleError, match="did you mean write_file"):
            await agent.run("x", allow=["write_fiel"])
        assert agent.place.store.list_runs() == []


async def test_misspelt_settings_are_told_at_the_start(opened, home):
    """A refusal that can never apply is a finding of the doctor and a line on the first screen."""
    home.mkdir()
    (home / "config.toml").write_text('deny = ["write_fiel"]\nallow = ["effect:write"]\n', encoding="utf-8")
    async with opened() as agent:
        found = rules(agent.place)
        status = host_status(agent.place)
    assert [(finding.name, finding.state, finding.text) for finding in found] == [
        ("rules", "problem", MESSAGES["write_fiel"])
    ]
    assert MESSAGES["write_fiel"] in status.problems
