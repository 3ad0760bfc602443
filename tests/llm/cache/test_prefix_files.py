"""Prefixes on disk: read back whole or not at all, bounded in size, and gone with what they held."""

import os
import stat
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from homewit.llm.cache.prefix_files import PrefixFiles
from homewit.llm.cache.prefix_folder import forget_stored_text, read_metadata, stored_prefixes
from homewit.llm.spec import AttentionSpec, GatedSpec, LayerSpec, ModelSpec
from homewit.llm.weights.fingerprint import fingerprint

MODEL = b"0123456789abcdef"
TENSORS = {
    "kv.0": torch.arange(24.0).reshape(2, 1, 3, 4),
    "kv.1": torch.arange(24.0).reshape(2, 1, 3, 4).bfloat16(),
    "scale.1": torch.arange(6, dtype=torch.int8).reshape(2, 1, 3, 1),
}
TOKENS = [5, 6, 7]
LIMIT = 3700  # room for three files of the test below


def files(folder: Path, model: bytes = MODEL, limit: int = 1 << 20) -> PrefixFiles:
    return PrefixFiles(folder, model, limit)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds one prefix."""
    assert files(tmp_path / "prefix").save(TOKENS, "You are kind.", TENSORS)
    return tmp_path / "prefix"


def test_a_second_launch_reads_what_the_first_wrote(folder: Path) -> None:
    """Every tensor comes back with its numbers and its type, for the user alone to read."""
    again = files(folder)

    assert again.longest([5, 6, 7, 8]) == 3
    loaded = again.load(TOKENS)

    assert loaded is not None
    torch.testing.assert_close(loaded, TENSORS, rtol=0, atol=0)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


@settings(max_examples=30, deadline=None)
@given(st.sets(st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple), max_size=8), st.data())
def test_the_longest_stored_prefix_is_found(
    tmp_path_factory: pytest.TempPathFactory, stored: set[tuple[int, ...]], data: st.DataObject
) -> None:
    held = files(tmp_path_factory.mktemp("prefix"))
    for tokens in stored:
        assert held.save(tokens, "", {})
    wanted = tuple(data.draw(st.lists(st.integers(0, 2), max_size=8)))

    lengths = [len(one) for one in stored if wanted[: len(one)] == one]
    assert held.longest(wanted) == max(lengths, default=0)


def test_another_model_finds_nothing(folder: Path) -> None:
    """The states of one model mean nothing to another, and neither removes the other's."""
    other = files(folder, b"fedcba9876543210")

    assert (other.longest(TOKENS), other.load(TOKENS)) == (0, None)
    assert files(folder).longest(TOKENS) == 3


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty", "other tokens", "no text"])
def test_a_damaged_file_is_ignored_and_removed(folder: Path, damage: str) -> None:
    """Whatever happened to it, the file is gone afterwards and nothing of it is used."""
    held = files(folder)
    (path,) = folder.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        del content[-5:]
    elif damage == "flipped":
        content[-5] ^= 1
    elif damage == "foreign":
        content = bytearray(b"no safetensors at all")
    elif damage == "empty":
        content.clear()
    elif damage == "other tokens":
        at = content.index(torch.tensor(TOKENS, dtype=torch.int32).numpy().tobytes())
        content[at] = 9
    else:
        content = content.replace(b'"text"', b'"tuxt"')
    path.write_bytes(content)

    assert held.load(TOKENS) is None
    assert (names(folder), held.longest(TOKENS)) == ([], 0)


def test_leftovers_and_strangers_are_swept_out_at_the_start(folder: Path) -> None:
    """Half-written files of a crash, files of other programs, damaged ones; what is being written stays."""
    kept = names(folder)
    fresh = folder / f"{kept[0]}.writing.1.aa"
    for name in ("notes.txt", "0" * 16 + "-3-" + "0" * 32 + ".safetensors", f"{kept[0]}.writing.1.bb"):
        (folder / name).write_text("x")
    os.utime(folder / f"{kept[0]}.writing.1.bb", (0, 0))
    fresh.write_text("x")

    files(folder)

    assert names(folder) == sorted([*kept, fresh.name])


def test_the_folder_stays_below_its_limit(tmp_path: Path) -> None:
    """The longest unused prefix makes room; one that is larger than the limit is not written."""
    held = files(tmp_path, limit=LIMIT)
    tensors = {"kv.0": torch.zeros(150)}
    for token in (1, 2, 3):
        before = set(tmp_path.iterdir())
        assert held.save([token], "", tensors)
        for path in set(tmp_path.iterdir()) - before:
            os.utime(path, (token, token))
    held.load([1])

    assert held.save([4], "", tensors)
    assert held.save([5], "", {"kv.0": torch.zeros(10_000)}) is False

    again = files(tmp_path)
    assert [token for token in range(1, 6) if again.longest([token])] == [1, 3, 4]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= LIMIT


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    held = files(tmp_path / "file")

    assert held.save(TOKENS, "", TENSORS) is False
    assert (held.longest(TOKENS), held.load(TOKENS)) == (0, None)


def test_forgotten_words_leave_the_disk(tmp_path: Path) -> None:
    """Prefixes of every model that contain them are removed, however they are spelled and spaced."""
    for index, text in enumerate(("My sister's  BIRTHDAY\nis May 3.", "My brother's birthday is in June.")):
        files(tmp_path, bytes([index]) * 16).save([index], text, TENSORS)
    (tmp_path / ("0" * 16 + "-3-" + "0" * 32 + ".safetensors")).write_text("unreadable")

    removed = forget_stored_text(tmp_path, ["sister's birthday is may 3", " "])

    assert removed == 2
    (left,) = stored_prefixes(tmp_path)
    assert read_metadata(left.path) is not None
    assert b"sister" not in left.path.read_bytes()


def test_forgetting_nothing_removes_nothing(folder: Path) -> None:
    """Also where there is no folder."""
    assert forget_stored_text(folder, ["", "absent"]) == 0
    assert forget_stored_text(folder / "nowhere", ["kind"]) == 0
    assert len(names(folder)) == 1


def test_fingerprints_tell_weights_specs_and_settings_apart(tmp_path: Path) -> None:
    """The same files give the same fingerprint; any change of what is computed gives another."""
    layer = LayerSpec(AttentionSpec(2, 1, 4), GatedSpec(8))
    spec = ModelSpec(16, 8, 64, (layer,))
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(200_000))
    os.utime(weights, (1, 1))
    first = fingerprint(tmp_path, spec, ("int8",))
    changed = bytearray(200_000)
    changed[150_001] = 1

    assert fingerprint(tmp_path, spec, ("int8",)) == first
    weights.write_bytes(changed)
    os.utime(weights, (1, 1))
    others = [
        fingerprint(tmp_path, spec, ("int8",)),
        fingerprint(tmp_path, spec, ("int4",)),
        fingerprint(tmp_path, spec, ("int8", "")),
        fingerprint(tmp_path, ModelSpec(16, 8, 65, (layer,)), ("int8",)),
    ]
    assert len({first, *others}) == 5
