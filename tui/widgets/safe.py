"""The widget that all text is shown with: no markup is read and nothing unprintable passes.

Other widgets build what they show with ``styled`` and never construct content themselves.
"""

from textual.content import Content
from textual.widgets import Static

from ..safe_text import clean

Part = str | tuple[str, str]
"""Text, or text with a style."""


def styled(*parts: Part) -> Content:
    """Content made of safe pieces; brackets in the text are only brackets."""
    pieces = ((clean(part), "") if isinstance(part, str) else (clean(part[0]), part[1]) for part in parts)
    return Content.assemble(*pieces)


def trimmed(parts: list[Part]) -> list[Part]:
    """Without the line break at the end."""
    if not parts:
        return parts
    last = parts[-1]
    ending = last.rstrip("\n") if isinstance(last, str) else (last[0].rstrip("\n"), last[1])
    return [*parts[:-1], ending]


class SafeText(Static):
    """A ``Static`` without markup."""

    def __init__(self, *parts: Part, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(styled(*parts), markup=False, id=id, classes=classes)
        self.shown: tuple[Part, ...] = parts

    def show(self, *parts: Part) -> None:
        """Replace the text; nothing is drawn when it stays the same."""
        if parts != self.shown:
            self.shown = parts
            self.update(styled(*parts))

    @property
    def plain(self) -> str:
        """What is shown, without styles."""
        return "".join(part if isinstance(part, str) else part[0] for part in self.shown)
