"""`homewit tools add` as users type it: an MCP server, a skill and an operation of a service; no network."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("mcp")
GARDENER = Path(__file__).resolve().parent.parent / "tools" / "loaders" / "garden.py"
SKILL = """---
name: rose-care
description: How to prune and feed roses.
---
Prune in March.
"""
DOCUMENT = """
openapi: 3.1.0
paths:
  /beds/{bed}:
    get:
      operationId: getBed
      parameters: [{name: bed, in: path, required: true, schema: {type: string}}]
  /weeds:
    get: {operationId: getWeeds}
"""


@pytest.mark.slow
@pytest.mark.usefixtures("resident")
def test_tools_by_others_are_added_called_and_removed(homewit, folder: Path):
    """Nothing is added without a yes; what was agreed to is listed, called and taken away again."""
    server = [
        "garden",
        "--effect",
        "count_plants=read",
        "--unconfined",
        "--",
        sys.executable,
        "-I",
        str(GARDENER),
    ]
    refused = homewit("tools", "add", *server)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert f"The MCP server runs as: {sys.executable} -I {GARDENER}" in refused.stderr

    (folder / "rose-care").mkdir()
    (folder / "rose-care" / "SKILL.md").write_text(SKILL, encoding="utf-8")
    (folder / "garden.yaml").write_text(DOCUMENT, encoding="utf-8")
    service = ["beds", "garden.yaml", "--server", "https://garden.example.org", "--only", "getBed"]
    added = [
        homewit("tools", "add", "--yes", *source) for source in (server, ["roses", "./rose-care"], service)
    ]
    assert [done.returncode for done in added] == [0, 0, 0], [done.stderr for done in added]
    assert added[2].stdout == "beds_get_bed\n"
    listed = [json.loads(line) for line in homewit("tools", "list", "--json").stdout.splitlines()]
    effects = {tool["name"]: tool["effect"] for tool in listed if ":" in tool["source"]}
    picked = ("garden_count_plants", "garden_look", "beds_get_bed")
    assert [effects[name] for name in picked] == ["read", "send", "network"]
    assert len(effects) == 7  # five of the server, one operation, one skill
    called = homewit("tools", "call", "garden_count_plants", "bed=roses")
    assert (called.returncode, "5" in called.stdout) == (0, True), called.stderr

    for name in ("garden", "roses", "beds"):
        assert homewit("tools", "remove", name).returncode == 0
    left = homewit("tools", "list").stdout
    assert [name for name in ("garden_", "roses", "beds_") if name in left] == []
