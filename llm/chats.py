"""A checkpoint's chat templates: which one serves a chat, what it marks, and what its prompts have in common.

Templates are compiled when they are first needed. What they render is chat.py's affair; what is done with it
is nothing that is known here.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from .chat import ChatTemplate, Part, load_template
from .decoding.thinking import ThinkingMarkers, find_markers
from .errors import TemplateError
from .prompt_shape import PromptShape, prompt_shape
from .tokenizer import Tokenizer, read_optional, token_content

INSTRUCTING = ("system", "developer")
SHAPES = 16  # kinds of chats whose shape is remembered

Messages = Sequence[Mapping[str, Any]]


class Chats:
    """The templates of the checkpoint in `folder`, which errors call `name`."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, name: str) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._name = name
        self._templates: dict[bool, tuple[ChatTemplate, ThinkingMarkers | None]] = {}
        self._shapes: dict[str, PromptShape] = {}

    def render(
        self, messages: Messages, tools: Messages | None, options: Mapping[str, Any] | None
    ) -> list[Part]:
        """The prompt for `messages`. Raises `TemplateError`."""
        return self._template(bool(tools))[0].render(messages, tools, options)

    def markers(self, has_tools: bool = False) -> ThinkingMarkers | None:
        """What is put around thoughts; None where there is no template, or it marks none."""
        try:
            return self._template(has_tools)[1]
        except TemplateError:
            return None

    def shape(
        self, messages: Messages, tools: Messages | None, options: Mapping[str, Any] | None
    ) -> PromptShape:
        """What chats with these instructions and tools have in common, found out once for each."""
        head = list(takewhile(lambda message: message.get("role") in INSTRUCTING, messages))
        key = repr((head, tools, options))
        if key not in self._shapes:
            if len(self._shapes) >= SHAPES:
                self._shapes.pop(next(iter(self._shapes)))
            self._shapes[key] = self._find_shape(head, tools, options)
        return self._shapes[key]

    def forget_shapes(self) -> None:
        """Drop what is remembered of instructions."""
        self._shapes.clear()

    def _find_shape(
        self, head: Messages, tools: Messages | None, options: Mapping[str, Any] | None
    ) -> PromptShape:
        def render(text: str) -> list[int]:
            chat = [*head, {"role": "user", "content": text}]
            return self._tokenizer.encode_parts(self.render(chat, tools, options))

        try:
            return prompt_shape(render, self._tokenizer.control_ids)
        except TemplateError:
            return PromptShape()  # a template that refuses such a chat has no beginning to share

    def _template(self, has_tools: bool) -> tuple[ChatTemplate, ThinkingMarkers | None]:
        """The template, and the markers that it puts around thoughts. Raises `TemplateError`."""
        if has_tools not in self._templates:
            settings = read_optional(self._folder / "tokenizer_config.json")
            source = load_template(self._folder, settings, has_tools)
            if source is None:
                raise TemplateError(
                    f"The model {self._name} has no chat template, so it takes prompts, not messages. "
                    "Use generate with a prompt, or an instruction-tuned checkpoint."
                )
            names = ("bos_token", "eos_token", "unk_token", "pad_token")
            tokens = {name: token_content(settings.get(name)) for name in names}
            known = {name: content for name, content in tokens.items() if content is not None}
            self._templates[has_tools] = ChatTemplate(source, known), find_markers(source)
        return self._templates[has_tools]
