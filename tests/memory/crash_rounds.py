"""Kills a writing process at random moments and reports what it had acknowledged and what is there.

Usage: crash_rounds.py FOLDER ROUNDS SEED honest|early. ``early`` is the control: it acknowledges before it
commits. Prints one JSON list per round: [acknowledged but missing, acknowledged, problems of the file].
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import insert

from homewit.memory import Store
from homewit.memory.schema import turns

ID_BYTES = 12


def write_for_ever(path: Path, acknowledge: int, early: bool) -> None:
    store = Store.open(path)
    session = store.create_session("crash").id
    number = 0
    while True:
        number += 1
        if early:
            with store.write() as connection:
                turn = f"t_{os.getpid() % 10000:04}{number:06}"
                os.write(acknowledge, turn.encode())
                row = {"id": turn, "session": session, "role": "user", "text": "x", "created": store.now()}
                connection.execute(insert(turns).values(row))
                signal.pause()  # until it is killed
        else:
            turn = store.append_turn(session, "user", f"number {number}").id
            os.write(acknowledge, turn.encode())


def one_round(path: Path, least: int, delay_s: float, early: bool) -> tuple[int, int, list[str]]:
    """Kills the process ``delay_s`` after it acknowledged ``least`` turns, however fast the disk is."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        write_for_ever(path, writing, early)
    os.close(writing)
    acknowledged = b"".join(os.read(reading, ID_BYTES) for _ in range(least))
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    while more := os.read(reading, 1 << 16):
        acknowledged += more
    os.close(reading)
    os.waitpid(child, 0)
    said = {acknowledged[i : i + ID_BYTES].decode() for i in range(0, len(acknowledged), ID_BYTES)}
    with Store.open(path) as store:
        kept = {turn.id for session in store.list_sessions(1000) for turn in store.turns(session.id)}
        return len(said - kept), len(said), store.check()


def main() -> None:
    folder, rounds, seed, mode = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    chance = random.Random(seed)
    for _ in range(rounds):
        early = mode == "early"
        least = 1 if early else chance.randint(1, 4)
        result = one_round(folder / "homewit.db", least, chance.uniform(0.001, 0.15), early)
        print(json.dumps(result), flush=True)


main()
