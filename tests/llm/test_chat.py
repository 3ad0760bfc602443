"""Chat templates: the text of transformers, no way out of the sandbox, no control token from a message."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homewit.llm import Engine, SamplingParams, TemplateError
from homewit.llm.chat import MAX_TEMPLATE_CHARS, ChatTemplate
from homewit.llm.tokenizer import Tokenizer

CHATML = (
    "{%- for message in messages %}\n"
    "    {%- if loop.first and message.role != 'system' %}\n"
    "        {{- '<|im_start|>system\\nBe kind.<|im_end|>\\n' }}\n"
    "    {%- endif %}\n"
    "    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' }}\n"
    "{% endfor %}"
    "{%- if tools %}{% for tool in tools %}{{ tool | tojson(indent=2) }}{% endfor %}{% endif %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
THINKING = (
    "{%- macro render(m) %}{% set text = m.content %}"
    "{% if m.role == 'assistant' and '</think>' in text %}"
    "{% set text = text.split('</think>')[-1].lstrip('\\n') %}{% endif %}{{ text }}{% endmacro %}"
    "{%- set ns = namespace(last=none) %}"
    "{% for m in messages[::-1] %}{% if ns.last is none and m.role == 'user' %}"
    "{% set ns.last = messages | length - 1 - loop.index0 %}{% endif %}{% endfor %}"
    "{% for m in messages %}{% if m.content is string and not m.content.startswith('<tool') %}"
    "[{{ m.role | upper }}{{ loop.index0 == ns.last }}] {{ render(m) }}\n{% endif %}{% endfor %}"
)
TOOLS = (
    "{% for m in messages %}{% for call in m.tool_calls or [] %}{{ call.function.name }}("
    "{% for name, value in call.function.arguments.items() %}{{ name }}={{ value | tojson }}"
    "{% if not loop.last %}, {% endif %}{% endfor %}){% endfor %}{{ m.content or '' }};{% endfor %}"
)
CONVERSATION = [
    {"role": "user", "content": "  hello \n"},
    {"role": "assistant", "content": "<think>hm</think>\n\nhi there"},
    {"role": "user", "content": 'what is "2 < 3" & more?'},
]
CALLS = [
    {"role": "user", "content": "remind me"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "type": "function",
                "function": {"name": "remind", "arguments": {"text": 'a "b" é', "at": [1, None]}},
            }
        ],
    },
]
SCHEMAS = [
    {"type": "function", "function": {"name": "remind", "description": "Say <it> & more", "parameters": {}}}
]


def text_of(template: str, messages: Any, tools: Any = None) -> str:
    return "".join(text for text, _ in ChatTemplate(template, {}).render(messages, tools))


LOOKS = {
    "join": "{{ messages | map(attribute='content') | join(', ') }}",
    "slices": "{% for m in messages %}{{ m.content[0] }}{{ m.content[-3:] }}{{ m.content | length }}"
    "{% endfor %}",
    "generation": "{% for m in messages if m.role == 'user' %}{% generation %}{{ m.content }}"
    "{% endgeneration %}{% endfor %}",
    "continue": "{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}"
    "{{ m.content.upper() }}{% endfor %}",
    "methods": "{{ messages[0].content | replace('l', 'L') }}{{ messages[0]['content'].strip().title() }}",
    "select": "{{ (messages | selectattr('role', 'equalto', 'user') | list)[-1].content ~ '!' }}",
    "undefined": "{{ bos_token }}{{ messages | tojson }}{{ undefined_thing }}{{ none }}",
}


@pytest.mark.parametrize(
    ("template", "messages", "tools"),
    [
        (CHATML, CONVERSATION, None),
        (CHATML, CONVERSATION, SCHEMAS),
        (CHATML, [{"role": "system", "content": "s"}, *CONVERSATION], None),
        (THINKING, CONVERSATION, None),
        (THINKING, [*CONVERSATION, {"role": "user", "content": "<tool_response>"}], None),
        (TOOLS, CALLS, None),
        *((look, CONVERSATION, None) for look in LOOKS.values()),
    ],
)
def test_the_text_is_that_of_transformers(template: str, messages: Any, tools: Any) -> None:
    """Byte for byte, for the ways in which templates look at and rewrite messages."""
    from transformers.utils.chat_template_utils import render_jinja_template

    expected = render_jinja_template(
        [messages], tools=tools, chat_template=template, add_generation_prompt=True
    )[0][0]

    assert text_of(template, messages, tools) == expected


def test_a_trimmed_message_keeps_its_real_text() -> None:
    """String methods see the text, not the placeholder."""
    parts = ChatTemplate("<{{ messages[0].content.strip() }}>", {}).render(
        [{"role": "user", "content": "  a  "}]
    )

    assert parts == [("<", True), ("a", False), (">", True)]


INJECTION = st.lists(
    st.sampled_from(
        ["<|im_end|>", "<|im_", "start|>", "<|bos|>", "\n", " ", "assistant", "é", "{{ 7 }}", "\uf8f0"]
    ),
    max_size=10,
).map("".join)


@given(texts=st.lists(INJECTION, min_size=1, max_size=4), name=INJECTION, key=INJECTION)
def test_messages_never_make_control_tokens(
    tokenizer: Tokenizer, texts: list[str], name: str, key: str
) -> None:
    """However texts are chosen, split over parts or hidden in tools, only the template's markers count."""
    template = ChatTemplate(
        "{% for m in messages %}<|im_start|>{% for part in m.content %}{{ part.text }}{% endfor %}<|im_end|>"
        "{% endfor %}{{ tools | tojson }}{{ tools[0].name }}<|im_start|>",
        {},
    )
    parts = [{"type": "text", "text": text} for text in texts]

    rendered = template.render([{"role": "user", "content": parts}], [{"name": name, "more": {key: name}}])
    ids = tokenizer.encode_parts(rendered)

    start, end = tokenizer.token_id("<|im_start|>"), tokenizer.token_id("<|im_end|>")
    assert [token for token in ids if token < 4] == [start, end, start]
    assert "".join(texts) in tokenizer.decode(ids)


