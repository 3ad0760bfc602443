"""What of this machine a tool may see, change and start; `sandbox.py` and `processes.py` keep to it."""
