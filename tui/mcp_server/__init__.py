"""``homewit mcp``: Homewit's tools for other programs, such as editors and agents with models of their own.

An MCP server over stdin and stdout, and a client of the host like the other commands. The protocol itself
is the official SDK's (`mcp`, an extra), which is imported here and nowhere else in the terminal side. Every
call is a run of its own, whose words are not the user's: what they may do without asking is decided by the
host.
"""
