"""Sentences with the name of a foreign tool or of its source: which call they mean, and which they do not."""

import pytest

from homewit.agent.model import ToolView
from homewit.agent.permission.spans import content_words
from homewit.agent.planning.own_names import addressed, named
from homewit.agent.planning.phrases import Said


def view(name: str, *needed: str, source: str = "mcp:files", kind: str = "string", **more: str) -> ToolView:
    """A tool whose arguments are of one kind; `more` are optional ones."""
    properties = {one: {"type": kind} for one in needed} | {one: {"type": kind} for one in more}
    parameters = {"properties": properties, "required": list(needed)}
    return ToolView(name, f"Do {name}.", parameters, {}, source=source)


READ, TREE, WRITE = (
    view("files_read_file", "path", head="number"),
    view("files_directory_tree", "path"),
    view("files_write_file", "path", "content"),
)
STATUS, ECHO = (
    view("git_status", "repo_path", source="mcp:git"),
    view("all_echo", "message", source="mcp:all"),
)
SUM = view("all_get_sum", "a", "b", source="mcp:all", kind="number")
WHERE, OWN = view("files_list_allowed_folders"), view("water", "plant", source="file:garden.py")
VIEWS = [READ, TREE, WRITE, STATUS, ECHO, SUM, WHERE, OWN]


@pytest.mark.parametrize(
    ("request_", "source", "rest"),
    [
        ("read the file a.txt with files", "mcp:files", "read the file a.txt"),
        ("Read a.txt using the files server.", "mcp:files", "Read a.txt"),
        ("using files, read a.txt", "mcp:files", "read a.txt"),
        ("ask git to show the status of .", "mcp:git", "show the status of ."),
        ("files: write hi to a.txt", "mcp:files", "write hi to a.txt"),
    ],
)
def test_a_source_is_named_at_either_end(request_: str, source: str, rest: str):
    """With what it is, or without; the rest is the request."""
    found = addressed(request_, VIEWS)
    assert found is not None
    assert (found.source, found.request) == (source, rest)


@pytest.mark.parametrize(
    "request_",
    [
        "read the file a.txt",
        "order a pizza with all",
        "replace hello with git",
        "read all files",
        "water the roses with garden.py",
        "read files with all the files",
    ],
)
def test_other_sentences_name_none(request_: str):
    """Nor does one whose rest has nothing to do with the tools of the source that it seems to name."""
    assert addressed(request_, VIEWS) is None


@pytest.mark.parametrize(
    ("request_", "tool", "args"),
    [
        ("read the file notes.txt", READ, {"path": "notes.txt"}),
        ("show me the directory tree of docs", TREE, {"path": "docs"}),
        ("Please show git status of /srv/site.", STATUS, {"repo_path": "/srv/site"}),
        ("git status .", STATUS, {"repo_path": "."}),
        ("echo good morning", ECHO, {"message": "good morning"}),
        ("what is the sum of 2 and 3.5?", SUM, {"a": 2, "b": 3.5}),
        ("list allowed folders", WHERE, {}),
    ],
)
def test_a_tool_is_called_by_its_name(request_: str, tool: ToolView, args: dict[str, object]):
    """The name in words and the one argument that it needs, or two numbers; optional ones are left out."""
    assert named(request_, VIEWS) == Said(tool.name, args)


@pytest.mark.parametrize(
    "request_",
    ["notes.txt", "write hello to a.txt", "water the roses", "echo", "hello", "git status and echo hello"],
)
def test_what_is_no_such_sentence_is_left_to_the_model(request_: str):
    """Two values of one kind, a plugin's own tool, a name without its argument, two things at once."""
    assert named(request_, VIEWS) is None


def test_a_name_that_another_tool_could_mean_needs_its_source():
    """Whoever adds a server goes on reading files as before."""
    taken = content_words("read file status")
    assert named("read the file a.txt", VIEWS, taken) is None
    assert named("read the files read file a.txt", VIEWS, taken) is None
    assert named("files read file a.txt", VIEWS, taken) == Said(READ.name, {"path": "a.txt"})
    assert named("show git status of .", VIEWS, taken) == Said(STATUS.name, {"repo_path": "."})
    assert named("show the status of .", VIEWS, taken) is None


def test_a_name_that_says_nothing_is_no_sentence():
    """A server cannot take over greetings and questions by what it calls its tools."""
    for name in ("all_what", "all_hello", "all_how_do_i", "all_the"):
        assert (
            named(
                f"{name.removeprefix('all_').replace('_', ' ')} it goes",
                [view(name, "text", source="mcp:all")],
            )
            is None
        )
