"""Steps that cannot be what was asked for."""

import pytest

from homewit.agent.models.contradictions import contradicts
from homewit.agent.plan import Step


def step(tool: str, **args: object) -> Step:
    return Step("s1", tool, args)


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("delete all my notes", step("add_note", text="all my notes"), True),
        ("can you stop the reminders", step("set_reminder", text="reminders"), True),
        ("delete my note", step("delete_note", note="my"), False),
        ("remind me to delete my notes", step("set_reminder", text="delete my notes"), False),
        ("write to lena@example.org", step("fetch_page", url="lena@example.org"), True),
        ("read https://a.example/@lena", step("fetch_page", url="https://a.example/@lena"), False),
    ],
)
def test_the_opposite_and_another_kind_of_address_are_none_of_it(request_text: str, made: Step, wrong: bool):
    """Only by what the request begins with; what it says later may be written down."""
    assert contradicts(request_text, [made]) == wrong


def test_one_of_several_steps_may_make_something():
    """As in "delete a.txt and note that"."""
    both = [step("delete_file", path="a.txt"), step("add_note", text="a")]
    assert not contradicts("delete a.txt and note that", both)


@pytest.mark.parametrize(
    ("request_text", "made"),
    [
        ("book me a table at luigis for 8", step("read_table", path="table.csv", first_row=8)),
        ("please order a pizza", step("list_files")),
        ("buy milk", step("read_file", path="milk")),
        ("rent a car", step("list_events")),
    ],
)
def test_nothing_is_bought_by_looking_at_something(request_text: str, made: Step):
    """What begins so is not served by a tool that only lists or reads."""
    assert contradicts(request_text, [made])


@pytest.mark.parametrize(
    ("request_text", "made"),
    [
        ("order a pizza", step("list_pizza_orders")),
        ("order history", step("list_purchases")),
        ("book club", step("list_events")),
        ("rent this month", step("list_expenses", period="this month")),
        ("book a table", step("add_event", title="table")),
        ("buy milk", step("add_task", title="buy milk")),
    ],
)
def test_buying_may_be_noted_and_its_words_may_be_things(request_text: str, made: Step):
    """A tool that has the word in its name may be for it; "order" and "book" are things as well."""
    assert not contradicts(request_text, [made])


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("files older than a year", step("list_files", path="than"), True),
        ("mails before may", step("list_mail", account="before"), True),
        ("read the file 'than'", step("read_file", path="than"), False),
        ("files from yesterday", step("list_files", path="yesterday"), True),
        ("weather tomorrow", step("list_files", pattern="tomorrow"), True),
        ("files in the folder today", step("list_files", path="today"), False),
        ("notes before may", step("search_notes", query="may"), False),
        ("5 in to cm", step("convert_units", value=5, from_unit="in", to_unit="cm"), False),
    ],
)
def test_a_word_that_says_nothing_is_no_name(request_text: str, made: Step, wrong: bool):
    """Nor is a time the path of a file, unless the request says that it is."""
    assert contradicts(request_text, [made]) == wrong


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("lines 5 to 20 of notes.txt", step("write_file", path="notes.txt", content="lines 5 to 20"), True),
        ("deposit in contract.pdf", step("write_file", path="contract.pdf", content="deposit"), True),
        (
            "stick DEBUG=true in .env.local",
            step("write_file", path=".env.local", content="DEBUG=true"),
            False,
        ),
        ("budgets", step("remove_budget", category="budgets"), True),
        ("i don't need the food budget", step("remove_budget", category="food"), False),
        ("forward the last mail to bob@example.org", step("complete_task", task="last mail"), True),
        ("i finished the tax return", step("complete_task", task="tax return"), False),
        ("first line of notes.txt", step("run_command", command="notes.txt"), True),
        ("do a git pull", step("run_command", command="git pull"), False),
        ("add milk to list", step("write_file", path="list", content="milk"), True),
        ("add milk to list.txt", step("write_file", path="list.txt", content="milk", append=True), False),
    ],
)
def test_what_nobody_spoke_of_is_not_done(request_text: str, made: Step, wrong: bool):
    """Nothing is written, deleted, run or ticked off by a request that only names something."""
    assert contradicts(request_text, [made]) == wrong


