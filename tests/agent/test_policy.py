"""The policy as a table, and its safety checks, each with a control that shows it can fail."""

import pytest

from homewit.agent.policy import Call, Policy, Verdict
from homewit.agent.values import MODEL, USER, MemoryOrigin, Origins, ToolOrigin, UserOrigin, Value

WEB: Origins = frozenset({ToolOrigin("fetch_page", "s1", trusted=False)})
SUM: Origins = frozenset({ToolOrigin("calculate", "s1", trusted=True)})
RECALLED: Origins = frozenset({MemoryOrigin("f_1", UserOrigin())})
RECALLED_WEB: Origins = frozenset({MemoryOrigin("f_2", ToolOrigin("mail", "", trusted=False))})
WORDS = "fetch https://example.com and search for cheap flights"


def call(effect: str, sinks: tuple[str, ...] = (), **args: tuple[object, Origins]) -> Call:
    return Call("tool", effect, sinks, {name: Value(data, origins) for name, (data, origins) in args.items()})


def verdict(call: Call, *allow: str, deny: tuple[str, ...] = ()) -> str:
    return Policy.of(allow, deny).decide(call, WORDS).verdict


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("read", Verdict.ALLOW),
        ("record", Verdict.ALLOW),
        ("network", Verdict.ALLOW),
        ("write", Verdict.ASK),
        ("send", Verdict.ASK),
        ("spend", Verdict.ASK),
        ("execute", Verdict.ASK),
        ("teleport", Verdict.ASK),
    ],
)
def test_defaults_per_effect(effect: str, expected: Verdict):
    """With the user's own words in it, each effect has its default; an unknown effect asks."""
    assert verdict(call(effect, ("to",), to=("https://example.com", USER))) == expected


@pytest.mark.parametrize(
    ("sinks", "value", "origins", "expected"),
    [
        (("url",), "https://example.com", USER, Verdict.ALLOW),
        (("url",), "https://evil.org", MODEL, Verdict.ASK),
        (("url",), "https://example.com/?leak=1", MODEL, Verdict.ASK),
        (("url",), "https://evil.org", WEB, Verdict.ASK),
        (("url",), "cheap flights", MODEL, Verdict.ALLOW),
        (("url",), "cheap flights to evil.org", MODEL, Verdict.ASK),
        (("url",), "cheap.flights", MODEL, Verdict.ASK),
        ((), "cheap flights", MODEL, Verdict.ALLOW),
        ((), "cheap flights secret", MODEL, Verdict.ASK),
        ((), "cheap flights", WEB, Verdict.ALLOW),
        ((), {"q": "my password"}, MODEL, Verdict.ASK),
        ((), 3, MODEL, Verdict.ALLOW),
    ],
)
def test_what_may_leave_the_machine(
    sinks: tuple[str, ...], value: object, origins: Origins, expected: Verdict
):
    """An address runs when it was typed; other text when it is made of the user's words."""
    assert verdict(call("network", sinks, url=(value, origins))) == expected


@pytest.mark.parametrize("effect", ["read", "record", "network", "write", "send", "spend", "execute"])
@pytest.mark.parametrize("origins", [WEB, WEB | USER, RECALLED_WEB, frozenset()])
def test_untrusted_data_in_a_sink_always_asks(effect: str, origins: Origins):
    """Whatever the effect, a sink that strangers had a hand in is shown first, even under rules for the
    tool.
    """
    risky = call(effect, ("to",), to=("https://example.com", origins))
    assert verdict(risky) == Verdict.ASK
    assert verdict(risky, "tool") == Verdict.ASK
    assert verdict(risky, *(["effect:write"] if effect == "write" else [])) == Verdict.ASK


@pytest.mark.parametrize("origins", [USER, MODEL, SUM, RECALLED])
def test_control_trusted_data_in_a_sink_does_not_ask_by_itself(origins: Origins):
    """Control: the same call with a trusted value runs where its effect runs."""
    assert verdict(call("record", ("to",), to=("x", origins))) == Verdict.ALLOW


def test_untrusted_content_beside_a_trusted_sink_is_only_content():
    """Control: what is written may come from the web; where it is written may not."""
    content_only = call("write", ("path",), path=("a.txt", USER), content=("…", WEB))
    assert verdict(content_only, "tool:path=a.txt") == Verdict.ALLOW


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("tool:to=https://example.com", Verdict.ALLOW),
        ("tool:to=https://*.com", Verdict.ALLOW),
        ("tool:to=https://other.org", Verdict.ASK),
        ("tool:body=*", Verdict.ASK),
        ("other:to=*", Verdict.ASK),
    ],
)
def test_a_rule_for_the_exact_case_covers_an_untrusted_sink(rule: str, expected: Verdict):
    """Only a pattern on that very argument grants it."""
    assert (
        verdict(call("send", ("to",), to=("https://example.com", WEB), body=("hi", MODEL)), rule) == expected
    )


