"""The scenarios of the public MCP conformance suite about tools and logins, in both eras of the protocol.

Needs `npm install --prefix .ci/mcp`, which `.ci/run` does. `conformance_client.py` is what is tested.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ...mcp_suite import SUITE, needs_suite, node

ROOT = Path(__file__).resolve().parents[3]
CLIENT, ASK = (Path(__file__).with_name(f"conformance_{name}.py") for name in ("client", "ask"))
AUTH = [
    "metadata-default",
    "metadata-var1",
    "metadata-var2",
    "metadata-var3",
    "basic-cimd",
    "scope-from-www-authenticate",
    "scope-from-scopes-supported",
    "scope-omitted-when-undefined",
    "scope-step-up",
    "scope-retry-limit",
    "token-endpoint-auth-basic",
    "token-endpoint-auth-post",
    "token-endpoint-auth-none",
    "pre-registration",
]
NEW_AUTH = [
    "resource-mismatch",
    "offline-access-scope",
    "offline-access-not-supported",
    "authorization-server-migration",
    "iss-supported",
    "iss-not-advertised",
    "iss-supported-missing",
    "iss-wrong-issuer",
    "iss-unexpected",
    "iss-normalized",
    "metadata-issuer-mismatch",
]
SCENARIOS = [
    *(("2025-11-25", f"auth/{name}") for name in AUTH),
    *(("2026-07-28", f"auth/{name}") for name in (*AUTH, *NEW_AUTH)),
    ("2025-03-26", "auth/2025-03-26-oauth-metadata-backcompat"),
    ("2025-03-26", "auth/2025-03-26-oauth-endpoint-fallback"),
    ("2026-07-28", "tools_call"),
    ("2026-07-28", "request-metadata"),
    ("2026-07-28", "sep-2322-client-request-state"),
    ("2026-07-28", "http-standard-headers"),
    ("2026-07-28", "http-custom-headers"),
    ("2026-07-28", "http-invalid-tool-headers"),
    ("2026-07-28", "json-schema-ref-no-deref"),
    ("2025-11-25", "initialize"),
    ("2025-11-25", "tools_call"),
    ("2025-11-25", "elicitation-sep1034-client-defaults"),
    ("2025-11-25", "sse-retry"),
]

pytest.importorskip("mcp")


pytestmark = [pytest.mark.slow, needs_suite]


@pytest.fixture(scope="module")
def client() -> Iterator[str]:
    """The command by which the suite reaches the client, which is loaded once."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/s"
        command = [sys.executable, str(CLIENT), place]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield f"{sys.executable} -S -E {ASK} {place}"
            process.kill()


@pytest.mark.parametrize(("version", "scenario"), SCENARIOS)
def test_the_client_conforms(tmp_path: Path, client: str, version: str, scenario: str):
    """Every check of the scenario passes; one that finds nothing to check does not count."""
    results = run(tmp_path, version, scenario, client)
    assert [check for check in results if check["status"] == "FAILURE"] == []
    assert [check for check in results if check["status"] == "SUCCESS"] != []


def test_the_suite_can_fail(tmp_path: Path):
    """Control: a client that says nothing does not pass."""
    silent = tmp_path / "silent.py"
    silent.write_text("")
    results = run(tmp_path, "2025-11-25", "tools_call", f"{sys.executable} {silent}")
    assert [check["status"] for check in results if check["status"] == "SUCCESS"] == []


def run(folder: Path, version: str, scenario: str, client: str) -> list[dict[str, str]]:
    """What the suite found out."""
    command = [str(node()), str(SUITE), "client", "--command", client]
    options = ["--scenario", scenario, "--spec-version", version, "--timeout", "120000", "-o", str(folder)]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True)
    found = list(folder.rglob("checks.json"))
    assert len(found) == 1, done.stdout + done.stderr
    return json.loads(found[0].read_text())
