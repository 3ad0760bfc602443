"""What an MCP server asks while one of its tools runs ("elicitation"), and what it is told.

A form is answered with the values that it suggests itself, after the user has agreed to exactly these. A form
that leaves a needed field open, and an address to visit, are declined.
"""

from typing import Any

from mcp_types import ElicitResult

from ...context import ToolContext
from ...errors import ApprovalNeeded


class Questions:
    """Those of one call; `wish` is what the user has to agree to before it can be answered."""

    def __init__(self, server: str, ctx: ToolContext) -> None:
        self._server = server
        self._ctx = ctx
        self.wish = ""

    def answer(self, params: Any) -> ElicitResult:
        """The answer to one question; without the user's consent, that nobody is there."""
        if params.mode != "form":
            return ElicitResult(action="decline")
        schema = params.requested_schema
        properties = schema.get("properties", {})
        values = {name: field["default"] for name, field in properties.items() if "default" in field}
        if any(name not in values for name in schema.get("required", ())):
            return ElicitResult(action="decline")
        told = ", ".join(f"{name} = {value}" for name, value in values.items()) or "yes"
        wish = f"{self._server} asks: {params.message} It would be told: {told}."
        if wish in self._ctx.approved:
            return ElicitResult(action="accept", content=values)
        self.wish = wish
        return ElicitResult(action="cancel")

    def check(self) -> None:
        """Raises ApprovalNeeded when something was asked that the user has not agreed to."""
        if self.wish:
            raise ApprovalNeeded(self.wish)
