"""Two real processes over gloo answer like one: all that an engine offers, in one launch for all cases."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from homewit.llm import Engine, SamplingParams
from homewit.llm.quantization.checkpoint import quantize_checkpoint

from . import exercise
from .processes import torchrun

FAMILIES = ["llama", "qwen3", "gemma3_text", "mixtral"]
PROGRAM = Path(exercise.__file__)
Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def cases(
    make_checkpoint: Callable[..., tuple[Path, Any]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    folders = {family: str(make_checkpoint(family)[0]) for family in FAMILIES}
    prefixes = str(tmp_path_factory.mktemp("prefixes"))
    quantized = tmp_path_factory.mktemp("quantized") / "qwen3"
    quantize_checkpoint(Path(folders["qwen3"]), quantized, 8)
    again = {"folder": folders["qwen3"], "parts": ["instructed"], "prefixes": prefixes}
    return {
        **{family: {"folder": folders[family], "parts": ["computed", "chosen"]} for family in FAMILIES},
        "int8": {"folder": folders["qwen3"], "parts": ["chosen"], "int8": True},
        "drafted": {"folder": folders["llama"], "parts": ["chosen"], "draft": folders["llama"]},
        "forgotten": {"folder": folders["llama"], "parts": ["forgotten"]},
        "cold": again,
        "warm": again,
        "recurrent": {"folder": str(make_checkpoint("mamba2")[0]), "parts": []},
        "no model": {"folder": prefixes, "parts": []},
        "quantize": {"folder": folders["qwen3"], "parts": [], "quantize": "int8", "dtype": "auto"},
        "quantized": {"folder": str(quantized), "parts": [], "dtype": "auto"},
        "warm in int8": again | {"int8": True},  # finds nothing: rounded keys are others
    }


@pytest.fixture(scope="module")
def results(cases: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What two processes gave."""
    folder = tmp_path_factory.mktemp("launch")
    (folder / "cases.json").write_text(json.dumps(cases))
    ran = torchrun(str(PROGRAM), str(folder / "cases.json"), str(folder / "results.json"))
    assert ran.returncode == 0, ran.stderr
    return json.loads((folder / "results.json").read_text())


def alone(case: dict[str, Any]) -> dict[str, Any]:
    """What one process gives."""
    options = exercise.options_of({**case, "prefixes": None})
    return exercise.exercise(Engine.load(case["folder"], **options), case["parts"])


def tokens(result: dict[str, Any]) -> dict[str, Any]:
    """The tokens of each way to generate."""
    ways = ("answer", "following", "parted", "together", "structured", "drawn")
    return {way: result[way] for way in ways}


def difference(left: Any, right: Any) -> float:
    return float((torch.tensor(left) - torch.tensor(right)).abs().max())


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_and_tokens_are_those_of_one_process(
    family: str, cases: dict[str, dict[str, Any]], results: Results
) -> None:
    """Logits, scores and embeddings to 1e-4; every way to generate gives the same tokens."""
    expected, actual = alone(cases[family]), results[family]

    for name in ("logits", "embeddings"):
        assert difference(actual[name], expected[name]) < 1e-4, name
    assert actual["scores"] == pytest.approx(expected["scores"], abs=1e-3)
    assert tokens(actual) == tokens(expected)
    assert actual["rows are saved"]
    for here, whole in zip(actual["bytes"], expected["bytes"], strict=True):
        assert whole / 2 <= here < 0.52 * whole
    assert actual["cached"] == actual["cached at most"]


@pytest.mark.parametrize("case", ["int8", "drafted"])
def test_options_of_the_engine_hold_for_all_devices(
    case: str, cases: dict[str, dict[str, Any]], results: Results
) -> None:
    """A cache in eight bits, and a draft model that runs in the first process, change as much as alone."""
    assert tokens(results[case]) == tokens(alone(cases[case]))
    assert results[case]["cached"] == results[case]["cached at most"]


def test_what_is_forgotten_is_held_nowhere(results: Results) -> None:
    """Forgetting takes the pages of all devices; what is computed again is held again."""
    before, after, again, _ = results["forgotten"]["held"]
    assert before == again > 100
    assert after == 0


def test_a_second_launch_starts_from_the_instructions(
    cases: dict[str, dict[str, Any]], results: Results
) -> None:
    """Keys and values of all devices are kept together, and divided again when they are read."""
    cold, warm = results["cold"], results["warm"]
    assert cold["cached"] == results["warm in int8"]["cached"] == 0
    assert warm["cached"] > 100
    assert cold["tokens"] == warm["tokens"] == alone(cases["cold"])["tokens"]


def test_the_comparison_can_fail(cases: dict[str, dict[str, Any]], results: Results) -> None:
    """Control: another model's numbers and tokens are told apart."""
    other = alone(cases["qwen3"])
    assert difference(results["llama"]["logits"], other["logits"]) > 1e-2
    assert results["llama"]["answer"] != other["answer"]


def test_quantized_weights_are_refused(results: Results) -> None:
    """Asked for or stored; the leader says what to do, and the next case finds all processes again."""
    for case in ("quantize", "quantized"):
        assert results[case]["refused"].startswith(
            "UnsupportedError: Quantized weights cannot be divided among devices yet. Leave quantize out"
        )


def test_recurrent_layers_are_refused(results: Results) -> None:
    """Nothing is loaded half: the leader has the reason, and the others wait for the next case."""
    assert "cannot be divided among devices yet" in results["recurrent"]["refused"]


def test_a_folder_without_a_model_is_the_leaders_error(results: Results) -> None:
    """It is found out before the others are asked for anything."""
    assert results["no model"]["refused"].startswith("ConfigError")


def test_a_closed_engine_says_so(results: Results) -> None:
    """It computes nothing any more, alone least of all."""
    assert results["llama"]["closed"] == "RequestError: This engine was closed. Load it again."


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
def test_no_thread_outlives_its_connections(results: Results) -> None:
    """One that runs when Python ends may abort the process. Those left belong to the meeting itself."""
    counted = [result["threads"] for result in results.values() if "threads" in result]
    left = {after for _, after in counted}
    assert len(counted) > 5
    assert len(left) == 1
    assert all(before > after for before, after in counted)


def test_the_script_answers(cases: dict[str, dict[str, Any]]) -> None:
    """`python -m homewit.llm.parallel` prints the text of one process, and what it cost on stderr."""
    folder = cases["qwen3"]["folder"]
    arguments = ["--raw", "--max-tokens", "12", "--device", "cpu", "--dtype", "float32"]
    ran = torchrun("-m", "homewit.llm.parallel", folder, "the quick brown fox", *arguments)

    engine = Engine.load(folder, dtype="float32")
    chunks = engine.generate("the quick brown fox", SamplingParams(max_tokens=12))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "".join(chunk.text for chunk in chunks) + "\n"
    assert "Usage(prompt=" in ran.stderr
