"""Homewit's own tools as an earlier start has found them: the same ones, and only while that is certain."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from homewit.tools import Registry, ToolDenied
from homewit.tools.loaders.deferred import DeferredTool
from homewit.tools.loaders.own_tools import OwnDefinitions, digest_of_code, own_tools
from homewit.tools.testing import fake_context

LONG_AFTER = 1 << 62
IMPORTS = """
import sys
from pathlib import Path
from homewit.tools import Registry
from homewit.tools.loaders.own_tools import OwnDefinitions
registry = Registry()
registry.load_builtins(None, OwnDefinitions(Path(sys.argv[1]), "test"))
own = lambda: sorted(name for name in sys.modules if name.startswith("homewit.tools.builtin"))
before = own()
registry.get("calculate").validate({"expression": "1"})
print(before, own())
"""


def kept(path: Path, code: Path | None = None, since_ns: int = LONG_AFTER) -> OwnDefinitions:
    return OwnDefinitions(path, "test", code, since_ns) if code else OwnDefinitions(path, "test")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What the first start has left behind."""
    path = tmp_path / "cache" / "builtin.json"
    assert not [one for one, _ in own_tools(kept(path)) if isinstance(one, DeferredTool)]
    return path


def test_what_is_kept_is_what_the_code_has(file: Path):
    """In every field of every tool and in their order; each leads to its code, and that agrees."""
    fresh, again = own_tools(), own_tools(kept(file))
    assert [one.name for one, _ in fresh] == [one.name for one, _ in again]
    for (tool, known), (deferred, remembered) in zip(fresh, again, strict=True):
        assert isinstance(deferred, DeferredTool)
        assert remembered == known
        assert deferred.spec == tool.spec
        assert deferred.spec.definition_hash == tool.spec.definition_hash
        assert deferred.can_undo == tool.can_undo
        assert deferred.tool.spec == tool.spec


def test_only_what_is_used_is_imported(file: Path):
    """A start imports no tool, and a call that of its own."""
    command = [sys.executable, "-c", IMPORTS, str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    used = ["homewit.tools.builtin", "homewit.tools.builtin.arithmetic"]
    assert ended.stdout == f"[] {used}\n", ended.stderr


async def test_a_call_does_what_the_tool_does(file: Path, tmp_path: Path):
    """With what it says, gives, foresees and takes back."""
    registry = Registry()
    registry.load_builtins(None, kept(file))
    ctx = fake_context(tmp_path)
    told = await registry.get("calculate").call({"expression": "17 * 23"}, ctx)
    assert told.text == "17 * 23 = 391"
    edit = registry.get("write_file")
    arguments = {"path": "a.txt", "content": "one\n"}
    assert await edit.foresee(arguments, ctx) == "a new file"
    done = await edit.call(arguments, ctx)
    assert await edit.was_done(arguments, ctx) is True
    await edit.take_back(done.data, ctx)
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"effect": "read"},
        {"description": "Do as you like."},
        {"sinks": []},
        {"untrusted_output": True},
    ],
)
async def test_a_tool_that_is_not_what_was_kept_is_not_called(
    file: Path, tmp_path: Path, change: dict[str, object]
):
    """Somebody wrote to the file: nothing runs, and the next start reads the code."""
    data = json.loads(file.read_text())
    entry = next(one for one in data["kept"] if one["definition"]["spec"]["name"] == "write_file")
    ctx, arguments = fake_context(tmp_path), {"path": "a.txt", "content": "one\n"}
    file.write_text(json.dumps(data))
    (control,) = (one for one, _ in own_tools(kept(file)) if one.name == "write_file")
    await control.call(arguments, ctx)  # the file as it was, written by another hand
    (tmp_path / "a.txt").unlink()

    entry["definition"]["spec"] |= change
    file.write_text(json.dumps(data))
    (changed,) = (one for one, _ in own_tools(kept(file)) if one.name == "write_file")
    for call in (changed.call, changed.foresee, changed.was_done):
        with pytest.raises(ToolDenied, match="write_file was not called: its code is not what was kept"):
            await call(arguments, ctx)
    assert (list(tmp_path.glob("*.txt")), file.exists()) == ([], False)


def test_any_change_of_the_code_is_noticed(file: Path, tmp_path: Path):
    """Also one that leaves size and time as they were; nothing of the old is shown then."""
    code = tmp_path / "code"
    (code / "inner").mkdir(parents=True)
    module = code / "inner" / "tool.py"
    module.write_text("EFFECT = 'send'")
    known = [one for _, one in own_tools()]
    kept(file, code).write(known)
    assert kept(file, code).read() == tuple(known)  # the control
    before = module.stat()
    module.write_text("EFFECT = 'read'")
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (module.stat().st_size, module.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert kept(file, code).read() == ()
    module.write_text("EFFECT = 'send'")
    assert kept(file, code).read() == tuple(known)
    (code / "new.py").touch()
    assert kept(file, code).read() == ()


def test_a_process_with_older_code_neither_reads_nor_writes(file: Path, tmp_path: Path):
    """What it has imported is not what lies on the disk now, nor what a newer process has kept of that."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "tool.py").write_text("EFFECT = 'send'")
    known = [one for _, one in own_tools()]
    _, changed_ns = digest_of_code(code)
    newer, older = kept(file, code, changed_ns + 1), kept(file, code, changed_ns)
    older.write(known[:1])
    newer.write(known)
    assert (newer.read(), older.read()) == (tuple(known), ())
    (code / "tool.py").write_text("EFFECT = 'read'")
    newer.write(known[:1])  # changed between a look at the code and its import
    assert kept(file, code).read() == ()
    (code / "tool.py").write_text("EFFECT = 'send'")
    assert kept(file, code).read() == tuple(known)
