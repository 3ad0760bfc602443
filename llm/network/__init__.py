"""The forward pass: one `Decoder` for every spec, and the kinds of layers that it is made of.

Knows tensors, specs and the state of a layer; neither files nor text nor requests.
"""
