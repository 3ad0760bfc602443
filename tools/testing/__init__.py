"""What a plugin author needs to test a tool: contract checks, a context, and records kept in memory.

    def test_my_plugin():
        check_plugin("my_plugin:tools")

    async def test_my_tool(tmp_path):
        await check_tool(my_tool, {"city": "Oslo"}, ctx=fake_context(tmp_path))

Nothing here is used while Homewit runs. It opens no sockets and no database.
"""

from .clock import FAKE_NOW
from .contract import ContractBroken, check_bad_input, check_plugin, check_tool, problems_of
from .doubles import FakeNet, fake_context
from .memory_records import MemoryRecords

__all__ = [
    "FAKE_NOW",
    "ContractBroken",
    "FakeNet",
    "MemoryRecords",
    "check_bad_input",
    "check_plugin",
    "check_tool",
    "fake_context",
    "problems_of",
]
