"""What an MCP server answers, as a result of ours.

Structured content is the data where the server gives any; else there is the text. What is no text is named
with its kind and size, so that nobody takes it for missing.
"""

from typing import Any

from ...result import ToolResult, readable


def result_of(answer: Any, structured: bool) -> ToolResult:
    """`structured`: the tool declares what it gives, so that later steps may refer to its fields."""
    text = "\n".join(part for part in map(_shown, answer.content) if part)
    data = answer.structured_content
    if structured and data is not None:
        return ToolResult(data, text or readable(data))
    text = text or (readable(data) if data is not None else "Done.")
    return ToolResult({"text": text}, text)


def _shown(block: Any) -> str:
    match block.type:
        case "text":
            return block.text
        case "resource_link":
            return f"{block.title or block.name}: {block.uri}"
        case "resource":
            found = block.resource
            return getattr(found, "text", None) or f"[{found.uri}, {found.mime_type or 'data'}, not shown]"
        case kind:  # image and audio
            size = len(getattr(block, "data", "")) * 3 // 4
            return f"[{kind}, {getattr(block, 'mime_type', 'data')}, {size} bytes, not shown]"
