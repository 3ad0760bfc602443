"""``--allow`` rules: what they say, what they refuse to say, and what they match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.agent.errors import RuleError
from homewit.agent.permission.rules import Rule, narrowest_rule, parse_rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("write_file", Rule(tool="write_file")),
        ("write_file:path=out/*", Rule(tool="write_file", patterns=(("path", "out/*"),))),
        ("mail:to=a@b.c;cc=*", Rule(tool="mail", patterns=(("to", "a@b.c"), ("cc", "*")))),
        ("effect:write", Rule(effect="write")),
        ("run_command:command=a=b;c", Rule(tool="run_command", patterns=(("command", "a=b;c"),))),
    ],
)
def test_the_three_forms_are_read_and_written_alike(text: str, rule: Rule):
    """A rule's text is its own spelling."""
    assert (parse_rule(text), str(rule)) == (rule, text)


@pytest.mark.parametrize(
    "text", ["", ":", "write_file:", "write_file:path", "write file", "effect:", "effect:fly", "a:=b", "a:b="]
)
def test_what_is_no_rule_is_refused(text: str):
    """Nothing malformed is taken for a wider grant."""
    with pytest.raises(RuleError):
        parse_rule(text)


@pytest.mark.parametrize("effect", ["spend", "execute"])
def test_spending_and_executing_are_granted_by_name_only(effect: str):
    """There is no rule for every tool that can spend or execute."""
    with pytest.raises(RuleError, match="Name the tool"):
        parse_rule(f"effect:{effect}")


@pytest.mark.parametrize(
    ("glob", "value", "expected"),
    [
        ("out/*", "out/a.txt", True),
        ("out/*", "in/a.txt", False),
        ("out/*", "out/../secret", False),
        ("../*", "../a", True),
        ("*.txt", "a.TXT", False),
        ("*", ["a"], False),
        ("12?", 123, True),
    ],
)
def test_a_glob_covers_the_whole_value(glob: str, value: object, expected: bool):
    """A pattern never reaches out of its folder by way of ``..``, and lists match nothing."""
    assert Rule(tool="t", patterns=(("a", glob),)).matches({"a": value}) is expected


@given(st.dictionaries(st.sampled_from(["to", "cc"]), st.text(min_size=1), min_size=1), st.text(min_size=1))
def test_the_narrowest_rule_matches_its_call_and_no_other(args: dict[str, str], other: str):
    """Whatever the values hold (wildcards, semicolons, brackets), the rule offered fits exactly them."""
    rule = parse_rule(str(narrowest_rule("mail", args, ("to", "cc"))))
    assert rule.matches(args)
    for name, value in args.items():
        assert rule.matches({**args, name: other}) is (other == value)