@pytest.mark.parametrize(
    ("request_text", "text", "wrong"),
    [
        ("garden notes", "garden notes", True),
        ("mom's birthday saturday", "mom's birthday saturday", True),
        ("note plant bulbs", "plant bulbs", False),
        ("anna likes tulips", "anna likes tulips", False),
        ("wifi code 1234", "wifi code 1234", False),
    ],
)
def test_what_only_names_something_is_not_noted(request_text: str, text: str, wrong: bool):
    """What states something may be, and what is said to be noted is."""
    assert contradicts(request_text, [step("add_note", text=text)]) == wrong


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("6 ft 2 in in cm", step("convert_units", value=6, from_unit="ft", to_unit="cm"), True),
        ("1,5 km in m", step("convert_units", value=1.5, from_unit="km", to_unit="m"), False),
        ("1,5 km in m", step("convert_units", value=15, from_unit="km", to_unit="m"), True),
        ("3,000 m in km", step("convert_units", value=3000, from_unit="m", to_unit="km"), False),
        (".5 km in m", step("convert_units", value=0.5, from_unit="km", to_unit="m"), False),
        (".5 km in m", step("convert_units", value=5, from_unit="km", to_unit="m"), True),
        ("2e3 m in km", step("convert_units", value=2000, from_unit="m", to_unit="km"), False),
        ("convert 1,500 m to km", step("convert_units", value=1500, from_unit="m", to_unit="km"), False),
        ("100F in C", step("convert_units", value=100.0, from_unit="F", to_unit="C"), False),
        ("20% tip on 45 euros", step("calculate", expression="20% tip"), True),
        ("add 5 to 8", step("calculate", expression="add 5 to 8"), False),
        ("what is 3 + 4, and 5 miles in km", step("calculate", expression="3 + 4"), False),
    ],
)
def test_no_number_is_left_out_of_what_is_worked_out(request_text: str, made: Step, wrong: bool):
    """Unless other things are asked for as well, which may have the others."""
    assert contradicts(request_text, [made]) == wrong


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("whats the weather tomorrow", step("current_time"), True),
        ("will it rain on friday", step("list_events", period="friday"), True),
        ("what is the weather tomorrow", step("weather_forecast", day="tomorrow"), False),
        ("what is the weather tomorrow", step("web_search", query="weather tomorrow"), False),
        ("remind me to bring the umbrella", step("set_reminder", text="bring the umbrella"), False),
        ("files about the weather", step("search_files", query="weather"), False),
        ("any rain tasks", step("list_tasks", words="rain"), False),
    ],
)
def test_no_clock_tells_the_weather(request_text: str, made: Step, wrong: bool):
    """Nor does a folder or a calendar."""
    assert contradicts(request_text, [made]) == wrong


@pytest.mark.parametrize(
    ("request_text", "made", "wrong"),
    [
        ("what did i change today", step("edit_event", event="today", title="change today"), True),
        ("how many notes did i add", step("add_note", text="notes"), True),
        ("when was the dentist moved", step("move_event", event="dentist"), True),
        ("when i get home, add a note", step("add_note", text="home"), False),
        ("what is 2 weeks from today? add a task due then", step("add_task", title="a", due="then"), False),
        ("what about moving the dentist to 5", step("move_event", event="dentist", start="5"), False),
        ("what a day, note that it rained", step("add_note", text="it rained"), False),
        ("can you move the dentist to 5", step("move_event", event="dentist", start="5"), False),
    ],
)
def test_a_question_changes_nothing(request_text: str, made: Step, wrong: bool):
    """Whatever verb is in it; what is asked for kindly is none."""
    assert contradicts(request_text, [made]) == wrong
