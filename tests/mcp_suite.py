"""The public conformance suite of MCP, where it is installed: `npm install --prefix .ci/mcp`."""

import shutil
from pathlib import Path

import pytest

MODULES = Path(__file__).resolve().parent.parent / ".ci" / "mcp" / "node_modules"
SUITE = MODULES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"


def node() -> str | None:
    """The one beside the suite, or the machine's own."""
    own = MODULES / "node" / "bin" / "node"
    return str(own) if own.is_file() else shutil.which("node")


needs_suite = pytest.mark.skipif(
    not SUITE.is_file() or node() is None,
    reason="the suite is not installed: npm install --prefix .ci/mcp",
)
