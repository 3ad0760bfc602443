"""The training loop: warm-up, a long constant phase, a linear decay, and a checkpoint that resumes exactly there.

The learning rate is constant for most of the way, so a run can be prolonged by resuming it with a larger number of tokens.
State is kept as safetensors and JSON; nothing is pickled.
"""

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..network.decoder import Decoder
from .batches import Batch, BatchMaker
from .optimizers import make_optimizers


@dataclass(frozen=True, slots=True)
class Recipe:
    tokens: int = 46_000_000
    batch_tokens: int = 2048
    max_length: int = 320
    peak_rate: float = 3e-3
    warmup_steps: int = 200
    decay_share: float = 0.75
    weight_decay: float = 0.1
    z_loss: float = 1e-4
    seed: int = 20261122


@dataclass(slots=True)
class Progress:
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    streams: int = 0
    """How often a data stream was started; each start draws new examples."""


def read_progress(state: Path) -> Progress:
    """How far the run had come when it was saved."""
    with safe_open(state, "pt") as opened:
        return Progress(**json.loads(opened.metadata()["progress"]))


class Trainer:
    def __init__(
        self, decoder: Decoder, batches: BatchMaker, recipe: Recipe, folder: Path, loss: "Loss | None" = None
    ) -> None:
        """``loss`` is `weighted_loss` or a compiled form of it."""
        self.decoder = decoder
        self.batches = batches
        self.recipe = recipe
        self.loss = loss or weighted_loss
        self.folder = folder
        self.progress = Progress()
        self.optimizers = make_optimizers(decoder, recipe.weight_decay)

    def rate(self) -> float:
        """Learning rate at the present progress."""
        warm = min(1.0, (self.progress.step + 1) / self.recipe.warmup_steps)
        left = 1.0 - self.progress.tokens / self.recipe.tokens
        return self.recipe.peak_rate * warm * min(1.0, max(0.0, left / self.recipe.decay_share))

    def run(self, report_every: int = 50, save_every_s: float = 240.0) -> None:
        """Train until the recipe's tokens are seen; reports now and then, saves by the clock and when interrupted."""
        self.progress.streams += 1
        batches = self.batches.stream(self.recipe.seed + self.progress.streams)
        started = saved = time.monotonic()
        before = self.progress.seconds
        losses: list[float] = []
        try:
            while self.progress.tokens < self.recipe.tokens:
                losses.append(self.step(next(batches)))
                now = time.monotonic()
                self.progress.seconds = before + now - started
                if len(losses) == report_every:
                    self._report(sum(losses) / len(losses))
                    losses.clear()
                if now - saved > save_every_s:
                    self.save()
                    saved = now
        finally:
            if self.progress.step:
                self.save()

    def _report(self, loss: float) -> None:
        done = self.progress
        print(
            f"step {done.step} tokens {done.tokens / 1e6:.2f}M loss {loss:.4f} rate {self.rate():.2e} "
            f"{done.tokens / done.seconds:.0f} tok/s {done.seconds / 60:.1f} min",
            flush=True,
        )

    def step(self, batch: Batch) -> float:
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.rate()
        loss = self.loss(self.decoder, batch.ids, batch.targets, batch.weights, self.recipe.z_loss)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.progress.step += 1
        self.progress.tokens += batch.tokens
        value = float(loss.detach())
        if not math.isfinite(value):
            raise FloatingPointError(
                f"The loss became {value} at step {self.progress.step}; resume with a lower rate."
            )
        return value

    def save(self) -> None:
        """Write weights, optimiser state and progress; a crash in between leaves the last whole one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        names: dict[Tensor, str] = {parameter: name for name, parameter in self.decoder.named_parameters()}
        tensors = {f"weight.{name}": parameter.detach() for parameter, name in names.items()}
        for optimizer in self.optimizers:
            for parameter, state in optimizer.state.items():
                for key, value in state.items():
                    tensors[f"{key}.{names[parameter]}"] = value.detach().clone()
        partial = self.folder / "state.part"
        save_file(tensors, partial, metadata={"progress": json.dumps(asdict(self.progress))})
        partial.replace(self.folder / "state.safetensors")

    def resume(self) -> bool:
        """Continue from the folder's state if there is one."""
        path = self.folder / "state.safetensors"
        if not path.exists():
            return False
        self.progress = read_progress(path)
        tensors = load_file(path)
        parameters = dict(self.decoder.named_parameters())
        owners = {
            id(parameter): optimizer
            for optimizer in self.optimizers
            for group in optimizer.param_groups
            for parameter in group["params"]
        }
        with torch.no_grad():
            for label, tensor in tensors.items():
                key, _, name = label.partition(".")
                parameter = parameters[name]
                if key == "weight":
                    parameter.copy_(tensor)
                else:
                    owners[id(parameter)].state[parameter][key] = tensor
        return True


Loss: TypeAlias = Callable[[Decoder, Tensor, Tensor, Tensor, float], Tensor]


def weighted_loss(decoder: Decoder, ids: Tensor, targets: Tensor, weights: Tensor, z_loss: float) -> Tensor:
    """Weighted cross entropy per token, with a small pull of the log-partition towards zero."""
    # The fused attention kernel's backward pass is slow on a processor for rows as short as these.
    with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
        logits = decoder.project(decoder.hidden(ids))
    logits = logits.float().flatten(0, 1)
    partition = torch.logsumexp(logits, dim=-1)
    losses = partition - logits.gather(1, targets.flatten()[:, None])[:, 0]
    flat = weights.flatten()
    return ((losses + z_loss * partition.square()) * flat).sum() / flat.sum()


def compiled_loss() -> Loss:
    """`weighted_loss` with its element-wise work fused, which takes a third off a step; plain without a C++ compiler.

    Shapes stay symbolic, so a minute of compiling serves all of them.
    """
    if shutil.which(os.environ.get("CXX", "g++")) is None:
        return weighted_loss
    return torch.compile(weighted_loss, dynamic=True)
