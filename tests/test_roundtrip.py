"""Sentences planted at known places of files of every format, found again by search: the very words, their page, address and boxes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from eval.office import write_docx, write_pptx, write_xlsx
from eval.press import A4, A5, FONTS, Glyph, Shape, layout, write_pdf
from eval.regulations import HOUSING
from eval.specimen import Rules, read
from eval.texts import SUPERSCRIPT, write_html, write_jsonl, write_lawxml, write_md, write_txt
from ingest import ocr
from ingest.build import ingest
from rag.assistant import Assistant
from rag.layout import Box
from rag.reader import cite
from rag.snapshot import DocumentRow
from rag.types import Citation

BAR = 0.99
SEARCHED = 10

_WHO = ("総務部長", "情報管理責任者", "所属の長", "監査委員会", "利用者", "委託を受けた者")
_WHAT = ("個人情報の取扱い", "生成ＡＩの利用", "旅費の精算", "文書の保存期間", "アクセス権限の見直し", "研修の受講状況")
_HOW = (
    "速やかに委員会に報告しなければならない",
    "毎年度末までに記録し五年間保存するものとする",
    "理由を付した書面で承認を得るものとする",
)


@dataclass(frozen=True, slots=True)
class Plant:
    """Words and where they stand: `numbers` the 章, 条, 項 and 号 that a reader of the file counts, `part` the 附則, 別表 or slide."""

    words: str
    kind: str = "sentence"
    numbers: tuple[tuple[str, int], ...] = ()
    part: str = ""
    mark: int = 0
    row: tuple[str, ...] = ()
    page: int = 0


@dataclass(slots=True)
class Field:
    """A regulation in the making, in the notation of the corpus, and what is planted in it."""

    base: int
    notes: bool = True
    tables: bool = True
    lines: list[str] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    chapter: int = 0
    article: int = 0
    marks: int = 0

    def _next(self) -> int:
        return self.base + len(self.plants)

    def sentence(self, proviso: bool = False) -> str:
        n = self._next()
        longer = "やむを得ない事情があると認められる場合を除き、" * (n % 3)
        return (
            f"{'ただし、' if proviso else ''}{_WHO[n % 6]}は、番号{n}の{_WHAT[n // 2 % 6]}について、{longer}{_HOW[n // 3 % 3]}。"
        )

    def plant(self, sign: str, words: str, numbers: dict[str, int], part: str = "") -> None:
        self.lines.append(f"{sign} {words}")
        kind = "item" if sign == "号" else "sentence"
        place = numbers if part else {"章": self.chapter, "条": self.article} | numbers
        self.plants.append(Plant(words, kind, tuple(place.items()), part, page=self.chapter))

    def note(self) -> None:
        """A footnote of the sentence planted last, with its mark before the last 。"""
        if self.notes:
            self.marks += 1
            last = self.plants[-1]
            self.plants[-1] = Plant(last.words, last.kind, last.numbers, last.part, self.marks, page=last.page)
            words = f"注で番号{self._next()}の{_WHAT[self.marks % 6]}の例を示す。"
            self.lines.append(f"注 {words}")
            self.plants.append(Plant(words, "note", mark=self.marks, page=self.chapter))

    def table(self, part: str = "", rows: int = 3) -> None:
        self.lines.append("表 区分|対象|上限")
        place = () if part else (("章", self.chapter), ("条", self.article))
        for n in range(rows):
            number = self._next()
            row = (f"第{'一二'[n // 2 % 2]}種の区分", f"番号{number}の{_WHAT[number % 6]}", f"{number}回まで")
            self.lines.append("表 " + "|".join(row))
            self.plants.append(Plant("\t".join(row), "row", place, part, row=row, page=self.chapter))

    def open_article(self) -> None:
        self.article += 1
        self.lines.append(f"見 事項{self.article}の定め")

    def open_chapter(self) -> None:
        self.chapter += 1
        self.lines.append(f"章 第{self.base + self.chapter}類の規律")


def _one(f: Field) -> None:
    f.plant("条", f.sentence(), {})


def _proviso(f: Field) -> None:
    f.plant("条", f.sentence(), {})
    second = f.sentence(proviso=True)
    f.plants.append(Plant(second, "sentence", f.plants[-1].numbers, page=f.chapter))
    f.lines[-1] += second
    f.note()


def _paragraphs(f: Field) -> None:
    for n in (1, 2, 3):
        f.plant("条" if n == 1 else "項", f.sentence(), {"項": n})


def _items(f: Field) -> None:
    f.plant("条", f.sentence(), {})
    for n in (1, 2, 3):
        f.plant("号", f"番号{f._next()}の{_WHAT[n]}の控え", {"号": n})


def _items_of_paragraph(f: Field) -> None:
    f.plant("条", f.sentence(), {"項": 1})
    f.plant("項", f.sentence(), {"項": 2})
    for n in (1, 2):
        f.plant("号", f"番号{f._next()}の{_WHAT[n]}の控え", {"項": 2, "号": n})


def _with_table(f: Field) -> None:
    f.plant("条", f.sentence(), {})
    if f.tables:
        f.table()


def rules_of(base: int, count: int, *, notes: bool = True, tables: bool = True) -> tuple[Rules, list[Plant]]:
    """A regulation with at least `count` plants, in chapters of some articles, with 附則 and 別表."""
    f = Field(base, notes, tables, [f"題 試験{base}規程"])
    shapes = (_one, _proviso, _paragraphs, _items, _items_of_paragraph, _with_table)
    appended = 6 if tables else 2
    while len(f.plants) < count - appended:
        if f.article % (6 if count > 50 else 2) == 0:
            f.open_chapter()
        f.open_article()
        shapes[(f.article - 1) % 6](f)
    f.lines.append("附")
    for n in (1, 2):
        f.plant("則", f.sentence(), {"項": n}, "附則")
    if tables:
        f.lines.append("別 第１条関係|回数の上限")
        f.table("別表第１", 4)
    return read("\n".join(f.lines)), f.plants


def sheets_of(base: int, count: int) -> tuple[Rules, list[Plant]]:
    """A workbook of appendices with eight rows each."""
    f = Field(base, lines=[f"題 試験{base}一覧表"])
    while len(f.plants) < count:
        f.chapter += 1
        f.lines.append("別 第１条関係|回数の上限")
        f.table(f"別表第{f.chapter}", 8)  # as the sheet is named
    return read("\n".join(f.lines)), f.plants


def slides_of(base: int, count: int) -> tuple[Rules, list[Plant]]:
    """A presentation with sentences, a table and a speaker's note on each slide."""
    f = Field(base, lines=[f"題 試験{base}資料"])
    f.chapter = 1  # the first slide is the title's
    while len(f.plants) < count:
        f.open_chapter()
        part = f.lines[-1].removeprefix("章 ")
        for sign in ("条", "項", "号"):
            f.plant(sign, f.sentence(), {}, part)
        words = f"注で番号{f._next()}の{_WHAT[f.chapter % 6]}の例を示す。"
        f.lines.append(f"注 {words}")
        f.plants.append(Plant(words, "speech", part=part, page=f.chapter))
        f.table(part)
    return read("\n".join(f.lines)), f.plants


