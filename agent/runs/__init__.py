"""One prompt from its start to its end: what it works with, its limits, and how it is stopped."""
