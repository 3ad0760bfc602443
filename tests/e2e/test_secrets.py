"""`homewit secrets` as a user meets it: nothing of a value is ever shown, and a login says where to go."""

import subprocess
from pathlib import Path

import pexpect
import pytest

from ..terminals import exit_code
from .conftest import PROGRAM

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("resident")]

VALUE = "hunter2-never-shown"


@pytest.fixture
def secrets(environment: dict[str, str], homewit):
    (Path(environment["HOMEWIT_HOME"])).mkdir()
    settings = 'secrets = "file"\n[oauth.calendar]\nclient_id = "me"\nissuer = "https://127.0.0.1:9"\n'
    (Path(environment["HOMEWIT_HOME"]) / "config.toml").write_text(settings)

    def run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return homewit("secrets", *words, given=given)

    return run


def test_a_secret_is_kept_listed_and_forgotten(secrets, environment: dict[str, str]):
    """The value comes through a pipe; where it is kept is said aloud, and it is in that one file alone."""
    kept = secrets("set", "mail", given=f"{VALUE}\n")
    assert (kept.returncode, kept.stdout) == (0, "")
    assert "mail is kept in the file" in kept.stderr
    assert "it is not encrypted" in kept.stderr
    listed = secrets("list", "--json")
    assert listed.stdout == '{"name":"mail"}\n'
    files = [path for path in Path(environment["HOMEWIT_HOME"]).rglob("*") if path.is_file()]
    assert [path.name for path in files if VALUE.encode() in path.read_bytes()] == ["secrets.json"]
    assert secrets("rm", "mail").returncode == 0
    assert secrets("rm", "mail").returncode == 1
    assert secrets("list", "--json").stdout == ""
    assert VALUE not in kept.stderr + listed.stderr


def test_what_cannot_be_kept_is_refused_with_a_reason(secrets):
    """Nothing given, a name that cannot be used, and an account that nobody described."""
    empty = secrets("set", "mail")
    assert (empty.returncode, "nothing was given for mail" in empty.stderr) == (2, True)
    named = secrets("set", "a b", given=VALUE)
    assert (named.returncode, "cannot be the name of a secret" in named.stderr) == (1, True)
    unknown = secrets("login", "bank")
    assert (unknown.returncode, "no account 'bank'" in unknown.stderr) == (1, True)
    down = secrets("login", "calendar")
    assert (down.returncode, "could not be reached" in down.stderr) == (1, True)
    assert VALUE not in named.stderr + named.stdout


def test_a_typed_secret_is_not_echoed(secrets, environment: dict[str, str], folder: Path):
    """At a terminal it is asked for, and what is typed does not appear."""
    terminal = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "secrets", "set", "mail"], env=environment, cwd=str(folder), timeout=60
    )
    terminal.expect(r"mail \(not shown\): ")
    terminal.sendline(VALUE)
    terminal.expect(pexpect.EOF)
    assert exit_code(terminal) == 0
    assert VALUE.encode() not in (terminal.before or b"")
    assert secrets("list", "--json").stdout == '{"name":"mail"}\n'