# The formats


Written = tuple[list[Plant], list[Glyph]]
Write = Callable[[Path, int, int], Written]


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written and how its marks, notes and rows read; `paged` where its pages are checked."""

    name: str
    suffix: str
    write: Write
    mark: str = SUPERSCRIPT
    note: str = "<sup>{}</sup> {}"
    row: Callable[[Sequence[str]], str] = "\t".join
    paged: bool = False
    bar: float = BAR
    recognised: bool = False

    def quote(self, plant: Plant) -> str:
        """The words as the stored text has them."""
        if plant.kind == "row":
            return self.row(plant.row)
        if plant.kind == "note":
            return self.note.format(plant.mark, plant.words)
        return f"{plant.words[:-1]}{self.mark.format(plant.mark)}{plant.words[-1]}" if plant.mark else plant.words


def text_writer(write: Callable[[Rules, Path], object], **options: bool) -> Write:
    def made(path: Path, base: int, count: int) -> Written:
        rules, plants = rules_of(base, count, **options)
        write(rules, path)
        return plants, []

    return made


def pdf_writer(shape: Shape, **options: bool) -> Write:
    def made(path: Path, base: int, count: int) -> Written:
        rules, plants = rules_of(base, count, **options)
        wide, high = A4 if count > 50 else A5
        return plants, write_pdf(rules, path, Shape(wide, high, shape.columns, shape.vertical, margin=50))

    return made


def other_writer(make: Callable[[int, int], tuple[Rules, list[Plant]]], write: Callable[[Rules, Path], None]) -> Write:
    def made(path: Path, base: int, count: int) -> Written:
        rules, plants = make(base, count)
        write(rules, path)
        return plants, []

    return made


def scan(path: Path, base: int, count: int) -> Written:
    """Pages as images of 300 dpi: a TIFF file of them, or the first one alone."""
    pdf = path.with_name(f".{path.name}.pdf")
    rules, plants = rules_of(base, count, notes=False)
    glyphs = write_pdf(rules, pdf, Shape(*(A4 if path.suffix == ".tif" else (A4[0], 2 * A4[1])), margin=50))
    pages = [page.render(scale=300 / 72, grayscale=True).to_pil() for page in pdfium.PdfDocument(pdf)]
    more = {"save_all": True, "append_images": pages[1:], "compression": "tiff_deflate"} if path.suffix == ".tif" else {}
    pages[0].save(path, dpi=(300, 300), **more)
    if path.suffix == ".png":
        glyphs = [g for g in glyphs if g.page == 1]
        stream = "".join(g.char for g in glyphs)
        plants = [p for p in plants if ("".join(p.row[1:]) or p.words) in stream]
    return plants, glyphs


NOTED = {"mark": "（注{}）", "note": "（注{}）　{}"}
FORMATS = (
    Format("docx", ".docx", text_writer(lambda r, p: write_docx(r, p, chapters_on_pages=True)), paged=True),
    Format("xlsx", ".xlsx", other_writer(sheets_of, write_xlsx), paged=True),
    Format("pptx", ".pptx", other_writer(slides_of, write_pptx), paged=True),
    Format("pdf, one column", ".pdf", pdf_writer(Shape()), paged=True),
    Format("pdf, two columns", ".pdf", pdf_writer(Shape(columns=2)), paged=True),
    Format("pdf, vertical", ".pdf", pdf_writer(Shape(vertical=True), tables=False), **NOTED, paged=True),  # type: ignore[arg-type]
    Format("html", ".html", text_writer(write_html)),
    Format("law xml", ".xml", text_writer(write_lawxml, notes=False)),
    *(
        Format(f"txt, {code}", ".txt", text_writer(lambda r, p, code=code: write_txt(r, p, code)), **NOTED)  # type: ignore[misc,arg-type]
        for code in ("utf-8", "cp932", "euc_jp", "utf-16-le")
    ),
    Format("md", ".md", text_writer(write_md), "[^{}]", "[^{}]: {}", lambda row: f"| {' | '.join(row)} |"),
    Format("jsonl", ".jsonl", text_writer(lambda r, p: write_jsonl([r], p)), note="<sup>{}</sup>　{}"),
    Format("jsonl.xz", ".jsonl.xz", text_writer(lambda r, p: write_jsonl([r], p)), note="<sup>{}</sup>　{}"),
)
SCANS = (
    Format("tif, by OCR", ".tif", scan, paged=True, bar=0.7, recognised=True),
    Format("png, by OCR", ".png", scan, paged=True, bar=0.7, recognised=True),
)


# Finding what was planted


@dataclass(slots=True)
class Seen:
    """How many of the plants of a format were right in each respect, and what was not."""

    counts: dict[str, list[int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, respect: str, right: bool, what: object) -> None:
        got = self.counts.setdefault(respect, [0, 0])
        got[0] += right
        got[1] += 1
        if not right:
            self.wrong.append(f"{respect}: {what}")

    def share(self, respect: str) -> float:
        got, of = self.counts.get(respect, (1, 1))
        return got / max(1, of)

    def told(self, name: str) -> str:
        return f"{name:18}" + "".join(f"  {respect} {got}/{of}" for respect, (got, of) in self.counts.items())


@dataclass(frozen=True, slots=True)
class Trial:
    """The files of some formats, all in one index."""

    assistant: Assistant
    written: dict[str, Written]
    files: dict[str, Path]

    def row(self, name: str) -> DocumentRow:
        """The document of a format."""
        file = self.files[name].name
        return next(row for row in self.assistant.snapshot.documents() if row.source.partition("#")[0] == file)

    def see(self, form: Format) -> Seen:
        plants, glyphs = self.written[form.name]
        page = Paper(glyphs, self.files[form.name], self.assistant, self.row(form.name)) if glyphs else None
        seen = Seen()
        for plant in plants:
            if not (citation := self._found(form, plant)):
                seen.add("quote", False, form.quote(plant))
                continue
            seen.add("quote", form.recognised or citation.quote == form.quote(plant), citation.quote)
            if plant.kind != "note" and plant.kind != "speech":
                seen.add("address", stands_at(plant, citation.path), (plant, citation.path))
            own = page.own(plant) if page else []
            if form.paged and (own or plant.kind != "note"):
                expected = own[0].page if own else plant.page
                seen.add("page", citation.page == expected, (plant, citation.page, expected))
            if page and own and not form.recognised:
                seen.add("boxes", page.covers(plant, own, citation), plant)
        return seen

    def _found(self, form: Format, plant: Plant) -> Citation | None:
        """The citation of the unit that says the plant's words, from what a search for them finds."""
        document, quote = self.row(form.name), form.quote(plant)
        if form.recognised:
            return self._nearly(document, quote)
        for hit in self.assistant.search(plant.words.replace("\t", " "), SEARCHED):
            if hit.passage.doc_id != document.id:
                continue
            text = self.assistant.snapshot.document(document.id, document.version).text
            for unit in hit.passage.units:
                if unit.span.of(text) == quote:
                    return cite(self.assistant.snapshot, hit.passage, unit.span)
        return None

    def _nearly(self, document: DocumentRow, quote: str) -> Citation | None:
        """The citation of the unit that says nearly the words, as recognised print does."""
        snapshot = self.assistant.snapshot
        text = snapshot.document(document.id, document.version).text
        units = [(passage, unit) for passage in snapshot.passages(document.id, document.version) for unit in passage.units]
        share, n = max((SequenceMatcher(None, bare(u.span.of(text)), bare(quote)).ratio(), n) for n, (_, u) in enumerate(units))
        passage, unit = units[n]
        return cite(snapshot, passage, unit.span) if share >= 0.9 else None


