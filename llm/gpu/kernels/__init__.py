"""Triton kernels for passes of few rows. Each module has the kernels of one operation; `triton_operators.py`
chooses their sizes and starts them.

Importing a module of this folder imports Triton. Sums are kept in float32, results have the dtype of the
input.
"""
