"""Weights in 8 or 4 bits: the format, the layers that compute with it, checkpoints in it, and how much it
costs.

`panels.py` defines the format, `layers.py` the modules that take the place of dense ones, `quality.py`
compares a quantized model with the one it came from.
"""
