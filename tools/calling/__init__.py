"""How one call of a tool runs: in time, beside the event loop, with the secrets that it declares alone."""
