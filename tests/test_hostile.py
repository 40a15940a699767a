"""Hostile and damaged files of every format: a run ends, each file is read exactly or named, and a good one among them answers.

Mutated files are drawn from a seed, so that one that breaks a reader comes again; a sample in every run, 5,000 by `make soak`.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import random
import re
import socket
import struct
import threading
import time
import unicodedata
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from docx import Document as Word
from fpdf import FPDF
from lxml import etree
from lxml.builder import E
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from pptx.util import Inches
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ingest.build import Summary, ingest
from ingest.isolation import MEMORY, SECONDS
from rag.assistant import Assistant
from rag.snapshot import Snapshot

GOTHIC = "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf"
pytestmark = pytest.mark.skipif(not Path(GOTHIC).is_file(), reason="needs the IPA fonts")
WORDS = "第一条　職員の手当は、千円とする。"
QUESTION, GOOD, ANSWER = "日当はいくらですか", "第一条　日当は、二千円とする。\n", "二千円"
LONGEST = 1.5 * SECONDS
"""Seconds that a run may wait for a file; a reader that hangs is ended after SECONDS, and another process started."""
MOST = MEMORY + 2**28
"""Bytes that a process may hold; a reader's limit counts from what Python and its libraries hold already."""
PASSWD = Path("/etc/passwd").read_text(encoding="utf-8").splitlines()[0]


# What a run over a folder did


@dataclass
class Outcome:
    """`seconds` is how long the run waited for each file; `peaks` the most that each process held, in bytes."""

    summary: Summary
    documents: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[int, int] = field(default_factory=dict)
    took: float = 0.0


def run(folder: Path) -> Outcome:
    """Ingest the folder, and check what must hold whatever is in it."""
    (folder / "good.txt").write_text(GOOD, encoding="utf-8")
    files = {
        _shown((Path(place) / name).relative_to(folder))
        for place, _, names in os.walk(folder)
        for name in names
        if name[0] != "."
    }
    begun: list[tuple[float, str]] = []
    index = folder.with_name(f"{folder.name}-index")
    with memory_watched() as peaks:
        start = time.monotonic()
        summary = ingest([folder], index, jobs=2, progress=lambda line: begun.append((time.monotonic(), line)))
        begun.append((time.monotonic(), ""))
    outcome = Outcome(summary, peaks=peaks, took=begun[-1][0] - start)
    for (at, line), (end, _) in pairwise(begun):
        source = line.partition(": ")[2]
        outcome.seconds[source] = outcome.seconds.get(source, 0.0) + end - at
    with Snapshot.open(index) as snapshot:
        for row in snapshot.documents():
            text = snapshot.document(row.id, row.version).text
            outcome.documents[row.source] = text
            wrong = [p.span for p in snapshot.passages(row.id, row.version) if text[p.span.start : p.span.end] != p.text]
            assert not wrong, (row.source, wrong)
    named = {*outcome.documents, *(s.source for s in summary.skipped)}
    named |= {source.rpartition("#")[0] for source in named}  # of the lines of a file
    assert not files - named, files - named
    unclear = [p for p in (*summary.skipped, *summary.cautions) if not re.search(r"[ぁ-ん].*。$", p.reason, re.S)]
    assert not unclear, unclear
    assert not [source for source, text in outcome.documents.items() if PASSWD in text]
    writing = outcome.seconds.pop("")
    assert max(outcome.seconds.values()) < LONGEST, max(outcome.seconds.items(), key=lambda pair: pair[1])
    assert writing < LONGEST * (1 + summary.characters / 1_000_000)
    assert max(peaks.values()) < MOST, peaks
    assert ANSWER in Assistant.open(index).ask(QUESTION).text
    return outcome


def _shown(path: Path) -> str:
    return unicodedata.normalize("NFC", os.fsencode(path).decode("utf-8", "replace"))


