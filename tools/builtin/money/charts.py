"""Charts of sums: bars of text for the terminal, and an SVG file for everything else.

Bars are drawn in eighths of a character, so that small differences show. The SVG is written here because
a few rectangles need no library; every text in it is escaped. Knows nothing of expenses.
"""

from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: Decimal, width: int) -> str:
    """A bar that fills ``share`` of ``width`` characters; beyond all of it, an arrow ends it."""
    if share > 1:
        return "█" * (width - 1) + "▶"
    eighths = int((max(share, Decimal(0)) * width * 8).to_integral_value())
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width, "·")


def bars(rows: Sequence[tuple[str, Decimal, str]], width: int = 24) -> list[str]:
    """One line for each (label, value, note), all to one scale; negative values have an empty bar."""
    most = max((value for _, value, _ in rows), default=Decimal(0))
    labels = max((len(label) for label, _, _ in rows), default=0)
    return [
        f"{label:<{labels}}  {bar(value / most if most > 0 else Decimal(0), width)}  {note}".rstrip()
        for label, value, note in rows
    ]


def svg(title: str, rows: Sequence[tuple[str, Decimal, str]]) -> str:
    """The same as a picture of 640 pixels, readable on light and dark ground."""
    most = max((value for _, value, _ in rows), default=Decimal(0))
    height = 56 + 30 * len(rows)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{height}" viewBox="0 0 640 {height}" '
        'font-family="system-ui, sans-serif" font-size="14">',
        f'<rect width="640" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="30" font-size="18" fill="#1b1f24">{escape(title)}</text>',
    ]
    for number, (label, value, note) in enumerate(rows):
        y = 50 + 30 * number
        wide = int(max(value, Decimal(0)) * 300 / most) if most > 0 else 0
        out += [
            f'<text x="150" y="{y + 15}" text-anchor="end" fill="#1b1f24">{escape(label[:24])}</text>',
            f'<rect x="160" y="{y}" width="{wide}" height="20" rx="3" fill="#3b6fb6"/>',
            f'<text x="{168 + wide}" y="{y + 15}" fill="#57606a">{escape(note)}</text>',
        ]
    return "\n".join([*out, "</svg>", ""])
