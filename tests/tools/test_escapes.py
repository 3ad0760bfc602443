"""Attempts to get out of the sandbox, or to leave behind what would run outside of it later.

Each is tried twice: shut in, where nothing may come of it, and not shut in, as a control that it would work.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from homewit.tools.isolation import own_code
from homewit.tools.sandbox import Sandbox

from .sandboxes import sandboxed

SECRET = "hunter2"


@dataclass(frozen=True)
class Escape:
    """A command, and what its control needs: a user who may do it, or that programs are there."""

    command: str
    root: bool = False
    needs: tuple[str, ...] = ()


ESCAPES = {
    "write to the system": Escape("echo x > {system}/evil"),
    "write beside the folder": Escape("echo x > {outside}/secret.txt"),
    "read beside the folder": Escape("cat {outside}/secret.txt"),
    "list the user's home": Escape("cat {home}/key"),
    "a link to the outside": Escape("ln -s {outside}/secret.txt l; cat l; echo x > l"),
    "a hard link to the outside": Escape("ln {outside}/secret.txt h && cat h"),
    "up and out": Escape("cat ../outside/secret.txt"),
    "through the root of a process": Escape("cat /proc/self/root{outside}/secret.txt"),
    "through the root of another process": Escape("cat /proc/{pid}/root{outside}/secret.txt"),
    "through the folder of another process": Escape("cat /proc/{pid}/cwd/../outside/secret.txt"),
    "an inherited descriptor": Escape("cat <&{fd}"),
    "the environment": Escape("env"),
    "the environment of another process": Escape("tr '\\0' '\\n' < /proc/{pid}/environ"),
    "the password hashes": Escape("cat /etc/shadow > /dev/null && echo hunter2", root=True),
    "mounting": Escape("mount -t tmpfs none {folder} && echo hunter2", root=True),
    "binding another folder": Escape("mkdir m; mount --bind {outside} m && cat m/secret.txt", root=True),
    "a new user namespace": Escape("unshare -r true && echo hunter2", needs=("unshare",)),
    "a new root": Escape("chroot / true && echo hunter2", root=True),
    "making a device": Escape("mknod dev c 1 3 && echo hunter2", root=True),
    "the settings of the kernel": Escape("test -w /proc/sys/kernel/core_pattern && echo hunter2", root=True),
    "the kernel's own files": Escape("ls /sys/kernel > /dev/null && echo hunter2"),
    "signalling another process": Escape("kill -0 {pid} && echo hunter2"),
    "tracing": Escape(
        "python3 -c \"import ctypes as c; print('hunter' + str(c.CDLL(None).ptrace(0, 0, 0, 0) + 2))\"",
        needs=("python3",),
    ),
    "keys of the kernel": Escape(
        'python3 -c "import ctypes,platform as p; c = ctypes.CDLL(None);'
        " print('hunter2' if c.syscall({keyctl}, 0, -3, 1, 0, 0) != -1 else 'shut')\"",
        needs=("python3",),
    ),
    "a socket in the folder": Escape(
        "python3 -c \"import socket as s; c = s.socket(s.AF_UNIX); c.settimeout(60); c.connect('listens');"
        ' print(c.recv(9).decode())"',
        needs=("python3",),
    ),
    "an abstract socket": Escape(
        'python3 -c "import socket as s; c = s.socket(s.AF_UNIX); c.settimeout(60);'
        " c.connect(chr(0) + '{abstract}'); print(c.recv(9).decode())\"",
        needs=("python3",),
    ),
    "the network": Escape("exec 3<>/dev/tcp/127.0.0.1/{port} && head -c 7 <&3"),
    "what outlives the command": Escape("(setsid sh -c 'sleep 0.4; echo x > late' &) ; sleep 0.1"),
    "the hooks of a repository": Escape("echo x > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit"),
    "replacing a repository": Escape("mv .git moved; mkdir -p .git/hooks && echo x > .git/hooks/pre-commit"),
    "replacing the folder of a repository": Escape(
        "mv swap other; mkdir -p swap/.git/hooks; echo x > swap/.git/hooks/post-checkout"
    ),
    "the configuration of a repository": Escape("echo x >> .git/config; echo x >> sub/.git/config"),
    "the configuration of a deep repository": Escape("echo x >> a/b/c/d/e/f/g/.git/config"),
    "pointing a repository elsewhere": Escape("mkdir x; echo ../x > .git/commondir"),
    "the configuration of a submodule": Escape("echo x >> .git/modules/lib/config"),
    "a new repository with commands": Escape(
        "mkdir -p new/.git; printf '[core]\\nfsmonitor = ./evil\\n' > new/.git/config"
    ),
    "a start-up file": Escape("echo x >> .bashrc"),
    "replacing a start-up file": Escape("rm -f .bashrc; mv .bashrc y; echo x > .bashrc"),
    "a start-up file that is a link": Escape("echo x >> .profile"),
    "replacing a link": Escape("rm .profile; echo x > .profile"),
    "a new start-up file": Escape("echo x > .zshenv; echo x > .envrc"),
    "a new start-up file in other letters": Escape("echo x > .ZshEnv"),
    "settings of an editor": Escape("mkdir .vscode; echo x > .vscode/tasks.json"),
    "code that Python imports by itself": Escape("echo x > sitecustomize.py"),
    "keys": Escape("cat .ssh/id"),
    "changing keys": Escape("echo x >> .ssh/authorized_keys"),
    "the configuration of a bare repository": Escape("echo x >> bare.git/config"),
    "the hooks of a bare repository": Escape("echo x > bare.git/hooks/update"),
    "a folder that git takes for a repository": Escape(
        "mkdir -p docs/objects docs/refs; echo ref: refs/heads/x > docs/HEAD;"
        " printf '[core]\n\tfsmonitor = ./evil\n' > docs/config"
    ),
    "hooks in a folder that a repository names": Escape("echo x >> sub/scripts/hooks/pre-commit"),
    "what a session in the folder begins with": Escape("echo x > .Rprofile; echo x > .ghci"),
    "Homewit's own code": Escape("echo x >> venv/site-packages/homewit/policy.py"),
    "a module before Homewit's own": Escape("echo x > venv/site-packages/json.py"),
    "replacing Homewit's own code": Escape(
        "mv venv other; mkdir -p venv/site-packages; echo x > venv/site-packages/json.py"
    ),
    "the program that shuts in": Escape("echo x > bin/bwrap; chmod +x bin/bwrap"),
    "a new folder on PATH": Escape("mkdir -p later/bin; echo x > later/bin/bwrap"),
    "Homewit's own home": Escape("cat homewit/homewit.db"),
    "plugins": Escape("echo x > homewit/evil.py"),
}


@dataclass
class Scene:
    """A granted folder with things to protect in it and around it."""

    base: Path
    kept: dict[Path, str] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.base / "granted"

    def harms(self, output: str) -> list[str]:
        """What came of a command that should not have."""
        found = ["the secret was read"] if SECRET in output else []
        for path, text in self.kept.items():
            if not path.exists() or path.read_text() != text:
                found.append(f"{path.name} was changed")
        obeyed = (
            ".git/hooks/pre-commit .git/commondir swap/.git/hooks/post-checkout new/.git/config .zshenv "
            ".envrc .ZshEnv .vscode sitecustomize.py .ssh/authorized_keys homewit/evil.py late "
            "bare.git/hooks/update docs/config .Rprofile .ghci venv/site-packages/json.py bin/bwrap "
            "later/bin/bwrap"
        )
        found += [f"{name} is there" for name in obeyed.split() if (self.folder / name).exists()]
        if (self.base / "system" / "evil").exists() or Path("/usr/evil").exists():
            found.append("the system was changed")
        return found


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene(tmp_path)
    folder, outside, home = made.folder, tmp_path / "outside", tmp_path / "user"
    texts = {
        outside / "secret.txt": SECRET,
        home / "key": SECRET,
        folder / ".git/config": "[core]\n",
        folder / ".git/modules/lib/config": "[core]\n",
        folder / ".git/modules/lib/HEAD": "ref",
        folder / "sub/.git/config": "[core]\n\thooksPath = scripts/hooks\n",
        folder / "sub/scripts/hooks/pre-commit": "true",
        folder / "bare.git/config": "[core]\n",
        folder / "bare.git/HEAD": "ref",
        folder / "venv/site-packages/homewit/policy.py": "deny",
        folder / "swap/.git/config": "[core]\n",
        folder / "a/b/c/d/e/f/g/.git/config": "[core]\n",
        folder / ".bashrc": "alias x=y",
        folder / "dotfiles/profile": "alias x=y",
        folder / ".ssh/id": SECRET,
        folder / "homewit/homewit.db": SECRET,
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in (".git/hooks", "bare.git/objects", "bare.git/refs", "bare.git/hooks", "bin"):
        (folder / name).mkdir()
    (folder / ".profile").symlink_to("dotfiles/profile")
    (tmp_path / "system").mkdir()
    made.kept = {
        path: text for path, text in texts.items() if path.name != "HEAD" and "swap" not in path.parts
    }
    made.kept[folder / ".profile"] = "alias x=y"
    monkeypatch.setenv("HOMEWIT_CANARY", SECRET)
    monkeypatch.setenv("PATH", f"{folder}/bin:{folder}/later/bin:{os.environ['PATH']}")
    places = (folder / "venv/site-packages",)
    monkeypatch.setattr(own_code, "code_places", lambda: places)
    monkeypatch.chdir(folder)
    yield from _listening(made)


def _listening(made: Scene) -> Iterator[Scene]:
    """Sockets that give the secret away, and a descriptor and a process that hold it."""
    abstract = f"homewit-{os.getpid()}-{id(made)}"
    read_end, write_end = os.pipe()
    os.write(write_end, SECRET.encode())
    os.close(write_end)
    os.set_inheritable(read_end, True)
    listeners = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), socket.socket()]
    listeners[0].bind("listens")  # the working folder is the granted one, and a path can be too long
    listeners[1].bind(f"\0{abstract}")
    listeners[2].bind(("127.0.0.1", 0))
    for one in listeners:
        one.listen()
    giver = subprocess.Popen(
        ["python3", "-c", GIVE, *(str(one.fileno()) for one in listeners)],
        pass_fds=[one.fileno() for one in listeners],
        stdout=subprocess.PIPE,
    )
    assert giver.stdout is not None
    giver.stdout.readline()  # it is there with its own environment
    made.values = {
        "outside": made.base / "outside",
        "home": made.base / "user",
        "folder": made.folder,
        "pid": giver.pid,
        "fd": read_end,
        "abstract": abstract,
        "port": listeners[2].getsockname()[1],
        "keyctl": 219 if os.uname().machine == "aarch64" else 250,
    }
    try:
        yield made
    finally:
        giver.kill()
        giver.communicate()
        os.close(read_end)
        for one in listeners:
            one.close()


GIVE = """
import selectors, socket, sys
waiting = selectors.DefaultSelector()
for number in sys.argv[1:]:
    waiting.register(socket.socket(fileno=int(number)), selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for ready, _ in waiting.select():
        connection, _ = ready.fileobj.accept()
        connection.sendall(b"hunter2")
        connection.close()
"""


@sandboxed
@pytest.mark.parametrize("name", ESCAPES)
async def test_nothing_comes_of_it(name: str, scene: Scene):
    """No secret is read, nothing protected changes, and nothing is left that would be obeyed later."""
    command = ESCAPES[name].command.format(**scene.values, system="/usr")
    sandbox = Sandbox(writable=(scene.folder,), hidden=(scene.folder / "homewit",))
    finished = await sandbox.run(command, cwd=scene.folder, timeout_s=60)
    wait_for_late_ones(name)
    assert scene.harms(finished.output) == []
    assert (scene.folder / ".profile").readlink() == Path("dotfiles/profile")


@pytest.mark.parametrize("name", ESCAPES)
def test_control_without_the_sandbox_it_works(name: str, scene: Scene):
    """Control: the same command, not shut in, does the harm that the other test looks for."""
    escape = ESCAPES[name]
    if escape.root and os.geteuid() != 0:
        pytest.skip("only root can do this")
    if missing := [one for one in escape.needs if shutil.which(one) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    command = escape.command.format(**scene.values, system=scene.base / "system")
    apart = ["unshare", "-m"] if escape.root else []
    ended = subprocess.run(
        [*apart, "bash", "-c", command],
        cwd=scene.folder,
        pass_fds=[int(str(scene.values["fd"]))],
        capture_output=True,
        text=True,
        check=False,
    )
    wait_for_late_ones(name)
    if escape.root and ended.returncode and "hunter2" not in ended.stdout:
        pytest.skip(f"this machine does not let root do it: {ended.stderr.strip()}")
    assert scene.harms(ended.stdout) != [], ended.stderr


def wait_for_late_ones(name: str) -> None:
    """A process that outlives its command has as long as it needs."""
    if name == "what outlives the command":
        import time

        time.sleep(0.8)


def test_there_are_enough_of_them():
    """The list does not shrink unnoticed."""
    assert len(ESCAPES) >= 58


async def test_without_the_sandbox_nothing_runs_at_all(scene: Scene):
    """Where it cannot start, there is no other way."""
    from homewit.tools import SandboxUnavailable

    sandbox = Sandbox(writable=(scene.folder,), program="bwrap-that-is-not-there")
    with pytest.raises(SandboxUnavailable):
        await sandbox.run("echo x > late", cwd=scene.folder, timeout_s=5)
    assert scene.harms("") == []
