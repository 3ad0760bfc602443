"""A process that generates, or follows, until another one is gone, and then says what it was told.

Usage: outlive.py FOLDER TIMEOUT_S LATE_S. The one that follows is late by LATE_S while they connect.
"""

import sys
import time

import torch

from homewit.llm import LLMError, SamplingParams, parallel
from homewit.llm.parallel import follower
from homewit.llm.parallel.group import Group


def lead(folder: str, timeout_s: float) -> None:
    engine = parallel.load(folder, device="cpu", timeout_s=timeout_s)
    print("loaded", flush=True)
    errors: list[LLMError] = []
    while len(errors) < 2:
        try:
            for _ in engine.generate([5, 6, 7], SamplingParams(max_tokens=100)):
                print("serving", flush=True)
        except LLMError as error:
            errors.append(error)
    engine.close()
    report(*errors)


def report(*errors: LLMError) -> None:
    for error in errors:
        print(f"{type(error).__name__}: {error}", flush=True)


def follow_late(late_s: float) -> None:
    class LateGroup(Group):
        def prepare(self, place: torch.device, timeout_s: float) -> None:
            time.sleep(late_s)
            super().prepare(place, timeout_s)

    follower.Group = LateGroup
    parallel.follow()


def main(folder: str, timeout_s: str, late_s: str) -> None:
    if parallel.rank() == 0:
        lead(folder, float(timeout_s))
        return
    try:
        follow_late(float(late_s))
    except LLMError as error:
        report(error)


if __name__ == "__main__":
    main(*sys.argv[1:])