@contextmanager
def memory_watched() -> Iterator[dict[int, int]]:
    """The most memory that this process and each one below it held at a time, by process id. The kernel keeps count of a process's
    peak, so that looking now and then misses nothing of a process that lives on."""
    Path("/proc/self/clear_refs").write_text("5")  # this process's own peak begins anew
    peaks: dict[int, int] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            todo = [os.getpid()]
            while todo:
                pid = todo.pop()
                with suppress(OSError):
                    told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                    peaks[pid] = max(peaks.get(pid, 0), int(told[1]) * 1024 if told else 0)
                    for task in Path(f"/proc/{pid}/task").iterdir():
                        todo += map(int, (task / "children").read_text().split())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


# Good small files of each format


@cache
def seeds() -> dict[str, bytes]:
    """A file of each format by its suffix."""
    law = E.Law(E.LawNum("令和六年法律第一号"), E.LawBody(E.LawTitle("手当法"), E.MainProvision(*map(_article, range(1, 6)))))
    page = f"<html><head><title>規程</title></head><body><h1>手当規程</h1><p>{WORDS}</p><ul><li>甲<li>乙</ul>{_table()}</body></html>"
    lines = "".join(json.dumps({"title": f"規程{n}", "text": WORDS * 3}, ensure_ascii=False) + "\n" for n in range(5))
    text = "".join(
        f"第{n}条　職員の手当{n}は、{n}千円とする。ただし、{n}月を除く。\n（１）甲\n区分\t額\n甲\t{n}円\n" for n in range(9)
    )
    found = {
        ".docx": word(),
        ".xlsx": book(),
        ".pptx": slides(),
        ".pdf": pdf(2),
        ".xml": etree.tostring(law, xml_declaration=True, encoding="utf-8"),
        ".html": page.encode(),
        ".jsonl": lines.encode(),
        ".jsonl.xz": lzma.compress(lines.encode()),
        ".txt": text.encode("cp932"),
        ".md": f"# 規程\n\n## 第1条\n\n- {WORDS}\n- 甲[^1]\n\n|a|b|\n|-|-|\n|1|2|\n\n[^1]: 注。\n".encode(),
    }
    return found | {f".{kind}": picture(kind) for kind in ("png", "jpeg", "tiff", "bmp", "webp")}


def _article(n: int) -> etree._Element:
    sentence = E.ParagraphSentence(E.Sentence(f"職員の手当は、{n}千円とする。"))
    return E.Article(E.ArticleTitle(f"第{n}条"), E.Paragraph(E.ParagraphNum(), sentence, Num="1"), Num=str(n))


