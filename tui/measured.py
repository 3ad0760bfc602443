"""What was measured of a model, as rows for people.

Knows the fields of the host's answer to ``model.bench``, and nothing of how they came about.
"""

from typing import Any

Row = dict[str, str]


def measured_rows(item: dict[str, Any]) -> list[Row]:
    """``what``, ``value`` and ``detail``, one row for each thing that was measured."""
    prefill, speed = item["prefill"], item["read_bytes_per_s"]
    kernels = f"kernels {item['kernels']}" if item["kernels"] else "without native kernels"
    rows = [
        _row("model", item["model"], f"{item['parameters'] / 1e6:,.1f}M parameters, {item['dtype']}"),
        _row("device", item["device"], f"{item['threads']} threads, {kernels}"),
        _row("load", _seconds(item["load_s"])),
        _row("first token", _seconds(item["first_token_s"]), f"{item['first_prompt']} tokens, just loaded"),
        _row("prefill", _rate(prefill), f"{prefill['tokens']:,} tokens in {_seconds(prefill['seconds'])}"),
    ]
    for one in item["decode"]:
        share = one["bandwidth_share"]
        of_reading = "" if share is None else f", {share:.0%} of the read bandwidth"
        detail = f"{one['held']:,} held, {_bytes(one['bytes_per_token'])} a token{of_reading}"
        rows.append(_row("decode", _rate(one), detail))
    if speed is not None:
        rows.append(_row("reading", f"{speed / 1e9:.1f} GB/s", "this machine's memory, at the same time"))
    return [*rows, *_memory(item["memory"])]


def _memory(memory: dict[str, Any]) -> list[Row]:
    expected = f"weights {_bytes(memory['weights'])}, cache {_bytes(memory['cache'])}"
    found = [("peak memory", memory["peak"]), ("memory held", memory["held"])]
    known = [_row(what, _bytes(size), expected) for what, size in found if size is not None]
    return known or [_row("memory", "unknown", expected)]


def _row(what: str, value: str, detail: str = "") -> Row:
    return {"what": what, "value": value, "detail": detail}


def _rate(measured: dict[str, Any]) -> str:
    speed = measured["tokens_per_s"]
    return f"{speed:,.0f} tokens/s" if speed >= 100 else f"{speed:.3g} tokens/s"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def _bytes(value: int) -> str:
    return f"{value / 1e9:.2f} GB" if value >= 1e9 else f"{value / 1e6:.1f} MB"
