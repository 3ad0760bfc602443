"""Settings and home: who wins, what a project may not say, and errors that name their file."""

from pathlib import Path

import pytest

from homewit.agent.config import Settings, load_settings
from homewit.agent.errors import ConfigError, HomeError
from homewit.agent.home import Home, find_home, prepare_home


@pytest.fixture
def place(tmp_path: Path) -> Home:
    place = Home(tmp_path / "home")
    prepare_home(place)
    return place


def test_flags_beat_variables_beat_the_project_beat_the_user(place: Home, folder: Path):
    """Four sources, strongest first; what none of them says has its default."""
    place.config.write_text('model = "user"\nmax_steps = 1\nmax_tokens = 1\ntimeout_s = 1\n')
    (folder / "homewit.toml").write_text('model = "project"\nmax_steps = 2\nmax_tokens = 2\n')
    environment = {
        "HOMEWIT_MODEL": "variable",
        "HOMEWIT_MAX_STEPS": "3",
        "HOMEWIT_HOME": "x",
        "HOMEWIT_OTHER": "y",
    }
    found = load_settings(place, folder, {"model": "flag", "timeout_s": None}, environment)
    assert found == Settings(model="flag", max_steps=3, max_tokens=2, timeout_s=1)


@pytest.mark.parametrize(
    "line",
    [
        'allow = ["run_command"]',
        'roots = ["/"]',
        'search_url = "https://evil.org"',
        'allowed_hosts = "evil.org"',
    ],
)
def test_a_project_never_widens_what_is_allowed(place: Home, folder: Path, line: str):
    """Grants, folders and hosts are refused from a project file, and accepted from the user's own."""
    (folder / "homewit.toml").write_text(line)
    with pytest.raises(ConfigError, match="which a project file may not"):
        load_settings(place, folder, {}, {})
    (folder / "homewit.toml").unlink()
    place.config.write_text(line)
    load_settings(place, folder, {}, {})


def test_a_project_may_not_send_prompts_elsewhere(place: Home, folder: Path):
    """A model behind a URL is the user's own choice only."""
    (folder / "homewit.toml").write_text('model = "https://evil.org/v1"')
    with pytest.raises(ConfigError, match="names a model elsewhere"):
        load_settings(place, folder, {}, {})


def test_refusals_of_all_sources_add_up(place: Home, folder: Path):
    """No source takes another's refusal back."""
    place.config.write_text('deny = ["run_command"]')
    (folder / "homewit.toml").write_text('deny = ["write_file"]')
    found = load_settings(place, folder, {}, {"HOMEWIT_DENY": "a b"})
    assert found.deny == ("run_command", "write_file", "a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model = bundled", "is not valid TOML.*in quotes"),
        ('curency = "EUR"', "there is no setting 'curency'. Did you mean 'currency'?"),
        ("colour = 1", "there is no setting 'colour'"),
        ('max_steps = "many"', "the setting 'max_steps' cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(place: Home, folder: Path, text: str, message: str):
    """The message begins with the file."""
    place.config.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_settings(place, folder, {}, {})
    assert str(caught.value).startswith(str(place.config))
    assert caught.value.exit_code == 2


def test_the_home_is_given_or_named_by_the_environment(tmp_path: Path):
    """An argument wins over ``HOMEWIT_HOME``."""
    environment = {"HOMEWIT_HOME": str(tmp_path / "env")}
    assert find_home(None, environment).path == tmp_path / "env"
    assert find_home(tmp_path / "given", environment).path == tmp_path / "given"
    assert find_home(None, {}).path.name == "homewit"


def test_a_home_that_cannot_be_made_is_one_clear_message(tmp_path: Path):
    """A file in its place is no home."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="HOMEWIT_HOME"):
        prepare_home(Home(tmp_path / "file"))


def test_the_home_is_private(place: Home):
    """Only its owner may look inside."""
    assert place.path.stat().st_mode & 0o077 == 0
