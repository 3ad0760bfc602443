"""The installed program with the bundled model, a home of its own, and a working folder."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ..residents import end_host
from ..terminals import end_program

PROGRAM = [sys.executable, "-m", "homewit.tui"]
PATIENCE_S = 120
"""A host that starts on a busy machine may take half a minute."""
A_SCREEN = 6000
"""Characters that a failure shows of what the program drew last."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a headless run printed and how it ended."""

    events: list[dict[str, Any]]
    code: int

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def answer(self) -> str:
        return self.of_type("answer")[-1]["text"]

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Tools that ran, with their resolved arguments."""
        return [(step["tool"], step["args"]) for step in self.of_type("step.finished")]


def variables(place: Path, host: str) -> dict[str, str]:
    """Those of a program with its home in ``place``, and nothing that the tester's settings could change."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEWIT_")}
    chosen = {"HOMEWIT_HOME": str(place / "home"), "HOMEWIT_HOST": host}
    chosen["XDG_DATA_HOME"] = str(place / "xdg-data")
    return {**kept, **chosen, "TERM": "xterm-256color", "LANG": "C.UTF-8"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A fresh home; every program has a host of its own."""
    return variables(tmp_path, "private")


@pytest.fixture(scope="module")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home and its resident host for all tests of a file, which makes it their ``environment``."""
    place = tmp_path_factory.mktemp("shared")
    yield variables(place, "resident")
    end_host(place / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the program is started, and where it may write."""
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture
def homewit(environment: dict[str, str], folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Any command of the program, in a process of its own; its text and exit code."""

    def start(*words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *words],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL if given is None else None,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start


@pytest.fixture
def run(homewit: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., Ran]:
    """``homewit run PROMPT --json`` in a process of its own."""

    def start(prompt: str, *options: str) -> Ran:
        done = homewit("run", prompt, "--json", *options)
        return Ran([json.loads(line) for line in done.stdout.splitlines()], done.returncode)

    return start


@pytest.fixture
def resident(environment: dict[str, str]) -> Iterator[None]:
    """All programs of the test share one host, as on any machine; it is ended after the test."""
    environment["HOMEWIT_HOST"] = "resident"
    yield
    end_host(Path(environment["HOMEWIT_HOME"]))


@pytest.fixture
def chat(environment: dict[str, str], folder: Path) -> Iterator[Callable[..., pexpect.spawn]]:
    """``homewit`` on a terminal of 80 by 24; every one that is started is ended after the test."""
    started: list[pexpect.spawn] = []

    def start(*options: str) -> pexpect.spawn:
        child = pexpect.spawn(
            PROGRAM[0],
            [*PROGRAM[1:], *options],
            env=environment,
            cwd=str(folder),
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        child.str_last_chars = A_SCREEN
        started.append(child)
        return child

    yield start
    for child in started:
        end_program(child)
