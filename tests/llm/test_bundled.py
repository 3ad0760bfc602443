"""The checkpoint that ships: what it is, that others can load it, and that it does what its card says."""

import json
from pathlib import Path

import pytest
import torch
import transformers

import homewit.llm as package
from homewit.llm import Engine
from homewit.llm.compact.form import control_tokens
from homewit.llm.compact.reader import CompactReader
from homewit.llm.training.evaluation import CELLS, Evaluation, load_handwritten, summary

FOLDER = Path(package.__file__).parent / "bundled"
REQUESTS = ("what is 17 * 23?", "add milk to my tasks and show me my open tasks", "Zwosk plimber ünï 你好")
ITEMS = 40
TOLERANCE = 0.10  # of a share, on so few items


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load("bundled")


def test_it_is_small_and_complete():
    """At most 30 MB with its tokenizer, configuration and card, and nothing that could run code."""
    names = {path.name for path in FOLDER.iterdir()}
    wanted = {"README.md", "config.json", "evaluation.json", "model.safetensors", "tokenizer.json"}
    assert names == wanted | {"tokenizer_config.json"}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 30_000_000
    assert json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))["model_type"] == "qwen3"


def test_transformers_loads_it_with_the_same_tokens_and_logits(engine: Engine):
    """It is an ordinary qwen3 checkpoint: no code of ours is needed to run it."""
    theirs = transformers.AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(FOLDER)
    for request in REQUESTS:
        ids = engine.tokenizer.encode(request)
        assert tokenizer(request, add_special_tokens=False)["input_ids"] == ids
        with torch.no_grad():
            wanted = theirs(torch.tensor([ids])).logits[0]
        assert torch.allclose(engine.logits(ids), wanted, atol=1e-4)


def test_control_tokens_have_the_ids_that_training_gave_them(engine: Engine):
    """Their order in the code is the order in the tokenizer."""
    contents = control_tokens()
    assert [engine.tokenizer.token_id(content) for content in contents] == list(range(len(contents)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "cell", [cell for cell in CELLS if "plan" not in cell.name], ids=lambda cell: cell.name
)
def test_a_sample_of_each_cell_is_as_good_as_the_card_says(engine: Engine, cell):
    """Fresh items from the same cell, not those that were measured, come out nearly as well."""
    claimed = json.loads((FOLDER / "evaluation.json").read_text(encoding="utf-8"))["generated"][cell.name]
    outcomes = list(Evaluation(CompactReader(engine)).generated(cell, ITEMS, seed=20))
    missed = [outcome.shown for outcome in outcomes if not outcome.right]
    assert summary(outcomes)[cell.name]["exact"] >= claimed["exact"] - TOLERANCE, missed


@pytest.mark.slow
def test_the_hand_written_utterances_come_out_as_the_card_says(engine: Engine):
    """The very file that was measured gives the same share again, up to rounding on another processor."""
    tables = json.loads((FOLDER / "evaluation.json").read_text(encoding="utf-8"))
    claimed = tables["handwritten"]
    right = sum(row["exact"] * row["items"] for row in claimed.values())
    outcomes = list(Evaluation(CompactReader(engine)).handwritten(load_handwritten()))
    assert sum(outcome.right for outcome in outcomes) == pytest.approx(right, abs=6)
