"""Commands, palette and drawers: sessions, memory, help, tools."""

from textual.widgets import OptionList

from homewit.agent.requests import NO_CONVERSATIONS
from homewit.tui.testing import STATUS, FakeHost, HostRefuses


async def test_a_session_is_found_by_its_text_and_resumed(chatting):
    """ctrl+r, a word that was said, enter: the conversation is there and goes on."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press("ctrl+r")
        await chat.shows("Sessions", "plan a dinner for six")
        await chat.press(*"oven")
        await chat.shows("homewit  Menu B needs **no oven**.")
        await chat.press("enter")
        await chat.shows("plan a dinner for six", "Menu B needs no oven.", "● ready")
        await chat.say("and dessert?")
        await chat.shows("You said: and dessert?")
        (prompt,) = [params for method, params in chat.host.received if method == "prompt"]
        assert prompt["session"] == "s_dinner1"
        await chat.press("up", "up")
        assert chat.composer.text == "plan a dinner for six"


async def test_a_session_is_deleted_after_asking(chatting):
    """d in the list asks first; the session that is open stays."""
    async with chatting(session="s_dinner1") as chat:
        await chat.shows("● ready")
        await chat.press("ctrl+r")
        await chat.shows("plan a dinner for six", "d deletes")
        await chat.press("down", "d")
        await chat.shows("this session is open")
        assert len(chat.host.world.sessions) == 1
        await chat.press("escape", "ctrl+n", "ctrl+r")
        await chat.shows("d deletes")
        await chat.press("down", "d")
        await chat.shows("Delete for good?")
        await chat.press("escape")
        assert len(chat.host.world.sessions) == 1
        await chat.press("d", "y")
        await chat.shows("no session matches")
        assert chat.host.world.sessions == []


async def test_the_program_opens_with_a_session(chatting):
    """--session shows what was said before."""
    async with chatting(session="s_dinner1") as chat:
        await chat.shows("plan a dinner for six", "Menu B needs no oven.", "● ready")


async def test_a_start_with_an_unknown_session_is_told(chatting):
    """The first screen says that it is not there, and the program works."""
    async with chatting(session="s_nothing") as chat:
        await chat.shows("! there is no s_nothing", "● ready")
        await chat.say("hello")
        await chat.shows("You said: hello")


async def test_a_session_that_is_not_there_is_told(chatting):
    """An unknown session is the host's message, and the program stays open."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("/resume s_nothing")
        await chat.shows("there is no s_nothing")


async def test_a_new_session_begins_empty(chatting):
    """/new shows the first screen, and the next prompt has no session."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("hello")
        await chat.shows("You said: hello")
        await chat.say("/new")
        await chat.shows("Try", "runs on this machine")
        await chat.say("again")
        await chat.shows("You said: again")
        assert "You said: hello" not in chat.text()
        prompts = [params for method, params in chat.host.received if method == "prompt"]
        assert "session" not in prompts[1]


async def test_permissions_are_listed_and_taken_back(chatting):
    """/permissions: the rule, how long it holds, where it was given; r takes it back."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("/permissions")
        await chat.shows("mail:to=ann@x.org  in its session", "g_7xq2m4k1zt", "session s_dinner1")
        await chat.press("r")
        assert len(chat.host.world.permissions) == 1
        await chat.press("down", "r")
        await chat.shows("nothing is allowed for longer than once")
        assert chat.host.world.permissions == []


async def test_memory_shows_where_a_fact_came_from_and_forgets_it(chatting):
    """F3: the fact, the words, the session; f asks before it erases."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press("f3")
        await chat.shows("your sister's birthday: May 3", "“my sister's birthday is May 3”", "s_dinner1")
        await chat.press("down", "f")
        await chat.shows("Forget this for good?")
        await chat.press("escape")
        assert len(chat.host.world.facts) == 1
        await chat.press("f", "y")
        await chat.shows("nothing is remembered here")
        assert chat.host.world.facts == []


async def test_help_names_every_key_and_command(chatting):
    """F1 opens the help, escape closes it."""
    async with chatting(size=(100, 60)) as chat:
        await chat.ready()
        await chat.press("f1")
        await chat.shows("ctrl+r", "find and resume a session", "/remember TEXT", "/doctor")
        await chat.press("escape")
        await chat.until(lambda: "/doctor" not in chat.text())


async def test_the_help_is_not_cut_on_a_small_screen(chatting):
    """At 80 columns every line is whole. Control: a narrower one cuts lines, and says so."""
    for width, whole in ((80, True), (60, False)):
        async with chatting(size=(width, 100)) as chat:
            await chat.ready()
            await chat.press("f1")
            await chat.shows("/undo")
            await chat.until(lambda whole=whole: ("…" not in chat.text()) is whole)


async def test_a_typo_is_reported_and_kept(chatting):
    """An unknown command is not sent anywhere; it stays in the composer to be corrected."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("/memroy")
        await chat.shows("no command /memroy; did you mean /memory?")
        assert chat.composer.text == "/memroy"
        assert "prompt" not in chat.host.methods()