def _table() -> str:
    return "<table><tr><th colspan=2>区分<th>額<tr><td rowspan=2>甲<td>一<td>百円<tr><td>二<td>２百円</table>"


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def _undated(data: bytes) -> bytes:
    """The ZIP file without the time at which it was made, so that a seed gives the same files on every day."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped({name: re.sub(rb"\d{4}(-\d\d){2}T(\d\d:){2}\d\dZ", b"2024-04-01T00:00:00Z", parts[name]) for name in parts})


def word() -> bytes:
    document = Word()
    document.add_heading("手当規程", 1)
    document.add_paragraph(WORDS)
    document.add_paragraph("甲", style="List Number")
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "区分"
    table.cell(2, 2).text = "百円"
    return _undated(_saved(document.save))


def book() -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (["区分", "額", "日"], ["甲", 1234.5, 45000], ["乙", -1, "=A1"], [WORDS, True, None]):
        sheet.append(row)
    sheet["B2"].number_format, sheet["C2"].number_format = "#,##0.00", 'ggge"年"m"月"d"日"'
    sheet.merge_cells("A4:B5")
    workbook.create_sheet("別表").append(["一", "二"])
    return _undated(_saved(workbook.save))


def slides() -> bytes:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "手当", f"{WORDS}\n乙"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(1, 1).text = "区分", "百円"
    slide.notes_slide.notes_text_frame.text = "補足の説明。"
    return _undated(_saved(show.save))


def pdf(pages: int, words: str = WORDS, password: str = "", size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF with the words on each page, uncompressed so that mutations meet its operators."""
    stream = io.BytesIO()
    lock = StandardEncryption(password, ownerPassword=password) if password else None
    canvas = Canvas(stream, size, pageCompression=0, encrypt=lock, invariant=1)
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    for n in range(1, pages + 1):
        if words:
            canvas.setFont("HeiseiMin-W3", 12)
            for line in range(3):
                canvas.drawString(72, size[1] - 100 - 20 * line, f"{words}{n}－{line}")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def embedded_pdf() -> bytes:
    """A PDF with a compressed content stream and a subset of a TrueType font."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = FPDF()
        document.set_creation_date(datetime(2024, 4, 1, tzinfo=UTC))
        document.add_page()
        document.add_font("gothic", fname=GOTHIC)
        document.set_font("gothic", size=12)
        document.multi_cell(0, 8, f"手当規程\n{WORDS}\n２　前項の額は、百円とする。")
        return bytes(document.output())


def picture(kind: str, words: str = "第一条　手当") -> bytes:
    image = Image.new("L", (260, 60), "white")
    ImageDraw.Draw(image).text((10, 10), words, "black", ImageFont.truetype(GOTHIC, 36))
    return _saved(lambda stream: image.save(stream, kind))


# Mutations


def flip(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 4, 30)) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _part(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((8, 100, 2000)))


def zero(data: bytes, chance: random.Random) -> bytes:
    start, end = _part(data, chance)
    return data[:start] + bytes(end - start) + data[end:]


def delete(data: bytes, chance: random.Random) -> bytes:
    start, end = _part(data, chance)
    return data[:start] + data[end:]


def repeat(data: bytes, chance: random.Random) -> bytes:
    start, end = _part(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def splice(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice([*seeds().values()])
    (start, end), (first, last) = _part(data, chance), _part(other, chance)
    return data[:start] + other[first:last] + data[end:]


def noise(data: bytes, chance: random.Random) -> bytes:
    start, end = _part(data, chance)
    return data[:start] + chance.randbytes(end - start) + data[end:]


EXTREME = (b"0", b"-1", b"1", b"65536", b"2147483648", b"99999999999999999999", b"1e308", b"NaN", b"")


def number(data: bytes, chance: random.Random) -> bytes:
    """Some of its numbers made extreme."""
    found = [*re.finditer(rb"-?[0-9]+(?:\.[0-9]+)?", data)]
    for match in sorted(chance.sample(found, min(len(found), chance.choice((1, 3, 20)))), key=lambda m: -m.start()):
        data = data[: match.start()] + chance.choice(EXTREME) + data[match.end() :]
    return data


def tags(data: bytes, chance: random.Random) -> bytes:
    """Some of its elements in one another's place, so that markup stays well-formed but says nonsense."""
    found = [*re.finditer(rb"<(\w+:)?(\w+)[^<>]*/>|<(\w+:?\w*)(?: [^<>]*)?>[^<>]*</\3>", data)]
    for match in sorted(chance.sample(found, min(len(found), 4)), key=lambda m: -m.start()):
        data = data[: match.start()] + chance.choice(found)[0] * chance.choice((0, 1, 3)) + data[match.end() :]
    return data


BYTES = (flip, truncate, zero, delete, repeat, splice, noise, number, tags)


