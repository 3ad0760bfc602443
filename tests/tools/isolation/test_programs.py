"""Programs that are kept and spoken to, such as MCP servers: what the user lends them, nobody else reads."""

from pathlib import Path

from homewit.tools.isolation.programs import start_program

from ..sandboxes import sandboxed

SECRET = "hunter2-of-a-server"
SAYS = 'echo "$TOKEN"; read -r enough'


def on_a_command_line(text: str) -> bool:
    """Whether a process of this machine has it there, where every user can read it."""
    for process in Path("/proc").iterdir():
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in line:
            return True
    return False


@sandboxed
async def test_a_secret_is_on_no_command_line(folder: Path):
    """A program in the sandbox finds it in its environment, and it is not an argument of bubblewrap.

    Control: given as an argument, it is found.
    """
    program = await start_program(["sh", "-c", SAYS], cwd=folder, variables={"TOKEN": SECRET})
    try:
        assert await program.line() == f"{SECRET}\n".encode()
        assert not on_a_command_line(SECRET)
    finally:
        await program.end(0)
    shown = await start_program(["sh", "-c", SAYS, SECRET], cwd=folder)
    try:
        assert await shown.line() == b"\n"
        assert on_a_command_line(SECRET)
    finally:
        await shown.end(0)


@sandboxed
async def test_its_environment_is_its_own(folder: Path, monkeypatch):
    """Nothing of ours is in it. Control: a program that is not shut in has our PATH."""
    monkeypatch.setenv("HOMEWIT_CANARY", SECRET)
    monkeypatch.setenv("PATH", f"/usr/bin:/bin:{folder}")
    for confined, path in ((True, "/usr/local/sbin:"), (False, f":{folder}")):
        program = await start_program(
            ["sh", "-c", 'echo "$HOMEWIT_CANARY+$PATH"'], cwd=folder, confined=confined
        )
        said = (await program.line()).decode()
        await program.end(1.0)
        assert said.startswith("+")
        assert path in said
