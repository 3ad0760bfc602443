"""Which model drives the agent, in which dialect, and how several runs share it."""
