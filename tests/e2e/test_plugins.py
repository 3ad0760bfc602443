"""Plugins as people install them: with pip, into an environment of their own beside the real program."""

import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ..fresh import ROOT, fresh_environment

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "plugin-weather"
FORECAST = {"daily": {"temperature_2m_min": [-2], "temperature_2m_max": [3], "precipitation_sum": [0]}}
OSLO = {"results": [{"name": "Oslo", "latitude": 59.9, "longitude": 10.7}]}


@dataclass(frozen=True, slots=True)
class Fresh:
    """An environment with Homewit and nothing else; a home and a working folder of its own."""

    python: Path
    folder: Path
    variables: dict[str, str]

    def run(self, *arguments: str, given: str = "") -> str:
        """stdout of a Python module; any other exit code than 0 fails the test with all that was said."""
        done = subprocess.run(
            [str(self.python), "-m", *arguments],
            cwd=self.folder,
            env=self.variables,
            input=given,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, source: Path) -> None:
        """As `pip install` does it, with what the test machine has instead of an index."""
        pip = str(self.python.with_name("pip"))
        done = subprocess.run([pip, "install", str(source)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def events(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.run("homewit.tui", *arguments, "--json").splitlines()]


@pytest.fixture
def fresh(tmp_path: Path, environment: dict[str, str], folder: Path, resident: None) -> Fresh:
    """Sees what the tests' own environment has; what is installed into it stays its own."""
    programs = fresh_environment(tmp_path / "fresh")
    kept = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    return Fresh(programs / "python", folder, kept)


@pytest.fixture
def open_meteo() -> Iterator[str]:
    """A server on loopback that answers like Open-Meteo."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = OSLO if self.path.startswith("/v1/search?name=Oslo") else FORECAST
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_example_plugin_is_installed_and_used_in_chat(fresh: Fresh, open_meteo: str, tmp_path: Path):
    """`pip install`, then a prompt: the model picks the tool, and the answer has the forecast."""
    home = tmp_path / "home"
    home.mkdir()
    service = open_meteo.removeprefix("http://")
    (home / "config.toml").write_text(
        f'allowed_hosts = "{service}"\n[tools.weather]\nurl = "{open_meteo}"\n', encoding="utf-8"
    )
    before = {item["name"] for item in fresh.events("tools", "list")}
    fresh.install(EXAMPLE)
    after = {item["name"]: item["source"] for item in fresh.events("tools", "list")}
    assert set(after) - before == {"weather_forecast"}
    assert after["weather_forecast"] == "entry-point:homewit-weather"

    events = fresh.events("run", "what is the weather forecast for Oslo?")
    (step,) = [event for event in events if event["type"] == "step.finished"]
    assert (step["tool"], step["args"], step["status"]) == ("weather_forecast", {"city": "Oslo"}, "done")
    chatted = fresh.run("homewit.tui", "chat", "--plain", given="what is the weather forecast for Oslo?\n")
    assert "-2 to 3 °C" in chatted


def test_a_new_plugin_works_at_once(fresh: Fresh, tmp_path: Path):
    """What `homewit tools new` writes installs, passes its own tests, and answers."""
    fresh.run("homewit.tui", "tools", "new", "count_words")
    made = fresh.folder / "homewit-count-words"
    fresh.install(made)
    tests = ["-q", "-p", "no:cacheprovider", "-c", str(made / "pyproject.toml"), str(made / "tests")]
    assert "4 passed" in fresh.run("pytest", *tests)
    called = fresh.run("homewit.tui", "tools", "call", "count_words", "text=one two three")
    assert called == "The text has 3 words.\n"


def test_a_new_file_works_at_once(fresh: Fresh):
    """The short way: one file in the home folder."""
    (path,) = fresh.run("homewit.tui", "tools", "new", "count_words", "--file").splitlines()
    assert Path(path).name == "count_words.py"
    assert (
        fresh.run("homewit.tui", "tools", "call", "count_words", "text=one two") == "The text has 2 words.\n"
    )
