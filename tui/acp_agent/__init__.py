"""Homewit in editors: the Agent Client Protocol over stdin and stdout, as one more face of a conversation.

An editor starts ``homewit acp`` and talks JSON-RPC with it (agentclientprotocol.com). Nothing of the agent is
here: this package says in the protocol's words what ``conversation`` and the events of runs say.
"""
