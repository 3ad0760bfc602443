"""Tools in processes of their own, so that a crash, a hang or a leak ends a step and not the agent.

`pool` keeps the processes, `remote` has a tool as the host sees it: its definition as data, its calls
elsewhere. `child` is the program that runs inside. Imports nothing, since that program needs little of what
the host does.
"""
