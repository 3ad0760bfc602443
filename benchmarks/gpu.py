"""A CUDA device from end to end in one call: are its kernels right, and is decoding as fast as memory?

First every kernel is held against plain PyTorch on the device. Then follow decoding of one request and of
batches, by graphs and by PyTorch's operators, in bfloat16 and packed, and prefill. The figures also go to
`gpu.json` in the folder that OUT names, or in build/. Without a device nothing is measured.
"""

import gc
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from .rounds import in_turn
from .table import Report, Row

HELD = 512  # tokens that a sequence holds before
PROMPT = 2048
BATCHES = (2, 4, 8, 16, 32)
GIBIBYTE = 1 << 30


def measure(quick: bool) -> Report:
    """Everything, on the current device."""
    import torch

    if not torch.cuda.is_available():
        build = "has no CUDA" if torch.version.cuda is None else f"is for CUDA {torch.version.cuda}"
        return Report("gpu", (), (f"Not measured: no CUDA device can be used here; this PyTorch {build}.",))
    from homewit.llm.gpu.availability import missing

    if (reason := missing()) is not None:
        return Report("gpu", (), (f"Not measured: {reason}.",))
    from homewit.llm.gpu.cuda import cuda_step
    from homewit.llm.gpu.triton_operators import TritonOperators

    from .gpu_checks import Sizes
    from .gpu_passes import SHAPES, Device

    place = torch.device("cuda", torch.cuda.current_device())
    properties = torch.cuda.get_device_properties(place)
    device = Device(place, torch.bfloat16, cuda_step, torch.cuda.synchronize)
    facts = {
        "device": properties.name,
        "torch": torch.__version__,
        "PyTorch's varlen_attn": paged_operator(place),
    }
    shapes = dict(list(SHAPES.items())[1:]) if quick else SHAPES
    kernels = TritonOperators(properties.multi_processor_count)
    report, figures = everything(device, kernels, Sizes(), shapes, quick)
    folder = Path(os.environ.get("OUT", "build"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gpu.json").write_text(json.dumps(facts | figures, indent=1) + "\n", encoding="utf-8")
    notes = (
        *(f"{name}: {fact}" for name, fact in facts.items()),
        *report.notes,
        f"figures: {folder}/gpu.json",
    )
    return Report(f"gpu: {properties.name}, torch {torch.__version__}", report.rows, notes)


def everything(
    device: Any, kernels: Any, sizes: Any, shapes: dict[str, Any], quick: bool
) -> tuple[Report, dict[str, Any]]:
    """The report, and the same as plain values."""
    from .gpu_checks import checks

    found = checks(device.place, kernels, sizes)
    for check in found:
        print(check.line(), flush=True)
    passed = sum(check.passed for check in found)
    notes = [f"{passed} of {len(found)} comparisons of kernels with plain PyTorch passed"]
    speed = bandwidth(device, 1 << 24 if device.place.type == "cpu" else GIBIBYTE)
    notes.append(f"reading memory: up to {speed / 1e9:.0f} GB/s")
    rows, figures = [], []
    for row, note, figure in decoding(device, shapes, speed, quick):
        print(note, flush=True)
        notes.append(note)
        figures.append(figure)
        rows += [row] if row is not None else []
    values = {
        "bandwidth_gb_per_s": speed / 1e9,
        "checks": [asdict(check) | {"passed": check.passed} for check in found],
        "decoding": figures,
    }
    return Report("gpu", rows, notes), values


Measured = tuple[Row | None, str, dict[str, Any]]


def decoding(device: Any, shapes: dict[str, Any], speed: float, quick: bool) -> Iterator[Measured]:
    """Each shape and number format, one after the other; one that does not fit is said to."""
    import torch

    for name, (spec, target) in shapes.items():
        for kind in ("dense", "int8", "int4", "fp8"):
            try:
                yield from of_one(device, name, spec, kind, target if kind == "dense" else None, speed, quick)
            except RuntimeError as error:  # too little memory is one
                said = str(error).splitlines()[0]
                yield (
                    None,
                    f"{name} {kind}: not measured ({said})",
                    {"shape": name, "kind": kind, "failure": said},
                )
            gc.collect()
            if device.place.type == "cuda":
                torch.cuda.empty_cache()


def of_one(
    device: Any, name: str, spec: Any, kind: str, target: float | None, speed: float, quick: bool
) -> Iterator[Measured]:
    """One decoder: a request alone, batches, and prefill."""
    from . import gpu_passes as passes

    decoder = passes.random_decoder(spec, kind, device)
    step = device.step(decoder, passes.CONTEXT // passes.PAGE)
    tokens, repeats = (4, 2) if quick else (32, 5)
    for batch in (1, *(BATCHES[:1] if quick else BATCHES)):
        held = passes.states(decoder, batch, HELD, device)
        started = perf_counter()
        problem = passes.ready(step, held)
        ready_s = perf_counter() - started
        what = f"{name} {kind}, {batch} at once"
        figure: dict[str, Any] = {"shape": name, "kind": kind, "batch": batch, "ready_s": ready_s}
        if problem:
            yield None, f"{what}: no graph, because {problem}", figure | {"failure": problem}
            continue
        ours, theirs = in_turn(
            repeats,
            lambda number, held=held: passes.by_kernels(step, held, tokens),
            lambda number, held=held: passes.by_operators(decoder, held, tokens),
        )
        size = passes.read_bytes(step, decoder, batch, HELD)
        share = size / speed / median(ours)
        wanted = f", target {target:.0%}" if target is not None and batch == 1 else ""
        note = (
            f"{what}: {batch / median(ours):.0f} tokens/s, {share:.0%} of the bandwidth{wanted}; "
            f"graph after {ready_s:.1f} s"
        )
        figure |= {
            "pass_s": ours,
            "operators_pass_s": theirs,
            "bytes": size,
            "share": share,
            "target": target,
        }
        yield Row(what, ours, "PyTorch's operators", theirs), note, figure
    if kind in ("dense", "int8"):
        prompt = PROMPT // 32 if device.place.type == "cpu" else PROMPT
        seconds = [passes.prefill(decoder, prompt, device) for _ in range(repeats + 1)][1:]
        what = f"{name} {kind}, prompt of {prompt}"
        note = f"{what}: {prompt / median(seconds):.0f} tokens/s"
        yield Row(what, seconds), note, {"shape": name, "kind": kind, "prompt": prompt, "prefill_s": seconds}


def bandwidth(device: Any, size: int) -> float:
    """Bytes per second of the device's memory, by the fastest of several readings and copies."""
    import torch

    data = torch.ones(size // 4, dtype=torch.float32, device=device.place)
    other = torch.empty_like(data)
    best = 0.0
    for _ in range(8):
        for work, moved in ((lambda: data.sum(), 1), (lambda: other.copy_(data), 2)):
            device.wait()
            started = perf_counter()
            work()
            device.wait()
            best = max(best, moved * size / (perf_counter() - started))
    return best


def paged_operator(place: Any) -> str:
    """Whether PyTorch's own attention reads pages here; today its built-in one refuses them."""
    import inspect

    import torch
    from torch.nn.attention.varlen import varlen_attn

    if "block_table" not in inspect.signature(varlen_attn).parameters:
        return "takes no pages"
    pages = torch.randn(4, 256, 2, 64, dtype=torch.bfloat16, device=place)
    query = torch.randn(1, 8, 64, dtype=torch.bfloat16, device=place)
    ends, used = (torch.tensor(each, dtype=torch.int32, device=place) for each in ([0, 1], [300]))
    table = torch.arange(4, dtype=torch.int32, device=place)[None]
    try:
        varlen_attn(
            query, pages, pages, ends, None, 1, 1024, enable_gqa=True, seqused_k=used, block_table=table
        )
    except Exception as error:  # noqa: BLE001 - the answer is what it says
        return f"refuses pages: {str(error).splitlines()[0]}"
    return "reads pages"