def inside(data: bytes, chance: random.Random) -> bytes:
    """A ZIP file in which some parts are mutated, or exchanged, and packed again."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    telling = [name for name in parts if re.search(r"document|sheet|slide1|shared|styles|number|\.rels|Types|workbook", name)]
    for name in chance.sample(telling, chance.choice((1, 1, 3))):
        parts[name] = chance.choice((number, tags, number, tags, *BYTES))(parts[name], chance)
    if chance.random() < 0.1:
        del parts[chance.choice([*parts])]
    return zipped(parts)


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED, 1)
    return stream.getvalue()


def mutated(folder: Path, count: int, seed: int) -> None:
    """Write so many mutated files; images are few, for each takes Tesseract a second."""
    kinds = [*seeds(), *[".docx", ".xlsx", ".pptx", ".pdf"] * 8, *[".xml", ".html", ".jsonl", ".jsonl.xz", ".txt", ".md"] * 2]
    fonted = embedded_pdf()
    for n in range(count):
        chance = random.Random(10_000 * seed + n)
        kind = chance.choice(kinds)
        data = fonted if kind == ".pdf" and chance.random() < 0.3 else seeds()[kind]
        if kind in (".docx", ".xlsx", ".pptx") and chance.random() < 0.7:
            data = inside(data, chance)
        else:
            for _ in range(chance.choice((1, 1, 2))):
                data = chance.choice(BYTES)(data, chance)
        suffix = chance.choice([*seeds(), ".bin", ""]) if chance.random() < 0.05 else kind
        (folder / f"f{n:04}{suffix}").write_bytes(data)


PIECES = (
    "第一条　",
    "ただし、",
    "|a|b|\n",
    "\t",
    "「",
    "（",
    "一\n",
    "<table><tr>",
    "&#x110000;",
    "\ufeff",
    "\u202e",
    "#" * 9,
    "- " * 50,
    "\r",
)


def garbled(folder: Path, count: int, seed: int) -> None:
    """Write so many files of random bytes, or of what text files are made of, with the suffixes of texts or none."""
    chance = random.Random(seed)
    for n in range(count):
        suffix = chance.choice([".txt", ".md", ".html", ".jsonl", ".jsonl.xz", ".xml", ".bin", ""])
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 400)))
        coded = text.encode(chance.choice(["utf-8", "utf-16"]), "surrogatepass")
        (folder / f"g{n:04}{suffix}").write_bytes(chance.choice([coded, chance.randbytes(chance.randint(0, 4000))]))


# Files made by hand


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    return zipped(parts | {name: change(parts.get(name, b""))})


def raw_zip(name: str, packed: bytes, checksum: int, declared: int, flags: int = 0) -> bytes:
    """A ZIP file of one deflated member that declares what it is told."""
    told = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 0, checksum, len(packed), declared, len(name), 0)
    local = b"PK\x03\x04" + told + name.encode() + packed
    central = b"PK\x01\x02" + struct.pack("<H", 20) + told + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.encode()
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


@cache
def zeros(mebibytes: int) -> tuple[bytes, int, int]:
    """So many MiB of zeros as a deflate stream, with their sum and size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(mebibytes):
        checksum = zlib.crc32(bytes(2**20), checksum)
    return piece * mebibytes + zlib.compressobj(9, zlib.DEFLATED, -15).flush(), checksum, mebibytes * 2**20


BODIES = {".docx": "word/document.xml", ".xlsx": "xl/worksheets/sheet1.xml", ".pptx": "ppt/slides/slide1.xml"}
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DOCTYPES = {
    "outside": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p; <!ENTITY e "甲">]>',
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "笑">{LAUGHS}<!ENTITY e "&l11;">]>',
    "squared": f'<!DOCTYPE x [<!ENTITY q "{"二" * 100_000}"><!ENTITY e "{"&q;" * 9_000}">]>',
}


def with_entity(xml: bytes, doctype: str) -> bytes:
    """XML whose first words are an entity that the document type declares."""
    text = re.sub(r"^<\?xml[^>]*\?>\s*", "", xml.decode())
    text = re.sub(r">([^<>\s][^<>]*)<", ">甲&e;<", text, count=1)
    return ('<?xml version="1.0" encoding="UTF-8"?>' + doctype + text).encode()


def entities() -> Iterator[tuple[str, bytes]]:
    for name, doctype in DOCTYPES.items():
        for suffix, part in (*BODIES.items(), (".xlsx", "xl/sharedStrings.xml"), (".docx", "docProps/core.xml")):
            changed = with_part(seeds()[suffix], part, lambda xml, doctype=doctype: with_entity(xml, doctype))  # type: ignore[misc]
            yield f"{name}-{Path(part).stem}{suffix}", changed
        yield f"{name}.xml", with_entity(seeds()[".xml"], doctype)
        yield f"{name}.html", with_entity(seeds()[".html"], doctype)