def bare(words: str) -> str:
    """The words as recognition gives them: one width, no spaces."""
    return "".join(unicodedata.normalize("NFKC", words).split())


def stands_at(plant: Plant, path: Sequence[str]) -> bool:
    """Whether a path names the place, and nothing more; a 第1項 that bears no number may go unnamed."""
    named = {m[2]: int(m[1]) for label in path if (m := re.match(r"第(\d+)(章|条|項|号)", label))}
    expected = dict(plant.numbers)
    if expected.get("項") == 1:
        named.setdefault("項", 1)
    row = not plant.row or path[-1] == f"行 {plant.row[0]}"
    part = not plant.part or any(label.replace("別表第一", "別表第１").startswith(plant.part) for label in path)
    return named == expected and row and part


class Paper:
    """The printed pages of a PDF: which characters stand where."""

    def __init__(self, glyphs: list[Glyph], file: Path, assistant: Assistant, row: DocumentRow) -> None:
        self.glyphs = glyphs
        self.stream = "".join(g.char for g in glyphs)
        document = assistant.snapshot.document(row.id, row.version)
        assert document.layout is not None
        self.boxes = document.layout.boxes
        self.sizes = {page.number: (page.width, page.height) for page in document.pages}
        places = [(g.page, *self._share(g)) for g in glyphs]
        self.places = np.array(places)

    def _share(self, glyph: Glyph) -> tuple[float, float]:
        wide, high = self.sizes[glyph.page]
        return (glyph.x + glyph.width / 2) / wide, 1 - (glyph.y + 0.38 * glyph.size) / high

    def own(self, plant: Plant) -> list[Glyph]:
        """The characters of the plant, without a merged cell that says the same for several rows."""
        words = "".join(plant.row[1:]) if plant.row else plant.words
        if plant.mark and plant.kind != "note":
            marked = f"{words[:-1]}{plant.mark}{words[-1]}"
            words = marked if marked in self.stream else f"{words[:-1]}（注{plant.mark}）{words[-1]}"
        at = self.stream.find(words)
        return self.glyphs[at : at + len(words)] if at >= 0 else []

    def covers(self, plant: Plant, own: Sequence[Glyph], citation: Citation) -> bool:
        """Whether the middle of each of the characters lies in the citation's boxes, and that of no other."""
        inside = np.zeros(len(self.glyphs), bool)
        for box in self.boxes(citation.span.start, citation.span.end):
            page, x, y = self.places.T
            inside |= (page == box.page) & (box.left < x) & (x < box.right) & (box.top < y) & (y < box.bottom)
        found = set(np.flatnonzero(inside).tolist())
        at = self.stream.find("".join(g.char for g in own))
        wanted = set(range(at, at + len(own)))
        beside = {"note": str(plant.mark) + "（注）", "row": plant.row[0] if plant.row else ""}.get(plant.kind, "")
        return wanted <= found and all(self.glyphs[n].char in beside for n in found - wanted)


