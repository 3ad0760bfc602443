"""Whose environment may differ from the host's: what each variable is for decides."""

import os

import pytest

from homewit.agent.config import Settings
from homewit.agent.home import Home
from homewit.agent.hosting.program import fingerprint
from homewit.agent.hosting.surroundings import current_umask, differences, mismatch, settings_of
from homewit.agent.requests import Hello

OURS = {"HOME": "/home/ada", "PATH": "/usr/bin", "TERM": "xterm", "HOMEWIT_MODEL": "a", "API_KEY": "1"}


@pytest.mark.parametrize(
    ("changed", "without_plugins", "with_plugins"),
    [
        ({}, [], []),
        ({"TERM": "dumb", "SSH_TTY": "/dev/pts/1", "NO_COLOR": "1", "TMUX_PANE": "%1", "PWD": "/"}, [], []),
        ({"HOMEWIT_MODEL": "b", "HOMEWIT_ALLOW": "now", "HOMEWIT_HOME": "/x"}, [], []),
        ({"HOMEWIT_KERNELS": "off"}, ["HOMEWIT_KERNELS"], ["HOMEWIT_KERNELS"]),
        (
            {"TZ": "UTC", "CUDA_VISIBLE_DEVICES": "1"},
            ["CUDA_VISIBLE_DEVICES", "TZ"],
            ["CUDA_VISIBLE_DEVICES", "TZ"],
        ),
        ({"PATH": "/opt/bin", "API_KEY": "2"}, [], ["API_KEY", "PATH"]),
        ({"NEW": "1"}, [], ["NEW"]),
    ],
)
def test_only_what_somebody_may_read_has_to_be_the_same(changed, without_plugins, with_plugins):
    """Settings travel, terminals differ; the rest matters to the program itself, or to plugins."""
    assert differences({**OURS, **changed}, plugins=False, ours=OURS) == without_plugins
    assert differences({**OURS, **changed}, plugins=True, ours=OURS) == with_plugins


def test_a_variable_that_is_missing_differs_as_well():
    """In either direction."""
    assert differences({}, plugins=False, ours=OURS) == ["HOME"]
    assert differences(OURS, plugins=False, ours={}) == ["HOME"]


def test_every_setting_is_the_clients_own():
    """A variable of a setting is taken from the client; others that begin alike are not."""
    variables = {f"HOMEWIT_{name.upper()}": "1" for name in Settings.model_fields}
    assert settings_of({**variables, "HOMEWIT_KERNELS": "off", "PATH": "x"}) == variables


def test_each_mismatch_has_its_reason(tmp_path, monkeypatch):
    """The same program with the same surroundings is served; anything else is told apart."""
    home, same = Home(tmp_path), Hello(program=fingerprint(), environment={}, umask=current_umask())
    for name in ("HOME", "TZ", "LANG"):
        monkeypatch.delenv(name, raising=False)
    reasons = [
        mismatch(hello, home)
        for hello in (
            same.model_copy(update={"environment": dict(os.environ)}),
            same.model_copy(update={"program": "another"}),
            same.model_copy(update={"environment": {**os.environ, "TZ": "Asia/Tokyo"}}),
            same.model_copy(update={"environment": dict(os.environ), "umask": 0o777}),
        )
    ]
    assert reasons[0] == ""
    assert reasons[1] == "the program has changed since the host was started"
    assert reasons[2] == "the environment of the host is another one: TZ"
    assert reasons[3].startswith("the host makes files with another umask")


def test_the_fingerprint_follows_the_files(tmp_path, monkeypatch):
    """A file of the program that was written again makes it another program."""
    from homewit.agent.hosting import program

    for package in ("agent", "llm", "memory", "tools"):
        (tmp_path / package / "inner").mkdir(parents=True)
    changing = tmp_path / "llm" / "inner" / "x.py"
    changing.write_text("1")
    monkeypatch.setattr(program, "_ROOT", tmp_path)
    first = program.fingerprint()
    (tmp_path / "llm" / "inner" / "notes.txt").write_text("no code")
    assert program.fingerprint() == first
    os.utime(changing, ns=(1, 1))
    assert program.fingerprint() != first
