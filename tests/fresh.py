"""An environment to install plugins into, as people make one: sees what the tests see, and keeps its own."""

import shlex
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OFFLINE = "--no-index --no-deps --no-build-isolation --quiet --disable-pip-version-check"
"""As `pip install` works with what the test machine has instead of an index."""


def fresh_environment(place: Path) -> Path:
    """Make it; returns the folder of its programs: `python`, `pip`, `homewit` and `pytest`."""
    venv.create(place, with_pip=False)
    packages = sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)})
    seen = [path for path in sys.path if path and path != str(ROOT)]
    adding = "".join(f"import site; site.addsitedir({path!r})\n" for path in seen)
    (Path(packages) / "beside.pth").write_text(adding)  # also what an editable installation left there
    programs = place / "bin"
    python, own = shlex.quote(str(programs / "python")), shlex.quote(sys.executable)
    for name, line in {
        "homewit": f'exec {python} -m homewit.tui "$@"',
        "pytest": f'exec {python} -m pytest -p no:cacheprovider "$@"',
        "pip": f'exec {own} -m pip --python {python} "$@" {OFFLINE}',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    return programs
