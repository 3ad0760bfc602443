"""``homewit memory`` and ``homewit sessions``: what is kept is corrected, exported, imported and removed."""

import json

from homewit.tui.moments import minute
from homewit.tui.testing import FACT, FakeHost


def test_facts_are_exported_and_imported(homewit, tmp_path):
    """What one home writes, another one takes; every line of a file is read before anything is added."""
    written = homewit("memory", "export").out
    line = json.loads(written)
    assert line == {name: FACT.get(name) for name in ("subject", "key", "value", "quote", "valid_from")}
    states = iter(["added", "known", "forgotten", "older"])
    answers = {
        "memory.import": lambda args: {"items": [{"state": next(states)} for _ in args["args"]["facts"]]}
    }
    host, file = FakeHost(answers=answers), tmp_path / "facts.jsonl"
    file.write_text(written * 2 + "\n" + written * 2)
    told = homewit("memory", "import", str(file), host=host).out
    assert told == "1 added, 1 known already, 1 left out for newer values, 1 left out, which were forgotten\n"
    file.write_text(written + '{"subject": "car"}\n')
    done = homewit("memory", "import", str(file), host=host)
    assert (done.code, "line 2" in done.err, "key: Field required" in done.err) == (2, True, True)
    file.write_bytes(b"\xff\xfe")
    assert homewit("memory", "import", str(file), host=host).err.endswith(
        "is no text in UTF-8; nothing was added\n"
    )
    assert len([1 for _, params in host.received if params.get("name") == "memory.import"]) == 1
    file.write_text("")
    assert homewit("memory", "import", str(file), host=host).out == "0 added\n"


def test_a_fact_is_corrected(homewit):
    """The words after the id are the new value."""
    host = FakeHost(answers={"memory.edit": lambda _: {"item": {**FACT, "value": "May 4"}}})
    assert "May 4" in homewit("memory", "edit", FACT["id"], "May", "4", host=host).out
    (asked,) = [params["args"] for _, params in host.received if params.get("name") == "memory.edit"]
    assert asked == {"id": FACT["id"], "value": "May 4"}


def test_a_session_is_exported(homewit):
    """As Markdown that is read anywhere, or with the events of its runs as one object."""
    assert homewit("sessions", "export", "s_dinner1").out.split("\n\n") == [
        "# plan a dinner for six",
        f"## You, {minute('2026-05-02T18:00:00+00:00')}",
        "plan a dinner for six",
        f"## Homewit, {minute('2026-05-02T18:01:00+00:00')}",
        "Menu B needs **no oven**.\n",
    ]
    whole = json.loads(homewit("sessions", "export", "s_dinner1", "--json").out)
    assert (whole["id"], len(whole["turns"]), len(whole["runs"])) == ("s_dinner1", 2, 1)


def test_a_session_is_removed(homewit):
    """What is kept is told; the facts go as well where that is said."""
    host = FakeHost()
    assert homewit("sessions", "rm", "s_dinner1", host=host).out == "removed s_dinner1\n"
    assert host.world.sessions == []
    learned = {"id": "s_1", "turns": 2, "runs": 1, "permissions": 1, "facts_kept": ["f_1"]}
    host = FakeHost(answers={"sessions.remove": lambda _: {"item": learned | {"facts_forgotten": []}}})
    told = homewit("sessions", "rm", "s_1", host=host).err
    assert "`homewit memory forget ID` forgets it: f_1" in told
    assert "not allowed any more" in told
    homewit("sessions", "rm", "s_1", "--facts", "--json", host=host)
    asked = [params["args"] for method, params in host.received if params.get("name") == "sessions.remove"]
    assert asked == [{"id": "s_1", "facts": False}, {"id": "s_1", "facts": True}]
