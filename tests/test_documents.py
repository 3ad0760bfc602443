"""What the documents list is what the code has: settings, effects, exit codes, links."""

import re
from pathlib import Path

import pytest

from homewit.agent.config import Settings
from homewit.agent.events import EXIT_CODES
from homewit.tools import Effect

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")))


def first_column(document: str, header: str) -> list[str]:
    """The first cell of each row of the table below ``header``, without back-ticks."""
    text = (ROOT / document).read_text(encoding="utf-8")
    table = text.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    rows = [line for line in table.splitlines()[2:] if line.startswith("|")]
    return [row.split("|")[1].strip().strip("`") for row in rows]


def broken_links(document: Path) -> list[str]:
    """Relative links of a Markdown file that lead nowhere."""
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))
    return [link for link in links if "://" not in link and not (document.parent / link).exists()]


def test_every_setting_is_documented():
    """The table of settings lists exactly the settings that exist, in their order."""
    assert first_column("docs/settings.md", "setting") == list(Settings.model_fields)


def test_every_effect_is_documented():
    """The table of effects lists all effects, weakest first."""
    assert first_column("docs/plugins.md", "effect") == [str(effect) for effect in Effect]


def test_exit_codes_are_documented():
    """The table of exit codes has every code that a run can end with."""
    listed = {
        int(code) for row in first_column("docs/architecture.md", "exit code") for code in row.split(", ")
    }
    assert set(EXIT_CODES.values()) - listed == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(document: Path):
    """A reader can follow every link between the documents."""
    assert broken_links(document) == []


def test_the_link_check_can_fail(tmp_path: Path):
    """Control: a link to a file that is not there is reported, one to a page elsewhere is not."""
    page = tmp_path / "page.md"
    page.write_text("[a](missing.md) [b](https://example.org/x) [c](page.md#top)")
    assert broken_links(page) == ["missing.md"]
