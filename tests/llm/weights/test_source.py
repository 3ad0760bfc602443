"""Parts of parameters are read as they would be cut from the whole, however the family stores it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.llm.families import FAMILIES, blueprint_from_config, read_config
from homewit.llm.network.decoder import Decoder
from homewit.llm.weights.checkpoint import weights
from homewit.llm.weights.cuts import WHOLE, Cut
from homewit.llm.weights.mapped import MappedFiles


def cuts(rows: int, columns: int | None) -> st.SearchStrategy[Cut]:
    """A few ascending ranges of rows, and a range of columns where there are any."""
    edges = st.lists(st.integers(0, rows), min_size=2, max_size=6, unique=True).map(sorted)
    ranges = edges.map(lambda at: tuple(map(range, at[::2], at[1::2])))
    if columns is None:
        return st.builds(Cut, st.none() | ranges)
    sides = st.lists(st.integers(0, columns), min_size=2, max_size=2, unique=True).map(sorted)
    return st.builds(Cut, st.none() | ranges, st.none() | sides.map(lambda at: range(*at)))


def cut_from(parameter: torch.Tensor, cut: Cut) -> torch.Tensor:
    """The same, from a parameter that is there."""
    axis = 1 if parameter.ndim == 3 else 0
    if cut.rows is not None:
        chosen = torch.tensor([row for rows in cut.rows for row in rows])
        parameter = parameter.index_select(axis, chosen)
    return parameter if cut.columns is None else parameter[..., cut.columns.start : cut.columns.stop]


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: Any, make_checkpoint: Callable[..., tuple[Path, Any]]) -> Path:
    return make_checkpoint(request.param)[0]


@given(data=st.data())
@settings(max_examples=6)
def test_a_part_is_what_the_whole_has_there(folder: Path, data: st.DataObject) -> None:
    """Fused, transposed, reordered and stacked tensors alike; fewer bytes are read for less."""
    blueprint = blueprint_from_config(read_config(folder))
    decoder = Decoder(blueprint.spec)
    wanted = {
        name: data.draw(cuts(parameter.shape[-2 if parameter.ndim > 1 else 0], _columns(parameter)))
        for name, parameter in decoder.named_parameters()
    }

    everything, less = MappedFiles(), MappedFiles()
    whole = dict(weights(folder, decoder, names=blueprint.names, files=everything))
    parts = dict(weights(folder, decoder, names=blueprint.names, cut=wanted.__getitem__, files=less))

    for name, part in parts.items():
        assert torch.equal(part, cut_from(whole[name], wanted[name])), (name, wanted[name])
        assert part.is_contiguous()
    assert less.bytes_read < everything.bytes_read or all(cut == WHOLE for cut in wanted.values())


def _columns(parameter: torch.Tensor) -> int | None:
    return parameter.shape[-1] if parameter.ndim > 1 else None
