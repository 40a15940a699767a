"""Gold questions in a table as people keep them: CSV or Excel with the columns 質問, 正解 and 出典."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from lxml import etree

from eval.files import FORMULA
from eval.fold import fold
from eval.gold import Evidence, Gold
from eval.names import KINDS
from eval.rows import RowError, Table, read_bytes
from ingest.archive import checked_zip
from ingest.decoding import decode
from ingest.sheets import Workbook
from rag.errors import InputError, UnreadableFile

TEXTS, BOOKS = (".csv", ".tsv"), (".xlsx", ".xlsm")
ACCEPTED = frozenset("○〇◯o01✓✔レ") | {"採用", "可", "yes", "ok", "true"}
"""What a person writes beside a draft that is to be used, folded."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "question": ("質問", "質問文", "問", "問い", "設問", "問題", "question", "query", "q"),
    "answer": ("正解", "正答", "答え", "答", "回答", "模範解答", "模範回答", "期待する回答", "期待回答", "answer", "expected", "a"),
    "source": ("出典", "典拠", "根拠", "根拠文書", "出典文書", "参照", "参照先", "参照文書", "文書", "文書名", "source", "reference", "doc"),
    "quote": ("文言", "根拠の文言", "引用", "引用文", "該当箇所", "quote", "evidence"),
    "id": ("id", "番号", "no", "no.", "項番", "#"),
    "kind": ("種類", "種別", "分類", "区分", "カテゴリ", "カテゴリー", "kind", "category", "type"),
    "previous": ("前の質問", "previous"),
    "status": ("採用", "採否", "status"),
}  # fmt: skip
_BY_NAME = {name: key for key, names in _COLUMNS.items() for name in names}
_HEADER_WITHIN = 20
"""So many rows may stand above the header."""
_NONE = frozenset(("該当なし", "記載なし", "文書に答えなし", "回答なし", "(該当なし)", "(記載なし)", "(文書に答えなし)"))
_KIND, _UNANSWERABLE = "質問", "unanswerable"
_BROKEN = (KeyError, ValueError, EOFError, BadZipFile, zlib.error, etree.XMLSyntaxError)

Cells = Sequence[str]
"""The cells of one row, empty where there is nothing."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A row below the header: where it stands, and its cells by our names."""

    place: str
    cells: Mapping[str, str]

    def cell(self, name: str) -> str:
        return self.cells.get(name, "").strip()


def read_sheet(path: Path) -> Table[Gold]:
    """The questions of a table, malformed rows listed; where a column says which are accepted, only those.

    A fact a line of 正解, or between 「／」; wordings of one between 「｜」. A row without 正解 is a question that the documents do not
    answer. 出典 names documents, with the words in 「」 behind (or in a column 文言); `eval.located` finds them in an index. Of a row
    without 出典 only the answer counts.

    Raises InputError where the file cannot be read or has no such columns.
    """
    golds: list[Gold] = []
    problems: list[str] = []
    seen: set[str | int] = set()
    for line in _lines(path):
        try:
            gold = _gold(line)
            if gold.id in seen:
                raise RowError(f"{line.place}: ID「{gold.id}」がほかの行と重なっています。重ならない値にしてください。")
        except RowError as error:
            problems.append(str(error))
            continue
        seen.add(gold.id)
        golds.append(gold)
    return Table(tuple(golds), tuple(problems))


def _lines(path: Path) -> Iterator[_Line]:
    """The rows below the header that are not blank and not put aside."""
    for table in _tables(path):
        rows = iter(table)
        for _, (_, cells) in zip(range(_HEADER_WITHIN), rows, strict=False):
            names = [_BY_NAME.get(_name(cell), "") for cell in cells]
            if "question" not in names or "answer" not in names:
                continue
            for place, row in rows:
                pairs = list(zip(names, row, strict=False))
                found = {name: cell for name, cell in reversed(pairs) if name}  # of two such columns the first
                if any(cell.strip() for cell in row) and ("status" not in found or accepted(found["status"])):
                    yield _Line(place, found)
            return
    raise InputError(f"「{path}」に「質問」と「正解」の列がないので、1行目に 質問、正解、出典 の見出しを書いてください。")


def accepted(mark: object) -> bool:
    """Whether a person has marked a draft as one to be used."""
    return mark is True or (isinstance(mark, str) and fold(mark) in ACCEPTED)


def _name(cell: str) -> str:
    """A heading without white space and without what is explained in brackets."""
    return re.sub(r"\s|\(.*", "", unicodedata.normalize("NFKC", cell).lower())


