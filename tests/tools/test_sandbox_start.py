"""Whether a sandbox can be had, and what is done without: nothing, and no plugin unshielded by mistake."""

import shutil
from pathlib import Path

import pytest

from homewit.tools import SandboxUnavailable, sandbox
from homewit.tools.errors import SandboxUncertain
from homewit.tools.isolation.confinement import Reach
from homewit.tools.processes import output_of
from homewit.tools.sandbox import Sandbox, worker_shield

from .sandboxes import run, sandboxed


async def test_without_bubblewrap_nothing_runs(folder: Path):
    """The refusal names the reason and how to install it."""
    sandbox = Sandbox(writable=(folder,), program="bwrap-that-is-not-there")
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap is not installed. Install it with `sudo apt"):
        await sandbox.run("touch here", cwd=folder, timeout_s=5)
    assert not (folder / "here").exists()


async def test_a_bubblewrap_that_does_not_start_is_found_out(folder: Path, tmp_path: Path):
    """A program that answers --version but cannot make a sandbox fails the probe, and nothing runs."""
    fake = tmp_path / "bwrap"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "setting up uid map: Permission denied"\nexit 1\n'
    )
    fake.chmod(0o755)
    with pytest.raises(
        SandboxUnavailable, match="does not start here: setting up uid map: Permission denied"
    ):
        await Sandbox(writable=(folder,), program=str(fake)).run("touch here", cwd=folder, timeout_s=5)
    fake.write_text("#!/bin/sh\nexit 0\n")  # one that pretends to work and runs nothing
    with pytest.raises(SandboxUnavailable):
        await Sandbox(writable=(folder,), program=str(fake)).probe()
    assert not (folder / "here").exists()


@sandboxed
async def test_a_planted_program_is_not_what_shuts_in(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the granted folder itself is on PATH, an earlier command could have made a `bwrap` in it.

    Control: it is the one that PATH names.
    """
    planted = folder / "bwrap"
    planted.write_text("#!/bin/sh\ntouch escaped\n")
    planted.chmod(0o755)
    (folder / "link").symlink_to(folder)
    for place in (folder, folder / "link"):
        monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
        assert shutil.which("bwrap") == str(place / "bwrap")
        assert await run(folder, "echo shut in") == "shut in\n"
        assert worker_shield(Reach(roots=(folder,)))[0] == "/usr/bin/bwrap"
    assert not (folder / "escaped").exists()


@sandboxed
@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("exec sleep 600", r"bubblewrap gave no answer within 0\.2 seconds"),
        ("kill -9 $$", r"bubblewrap was ended \(signal 9\)"),
        ('echo "bwrap: Can\'t fork: Cannot allocate memory" >&2; exit 1', "could not start: .*fork"),
    ],
    ids=["takes too long", "is killed", "finds no memory"],
)
async def test_without_an_answer_nothing_starts_unshielded(
    does: str, why: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A machine that is too busy for a trial is told from one without a sandbox; the next trial may tell.
    Control: where it says that it cannot start, there is none.
    """
    busy, fake = tmp_path / "busy", tmp_path / "bwrap"
    real = shutil.which("bwrap")
    fake.write_text(f'#!/bin/sh\n[ "$1" != --help ] && [ -e {busy} ] && {{ {does}; }}\nexec {real} "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    busy.touch()
    with monkeypatch.context() as still:
        if "sleep" in does:
            still.setattr(sandbox, "_TRIAL_S", 0.2)
        with pytest.raises(SandboxUncertain, match=why):
            worker_shield(Reach())
        with pytest.raises(SandboxUnavailable):
            await run(folder, "touch here")
    assert not (folder / "here").exists()
    busy.unlink()
    assert worker_shield(Reach())[0] == str(fake)
    never = tmp_path / "never"
    never.mkdir()
    (never / "bwrap").write_text("#!/bin/sh\necho 'No permissions to create new namespace'; exit 1\n")
    (never / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{never}:/usr/bin:/bin")
    assert worker_shield(Reach()) == []


def test_what_takes_too_long_has_said_nothing(folder: Path):
    """Half of an answer is not taken for a whole one. Control: in its time, it is there."""
    late = ["sh", "-c", "echo half; exec sleep 600"]
    assert output_of(late, cwd=folder, timeout_s=0.2, max_bytes=100) is None
    said = output_of(["sh", "-c", "echo half"], cwd=folder, timeout_s=60, max_bytes=100)
    assert said is not None
    assert (said.output, said.exit_code) == (b"half\n", 0)
