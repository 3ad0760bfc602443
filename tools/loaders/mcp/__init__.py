"""Tools of MCP servers, over pipes or HTTP, in both eras of the protocol.

The protocol itself is the official SDK's (`mcp`, an extra). It is imported when a server is first contacted,
and nowhere outside of this folder.
"""

from .logins import Logins
from .servers import McpServers

__all__ = ["Logins", "McpServers"]
