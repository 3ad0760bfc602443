"""Several processes open the same new database at once and write to it; a reader looks on.

Usage: many_writers.py FILE WRITERS WRITES. Prints one JSON list of error texts per process.
"""

import json
import os
import sys
from pathlib import Path

from homewit.memory import Evidence, Said, Store


def write(path: Path, writes: int) -> None:
    with Store.open(path) as store:
        session = store.create_session("writer").id
        run = store.create_run(session, "go").id
        for number in range(writes):
            turn = store.append_turn(session, "user", f"my number is {number}", run)
            store.write_down(run, [Said("answer", {"text": str(number)}, "2026-01-01T00:00:00+00:00")])
            if number % 10 == 0:
                store.add_fact("me", "number", f"{os.getpid()} {number}", Evidence.find(turn, turn.text))


def look_on(path: Path, looks: int) -> None:
    with Store.open(path) as store:
        for _ in range(looks):
            store.search_turns("number", limit=3)
            if len(store.list_facts()) > 1:
                raise RuntimeError("two values of one thing at the same time")


def main() -> None:
    path, writers, writes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    readings = []
    for number in range(writers + 1):
        reading, writing = os.pipe()
        if os.fork() == 0:
            errors = []
            try:
                (write if number else look_on)(path, writes)
            except Exception as error:  # noqa: BLE001 - reported to the test
                errors.append(f"{type(error).__name__}: {error}")
            os.write(writing, json.dumps(errors).encode())
            os._exit(0)
        os.close(writing)
        readings.append(reading)
    for reading in readings:
        print(os.read(reading, 1 << 16).decode(), flush=True)
        os.wait()


main()