def archives() -> Iterator[tuple[str, bytes]]:
    packed, checksum, size = zeros(1024)
    for suffix, part in BODIES.items():
        yield f"bomb{suffix}", raw_zip(part, packed, checksum, size)
        yield f"liar{suffix}", raw_zip(part, packed, checksum, 4096)
        yield f"larger{suffix}", raw_zip(part, packed[:1000], checksum, 2**32 - 2)
        inner = zipped({f"{n}.zip": zipped({"0": bytes(2**20)}) for n in range(9)})
        yield f"nested{suffix}", zipped({part: inner, "[Content_Types].xml": inner})
        yield f"locked{suffix}", raw_zip(part, packed[:1000], checksum, size, flags=1)
        yield f"members{suffix}", zipped({f"{n}": b"" for n in range(60_000)}) if suffix == ".docx" else zipped({})
        yield f"ole{suffix}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")
        yield f"old{suffix}", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000)
        for n, path in enumerate(("../../../tmp/evil", "/etc/evil", "C:\\evil", "..\\evil")):
            yield f"outside{n}{suffix}", with_part(seeds()[suffix], path, lambda _: b"x")
        deep = ("<a:b xmlns:a='urn:x'>" + "<a:b>" * 100_000 + "</a:b>" * 100_000 + "</a:b>").encode()
        yield f"deep{suffix}", with_part(seeds()[suffix], part, lambda _, deep=deep: deep)  # type: ignore[misc]
        own = "/".join(part.split("/")[:-1]) + f"/_rels/{part.split('/')[-1]}.rels"
        yield f"itself{suffix}", with_part(seeds()[suffix], own, lambda _, part=part: _relation(part))  # type: ignore[misc]
    yield "tables.docx", with_part(seeds()[".docx"], BODIES[".docx"], _nested_tables)
    yield "columns.xlsx", with_part(seeds()[".xlsx"], BODIES[".xlsx"], _wide_sheet)
    yield (
        "surrogate.xlsx",
        with_part(seeds()[".xlsx"], "xl/sharedStrings.xml", lambda xml: xml.replace("甲".encode(), b"_xD800_")),
    )
    yield "surrogate.docx", with_part(seeds()[".docx"], BODIES[".docx"], lambda xml: xml.replace("甲".encode(), b"&#xD800;"))
    yield "bomb.jsonl.xz", lzma.compress(bytes(300 * 2**20), preset=0)
    yield "lines.jsonl.xz", lzma.compress(b"\n" * (100 * 2**20), preset=0)
    plain = bytearray(lzma.compress(seeds()[".jsonl"], lzma.FORMAT_ALONE))
    plain[1:5] = b"\xff\xff\xff\xff"  # the size of its dictionary
    yield "dictionary.jsonl.xz", bytes(plain)


def _relation(part: str) -> bytes:
    kinds = ("officeDocument", "styles", "numbering", "slideLayout", "slideMaster", "notesSlide", "sharedStrings", "footnotes")
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = "".join(f'<Relationship Id="rId{n}" Type="{base}/{kind}" Target="/{part}"/>' for n, kind in enumerate(kinds, 1))
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'.encode()
    )


def _nested_tables(xml: bytes) -> bytes:
    inner = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    for _ in range(60):
        inner = b"<w:tbl><w:tr><w:tc>" + inner + b"</w:tc><w:tc>" + b"<w:p/></w:tc></w:tr></w:tbl><w:p/>"
    return xml.replace(b"<w:body>", b"<w:body>" + inner, 1)


def _wide_sheet(xml: bytes) -> bytes:
    rows = "".join(
        f'<row r="{n}"><c r="XFD{n}" t="inlineStr"><is><t>甲</t></is></c><c r="A{n}"><v>1</v></c></row>' for n in range(1, 2000)
    )
    merged = '<mergeCell ref="A1:XFD1048576"/>' * 2000
    hidden = '<cols><col min="1" max="16384" hidden="0"/></cols>'
    opened, closed = xml.split(b"<sheetData>")[0], b"</worksheet>"
    return opened + f"{hidden}<sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells>".encode() + closed


