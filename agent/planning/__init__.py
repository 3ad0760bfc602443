"""From a request to a plan that may run: its tools, arguments and conditions, and the checks it must pass."""
