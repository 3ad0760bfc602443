"""What is installed: the listed packages are the tree, and a wheel holds ``homewit`` with its data only."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("agent", "llm", "memory", "tools", "tui")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def packages_in(root: Path) -> set[str]:
    """Dotted install names of all folders below the five that hold Python files."""
    return {
        "homewit." + ".".join(path.parent.relative_to(root).parts)
        for folder in PACKAGES
        for path in (root / folder).rglob("*.py")
    }


def test_the_package_list_equals_the_tree():
    """A new folder with code must be listed in pyproject.toml, or it would be missing from the wheel."""
    assert set(SETUPTOOLS["packages"]) == packages_in(ROOT)


def test_every_package_has_an_init_file():
    """Without it the folder would be a namespace package that other distributions can extend."""
    folders = {name: ROOT.joinpath(*name.split(".")[1:]) for name in SETUPTOOLS["packages"]}
    assert [name for name, folder in folders.items() if not (folder / "__init__.py").is_file()] == []


def test_folders_are_mapped_below_homewit():
    """Each of the five folders is installed under the one import root."""
    assert SETUPTOOLS["package-dir"] == {f"homewit.{folder}": folder for folder in PACKAGES}


def test_the_tree_check_can_fail(tmp_path: Path):
    """Control: a folder that nobody listed is seen."""
    (tmp_path / "agent" / "extra").mkdir(parents=True)
    (tmp_path / "agent" / "extra" / "new.py").touch()
    assert packages_in(tmp_path) == {"homewit.agent.extra"}


def test_torch_is_pinned_without_a_local_tag():
    """Any index can serve the pinned torch: a tag such as +cpu exists on few of them."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert "torch==2.13.0" in pins
    assert [line for line in pins if "==" not in line or "+" in line or "://" in line] == []


def third_party_imports(root: Path) -> dict[str, set[str]]:
    """Top-level modules that the packages import and Python does not bring, with the files that do."""
    found: dict[str, set[str]] = {}
    for path in (path for folder in PACKAGES for path in sorted((root / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in (name.split(".")[0] for name in names):
                if name not in sys.stdlib_module_names:
                    found.setdefault(name, set()).add(path.relative_to(root).as_posix())
    return found


def test_what_is_imported_is_a_declared_dependency():
    """Nothing works only because another package happens to bring it along."""
    extras = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *extras["mcp"]]
    declared = {re.split(r"[<>=\[; ]", line)[0] for line in lines}
    distributions = packages_distributions()
    undeclared = {
        module: sorted(files)
        for module, files in third_party_imports(ROOT).items()
        if not declared & {name.lower().replace("_", "-") for name in distributions.get(module, [module])}
    }
    # Triton is there where the CUDA build of torch is, and imported nowhere else.
    undeclared.pop("triton", None)
    assert undeclared == {}


def test_the_dependency_check_can_fail(tmp_path: Path):
    """Control: an import of a foreign module is seen, one of Python's own or of ours is not."""
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "x.py").write_text("import json, requests.adapters\nfrom . import plan\n")
    assert third_party_imports(tmp_path) == {"requests": {"agent/x.py"}}


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """File names in a wheel built from a copy of the tree, without build isolation and therefore offline."""
    pytest.importorskip("setuptools.build_meta", reason="building a wheel needs setuptools; make dev")
    copy, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    skip = shutil.ignore_patterns("__pycache__", "*.so", "state.safetensors")  # states of training are large
    for folder in PACKAGES:
        shutil.copytree(ROOT / folder, copy / folder, ignore=skip)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    program = f"from setuptools.build_meta import build_wheel; build_wheel({str(out)!r})"
    built = subprocess.run([sys.executable, "-c", program], cwd=copy, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.slow
def test_the_wheel_installs_only_homewit(wheel_names: list[str]):
    """Top-level names such as ``tools`` would collide with other distributions and users' own folders."""
    version = PROJECT["project"]["version"]
    assert {name.split("/")[0] for name in wheel_names} == {"homewit", f"homewit-{version}.dist-info"}


@pytest.mark.slow
def test_the_wheel_holds_every_tracked_file_of_the_packages(wheel_names: list[str]):
    """Code and data alike: the bundled model and the style sheet are of no use in the repository alone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of tracked files")
    tracked = {f"homewit/{name}" for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    assert tracked - set(wheel_names) == set()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".safetensors", "tokenizer.json", "config.json", ".tcss"])
def test_the_wheel_holds_the_model_and_the_style_sheet(wheel_names: list[str], suffix: str):
    """`homewit` works offline right after installation."""
    assert any(name.endswith(suffix) for name in wheel_names)


@pytest.mark.slow
def test_the_wheel_holds_the_native_kernels(wheel_names: list[str]):
    """Built with the wheel where there is a C compiler, so that whoever installs the wheel needs none."""
    if not any(map(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang"))):
        pytest.skip("there is no C compiler here")
    assert "homewit/llm/kernels/_native.so" in wheel_names