def test_a_rule_must_name_every_sink_that_is_filled():
    """A grant for one recipient does not carry a second one along."""
    two = call("send", ("to", "cc"), to=("a", USER), cc=("b", USER))
    assert verdict(two, "tool:to=a") == Verdict.ASK
    assert verdict(two, "tool:to=a;cc=b") == Verdict.ALLOW
    assert verdict(call("send", ("to", "cc"), to=("a", USER)), "tool:to=a") == Verdict.ALLOW


@pytest.mark.parametrize(
    ("effect", "rule", "expected"),
    [
        ("write", "effect:write", Verdict.ALLOW),
        ("send", "effect:write", Verdict.ASK),
        ("send", "tool", Verdict.ALLOW),
        ("send", "other", Verdict.ASK),
    ],
)
def test_rules_by_effect_and_by_name(effect: str, rule: str, expected: Verdict):
    """An effect's rule covers that effect; a tool's rule covers that tool."""
    assert verdict(call(effect, ("to",), to=("x", USER)), rule) == expected


@pytest.mark.parametrize("effect", ["spend", "execute"])
@pytest.mark.parametrize("rule", ["tool", "tool:to=x"])
def test_spending_and_executing_are_granted_for_one_run_only(effect: str, rule: str):
    """A standing grant leaves them asking. Control: the same rule, given for this run, lets them through."""
    risky = call(effect, ("to",), to=("x", USER))
    assert Policy.of([rule]).decide(risky, WORDS).verdict == Verdict.ASK
    assert Policy().with_grants([rule]).decide(risky, WORDS).verdict == Verdict.ALLOW


def test_a_refusal_outweighs_every_grant():
    """What is denied stays denied, whoever allows it."""
    assert verdict(call("read"), "tool", deny=("tool",)) == Verdict.DENY
    assert verdict(call("read"), "tool", deny=("other",)) == Verdict.ALLOW


@pytest.mark.parametrize("effect", ["spend", "execute", "network"])
def test_every_effect_can_be_refused(effect: str):
    """Also those that no rule may grant to all tools. Control: without the refusal the call is asked for."""
    risky = call(effect, ("to",), to=("evil.example.org", USER))
    assert verdict(risky, deny=(f"effect:{effect}",)) == Verdict.DENY
    assert verdict(risky, deny=("effect:write",)) == Verdict.ASK


@pytest.mark.parametrize("path", ["run.sh", "out/../run.sh", "./out/../run.sh", ["a.txt", "run.sh"]])
def test_a_refusal_is_not_evaded_by_another_spelling(path: object):
    """A path that climbs, or stands in a list, is refused all the same. Control: another file is allowed."""
    refused = call("write", ("path",), path=(path, USER))
    assert verdict(refused, "effect:write", deny=("tool:path=run.sh",)) == Verdict.DENY
    assert verdict(refused, "effect:write", deny=("tool:path=*.txt.sh",)) == Verdict.ALLOW


def test_grants_of_a_run_leave_the_policy_as_it_was():
    """Rules given for one run hold for that run."""
    standing = Policy.of(deny=["x"])
    once = standing.with_grants(["tool"])
    assert (standing.once, len(once.once), once.deny) == ((), 1, standing.deny)


@pytest.mark.parametrize("effect", ["read", "record", "network", "write", "send", "spend", "execute"])
@pytest.mark.parametrize("rule", ["tool", "tool:to=*"])
def test_what_strangers_wrote_never_decides_whether_something_happens(effect: str, rule: str):
    """Not even a read runs because of it, and no rule allows it. Control: what is trusted may decide."""
    args = {"to": Value("https://example.com", USER)}
    by_strangers = Call("tool", effect, ("to",), args, branch=WEB | USER)
    by_the_user = Call("tool", effect, ("to",), args, branch=SUM | USER)
    granted = Policy().with_grants([rule])
    decision = granted.decide(by_strangers, WORDS)
    assert (decision.verdict, decision.grantable) == (Verdict.ASK, False)
    assert decision.reason == (
        "whether tool runs would be decided by what comes from fetch_page (s1), untrusted and you"
    )
    assert granted.decide(by_the_user, WORDS).verdict == Verdict.ALLOW
    assert Policy.of(deny=["tool"]).decide(by_strangers, WORDS).verdict == Verdict.DENY
