"""How clients reach the agent: one resident process per home on a Unix socket, or a private one over pipes.

Both speak the JSON-RPC of ``requests``. Importing the package loads nothing; ``address`` and ``program`` stay
free of heavy imports, because clients read them before anything else.
"""
