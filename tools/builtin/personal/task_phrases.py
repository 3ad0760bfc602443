"""The sentences that ask for tasks, from "what do i still have to do today" to "overdue tasks"."""

_TASKS = "(tasks|todos|to-dos|todo list|to-do list|task list|list of tasks)"
_SHOW = "[show|list|check|see|view|give|open] [me] [all] [of] [my|the|any] [open]"

LISTED = (
    "(what|which) tasks are due {until:when}",
    "[do i have|have i got|is there] anything due {until:when}",
    "what [else] do i [still] (have|need) to (do|get done) {until:when}",
    f"{_SHOW} ({_TASKS}|todo|to-do)",
    f"{_SHOW} {_TASKS} [that are] [due] [for|on|from|in] {{period:when}}",
    f"{_SHOW} {_TASKS} [that are] due (by|until|till) {{until:when}}",
    f"{_SHOW} {{period:when}}'s {_TASKS}",
    f"{{period:when}} {_TASKS}",
    "[what is] due {until:when}",
    "[what is] due (by|until|till) {until:when}",
    f"{_SHOW} (overdue|late) {_TASKS} {{period=overdue}}",
    f"{_SHOW} {_TASKS} that are (overdue|late) {{period=overdue}}",
    "[what is|is anything|anything|what tasks are|which tasks are] overdue {period=overdue}",
    f"{_SHOW} {_TASKS} without [a|any] (date|day|due date|deadline) {{period=none}}",
    *(
        f"{_SHOW} {_TASKS} (about|with|mentioning|containing|regarding) [the|my|a|an] {{words:words}}{time}"
        for time in ("", " {period:when}")
    ),
    f"{_SHOW} {_TASKS} (of|in|for|from) [the|my] project {{project}}",
    f"[show|list] [me] [the|my] project {{project}} {_TASKS}",
    f"{_SHOW} {_TASKS} (of|in|for|from) [the|my] {{project}} project",
    f"{_SHOW} (done|finished|completed) {_TASKS} {{status=done}}",
    f"{_TASKS} (done|finished|completed) {{status=done}}",
    f"{_SHOW} {{priority}} priority {_TASKS}",
    f"{_SHOW} (important|urgent) {_TASKS} {{priority=high}}",
    "[what is] [my|the] next task",
    "what is due",
    "what [else] should i do {until:when}",
    "what is left [to do] [{until:when}]",
    "to do",
    f"daily {_TASKS} {{period=today}}",
    f"weekly {_TASKS} {{period=this week}}",
)
