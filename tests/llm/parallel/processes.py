"""Starts processes that meet on this machine, by torchrun or one by one."""

import os
import subprocess
import sys
from pathlib import Path

from ...ports import free_port

DEVICES = 2


def environment() -> dict[str, str]:
    """Of processes that meet over the loopback and leave the others a core."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    return os.environ | {"GLOO_SOCKET_IFNAME": loopback, "OMP_NUM_THREADS": "1"}


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A program on two processes, run to its end."""
    meeting = ["--master-addr", "127.0.0.1", "--master-port", str(free_port())]
    start = ["-m", "torch.distributed.run", "--nproc-per-node", str(DEVICES), *meeting]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
    )


def start_two(program: Path, *arguments: str) -> list[subprocess.Popen[str]]:
    """A program on two processes that nobody looks after: torchrun would end the one when the other dies."""
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": str(DEVICES)}
    return [
        subprocess.Popen(
            [sys.executable, str(program), *arguments],
            env=environment() | meeting | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(DEVICES)
    ]
