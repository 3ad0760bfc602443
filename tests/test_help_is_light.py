"""Starting the program and reading its vocabulary costs no heavy import."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    *{"dateparser", "httpx", "llguidance", "numpy", "pint", "sqlalchemy", "textual", "tokenizers", "torch"},
    *{"icalendar", "mcp", "oauthlib", "rich"},
    *{"PIL", "babel", "charset_normalizer", "docx", "lxml", "pypdfium2", "trafilatura"},
}

REPORT = """
import json, sys
try:
    {statement}
except SystemExit:
    pass
finally:
    loaded = {{name.split(".")[0] for name in sys.modules}}
    print("LOADED " + json.dumps(sorted(loaded & set({heavy}))), file=sys.stderr)
"""


def heavy_modules_after(statement: str) -> list[str]:
    """Run ``statement`` in a fresh interpreter and tell which heavy packages it loaded."""
    program = REPORT.format(statement=statement, heavy=sorted(HEAVY))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    reports = [line for line in done.stderr.splitlines() if line.startswith("LOADED ")]
    assert done.returncode == 0, done.stderr
    return json.loads(reports[-1].removeprefix("LOADED "))


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["memory", "--help"], ["mcp", "--help"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]):
    """`homewit --help` and the help of its commands load no torch, textual or sqlalchemy."""
    statement = f"sys.argv = ['homewit', *{arguments}]; from homewit.tui.cli import main; main()"
    assert heavy_modules_after(statement) == []


@pytest.mark.parametrize("module", ["homewit.agent.events", "homewit.agent.requests", "homewit.agent.plan"])
def test_the_vocabulary_loads_nothing_heavy(module: str):
    """A client of the host process reads events and requests without loading what serves them."""
    assert heavy_modules_after(f"import {module}") == []


def test_importing_llm_or_tools_loads_no_torch():
    """Naming the packages is free; ``Engine`` loads torch when it is first used."""
    assert "torch" not in heavy_modules_after("import homewit.llm, homewit.tools, homewit.agent")


def test_the_host_starts_with_the_database_alone():
    """What one tool, one login or one answer needs is loaded for that, not at each start."""
    assert heavy_modules_after("import homewit.agent.host, homewit.agent.session") == ["sqlalchemy"]


def test_the_check_can_fail():
    """Control: an import of sqlalchemy is reported."""
    assert heavy_modules_after("import sqlalchemy") == ["sqlalchemy"]