def _tables(path: Path) -> Iterator[Iterator[tuple[str, Cells]]]:
    """The tables of the file, each its rows with the places they stand at."""
    try:
        if path.suffix.lower() in BOOKS:
            yield from _book(path)
        else:
            yield _text(path.name, decode(read_bytes(path)).removeprefix("\ufeff"))
    except UnreadableFile as error:
        raise InputError(f"「{path}」を読めません。{error}") from error


def _book(path: Path) -> Iterator[Iterator[tuple[str, Cells]]]:
    read_bytes(path)  # says what is wrong with a path
    checked_zip(path)
    try:
        with ZipFile(path) as archive:
            book = Workbook(archive)
            for part in book.parts:
                if part.is_visible and not part.is_chart:
                    rows = book.read(part).rows
                    yield (
                        (f"{path.name} シート「{part.name}」{number}行目", [cells.get(n, "") for n in range(1, max(cells) + 1)])
                        for number, cells in rows.items()
                    )
    except _BROKEN as error:
        raise InputError(
            f"「{path}」をExcelのブックとして読めないので、Excelで開いて.xlsx形式で保存し直してください。"
        ) from error


def _text(name: str, text: str) -> Iterator[tuple[str, Cells]]:
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count))
    number = 1
    try:
        for row in reader:
            yield f"{name} {number}行目", [_bare(cell) for cell in row]
            number = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"「{name}」の{number}行目をCSVとして読めません（{error}）。引用符の閉じ忘れがないか確かめてください。"
        ) from error


def _bare(cell: str) -> str:
    """The cell without the mark that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _gold(line: _Line) -> Gold:
    question, answer = line.cell("question"), line.cell("answer")
    if not fold(question):
        raise RowError(f"{line.place}: 「質問」が空です。質問を書くか、行を消してください。")
    answer = "" if fold(answer) in _NONE else answer
    evidence = tuple(_evidence(line.cell("source"), line.cell("quote")))
    must = tuple(fact for words in re.split(r"[／\n]", answer) if words.strip() and (fact := _fact(words, line)))
    if not answer and evidence:
        raise RowError(
            f"{line.place}: 「正解」が空なのに「出典」があります。正解を書くか、答えのない質問なら出典を消してください。"
        )
    kind = line.cell("kind")
    previous = tuple(q.strip() for q in line.cell("previous").split("\n") if q.strip())
    return Gold(
        id=line.cell("id") or line.place.rpartition(" ")[2],
        kind=(_KINDS.get(kind) or kind or _KIND) if answer else _UNANSWERABLE,
        question=question,
        answerable=bool(answer),
        must=must,
        evidence=evidence,
        evidence_all=bool(answer) and not evidence,  # all of none: what is cited is not asked for
        previous=previous,
    )


_KINDS = {said: kind for kind, said in KINDS.items()}


def _fact(words: str, line: _Line) -> tuple[str, ...]:
    wordings = tuple(w.strip() for w in re.split(r"[｜|]", words) if w.strip())
    if not wordings or not all(fold(w) for w in wordings):
        raise RowError(f"{line.place}: 「正解」の「{words.strip()}」は記号だけなので、答えの文言を書いてください。")
    return wordings


def _evidence(source: str, quote: str) -> Iterator[Evidence]:
    """The documents and words that a cell names; a document without words where none follow it."""
    if quote:
        yield Evidence(source, quote)
        return
    for entry in _entries(source):
        name, quotes = _split(entry)
        yield from (Evidence(name, words) for words in quotes or [""])


def _entries(source: str) -> Iterator[str]:
    """The parts of a cell between line ends and 「／」 that stand in no brackets."""
    depth = start = 0
    for at, char in enumerate(source + "\n"):
        depth = max(0, depth + (char == "「") - (char == "」"))
        if char in "\n／" and (not depth or at == len(source)):
            if source[start:at].strip():
                yield source[start:at].strip()
            start = at + 1


def _split(entry: str) -> tuple[str, list[str]]:
    """The name before the first 「, and what stands in the outermost brackets; brackets that never close hold the rest."""
    quotes, depth, start = [], 0, 0
    for at, char in enumerate(entry):
        if char == "「":
            start, depth = (at + 1, 1) if not depth else (start, depth + 1)
        elif char == "」" and depth:
            depth -= 1
            if not depth:
                quotes.append(entry[start:at])
    if depth:
        quotes.append(entry[start:])
    return entry.partition("「")[0].strip(" 　:："), [q for q in quotes if fold(q)]
