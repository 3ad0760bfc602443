"""Decoding on a CUDA device: small passes through fused kernels, launched together as one graph.

`step.py` takes such passes in the decoder's place, `forward.py` says what a pass computes, in terms of the
few operations of `operators.py`. Those exist twice: in plain PyTorch (`reference.py`), which defines them,
and as Triton kernels (`triton_operators.py`, imported late, because it needs Triton).
"""
