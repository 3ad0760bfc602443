"""Sub-tasks: steps with a plan of their own. ``tool`` is what a plan calls, ``carrying`` does it."""