def tried(folder: Path, formats: Sequence[Format], count: int) -> Trial:
    """Write a file of each format and ingest them all."""
    files = folder / "files"
    files.mkdir()
    written, paths = {}, {}
    for n, form in enumerate(formats, 1):
        name = "".join(c for c in form.name if c.isalnum())
        paths[form.name] = files / f"{name}-rules{form.suffix}"
        written[form.name] = form.write(paths[form.name], n * 1000, count)
    summary = ingest([files], folder / "index", progress=lambda line: None)
    assert not summary.skipped
    return Trial(Assistant.open(folder / "index"), written, paths)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return tried(tmp_path_factory.mktemp("small"), FORMATS, 20)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return tried(tmp_path_factory.mktemp("full"), FORMATS, 200)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    if not ocr.available():
        pytest.skip("needs tesseract")
    return tried(tmp_path_factory.mktemp("scanned"), SCANS, 40)


def judged(trial: Trial, form: Format) -> None:
    seen = trial.see(form)
    print(seen.told(form.name))  # noqa: T201
    for respect in seen.counts:
        assert seen.share(respect) >= form.bar, "\n".join([seen.told(form.name), *seen.wrong[:8]])


needs_font = pytest.mark.skipif(not any(font.exists() for font in FONTS), reason="needs the IPA fonts")


