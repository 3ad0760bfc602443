"""Homewit's own tools that take apart what strangers wrote, in processes of their own."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from homewit.tools import Registry, ToolContext
from homewit.tools.builtin.apart import TAKES_FILES_APART, TAKES_MAIL_APART, TAKES_PAGES_APART
from homewit.tools.builtin.catalogue import BUILTIN_TOOLS
from homewit.tools.spec import Effect, ToolSpec
from homewit.tools.workers.pool import Workers
from homewit.tools.workers.remote import RemoteTool
from homewit.tools.workers.source import Source
from homewit.tools.workers.worker import WorkerLimits

STATEMENT = "Date,Description,Amount\n2026-11-02,COFFEE SHOP,-3.20\n2026-11-05,Uber trip,-18.40\n"
EVENT = "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20261124T100000Z\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nPHOTO;ENCODING=b:{photo}\r\nEND:VCARD\r\n"


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    workers, found = Workers(tmp_path, WorkerLimits(start_s=30)), Registry()
    found.load_builtins(workers)
    yield found
    await workers.close()


async def test_what_was_read_is_kept_in_the_host(registry: Registry, ctx: ToolContext, tmp_path: Path):
    """A statement, a calendar and contacts come in through the process that reads them, and go out again."""
    (tmp_path / "bank.csv").write_text(STATEMENT)
    events = EVENT.format(uid="one", title="Dentist") + EVENT.format(uid="two", title="Ölwechsel")
    (tmp_path / "in.ics").write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    for name, file, kind, count in (
        ("import_statement", "bank.csv", "expense", 2),
        ("import_calendar", "in.ics", "event", 2),
    ):
        tool = registry.get(name)
        assert isinstance(tool, RemoteTool)
        imported = await tool.call({"path": file}, ctx)
        assert len(ctx.records.rows(kind)) == count
        assert tool.can_undo
        assert "that came from" in await tool.take_back(imported.data, ctx)
        assert ctx.records.rows(kind) == []


@pytest.mark.slow
async def test_many_pictures_are_handed_over_in_pieces(registry: Registry, ctx: ToolContext, tmp_path: Path):
    """More than one message may hold, in both directions; and none of it twice."""
    photo = "A" * 900_000
    cards = [CARD.format(uid=f"c{n}", name=f"Person {n}", photo=photo) for n in range(20)]
    (tmp_path / "in.vcf").write_text("".join(cards))
    tool = registry.get("import_contacts")
    assert (await tool.call({"path": "in.vcf"}, ctx)).text == "Imported 20 contacts from in.vcf."
    assert sum(len(one.content) for one in ctx.records.rows("contact")) > 18_000_000
    with (tmp_path / "in.vcf").open("a") as file:
        file.write(CARD.format(uid="last", name="Nobody", photo=""))
    again = await tool.call({"path": "in.vcf"}, ctx)
    assert again.text == "Imported 1 contact from in.vcf. 20 were there already."


async def test_only_what_talks_to_servers_has_a_network(tmp_path: Path):
    """Files are taken apart where nothing can be sent; what else reads strangers is known by name."""
    asked: dict[str, bool] = {}
    goes_out = {Effect.NETWORK, Effect.SEND}

    def shield(sources: Sequence[Source], specs: Sequence[ToolSpec]) -> Sequence[str]:
        asked[sources[0].where] = any(spec.effect in goes_out for spec in specs)
        return ()

    workers, registry = Workers(tmp_path, WorkerLimits(start_s=30), shield=shield), Registry()
    registry.load_builtins(workers)
    from homewit.tools.testing import fake_context

    (tmp_path / "a.txt").write_text("hello")
    ctx = fake_context(tmp_path)
    await registry.get("read_file").call({"path": "a.txt"}, ctx)
    with pytest.raises(Exception, match="No mail account is set up"):
        await registry.get("list_mail").call({}, ctx)
    await workers.close()
    assert asked == {
        "homewit.tools.builtin.apart:TAKES_FILES_APART": False,
        "homewit.tools.builtin.apart:TAKES_MAIL_APART": True,
    }
    apart = [one.name for one in (*TAKES_FILES_APART, *TAKES_PAGES_APART, *TAKES_MAIL_APART)]
    assert len(apart) == len(set(apart))
    away = {one.name for one in registry if isinstance(one, RemoteTool)}
    stays = {one.name for one in BUILTIN_TOOLS if one.spec.untrusted_output} - away
    assert stays == {"list_files", "run_command", "run_python", "sync_calendar", "sync_contacts"}
