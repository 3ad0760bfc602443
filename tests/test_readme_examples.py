"""What the documents show is run as written, with the real program, the bundled model and an empty home.

A comment above a fenced block says what happens to it:

    <!-- run -->                  run it: Python in a fresh interpreter, console line by line
    <!-- run: 391 | km -->        run it; each of these texts must appear in what it prints
    <!-- file: tools/x.py -->     save it under the home folder

In a console block ``$`` starts a command, ``# exit code N`` behind it names another exit code than 0, and
lines below a command are its exact output. The blocks of one document run in order and share a home and a
working folder.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    "README.md",
    "docs/generation.md",
    "docs/plugins.md",
    "docs/procedures.md",
    "docs/schedules.md",
    "docs/workflows.md",
)

BLOCK = re.compile(
    r"^<!-- (?P<order>run|file)(?:: (?P<detail>.+?))? -->\n```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EXIT_CODE = re.compile(r"\s+# exit code (\d+)$")


class ExampleFailed(AssertionError):
    """A document shows something that does not happen."""


@dataclass(frozen=True, slots=True)
class Block:
    order: str
    detail: str
    language: str
    body: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    line: str
    exit_code: int
    expected: str


def blocks(text: str) -> list[Block]:
    """The marked blocks of a Markdown text, in order."""
    return [
        Block(
            match["order"],
            match["detail"] or "",
            match["language"],
            match["body"],
            text.count("\n", 0, match.start()) + 1,
        )
        for match in BLOCK.finditer(text)
    ]


def commands(body: str) -> Iterator[Command]:
    """The commands of a console block with what is expected of each."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, expected = part.partition("\n")
        code = EXIT_CODE.search(line)
        yield Command(EXIT_CODE.sub("", line), int(code[1]) if code else 0, expected.strip())


def run_block(block: Block, home: Path, folder: Path) -> None:
    """Do what the block's comment says; raises ``ExampleFailed`` with everything that was printed."""
    if block.order == "file":
        target = home / block.detail
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.body, encoding="utf-8")
        return
    if block.language == "python":
        printed = run([sys.executable, "-c", block.body], folder, Command("python", 0, ""))
    else:
        printed = "".join(run(["bash", "-c", each.line], folder, each) for each in commands(block.body))
    missing = [text for text in block.detail.split(" | ") if text not in printed]
    if missing:
        raise ExampleFailed(f"line {block.line}: {missing} not in:\n{printed}")


def run(arguments: list[str], folder: Path, command: Command) -> str:
    """Run one command and return its stdout."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    told = f"{command.line}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
    if done.returncode != command.exit_code:
        raise ExampleFailed(f"expected exit code {command.exit_code}: {told}")
    if command.expected and command.expected != done.stdout.strip():
        raise ExampleFailed(f"expected to see\n{command.expected}\nbut: {told}")
    return done.stdout


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_show_what_happens(document: str, home: Path, tmp_path: Path):
    """Every marked block of the document works as it stands."""
    folder = tmp_path / "work"
    folder.mkdir()
    found = blocks((ROOT / document).read_text(encoding="utf-8"))
    assert found
    for block in found:
        run_block(block, home, folder)


def test_no_marked_block_is_overlooked():
    """A comment that the reader of blocks does not understand would silently switch an example off."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert len(blocks(text)) == len(re.findall(r"<!-- (?:run|file)\b", text)), document


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!-- run -->\n```console\n$ false\n```\n", "expected exit code 0"),
        ("<!-- run -->\n```console\n$ true # exit code 5\n```\n", "expected exit code 5"),
        ("<!-- run -->\n```console\n$ echo one\ntwo\n```\n", "expected to see\ntwo"),
        ("<!-- run: two -->\n```console\n$ echo one\n```\n", "['two'] not in"),
        ("<!-- run -->\n```python\nraise ValueError('wrong')\n```\n", "ValueError: wrong"),
    ],
)
def test_wrong_examples_are_reported(text: str, reason: str, home: Path, tmp_path: Path):
    """Control: an example that fails, or shows something else than happens, does not pass."""
    (block,) = blocks(text)
    with pytest.raises(ExampleFailed) as failure:
        run_block(block, home, tmp_path)
    assert reason in str(failure.value)