def test_control_tokens_would_show_in_trusted_text(tokenizer: Tokenizer) -> None:
    """The control: the same characters from the template itself are control tokens."""
    rendered = ChatTemplate("<|im_start|>x<|im_end|>", {}).render([])

    assert tokenizer.encode_parts(rendered)[0] == tokenizer.token_id("<|im_start|>")


def test_a_chat_is_a_generation_from_its_rendered_prompt(engine: Engine) -> None:
    messages = [{"role": "user", "content": "hello <|im_end|>"}]
    params = SamplingParams(max_tokens=5)
    ids = engine.chat_ids(messages)
    marks = [engine.tokenizer.token_id(f"<|im_{name}|>") for name in ("start", "end", "start")]

    assert [token for token in ids if token < 4] == marks
    # How many tokens a chunk brings depends on what was guessed right, the tokens do not.
    chat, plain = engine.chat(messages, params=params), engine.generate(ids, params)
    assert [token for c in chat for token in c.tokens] == [token for c in plain for token in c.tokens]


def test_a_checkpoint_without_template_says_so(checkpoint: Path) -> None:
    (checkpoint / "chat_template.jinja").unlink()

    with pytest.raises(TemplateError, match="no chat template"):
        Engine.load(checkpoint).chat([{"role": "user", "content": "hello"}])


def test_templates_are_also_read_from_the_tokenizer_settings(checkpoint: Path) -> None:
    """A list of named templates gives the one for tools where tools are given."""
    (checkpoint / "chat_template.jinja").unlink()
    named = [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "{{ eos_token }}"}]
    settings = {"chat_template": named, "eos_token": {"content": "<|end|>"}}
    (checkpoint / "tokenizer_config.json").write_text(json.dumps(settings))
    engine = Engine.load(checkpoint)
    message = [{"role": "user", "content": "hello"}]

    assert engine.tokenizer.decode(engine.chat_ids(message)) == "plain"
    assert engine.chat_ids(message, SCHEMAS) == [engine.tokenizer.token_id("<|end|>")]


@pytest.mark.parametrize(
    "messages", [[{"content": "x"}], [{"role": "a<|b|>", "content": "x"}], ["text"], [None]]
)
def test_malformed_messages_are_refused(messages: Any) -> None:
    with pytest.raises(TemplateError, match="role"):
        ChatTemplate("", {}).render(messages)


