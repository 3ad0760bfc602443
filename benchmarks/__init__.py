"""Homewit beside named peers, in one run: `python -m benchmarks`. Nothing here passes or fails."""
