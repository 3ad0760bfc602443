"""One screen per file: the chat, and the drawers that open over it."""
