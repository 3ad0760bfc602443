"""Which foreign tools the bundled checkpoint is shown for a request."""

from dataclasses import replace

from homewit.agent.model import ToolView
from homewit.agent.models.listing import listed, nearest, without_unsaid

STEEP = ToolView(
    "steep_time",
    "Tell how many minutes a kind of tea should steep.",
    {"properties": {"tea": {"enum": ["green", "black"]}}},
    {},
)
CALCULATE = ToolView("calculate", "Work out an expression.", {"properties": {}}, {})
READ = ToolView("read_file", "Read a file.", {"properties": {"path": {}}}, {})


def shown(request: str, *tools: ToolView) -> list[str]:
    return [view.name for view in listed(request, tools, {"calculate", "read_file"})]


def test_only_foreign_tools_that_have_to_do_with_the_request_are_shown():
    """A tool known by heart is never listed, and one that shares no telling word would only mislead."""
    assert shown("how many minutes should green tea steep?", CALCULATE, STEEP) == ["steep_time"]
    assert shown("get me a flight to Mars and tell me", CALCULATE, STEEP) == []


def test_a_tool_with_phrases_has_to_be_nearer_than_those_known_by_heart():
    """It can be reached word for word; in the list it would tempt. Control: without phrases it is shown."""
    convert = ToolView("calculate", "Convert a length.", {"properties": {}}, {})
    money = ToolView("convert_money", "Convert euros or dollars.", {"properties": {}}, {}, ("{x} in euros",))
    assert shown("convert 5 miles to km", convert, money) == []
    assert shown("convert 5 euros to dollars", convert, money) == ["convert_money"]
    assert shown("convert 5 miles to km", convert, replace(money, phrases=())) == ["convert_money"]


def test_a_server_that_was_added_leaves_plain_requests_alone():
    """It can be named. Control: the same tool of a drop-in file is shown, and so is one that is nearer."""
    other = ToolView(
        "files_read_file", "Read a file with 2 spaces.", {"properties": {}}, {}, source="mcp:files"
    )
    assert shown("read the file a.txt", READ, other) == []
    assert shown("read the file a.txt", READ, replace(other, source="file:files.py")) == ["files_read_file"]
    assert shown("read the file a.txt of spaces", READ, other) == ["files_read_file"]
    assert shown("what is 2 + 3?", CALCULATE, other) == []


def test_a_plugin_needs_a_word_of_its_own():
    """One that Homewit's tools have, too, is no sign of it. Control: two words of its name are."""
    tea = replace(STEEP, source="file:tea.py")
    clock = ToolView("current_time", "Tell the time.", {}, {}, source="builtin")
    assert shown("what time is it", clock, tea) == ["current_time"]
    assert shown("how long does green tea take", clock, tea) == ["steep_time"]
    assert shown("tell me the steep time", clock, tea) == ["steep_time", "current_time"]


def test_at_most_four_are_shown_the_nearest_first():
    """A thousand plugins make no longer prompt than four."""
    many = [ToolView(f"tea_{number}", "Make tea.", {}, {}) for number in range(1000)]
    names = shown("how long should tea steep", *many, STEEP)
    assert names == ["steep_time", "tea_0", "tea_1", "tea_2"]


def test_for_one_call_those_that_are_far_behind_are_left_out():
    """A name with two of the words decides; else having half as many words in common is near enough."""
    fee = ToolView("parking_fee", "Compute the fee in the city centre.", {"properties": {"hours": {}}}, {})
    book = ToolView("book_permit", "Book a parking permit for a car.", {"properties": {"day": {}}}, {})
    code = ToolView("barrier_code", "Open the car park.", {"properties": {}}, {})
    assert nearest("book a parking permit", [fee, book, code]) == [book]
    assert nearest("what is the parking fee for 3 hours", [fee, book, code]) == [fee]
    assert nearest("the fee for the city centre", [fee, book, code]) == [fee]
    assert nearest("the code and the fee", [fee, book, code]) == [fee, code]
    assert nearest("hello", [fee, code]) == [fee, code]


def test_a_switch_is_set_when_the_request_is_about_it():
    """Not because the model likes to; one that has to be given is always kept, and so are other values."""
    switch = {"type": "boolean", "description": "whether it is a Saturday or a Sunday"}
    view = ToolView(
        "fee",
        "Fee.",
        {"properties": {"hours": {"type": "number"}, "weekend": switch}, "required": ["hours"]},
        {},
    )
    args = {"hours": 3, "weekend": "true"}
    assert without_unsaid(args, view, "the fee for 3 hours") == {"hours": 3}
    assert without_unsaid(args, view, "the fee for 3 hours on a Saturday") == args
    needed = replace(view, parameters={**view.parameters, "required": ["hours", "weekend"]})
    assert without_unsaid(args, needed, "the fee for 3 hours") == args


def test_own_tools_are_shown_for_words_of_their_name_or_sentences():
    """A word of the description alone says little. Control: without sentences it is all there is."""
    sync = ToolView("sync_people", "Send them to the address book.", {}, {}, ("sync [my] people",))
    assert shown("book me a table", sync) == []
    assert shown("sync with the other side", sync) == ["sync_people"]
    assert shown("book me a table", replace(sync, phrases=())) == ["sync_people"]
    assert shown("how many people came", sync) == []
    many = replace(sync, name="count_people", phrases=("count [my] people",))
    assert shown("how many people came", many) == ["count_people"]
