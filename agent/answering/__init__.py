"""The words at the end of a run, and the requests that only the memory answers."""
