"""Steps of a small model that cannot be what was asked for, whatever words they have: it is better to say
that nothing can be done than to do the opposite, or what nobody spoke of.

English only. Pure.
"""

import re
from collections.abc import Mapping, Sequence

from ...tools.text.wording import plain
from ...tools.when.readable import is_time
from ..plan import Step
from ..planning.command_lines import is_command_line

_POLITE = r"\W*(?:(?:please|pls|can you|could you|ok|hey)\W+)*"
_TAKES_AWAY = re.compile(rf"{_POLITE}(?:delete|remove|cancel|erase|clear|stop)\b", re.IGNORECASE)
_MAKES = frozenset("add set draft send write make".split())
_ASKS = re.compile(
    r"\W*(?:whats?|which|who|where|did|how\s+(?:many|much|long|big|often|old)|when\s+(?:is|was|are|did|do|does))\b"
    r"(?!.*[,;:.?!]\s|.*\b(?:and|then)\b|\s+(?:about|if)\b)",
    re.IGNORECASE,
)
_CHANGES = _MAKES | frozenset("cancel complete copy delete edit move remove reopen tag".split())
_ADDRESS = re.compile(r"[^\s@/]+@[^\s@/]+")
_NUMBER = re.compile(r"(?:\d+(?:,\d+)*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\d+,(?!\d{3}$)\d+")
_SEVERAL = re.compile(r"[,;/]\s|/|\b(?:and|then)\b", re.IGNORECASE)
_WEATHER = re.compile(
    r"\W*(?:(?:whats?|hows?|when|where|will|is|do|does|should|any|the)\b.*)?\b"
    r"(?:weather|forecast|rain|raining|snow|snowing|sunny|umbrella)\b",
    re.IGNORECASE,
)
_KNOW_NO_WEATHER = frozenset(
    "convert_units current_time date_add date_difference list_events list_files list_mail list_tasks "
    "read_file search_files".split()
)
_BUYS = re.compile(
    rf"{_POLITE}(?:(?P<bought>buy)\b|(?P<verb>book|order|reserve|pay|rent)\s+"
    r"(?:me|us|a|an|the|some|my|our|another|two|three|four|\d+)\b)",
    re.IGNORECASE,
)
_SHOWS = frozenset("current find list preview read".split())
_SAY_NOTHING = frozenset(
    "of than before after since until till from to in on at by for with and or but as into is are was "
    "were".split()
)
_FEW = 4
_STATES = re.compile(r"\b(?:is|are|was|were|has|have|had|needs?|wants?|likes?)\b|\d|:", re.IGNORECASE)
_PLACES = ("path", "to", "pattern")
_AWAY = (
    r"delet|remov|cancel|eras|clear|drop|scrap|trash|rm\b|rid\b|throw|bin\b|off\b|away|out\b|not\b|n['’]?t\b|"
    r"no\b|kill|forget|lose|toss|shred|destroy|purge|nuke|discard|ditch|wipe|stop|skip|take|undo|cut\b|unset"
)
_NEEDS: Mapping[str, re.Pattern[str]] = {
    tool: re.compile(rf"\b(?:{words})|n['’]?t\b", re.IGNORECASE)
    for tool, words in {
        "write_file": r"writ|sav|put|stick|creat|mak|stor|export|dump|keep|add|append|not(?:e|ing)\b|jot|"
        r"new\b|start|typ|record|log\b|fill|overwrit|replac|generat|prepar|draft|output|copy|send|need|hold|get\b|"
        r"file\s+(?:called|named)|"
        r"(?:to|into|as)\s+[^\s]+\.\w",
        "edit_file": r"replac|chang|edit|swap|substitut|turn|correct|fix|renam|switch|updat|set|mak|instead|"
        rf"insert|add|{_AWAY}",
        "move_file": r"mov|renam|put|mv\b|shift|relocat|stick|chang|call|transfer|drag|archiv|file\b|into\b",
        "copy_file": r"cop(?:y|ies)|duplicat|cp\b|back\s?up|clon|another|sav|twice",
        "make_folder": r"folder|director|mkdir",
        "run_python": r"python|run|execut|code|script|program|evaluat|print\(",
        "run_command": r"run|execut|command|shell|terminal|bash|start|launch|script",
        **dict.fromkeys(
            (
                "delete_file", "delete_note", "delete_task", "delete_contact", "delete_expense",
                "remove_budget", "cancel_event", "cancel_reminder",
            ),
            _AWAY,
        ),
        "complete_task": r"\w+ed\b|done|did\b|bought|sent\b|went|made|took|got\b|wrote|over\b|off\b|finish|"
        r"paid|sold|gave|swept|built|brought|met\b|complet|check|tick|cross|mark|clos",
    }.items()
}  # fmt: skip
"""What has to be said in some way for a tool that changes something."""


