"""What the documents show is run as written, with the real program, the bundled model and an empty home.

Every fenced block of every document needs a comment above it that says what becomes of it, unless it has no
language and no command, and so is a drawing or something that was printed:

    <!-- run -->                   run it: Python in a fresh interpreter, console line by line
    <!-- run: 391 | km -->         run it; each of these texts must appear in what it prints
    <!-- file: tools/x.py -->      save it under the home folder, for the blocks below
    <!-- file: ./x.py -->          save it under the working folder
    <!-- add: tools/x.py -->       add it to the end of such a file
    <!-- settings -->              save it as the home's `config.toml`; it has to load
    <!-- tested by: FILE::TEST --> that test does what it shows, where this one cannot or would take too long
    <!-- not run: REASON -->       nothing can be run: it shows what is printed, or changes the machine

In a console block ``$`` starts a command, ``# exit code N`` behind it names another exit code than 0, and
lines below a command are its exact output. The blocks of one document run in order and share a home, a
working folder, a resident host, and where one of them uses ``pip``, an environment of their own.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from homewit.agent.config import load_settings
from homewit.agent.errors import ConfigError
from homewit.agent.home import find_home

from .fresh import ROOT, fresh_environment
from .residents import end_host

SCRIPTS = Path(sys.executable).parent
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "examples/*/*.md", "llm/bundled/*.md")
    for path in ROOT.glob(pattern)
)

FENCE = re.compile(r"^[ >]*(```+|~~~+)")
ORDER = re.compile(r"<!-- (?P<order>run|file|add|settings|tested by|not run)(?:: (?P<detail>.+?))? -->")
NEEDS_DETAIL = ("file", "add", "tested by", "not run")
EXIT_CODE = re.compile(r"\s+# exit code (\d+)$")


class ExampleFailed(AssertionError):
    """A document shows something that does not happen."""


@dataclass(frozen=True, slots=True)
class Block:
    order: str
    """Empty when nothing says what becomes of the block."""
    detail: str
    language: str
    body: str
    line: int

    @property
    def is_carried_out(self) -> bool:
        return self.order in ("run", "file", "add", "settings")

    @property
    def is_text(self) -> bool:
        """Nothing that could be run."""
        return not self.language and not re.search(r"^\s*[$>]", self.body, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    line: str
    exit_code: int
    expected: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a Markdown text, in order, each with what the line above it says."""
    found: list[Block] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if (fence := FENCE.match(lines[at])) is None:
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == fence[1]), len(lines))
        order, detail = read_order(lines[at - 1] if at else "")
        body = "".join(f"{line}\n" for line in lines[at + 1 : end])
        found.append(Block(order, detail, lines[at].strip().removeprefix(fence[1]), body, at + 1))
        at = end + 1
    return found


def read_order(line: str) -> tuple[str, str]:
    """What a comment above a block says; empty where it says nothing that is understood."""
    read = ORDER.fullmatch(line.strip())
    if read is None or (read["order"] in NEEDS_DETAIL and not read["detail"]):
        return "", ""
    return read["order"], read["detail"] or ""


def commands(body: str) -> Iterator[Command]:
    """The commands of a console block with what is expected of each."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, expected = part.partition("\n")
        code = EXIT_CODE.search(line)
        yield Command(EXIT_CODE.sub("", line), int(code[1]) if code else 0, expected.strip())


def run_block(block: Block, home: Path, folder: Path, programs: Path = SCRIPTS) -> None:
    """Do what the block's comment says; raises ``ExampleFailed`` with everything that was printed."""
    if block.order in ("file", "add", "settings"):
        place = folder if block.detail.startswith("./") else home
        target = place / (block.detail or "config.toml")
        target.parent.mkdir(parents=True, exist_ok=True)
        before = target.read_text(encoding="utf-8") if block.order == "add" else ""
        target.write_text(before + block.body, encoding="utf-8")
        if block.order == "settings":
            load_settings(find_home(home), folder, environment={})
        return
    if block.language == "python":
        printed = run([sys.executable, "-c", block.body], folder, Command("python", 0, ""), programs)
    else:
        lines = commands(block.body)
        printed = "".join(run(["bash", "-c", each.line], folder, each, programs) for each in lines)
    missing = [text for text in block.detail.split(" | ") if text not in printed]
    if missing:
        raise ExampleFailed(f"line {block.line}: {missing} not in:\n{printed}")


def run(arguments: list[str], folder: Path, command: Command, programs: Path) -> str:
    """Run one command and return its stdout."""
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    told = f"{command.line}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
    if done.returncode != command.exit_code:
        raise ExampleFailed(f"expected exit code {command.exit_code}: {told}")
    if command.expected and command.expected != done.stdout.strip():
        raise ExampleFailed(f"expected to see\n{command.expected}\nbut: {told}")
    return done.stdout


def is_a_test(name: str) -> bool:
    """Whether ``FILE::TEST`` is there."""
    file, _, test = name.partition("::")
    if not (ROOT / file).is_file():
        return False
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == test for node in tree.body
    )


def overlooked(document: str, text: str) -> list[str]:
    """The blocks of which nobody says what becomes of them, or that name a test that is not there."""
    return [
        f"{document}:{block.line}: {block.detail or f'a {block.language} block without a comment above it'}"
        for block in blocks(text)
        if (not block.order and not block.is_text)
        or (block.order == "tested by" and not is_a_test(block.detail))
    ]


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


CARRIED_OUT = [
    document for document in DOCUMENTS if any(block.is_carried_out for block in blocks(read(document)))
]


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the commands are run. As on any machine they share a host; it is ended after the test."""
    monkeypatch.setenv("HOMEWIT_HOST", "resident")
    place = tmp_path / "work"
    place.mkdir()
    yield place
    end_host(home)


@pytest.mark.slow
@pytest.mark.parametrize("document", CARRIED_OUT)
def test_documents_show_what_happens(document: str, home: Path, folder: Path, tmp_path: Path):
    """Every block of the document that is to be carried out works as it stands."""
    carried_out = [block for block in blocks(read(document)) if block.is_carried_out]
    installs = any(block.order == "run" and "$ pip install" in block.body for block in carried_out)
    programs = fresh_environment(tmp_path / "fresh") if installs else SCRIPTS
    for block in carried_out:
        run_block(block, home, folder, programs)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_block_is_overlooked(document: str):
    """Each block is run, or is marked with the test that does what it shows, or with why nothing does."""
    assert overlooked(document, read(document)) == []


def test_an_overlooked_block_is_reported():
    """Control: a block without a comment, with one that is misspelt, without a reason, or a lost test."""
    marks = [
        "",
        "<!-- runs -->",
        "<!-- not run -->",
        "<!-- tested by: tests/test_readme_examples.py::test_gone -->",
        "<!-- tested by: tests/test_readme_examples.py::test_an_overlooked_block_is_reported -->",
        "<!-- not run: it is a picture -->",
    ]
    text = (
        "".join(f"{mark}\n```console\n$ true\n```\n" for mark in marks)
        + "```\n$ true\n```\n```\na → b\n```\n"
    )
    assert [line.split(":")[1] for line in overlooked("x.md", text)] == ["2", "6", "10", "14", "25"]


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


def test_wrong_settings_are_reported(home: Path, tmp_path: Path):
    """Control: a table of settings with a key that does not exist does not pass."""
    (block,) = blocks("<!-- settings -->\n```toml\nmodle = 'x'\n```\n")
    with pytest.raises(ConfigError, match="modle"):
        run_block(block, home, tmp_path)
