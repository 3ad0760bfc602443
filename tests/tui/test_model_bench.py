"""What ``homewit model bench`` shows of what the host measured, and what it asks the host for."""

import copy
import json
from typing import Any

import pytest

from homewit.tui.measured import measured_rows
from homewit.tui.testing import FakeHost, HostRefuses

MEASURED: dict[str, Any] = {
    "model": "small", "dtype": "int8", "parameters": 134_500_000, "context": 1024, "device": "cpu",
    "threads": 2, "kernels": "avx512", "load_s": 1.25, "first_prompt": 16, "first_token_s": 0.0314,
    "prefill": {"tokens": 512, "seconds": 0.4, "tokens_per_s": 1280.0},
    "decode": [
        {"held": 512, "tokens": 32, "seconds_per_token": 0.01, "tokens_per_s": 100.0,
         "bytes_per_token": 145_000_000, "bandwidth_share": 0.725},
        {"held": 991, "tokens": 32, "seconds_per_token": 0.011, "tokens_per_s": 90.909,
         "bytes_per_token": 150_000_000, "bandwidth_share": 0.68},
    ],
    "memory": {"peak": 1_200_000_000, "held": 800_000_000, "weights": 140_000_000, "cache": 20_000_000},
    "read_bytes_per_s": 20e9,
    "notes": ["4,096 tokens held: measured at 991 instead, because the context is 1,024 tokens"],
}  # fmt: skip
TABLE = """\
model        small            134.5M parameters, int8
device       cpu              2 threads, kernels avx512
load         1.25 s
first token  31.4 ms          16 tokens, just loaded
prefill      1,280 tokens/s   512 tokens in 400 ms
decode       100 tokens/s     512 held, 145.0 MB a token, 72% of the read bandwidth
decode       90.9 tokens/s    991 held, 150.0 MB a token, 68% of the read bandwidth
reading      20.0 GB/s        this machine's memory, at the same time
peak memory  1.20 GB          weights 140.0 MB, cache 20.0 MB
memory held  800.0 MB         weights 140.0 MB, cache 20.0 MB
4,096 tokens held: measured at 991 instead, because the context is 1,024 tokens
"""


@pytest.fixture
def host() -> FakeHost:
    """Measures at once, and says so."""

    def bench(_params: dict[str, Any]) -> dict[str, Any]:
        host.say("progress", {"text": "decoding, round 1 of 1"})
        return {"item": MEASURED}

    host = FakeHost(answers={"model.bench": bench})
    return host


def test_the_table_is_data_and_progress_is_narration(homewit, host: FakeHost):
    """stdout has the table with its notes, stderr how far it is."""
    done = homewit("model", "bench", host=host)
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()] == [line.split() for line in TABLE.splitlines()]
    assert done.err == "decoding, round 1 of 1\n"


def test_json_is_one_object(homewit, host: FakeHost):
    """Exactly what the host found."""
    done = homewit("model", "bench", "--json", host=host)
    assert (done.code, done.out.count("\n"), json.loads(done.out)) == (0, 1, MEASURED)


def test_the_options_reach_the_host(homewit, host: FakeHost):
    """What was not given is left to the host, which knows the configured model."""
    homewit("model", "bench", host=host)
    homewit("model", "bench", "models/x", "--quick", "--quantize", "int4", host=host)
    asked = [params["args"] for method, params in host.received if method == "query"]
    assert asked == [{"quick": False}, {"name": "models/x", "quick": True, "quantize": "int4"}]


def test_a_model_that_cannot_be_loaded_ends_with_3(homewit):
    """The host's own words, and nothing on stdout."""

    def refuse(_params: dict[str, Any]) -> None:
        raise HostRefuses("There is no model at 'models/x'.", exit_code=3, code=-32002)

    done = homewit("model", "bench", "models/x", host=FakeHost(answers={"model.bench": refuse}))
    assert (done.code, done.out) == (3, "")
    assert done.err == "homewit: There is no model at 'models/x'.\n"


def test_wrong_usage_ends_with_2(homewit):
    """A precision that does not exist is refused before a host is asked."""
    done = homewit("model", "bench", "--quantize", "int3")
    assert (done.code, done.out) == (2, "")
    assert "--quantize" in done.err


def test_what_could_not_be_measured_is_not_made_up():
    """Without kernels no share and no reading; where the system does not tell, no memory."""
    item = copy.deepcopy(MEASURED) | {"kernels": None, "read_bytes_per_s": None}
    item["memory"] |= {"peak": None, "held": None}
    for one in item["decode"]:
        one["bandwidth_share"] = None
    rows = measured_rows(item)
    assert {"what": "device", "value": "cpu", "detail": "2 threads, without native kernels"} in rows
    assert [row["detail"] for row in rows if row["what"] == "decode"] == [
        "512 held, 145.0 MB a token",
        "991 held, 150.0 MB a token",
    ]
    assert "reading" not in [row["what"] for row in rows]
    assert rows[-1] == {"what": "memory", "value": "unknown", "detail": "weights 140.0 MB, cache 20.0 MB"}
