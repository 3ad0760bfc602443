"""Two calm palettes, dark and light: few colours, each with one meaning; ``muted`` and ``faint`` recede."""

from textual.theme import Theme

DARK = Theme(
    name="homewit-dark",
    dark=True,
    primary="#8fb8a4",
    secondary="#a9a4cf",
    accent="#dcb27c",
    foreground="#d9d8d4",
    background="#141516",
    surface="#1b1d1e",
    panel="#242728",
    success="#8dbb80",
    warning="#dcb27c",
    error="#e0827a",
    variables={"muted": "#959896", "faint": "#676b69"},
)
LIGHT = Theme(
    name="homewit-light",
    dark=False,
    primary="#2f7561",
    secondary="#5d559c",
    accent="#94641a",
    foreground="#2a2b2d",
    background="#faf9f6",
    surface="#f2f0ea",
    panel="#e6e3da",
    success="#3c7a34",
    warning="#94641a",
    error="#b23a31",
    variables={"muted": "#6b6a66", "faint": "#97958e"},
)
