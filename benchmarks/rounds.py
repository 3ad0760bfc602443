"""Runs two or more things in turn, so that whatever else the machine does falls on all of them alike.

Knows nothing of what they are.
"""

from collections.abc import Callable
from typing import TypeVar

Measured = TypeVar("Measured")


def in_turn(repeats: int, *measures: Callable[[int], Measured]) -> list[list[Measured]]:
    """The results of each measure, called with the number of the round, from 1.

    Round 0 warms up and is not counted. Every other round goes backwards, so that no measure always runs
    first.
    """
    results: list[list[Measured]] = [[] for _ in measures]
    order = list(range(len(measures)))
    for number in range(repeats + 1):
        for place in order if number % 2 else reversed(order):
            result = measures[place](number)
            if number:
                results[place].append(result)
    return results
