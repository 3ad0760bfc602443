"""A device's share of a checkpoint, read from the files; alike for the leader and for those who follow.

Of each tensor only the share's rows and columns are taken. It knows files and shares, but no processes.
"""

from pathlib import Path

import torch

from ..families import Blueprint
from ..network.decoder import Decoder
from ..weights.checkpoint import weights
from ..weights.cuts import WHOLE
from ..weights.mapped import MappedFiles
from .decoder import ShareDecoder


def load_share(
    decoder: ShareDecoder, folder: Path, blueprint: Blueprint, dtype: torch.dtype, place: torch.device
) -> int:
    """Fill `decoder`, built on the meta device; the bytes that were read. Raises `CheckpointError`."""
    with torch.device("meta"):
        whole = Decoder(blueprint.spec)
    cuts = {name: decoder.share.cut(name) for name, _ in whole.named_parameters()}
    files = MappedFiles()
    parts = weights(folder, whole, dtype, place, blueprint.names, lambda name: cuts[name] or WHOLE, files)
    state = {name: torch.zeros_like(part) if cuts[name] is None else part for name, part in parts}
    decoder.load_state_dict(state, assign=True)
    decoder.requires_grad_(False).eval()
    return files.bytes_read