def pdf_of(*objects: str, trailer: str = "/Root 1 0 R") -> bytes:
    """A PDF of these objects, from number 1."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(places) + 1}{trailer}>>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode()


def pdfs() -> Iterator[tuple[str, bytes]]:
    catalog = "<</Type/Catalog/Pages 2 0 R>>"
    pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
    content = "<</Length 44>>stream\nBT /F 12 Tf 72 700 Td (Allowance is 100 yen.) Tj ET\nendstream"
    font = "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    yield "locked.pdf", pdf(1, password="ひみつ".encode().hex())
    yield "blank.pdf", pdf(20, "")
    yield (
        "loop.pdf",
        pdf_of(catalog, "<</Type/Pages/Kids[3 0 R 2 0 R]/Count 9>>", "<</Type/Pages/Kids[2 0 R 3 0 R]/Count 9/Parent 2 0 R>>"),
    )
    yield (
        "count.pdf",
        pdf_of(
            catalog, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", f"<</Type/Page/Parent 2 0 R{font}/Contents 4 0 R>>", content
        ),
    )
    yield (
        "same.pdf",
        pdf_of(catalog, f"<</Type/Pages/Kids[{'3 0 R ' * 3000}]/Count 3000>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
    )
    yield "xref.pdf", pdf(1) + b"\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 9/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF"
    for n, box in enumerate(
        ("0 0 1e9 1e9", "0 0 0 0", "-9e99 -9e99 9e99 9e99", "0 0 14400 14400", "9 9 1 1", "0 0 0.001 9e6", "[] [] [] []")
    ):
        yield f"box{n}.pdf", pdf_of(catalog, pages, f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]{font}/Contents 4 0 R>>", content)
    for n, shape in enumerate(("60000 0 0 60000", "500 0 0 700")):
        image = "<</Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode/Length 4>>stream\nxxxx\nendstream"
        shown = f"<</Length 40>>stream\nq {shape} 0 0 cm /I Do Q\nendstream"
        page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>"
        yield f"image{n}.pdf", pdf_of(catalog, pages, page, shown, image)
    drawing = "<</Length 9>>stream\n/I Do /I Do /I Do\nendstream"
    form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 5 0 R>>>>/Length 18>>stream\n/I Do /I Do /I Do \nendstream"
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>"
    yield "form.pdf", pdf_of(catalog, pages, page, drawing, form)
    yield "arrays.pdf", pdf_of(catalog, pages, f"<</Type/Page/Parent 2 0 R/X{'[' * 100_000}>>", content)
    lines = "".join(f"{x} {y} m {x + 300} {y} l S\n" for x in range(0, 300, 3) for y in range(0, 800, 2))
    yield (
        "lines.pdf",
        pdf_of(
            catalog,
            pages,
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{font}/Contents 4 0 R>>",
            f"<</Length {len(lines) + 44}>>stream\n{lines}BT /F 12 Tf 72 700 Td (Allowance 100.) Tj ET\nendstream",
        ),
    )
    words = "".join(f"BT /F 1 Tf {n % 595} {n // 100} Td (a) Tj ET\n" for n in range(60_000))
    yield (
        "words.pdf",
        pdf_of(
            catalog,
            pages,
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]{font}/Contents 4 0 R>>",
            f"<</Length {len(words)}>>stream\n{words}endstream",
        ),
    )


def images() -> Iterator[tuple[str, bytes]]:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def png(width: int, height: int, data: bytes, extra: bytes = b"") -> bytes:
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    yield "huge.png", png(60_000, 60_000, zlib.compress(bytes(1000)))
    yield "line.png", png(80_000_000, 1, zlib.compress(bytes(80_000_001)))
    yield "column.png", png(1, 10_000, zlib.compress(bytes(20_000)))
    yield "text.png", png(9, 9, zlib.compress(bytes(90)), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26))))
    yield "huge.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 60, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    tiff = bytearray(picture("tiff"))
    place = struct.unpack_from("<I", tiff, 4)[0]
    struct.pack_into("<I", tiff, place + 2 + 12 * struct.unpack_from("<H", tiff, place)[0], place)
    yield "loop.tiff", bytes(tiff)


BAIT = (
    *(
        " ",
        "\t",
        "　",
        "（",
        "(",
        "第",
        "1",
        "１",
        "一",
        "-",
        "|",
        "・",
        "*",
        "<sup>",
        "[^",
        ":",
        "。",
        "「",
        "の",
        "#",
        "_",
        "○",
        "[",
        "](",
    ),
    *(
        "第一条、",
        "（第1条",
        "別表第一号",
        "- ",
        "1.",
        "1-",
        "第1条から第2条",
        "2024年",
        "令和6年4月1日",
        "年月日",
        "附則　",
        "ただし、",
        "注1",
        "※1",
    ),
    *(
        "、及び",
        "第1条（",
        "とする。ただし、",
        "次の各号",
        "施行する。",
        "改正 ",
        "| ",
        "|-",
        "・ ",
        "- - ",
        "イ　",
        "①",
        "IVX",
        "\u3000\t",
        "\u0301",
    ),
    *("\u202e", "ﾞ", "が", "\U0001f468\u200d", "&amp;", "http://a.", "a@a.", "<b>", "\\", "\x0b", "\u2028", "\x85"),
)


def texts(length: int) -> Iterator[tuple[str, bytes]]:
    for n, piece in enumerate(BAIT):
        bait = piece * (length // len(piece))
        yield f"bait{n}.txt", f"第一条　{bait}終\n{bait}\n終{bait}".encode()
    for n, (one, other) in enumerate(
        (("1", "一"), (" ", "　"), ("\t", " "), ("（", "）"), ("第1条", "\n"), ("1", "\n"), ("一　", "\n"), ("甲", "\t"))
    ):
        yield f"pair{n}.txt", ((one + other) * (length // len(one + other))).encode()
    yield "tree.txt", "".join(f"{'　' * (n % 99)}{'一イ（①a'[n % 5]}　甲\n" for n in range(length // 20)).encode()
    yield "surrogate.txt", "甲\ud800乙。".encode("utf-8", "surrogatepass")
    yield "surrogate.jsonl", b'{"text": "\\ud800", "title": "\\udc00"}\n{"text": "a", "id": "\\ud800", "version": "\\n"}\n'
    yield "surrogate.html", f"<p>{WORDS}&#xD800;&#x110000;&#0;&#x1;</p>".encode()
    yield "deep.jsonl", b"[" * 100_000 + b"\n" + b'{"text":' * 100_000 + b"\n"
    yield "number.jsonl", b'{"text": "a", "id": ' + b"9" * 5000 + b"}\n" + b'{"text": "b", "version": 1e999}\n'
    yield "deep.xml", b"<Law>" * 100_000 + b"a" + b"</Law>" * 100_000
    yield "laws.xml", b"<Law>" * 200 + "甲".encode() + b"</Law>" * 200
    yield "attributes.xml", b"<Law " + b" ".join(b'a%d="1"' % n for n in range(length)) + b">a</Law>"
    yield "deep.html", b"<div>" * 100_000 + WORDS.encode()
    yield "almost.html", b"<div>" * 15_000 + WORDS.encode()
    yield "formats.html", "".join(f"<b id={n}><p>甲" for n in range(2000)).encode()
    yield "fostered.html", "".join(f"<table><tr><a id={n}>甲" for n in range(length // 10)).encode()
    yield "lists.html", ("<ul><li>" * 5000 + "甲").encode()
    yield "options.html", ("<p>甲" + "<select><option>" * 20_000).encode()


def large() -> Iterator[tuple[str, bytes]]:
    """Files that take seconds each."""
    yield "pages.pdf", pdf(2000)
    yield "blanks.pdf", pdf(2000, "")
    yield "spans.html", ("<table>" + "<tr><td rowspan=65534 colspan=1000>甲" * 2000).encode()
    yield "columns.txt", ("\t".join(str(n) for n in range(1_000_000)) + "\n").encode()
    yield "line.txt", ("規程の文を読む" * 714_286).encode()
    yield "line.html", ("<p>" + "規程の文を読む" * 714_286).encode()
    yield "sentences.txt", ("規程の文を読む。" * 625_000).encode()
    yield "brackets.txt", ("（" * 100_000 + "甲" + "）" * 100_000).encode()
    yield "line.jsonl", json.dumps({"text": "規程の文を読む" * 714_286}, ensure_ascii=False).encode()
    chance = random.Random(1)
    cells = "".join(f"<w:p><w:r><w:t>{chance.randrange(10**9)}</w:t></w:r></w:p>" for _ in range(1_000_000)).encode()
    yield (
        "paragraphs.docx",
        with_part(seeds()[".docx"], BODIES[".docx"], lambda xml: xml.replace(b"<w:body>", b"<w:body>" + cells)),
    )
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{chance.random()}</v></c></row>' for n in range(1, 1_048_577)).encode()
    yield (
        "rows.xlsx",
        with_part(
            seeds()[".xlsx"],
            BODIES[".xlsx"],
            lambda xml: xml.split(b"<sheetData>")[0] + b"<sheetData>" + rows + b"</sheetData></worksheet>",
        ),
    )


def odd_files(folder: Path) -> None:
    """Names and kinds of files that no document has. (The bytes \\xff are no UTF-8.)"""
    for name in (
        "改\n行.txt",
        "\x1b[2J\a.txt",
        "a..txt",
        " .txt",
        "-rf.txt",
        "長" * 83 + ".txt",
        "\udcff.txt",
        "a#b.md",
        "名\\前.txt",
        "\u304c.txt",
        "\u304b\u3099.txt",
        "\u202etxt.md",
        ".txt.md",
        "空.docx",
        "空.pdf",
        "空.png",
        "空.jsonl",
        "空.xml",
        "無",
    ):
        (folder / name).write_bytes(b"" if name.startswith("空") else WORDS.encode())
    inner = folder / "内"
    inner.mkdir()
    (inner / "上").symlink_to(folder)
    (inner / "輪.txt").symlink_to("輪.txt")
    (inner / "切.pdf").symlink_to("どこにもない.pdf")
    (inner / "零.txt").symlink_to("/dev/zero")
    (inner / "零.docx").symlink_to("/dev/zero")
    (inner / "遠.txt").symlink_to("/" + "a/" * 2000)
    (inner / "長.txt").symlink_to("b" * 300)
    for suffix in (".txt", ".pdf", ".docx", ".jsonl.xz"):
        os.mkfifo(inner / f"管{suffix}")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(inner)  # the path of a socket has to be short
        listener.bind("口.txt")
        os.chdir(here)
    deep = inner
    for _ in range(60):
        deep = deep / "深い所"
        deep.mkdir()
    (deep / "底.txt").write_text(WORDS, encoding="utf-8")


def write(folder: Path, files: Iterator[tuple[str, bytes]]) -> None:
    for name, data in files:
        (folder / name).write_bytes(data)


# The runs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    return made


MADE: dict[str, Callable[[], Iterator[tuple[str, bytes]]]] = {
    "entities": entities,
    "archives": archives,
    "pdfs": pdfs,
    "images": images,
    "texts": lambda: texts(3_000),
}


@pytest.mark.parametrize("kind", MADE)
def test_files_made_to_do_harm_do_none(folder: Path, kind: str) -> None:
    write(folder, MADE[kind]())
    run(folder)


def test_odd_names_links_pipes_and_devices_are_named(folder: Path) -> None:
    odd_files(folder)
    outcome = run(folder)
    skipped = {skipped.source for skipped in outcome.summary.skipped}
    assert {
        f"内/{name}" for name in ("輪.txt", "切.pdf", "零.txt", "零.docx", "管.txt", "管.pdf", "管.docx", "口.txt")
    } <= skipped


def test_mutated_files_are_read_exactly_or_named(folder: Path) -> None:
    mutated(folder, 60, seed=0)
    garbled(folder, 60, seed=0)
    run(folder)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1, 21))
def test_many_mutated_files(folder: Path, seed: int) -> None:
    mutated(folder, 250, seed)
    garbled(folder, 100, seed)
    run(folder)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["large", "texts"])
def test_large_files_made_to_do_harm(folder: Path, kind: str) -> None:
    write(folder, large() if kind == "large" else texts(50_000))
    run(folder)
