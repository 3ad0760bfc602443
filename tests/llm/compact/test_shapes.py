"""Shapes: a value of a certain kind is only looked for where its words are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.llm.compact.form import ArgumentCard, ToolCard, tool_card
from homewit.llm.compact.grammar import CompactGrammar
from homewit.llm.compact.shapes import regions


class Letters:
    """A tokenizer with a token for every character."""

    def encode(self, text: str) -> list[int]:
        return list(map(ord, text))

    def token_id(self, content: str) -> int:
        return 0x110000 + len(content)


@pytest.mark.parametrize(
    ("request_text", "shape", "wanted"),
    [
        ("remind me to call mum on friday at 5pm", "moment", ["on friday at 5pm"]),
        ("rent due march 3rd, gym on 2026-04-01", "moment", ["due march 3rd,", "on 2026-04-01"]),
        ("the bill came to 187.40 / 6, how much each", "sum", ["to 187.40 / 6, how much"]),
        ("open https://a.org/x?y=1, please", "address", ["https://a.org/x?y=1"]),
        ("read (www.kettle.dev/blog) now", "address", ["www.kettle.dev/blog"]),
    ],
)
def test_the_stretches_that_have_a_shape(request_text: str, shape: str, wanted: list[str]):
    assert list(regions(request_text, shape)) == wanted


@pytest.mark.parametrize("shape", ["moment", "sum", "address", "", "unheard of"])
def test_without_such_words_the_whole_request_is_open(shape: str):
    assert list(regions("when I get home", shape)) == ["when I get home"]


@given(st.text(max_size=60), st.sampled_from(["moment", "sum", "address"]))
def test_a_stretch_is_part_of_the_request(text: str, shape: str):
    assert all(stretch in text for stretch in regions(text, shape))


def test_the_grammar_takes_a_moment_from_nowhere_else():
    card = ToolCard(
        "set_reminder",
        "",
        (ArgumentCard("text", "text", True), ArgumentCard("at", "text", True, shape="moment")),
        {"text": "text"},
    )
    grammar = CompactGrammar("nudge me at 11 to stretch", Letters()).call([card], [], None)
    text_rule, at_rule = (line for line in grammar.splitlines() if line.startswith("value_0_"))
    assert "SPAN" in text_rule
    assert "SPAN" not in at_rule
    assert "stretch" not in next(line for line in grammar.splitlines() if line.startswith("MOMENT_0:"))


def test_a_schema_says_the_shape_by_its_format():
    schema = {"type": "object", "required": ["day"], "properties": {
        "day": {"type": "string", "format": "date"},
        "link": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]},
        "name": {"type": "string"},
    }}  # fmt: skip
    shapes = [argument.shape for argument in tool_card("t", "", schema, {}).arguments]
    assert shapes == ["moment", "address", ""]
