"""Reading documents: real PDF, Word and image files, by lines, by passages, by rows; and broken ones."""

import io
import zipfile
from pathlib import Path

import docx
import pypdfium2
import pytest
from PIL import ExifTags, Image

from homewit.tools import InvalidArguments, PathDenied, ToolContext, ToolFailed, ToolRetry
from homewit.tools.files import documents
from homewit.tools.testing import check_tool

from ...conftest import TOOLS, Call

PDF = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[{kids}]/Count {count}>>endobj
3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
{objects}
trailer<</Root 1 0 R>>
"""


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text for each line of each page; its missing index is rebuilt by the reader."""
    objects: list[str] = []
    for number, text in enumerate(pages):
        lines = " ".join(f"({line}) Tj 0 -16 Td" for line in text.split("\n"))
        stream = f"BT /F 12 Tf 50 700 Td {lines} ET"
        page, content = 10 + 2 * number, 11 + 2 * number
        objects += [
            f"{page} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {content} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>endobj",
            f"{content} 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj",
        ]
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    return PDF.format(kids=kids, count=len(pages), objects="\n".join(objects)).encode("latin-1")


@pytest.fixture
def report(folder: Path) -> Path:
    path = folder / "report.pdf"
    path.write_bytes(pdf("Annual report\nWe hired four people.", "The budget for 2027 is 40,000 EUR."))
    return path


async def test_a_pdf_is_read_with_its_pages(call: Call, report: Path):
    """Each page begins with its number; some lines can be asked for."""
    read = await call("read_file", path="report.pdf")
    assert read.data["content"] == (
        "[page 1]\nAnnual report\nWe hired four people.\n\n[page 2]\nThe budget for 2027 is 40,000 EUR."
    )
    assert (read.data["kind"], read.data["pages"], read.data["lines"]) == ("PDF", 2, 6)
    some = await call("read_file", path="report.pdf", first_line=5)
    assert some.text == "[lines 5-6 of 6]\n[page 2]\nThe budget for 2027 is 40,000 EUR."


async def test_a_document_is_asked_about_something(call: Call, report: Path):
    """The passage comes word for word, with its page."""
    said = await call("find_in_document", path="report.pdf", about="the budget")
    assert said.data["passages"] == [{"quote": "The budget for 2027 is 40,000 EUR.", "page": 2, "line": 1}]
    assert said.text == "“The budget for 2027 is 40,000 EUR.”\n  (report.pdf, page 2)"
    assert (await call("find_in_document", path="report.pdf", about="wine")).data["count"] == 0
    assert (await call("find_in_document", path="report.pdf", about="wine")).text == (
        "report.pdf says nothing about wine."
    )


async def test_a_word_document_is_read_in_order(call: Call, folder: Path):
    """Headings, paragraphs, lists and tables as they stand."""
    document = docx.Document()
    document.add_heading("Contract", 1)
    document.add_paragraph("Between A and B.")
    document.add_paragraph("Pay on time.", style="List Bullet")
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Rent", "700"
    document.save(str(folder / "c.docx"))
    read = await call("read_file", path="c.docx")
    assert read.data["content"] == "# Contract\nBetween A and B.\n- Pay on time.\nRent\t700"
    found = await call("find_in_document", path="c.docx", about="rent")
    assert found.text.startswith("“")


