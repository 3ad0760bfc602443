"""Text out of files that are not plain text: PDF and Word documents, and what an image tells of itself.

The readers are well-kept libraries, loaded when they are first needed. They get the bytes of an open file and
limits on what comes out; whatever they raise comes out as ToolFailed. Which files may be read is not decided
here.
"""

import io
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from ..errors import ToolFailed
from ..text.wording import printable_line
from .trees import size_words

MAX_TEXT = 4_000_000
"""Most characters that are taken out of one document."""
MAX_PAGES = 2_000
_MAX_UNPACKED_BYTES = 200_000_000
_IMAGES = frozenset(".png .jpg .jpeg .gif .webp .bmp .tif .tiff .ico .avif".split())
_PDFIUM = threading.Lock()  # the library is not made for several threads


@dataclass(frozen=True, slots=True)
class Document:
    """What is in a document: its text page by page, or one page where there are none, and what it is."""

    kind: str
    pages: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it; where there are several pages, each begins with its number."""
        if len(self.pages) == 1:
            return self.pages[0]
        return "\n\n".join(f"[page {number}]\n{text}" for number, text in enumerate(self.pages, 1))


def reader_for(name: str) -> Callable[[bytes, str], Document] | None:
    """What reads a file of this name; None for plain text."""
    ending = PurePath(name).suffix.lower()
    if ending in _IMAGES:
        return read_image
    return {".pdf": read_pdf, ".docx": read_docx}.get(ending)


def read_pdf(data: bytes, shown: str) -> Document:
    """The text of a PDF by pages; raises ToolFailed for one that is damaged, locked, or has no text."""
    import pypdfium2

    with _PDFIUM:
        try:
            with pypdfium2.PdfDocument(data) as pdf:
                if len(pdf) > MAX_PAGES:
                    raise ToolFailed(
                        f"{shown} has {len(pdf):,} pages, more than the {MAX_PAGES:,} read here."
                    )
                pages = tuple(_bounded(_pdf_page(page) for page in pdf))
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).lower()
            why = "it is locked with a password" if locked else "it is damaged, or no PDF"
            raise ToolFailed(f"{shown} could not be read: {why}.") from error
    if not any(pages):
        raise ToolFailed(f"{shown} holds no text, only images; it may have been scanned.")
    return Document("PDF", pages)


def read_docx(data: bytes, shown: str) -> Document:
    """Paragraphs, headings, lists and tables of a Word document, in their order."""
    import docx
    from docx.table import Table

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise ToolFailed(f"{shown} unpacks to {size_words(unpacked)} and was not opened.")
        parts: list[str] = []
        for block in docx.Document(io.BytesIO(data)).iter_inner_content():
            if isinstance(block, Table):
                parts += ["\t".join(cell.text.strip() for cell in row.cells) for row in block.rows]
            elif block.text.strip():
                style = (block.style.name or "").lower() if block.style is not None else ""
                parts.append(f"{_mark(style)}{block.text.strip()}")
    except ToolFailed:
        raise
    except Exception as error:  # a hostile archive makes its reader fail in many ways
        raise ToolFailed(f"{shown} could not be read: it is damaged, or no Word document.") from error
    return Document("Word document", ("\n".join(_bounded(iter(parts))),))


def read_image(data: bytes, shown: str) -> Document:
    """Format, size and the camera's notes of an image; the picture itself is not looked at."""
    from PIL import ExifTags, Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            lines = [f"{image.format} image, {image.width} × {image.height} pixels, {size_words(len(data))}"]
            if (frames := getattr(image, "n_frames", 1)) > 1:
                lines.append(f"Frames: {frames}")
            exif = image.getexif()
            notes = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
            place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception as error:  # as above: a damaged image fails in many ways
        raise ToolFailed(f"{shown} could not be read: it is damaged, or no image.") from error
    for name, tag in _NOTED.items():
        if value := _plain(notes.get(tag)):
            lines.append(f"{name}: {value}")
    if position := _position(place):
        lines.append(f"Place: {position}")
    return Document("image", ("\n".join(lines),))


# What is worth telling of the notes in an image, by the numbers of the Exif standard.
_NOTED = {
    "Taken": 36867,
    "Changed": 306,
    "Camera maker": 271,
    "Camera": 272,
    "Lens": 42036,
    "Exposure in s": 33434,
    "Aperture": 33437,
    "ISO": 34855,
    "Description": 270,
    "Author": 315,
    "Copyright": 33432,
    "Program": 305,
}


def _pdf_page(page) -> str:
    text = page.get_textpage().get_text_bounded()
    page.close()
    return re.sub(r"[ \t]+\n", "\n", text.replace("\r\n", "\n").replace("\ufffe", "-")).strip()


def _mark(style: str) -> str:
    """Headings and items of lists as in Markdown."""
    if style == "title":
        return "# "
    if found := re.fullmatch(r"heading (\d)", style):
        return "#" * int(found[1]) + " "
    return "- " if style.startswith("list") else ""


def _plain(value: object) -> str:
    text = (
        value.decode("utf-8", "replace")
        if isinstance(value, bytes)
        else str(value if value is not None else "")
    )
    return printable_line(text, 200)


def _position(notes: dict[int, object]) -> str:
    """Latitude and longitude in degrees; "" when they are missing or make no sense."""
    try:
        (north, latitude), (east, longitude) = (
            (notes[reference], sum(float(part) / 60**power for power, part in enumerate(notes[value])))  # type: ignore[arg-type]
            for reference, value in ((1, 2), (3, 4))
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return ""
    return f"{latitude:.5f}° {north}, {longitude:.5f}° {east}"


def _bounded(parts: Iterator[str]) -> Iterator[str]:
    """The parts as long as they are not more than MAX_TEXT characters in all."""
    left = MAX_TEXT
    for part in parts:
        if len(part) > left:
            yield f"{part[:left]}\n[the document goes on; more than {MAX_TEXT:,} characters are not read]"
            return
        left -= len(part)
        yield part