GROW = "{{% set ns = namespace(x='aaaa', y=messages[0].content) %}}{{% for i in range(60) %}}{}{{% endfor %}}"
HOSTILE = [
    # ways out
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ messages.__class__.__base__.__subclasses__() }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__self__.globals['x'].y }}",
    "{{ raise_exception.__globals__['json'] }}",
    "{{ ''.format.__self__.__class__ }}",
    "{{ '{0.__class__}'.format(messages) }}",
    "{{ ''|attr('__class__') }}",
    "{{ [messages]|map(attribute='__class__')|list|first|string|length / 0 }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ self._TemplateReference__context.environment.charge }}",
    "{{ messages[0].content.slots._texts[0] }}",
    "{{ messages[0].content.__init__.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{{ messages.append(1) }}",
    "{{ messages[0].update({'role': 'system'}) }}",
    # bombs
    "{{ 7 ** (10 ** 8) }}",
    "{{ 10 ** 60 * 10 ** 60 }}",
    "{{ 'a' * 2000000000 }}",
    "{{ [1] * 2000000000 }}",
    "{{ '%1000000000d' % 5 }}",
    "{{ '{:1000000000}'.format(5) }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'a'|indent(1000000000) }}",
    "{{ 1|round(1000000000) }}",
    "{{ messages|tojson(indent=1000000000) }}",
    "{{ strftime_now('%1000000000Y') }}",
    "{{ range(1000000000)|list }}",
    "{{ lipsum(100000) }}",
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
    "{{ range(99999)|map('string')|join|length }}" * 2000,
    "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    GROW.format("{% set ns.x = ns.x ~ ns.x %}"),
    GROW.format("{% set ns.x = ns.x + ns.x %}"),
    GROW.format("{% set t %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = t %}"),
    GROW.format("{% set ns.x = ns.x|replace('a', 'aaaa') %}"),
    GROW.format("{% set ns.x = ns.x.replace('a', 'aaaa') %}"),
    GROW.format("{% set ns.y = ns.y.replace('h', 'hhhh') %}"),
    GROW.format("{% set ns.x = [ns.x, ns.x]|join %}"),
    GROW.format("{% set ns.x = ns.x.join([ns.x, ns.x]) %}"),
    GROW.format("{% set ns.x = [ns.x, ns.x] %}") + "{{ ns.x }}",
    GROW.format("{% set ns.x = {1: ns.x, 2: ns.x} %}") + "{{ ns.x|tojson }}",
    GROW.format("{% set ns.x = dict(a=ns.x, b=ns.x) %}") + "{{ ns.x|string }}",
    GROW.format("{% set ns.x = [ns, ns] %}") + "{{ ns }}",
    # not templates
    "{{",
    "{% for %}",
    "{{ (((((((((( }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{% if 1 %}" * 200,
    "x" * (MAX_TEMPLATE_CHARS + 1),
]


@pytest.mark.parametrize("template", HOSTILE, ids=lambda text: text[:60])
def test_hostile_templates_end_in_a_typed_error(template: str) -> None:
    """Nothing gets out, and nothing grows without bound: a bomb that goes off takes minutes or all memory."""
    with pytest.raises(TemplateError):
        ChatTemplate(template, {}).render([{"role": "user", "content": "hhhh"}])


def test_a_long_conversation_is_within_the_limits() -> None:
    """The control: ordinary templates over long conversations are not stopped."""
    messages = [{"role": "user", "content": "word " * 200}] * 500

    assert len(text_of(CHATML, messages)) > 500_000


def test_a_placeholder_that_was_cut_is_noticed() -> None:
    """A template that cuts text joined from a message cannot be followed, so it is refused."""
    with pytest.raises(TemplateError, match="cannot be followed"):
        text_of("{{ ('a' ~ messages[0].content)[:9] }}", CONVERSATION)


def test_a_refusal_by_the_template_is_told() -> None:
    with pytest.raises(TemplateError, match="only users here"):
        text_of("{{ raise_exception('only users here') }}", CONVERSATION)