async def test_an_image_tells_of_itself(call: Call, folder: Path):
    """Format, size, camera and place; the picture is not looked at."""
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Pin\x1b[2Jhole 3"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:05:03 10:00:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 30.0, 36.0), 3: "E", 4: (13.0, 24.0, 0.0)})
    Image.new("RGB", (40, 30), "red").save(folder / "p.jpg", exif=exif)
    size = (folder / "p.jpg").stat().st_size
    assert (await call("read_file", path="p.jpg")).data["content"] == (
        f"JPEG image, 40 × 30 pixels, {size} bytes\nTaken: 2026:05:03 10:00:00\nCamera: Pin [2Jhole 3\n"
        "Place: 52.51000° N, 13.40000° E"
    )


async def test_what_is_broken_says_so(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Damaged, scanned, locked, swollen or wrongly named files end in a sentence, not in a traceback."""
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    (folder / "scan.pdf").write_bytes(pdf(""))
    (folder / "bad.docx").write_bytes(b"PK\x03\x04 nothing")
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff nothing")
    with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 3_000_000)
    monkeypatch.setattr(documents, "_MAX_UNPACKED_BYTES", 1_000_000)
    for path, problem in {
        "bad.pdf": "is damaged, or no PDF",
        "scan.pdf": "no text, only images",
        "bad.docx": "is damaged, or no Word document",
        "bad.jpg": "is damaged, or no image",
        "bomb.docx": "unpacks to 3.0 MB and was not opened",
        "gone.pdf": "There is no gone.pdf",
    }.items():
        with pytest.raises(ToolFailed, match=problem):
            await call("read_file", path=path)
        with pytest.raises(ToolFailed):
            await call("find_in_document", path=path, about="x")


async def test_lines_of_a_huge_file_are_read_without_the_rest(call: Call, folder: Path):
    """Any part of a log, whatever its size; what is too much at once says so."""
    with (folder / "big.log").open("w") as log:
        log.writelines(f"line {number}\n" for number in range(1, 300_001))
    some = await call("read_file", path="big.log", first_line=200_000, last_line=200_001)
    assert (some.data["content"], some.data["lines"]) == ("line 200000\nline 200001\n", None)
    end = await call("read_file", path="big.log", first_line=299_999)
    assert (end.data["content"], end.data["last_line"], end.data["lines"]) == (
        "line 299999\nline 300000\n",
        300_000,
        300_000,
    )
    for args, problem in (
        ({}, "more than the 1.0 MB"),
        ({"first_line": 1}, "ask for fewer"),
        ({"first_line": 300_002}, "has 300000 lines, so there is no line 300002"),
        ({"first_line": 5, "last_line": 4}, "is before the first"),
    ):
        with pytest.raises(ToolFailed, match=problem):
            await call("read_file", path="big.log", **args)
    with pytest.raises(InvalidArguments):
        await call("read_file", path="big.log", first_line=0)


async def test_rows_of_a_table(call: Call, folder: Path):
    """As objects by column, for steps that run over a list."""
    (folder / "p.csv").write_text("name;mail\nAnn;ann@x.org\nBob;bob@x.org\n")
    table = await call("read_table", path="p.csv")
    assert table.data["rows"] == [{"name": "Ann", "mail": "ann@x.org"}, {"name": "Bob", "mail": "bob@x.org"}]
    assert table.text == "2 rows in p.csv:\nname | mail\nAnn | ann@x.org\nBob | bob@x.org"
    assert [row["name"] for row in (await call("read_table", path="p.csv", first_row=2)).data["rows"]] == [
        "Bob"
    ]
    with pytest.raises(ToolRetry, match="has 2 rows, so there is no row 3"):
        await call("read_table", path="p.csv", first_row=3)
    (folder / "many.csv").write_text("a,b\n" + "1,2\n" * 1_001)
    with pytest.raises(ToolRetry, match="Read some of them: first_row=1, last_row=1000"):
        await call("read_table", path="many.csv")


async def test_documents_outside_are_not_read(call: Call, folder: Path):
    """The readers get nothing that was not granted."""
    (folder.parent / "secret.pdf").write_bytes(pdf("secret"))
    (folder / "link.pdf").symlink_to("../secret.pdf")
    for name in ("read_file", "read_table", "find_in_document"):
        args = {"about": "x"} if name == "find_in_document" else {}
        with pytest.raises(PathDenied):
            await call(name, path="link.pdf", **args)


async def test_both_keep_the_contract(ctx: ToolContext, report: Path, folder: Path):
    """As any plugin has to."""
    (folder / "t.csv").write_text("a,b\n1,2\n")
    await check_tool(TOOLS["find_in_document"], {"path": "report.pdf", "about": "budget"}, ctx=ctx)
    await check_tool(TOOLS["read_table"], {"path": "t.csv"}, ctx=ctx)
    await check_tool(TOOLS["read_file"], {"path": "report.pdf", "first_line": 2}, ctx=ctx)


def test_the_pdf_of_these_tests_is_one():
    """Control: another program's reader agrees on the pages."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf("a", "b", "c"))) as document:
        assert len(document) == 3