async def test_a_command_without_a_host_is_told(chatting):
    """As in the seconds until another one is started; the program stays."""
    async with chatting() as chat:
        await chat.ready()
        client, chat.conversation.client = chat.conversation.client, None
        for line in ("/memory", "/sessions", "/permissions", "/schedules", "/procedures"):
            await chat.say(line)
            await chat.shows("the engine process is not running; /retry starts it")
            chat.chat.say("")
        for line in ("/tools", "/doctor"):
            await chat.say(line)
            await chat.shows("the engine process is not running; /retry starts it", "esc closes")
            await chat.press("escape")
        chat.conversation.client = client


async def test_tools_plan_and_doctor_are_drawers(chatting):
    """Each look-up opens over the conversation and closes with escape."""
    async with chatting() as chat:
        await chat.ready()
        for line, text in [("/tools", "write_file"), ("/tools calculate", "expression"),
                           ("/plan 17 * 23", "○ s1 calculate"), ("/doctor", "✔ engine")]:  # fmt: skip
            await chat.say(line)
            await chat.shows(text, "esc closes")
            await chat.press("escape")
            await chat.until(lambda: "esc closes" not in chat.text())


async def test_undo_says_what_it_took_back(chatting):
    """/undo belongs to the session that is open; before anything was said there is nothing to undo."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("/undo")
        await chat.shows("nothing was kept in this session yet")
        await chat.say("hello")
        await chat.shows("You said: hello")
        await chat.say("/undo")
        await chat.shows("Removed the note: milk")
        assert [params["args"] for _, params in chat.host.received if params.get("name") == "undo"] == [
            {"session": "s_new1"}
        ]


async def test_remember_says_what_was_stored(chatting):
    """/remember goes to the memory itself."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("/remember I cook vegetarian")
        await chat.shows("remembered: “I cook vegetarian”")


async def test_a_refused_look_up_is_told(chatting):
    """The host's refusal is a message, not a crash."""

    def refuse(_params):
        raise HostRefuses("the database is from a newer version")

    async with chatting(FakeHost(answers={"tools.list": refuse})) as chat:
        await chat.ready()
        await chat.say("/tools")
        await chat.shows("the database is from a newer version")


async def test_commands_are_completed_with_tab(chatting):
    """What fits is shown while a command is typed, and Tab finishes it."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press(*"/mem")
        await chat.shows("/memory [words]", "what Homewit remembers")
        await chat.press("tab")
        assert chat.composer.text == "/memory "


async def test_the_palette_holds_the_same_commands(chatting):
    """ctrl+p finds a command by its words; one that needs an argument goes into the composer."""
    async with chatting() as chat:
        await chat.ready()
        await chat.press("ctrl+p")
        await chat.press(*"remember a")
        await chat.until(lambda: chat.app.screen.query_one(OptionList).option_count == 2)
        await chat.press("enter")
        await chat.until(lambda: chat.composer.text == "/remember ")


async def test_copy_takes_the_last_answer(chatting):
    """/copy puts the answer's source on the clipboard."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("hello")
        await chat.shows("You said: hello")
        await chat.say("/copy")
        await chat.until(lambda: chat.app.clipboard == "You said: hello")


async def test_quit_words_leave(chatting):
    """The bare word exit leaves like /quit and ctrl+q."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("exit")
        await chat.until(lambda: not chat.app.is_running)


async def test_a_new_session_counts_anew(chatting):
    """The first screen, seen again after ctrl+n, tells what is remembered now, and no old message stays."""
    facts = iter(["0 facts, 0 sessions", "1 fact, 1 session"])

    def warm(_params):
        lines = [{"name": "memory", "state": "ready", "text": next(facts)}]
        return {**STATUS, "lines": lines}

    async with chatting(FakeHost(answers={"warm": warm})) as chat:
        await chat.ready()
        await chat.shows("0 facts")
        await chat.say("/remember my cat is called Tom")
        await chat.shows("remembered:")
        await chat.press("ctrl+n")
        await chat.shows("1 fact, 1 session")
        assert "remembered:" not in chat.text()


async def test_the_facts_added_by_hand_are_no_conversation_to_go_on_with(chatting):
    """The first screen names the last conversation, not the places where single facts are kept."""
    host = FakeHost()
    for title in NO_CONVERSATIONS:
        host.world.sessions.insert(0, {**host.world.sessions[0], "id": "s_byhand", "title": title})
    async with chatting(host) as chat:
        await chat.ready()
        await chat.shows("Last  plan a dinner for six")
        assert not any(title in chat.text() for title in NO_CONVERSATIONS)


async def test_the_commands_that_fit_go_when_one_was_sent(chatting):
    """After a message such as "remembered", too, nothing is left of what was shown while typing."""
    async with chatting() as chat:
        await chat.ready()
        await chat.say("/remember my cat is called Tom")
        await chat.shows("remembered:")
        await chat.press(*"/doctor")
        await chat.shows("check the set-up")
        await chat.press("enter")
        await chat.shows("✔ engine")
        await chat.press("escape")
        await chat.until(lambda: "✔ engine" not in chat.text())
        assert "check the set-up" not in chat.text()