@needs_font
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_what_is_planted_is_found_verbatim_where_it_stands(small: Trial, form: Format) -> None:
    judged(small, form)


@needs_font
@pytest.mark.soak
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_two_hundred_are_found(full: Trial, form: Format) -> None:
    judged(full, form)


@needs_font
@pytest.mark.soak
@pytest.mark.parametrize("form", SCANS, ids=lambda form: form.name)
def test_most_is_found_in_scans(scanned: Trial, form: Format) -> None:
    judged(scanned, form)


# The ink in the boxes


def rendered(file: Path, page: int) -> NDArray[np.uint8]:
    return np.array(pdfium.PdfDocument(file)[page - 1].render(scale=2, grayscale=True).to_pil())


def mask(shape: tuple[int, ...], boxes: Sequence[Box], grown: int) -> NDArray[np.bool_]:
    """The pixels within the boxes, each larger by some pixels on all sides."""
    image = Image.new("L", (shape[1], shape[0]))
    for box in boxes:
        left, top, right, bottom = box.left * shape[1], box.top * shape[0], box.right * shape[1], box.bottom * shape[0]
        ImageDraw.Draw(image).rectangle((left - grown, top - grown, right + grown, bottom + grown), fill=1)
    return np.array(image) > 0


@needs_font
@pytest.mark.parametrize("name", ["pdf, one column", "pdf, two columns", "pdf, vertical"])
def test_the_page_without_the_quote_differs_only_in_its_boxes(small: Trial, name: str, tmp_path: Path) -> None:
    form = next(f for f in FORMATS if f.name == name)
    plants, _ = small.written[name]
    row, snapshot = small.row(name), small.assistant.snapshot
    document = snapshot.document(row.id, row.version)
    assert document.layout is not None
    n = next(n for n, f in enumerate(FORMATS, 1) if f is form)
    rules, _ = rules_of(n * 1000, 20, tables="vertical" not in name)
    shape = Shape(*A5, 2 if "two" in name else 1, "vertical" in name, margin=50)
    for plant in [p for p in plants if p.kind in ("sentence", "item") and not p.mark][1::5]:
        with_words, without_words = tmp_path / "with.pdf", tmp_path / "without.pdf"
        write_pdf(rules, with_words, shape, shaded=plant.words, shade=0.0)
        write_pdf(rules, without_words, shape, shaded=plant.words, shade=1.0)
        at = document.text.index(plant.words)
        boxes = document.layout.boxes(at, at + len(plant.words))
        for page in {box.page for box in boxes}:
            whole, without = rendered(with_words, page), rendered(without_words, page)
            changed = np.abs(whole.astype(int) - without) > 40
            own = [box for box in boxes if box.page == page]
            assert changed.sum() > 100
            assert not (changed & ~mask(whole.shape, own, 2)).any()
            assert (without[mask(whole.shape, own, -2)] < 128).sum() < 0.02 * changed.sum()


# The writers themselves


def test_the_same_bytes_are_written_at_every_run(tmp_path: Path) -> None:
    rules, _ = rules_of(1000, 20)
    for name, write in {"a.docx": write_docx, "a.xlsx": write_xlsx, "a.pptx": write_pptx, "a.pdf": write_pdf}.items():
        made = sheets_of(1000, 8)[0] if name == "a.xlsx" else slides_of(1000, 8)[0] if name == "a.pptx" else rules
        write(made, tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write(made, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first, name


def test_every_character_of_a_regulation_is_set_once() -> None:
    from eval.press import _font

    glyphs, _ = layout(read(HOUSING), Shape(columns=2), _font(embedded=False, vertical=False))
    assert "".join(g.char for g in glyphs).count("社宅に入居できる者は、住居の移転を伴う異動を命じられた正社員") == 1
    assert max(g.page for g in glyphs) == 2
