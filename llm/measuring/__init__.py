"""How fast and how large a model is on this machine; what `homewit model bench` shows.

It uses the engine as callers do. Comparisons with other engines are benchmarks/.
"""