def contradicts(request: str, steps: Sequence[Step]) -> bool:
    """Whether a step takes one thing for another, makes what is to be taken away, changes what nobody wanted
    changed or what is only asked about, or looks at something where something is to be bought.
    """
    if _leaves_out_numbers(request, steps):
        return True
    if _WEATHER.match(request) and any(_knows_no_weather(request, step.tool) for step in steps):
        return True
    if any(_takes_for_another(request, step) or _is_unasked(request, step) for step in steps):
        return True
    if len(steps) == 1 and steps[0].tool.split("_")[0] in _CHANGES and _ASKS.match(request):
        return True
    if (buys := _BUYS.match(request)) and steps:
        verb = (buys["verb"] or buys["bought"]).lower()
        return all(step.tool.split("_")[0] in _SHOWS and verb not in step.tool.lower() for step in steps)
    return (
        len(steps) == 1 and steps[0].tool.split("_")[0] in _MAKES and _TAKES_AWAY.match(request) is not None
    )


def _leaves_out_numbers(request: str, steps: Sequence[Step]) -> bool:
    """Whether something is worked out with only some of the numbers: of "6 ft 2 in in cm" the 6."""
    if len(steps) != 1 or steps[0].tool not in ("calculate", "convert_units") or _SEVERAL.search(request):
        return False
    taken = _numbers(" ".join(f"{value}" for value in steps[0].args.values()))
    return not _numbers(request) <= taken


def _knows_no_weather(request: str, tool: str) -> bool:
    """Unless what it shows is named: "any rain tasks"."""
    shown = tool.split("_")[-1].removesuffix("s")
    return tool in _KNOW_NO_WEATHER and shown not in request.lower()


def _numbers(text: str) -> set[float]:
    commas = ((one, "." if _DECIMAL_COMMA.fullmatch(one) else "") for one in _NUMBER.findall(text))
    return {float(one.replace(",", comma)) for one, comma in commas}


def _takes_for_another(request: str, step: Step) -> bool:
    """Whether it has an address of mails for that of a page, a word like "than" for a name, or a time for a
    path.
    """
    if _ADDRESS.fullmatch(str(step.args.get("url", ""))):
        return True
    said = {name: value for name, value in step.args.items() if isinstance(value, str)}
    for name, value in said.items():
        words = value.lower().split()
        is_unit = name.endswith("_unit")  # "in" is one
        if words and not is_unit and _SAY_NOTHING.issuperset(words) and not _is_quoted(value, request):
            return True
        if name in _PLACES and step.tool.endswith(("_file", "_files")) and is_time(value):
            return re.search(r"\b(?:folder|directory)\b", request, re.IGNORECASE) is None
    return False


def _is_unasked(request: str, step: Step) -> bool:
    """Whether a tool changes something of which the request has no word, or notes what it only names."""
    if step.tool == "add_note" and _only_names(request):
        return plain(str(step.args.get("text"))) == plain(request)
    needed = _NEEDS.get(step.tool)
    if needed is None or needed.search(request):
        return _replaces_unasked(request, step)
    return not (step.tool == "run_command" and is_command_line(str(step.args.get("command"))))


def _replaces_unasked(request: str, step: Step) -> bool:
    """Whether a file is written anew where something is to be added to it."""
    adds = re.match(rf"{_POLITE}(?:add|append)\b", request, re.IGNORECASE)
    return adds is not None and step.tool == "write_file" and step.args.get("append") is not True


def _only_names(request: str) -> bool:
    """Whether it is a few words that state nothing, such as "garden notes"."""
    return len(request.split()) <= _FEW and _STATES.search(request) is None


def _is_quoted(value: str, request: str) -> bool:
    return re.search(rf"[\"'“‘]{re.escape(value)}[\"'”’]", request) is not None
