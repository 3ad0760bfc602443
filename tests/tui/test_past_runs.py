"""Earlier requests as they are shown again."""

from homewit.tui.past_runs import as_logged, from_turns

ASKED = {"type": "question", "question": "q1", "text": "Which file?"}
STARTED = {"type": "run.started", "prompt": "delete a file", "session": "s_1", "model": "bundled"}
STEP = {
    "type": "step.finished",
    "id": "s1",
    "tool": "delete_file",
    "args": {"path": "a.txt"},
    "status": "done",
}
ANSWER = {"type": "answer", "text": "Deleted a.txt.", "citations": ["s1"]}
END = {"type": "run.finished", "status": "done", "exit_code": 0}


def turn(role: str, text: str, run: str | None = "r_1", **more: object) -> dict[str, object]:
    return {"role": role, "text": text, "run": run, **more}


def log(*bodies: dict[str, object], status: str = "done") -> dict[str, object]:
    envelope = {"v": 1, "run": "r_1", "ts": "2026-05-03T09:30:00+00:00"}
    return {"status": status, "events": [{**envelope, "seq": n, **body} for n, body in enumerate(bodies, 1)]}


def test_a_reply_belongs_to_the_request_that_asked():
    """What a run asked and was answered is one request, with the question from its log."""
    (run,) = from_turns(
        [turn("user", "delete a file"), turn("user", "a.txt"), turn("assistant", "Deleted a.txt.")]
    )
    assert (run.prompt, run.replies, run.answer) == ("delete a file", (("", "a.txt"),), "Deleted a.txt.")
    told = as_logged(run, log(STARTED, ASKED, STEP, ANSWER, END))
    assert told.replies == (("Which file?", "a.txt"),)
    assert [step.tool for step in told.steps] == ["delete_file"]
    assert (told.prompt, told.status, told.answer) == ("delete a file", "done", "Deleted a.txt.")


def test_what_was_piped_stands_below_the_request():
    """A pipe is part of the request; the next request is one of its own."""
    first, second = from_turns(
        [
            turn("user", "summarize"),
            turn("user", "a long text", piped=True),
            turn("assistant", "Short."),
            turn("user", "thanks", run="r_2"),
        ]
    )
    assert (first.prompt, first.answer) == ("summarize\n\na long text", "Short.")
    assert (second.prompt, second.answer, second.run) == ("thanks", "", "r_2")


def test_turns_without_runs_stay_apart():
    """Old turns may belong to no run; each is a request then."""
    runs = from_turns([turn("user", "one", run=None), turn("user", "two", run=None)])
    assert [run.prompt for run in runs] == ["one", "two"]


def test_a_log_without_an_end_says_where_the_run_is():
    """Nobody carries an interrupted run out; one that goes on does so elsewhere."""
    (run,) = from_turns([turn("user", "delete a file")])
    assert as_logged(run, log(STARTED, STEP, status="interrupted")).rests == "cut off"
    assert as_logged(run, log(STARTED, STEP, status="running")).rests == "elsewhere"
    assert as_logged(run, {}) == run
