"""Retrieval over a folder in the form of BEIR (Thakur and others, NeurIPS 2021): corpus.jsonl, queries.jsonl and qrels/*.tsv."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.batch import Progress
from eval.pace import Pace
from eval.parallel import ordered
from eval.rows import Row, read_bytes, read_table
from eval.temporary import number_id, temporary_index
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings

DEPTH = 100
"""So many documents are ranked for a query."""
_PASSAGES = 3 * DEPTH
"""So many passages are looked at for them: a long document is found by several."""
_SPLITS = ("test", "dev", "train")


@dataclass(frozen=True, slots=True)
class Text:
    """A document or a query under its own id."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The data set. `qrels` has the grades of the documents by query; `split` names the file that they are from."""

    documents: tuple[Text, ...]
    queries: tuple[Text, ...]
    qrels: Mapping[str, Mapping[str, int]]
    split: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BeirFigures:
    """Means over the queries with a relevant document, by public name; a query that could not be asked counts as 0."""

    documents: int
    queries: int
    split: str
    means: Mapping[str, float]
    problems: tuple[str, ...]

    def as_json(self) -> dict[str, float | int | str]:
        """The figures under their public names."""
        return {"documents": self.documents, "queries": self.queries, "split": self.split, **self.means}


def read_beir(folder: Path) -> Collection:
    """The folder's texts and grades; malformed lines, repeated ids and grades of texts that are not there are listed.

    Of several splits the first of test, dev and train is read. Raises InputError where a part is missing or there is nothing to ask.
    """
    if not folder.is_dir():
        raise InputError(
            f"「{folder}」はフォルダではありません。corpus.jsonl、queries.jsonl、qrels のあるフォルダを指定してください。"
        )
    documents, queries = read_table(folder / "corpus.jsonl", _Texts(True)), read_table(folder / "queries.jsonl", _Texts(False))
    file = _split(folder / "qrels")
    problems = [*documents.problems, *queries.problems]
    known = {t.id for t in documents.values}, {t.id for t in queries.values}
    qrels: dict[str, dict[str, int]] = {}
    for query, document, grade in _grades(file, *known, problems):
        qrels.setdefault(query, {})[document] = grade
    asked = tuple(q for q in queries.values if any(grade > 0 for grade in qrels.get(q.id, {}).values()))
    if not asked:
        raise InputError(f"「{folder}」に、正解の文書がある質問が1件もありません。{''.join(problems[:1])}")
    return Collection(documents.values, asked, qrels, file.stem, tuple(problems))


class _Texts:
    """Reads the rows of a file of texts, each id once."""

    def __init__(self, titled: bool) -> None:
        self._titled, self._seen = titled, set[str]()

    def __call__(self, row: Row) -> Text:
        name = str(row.id("_id"))
        if name in self._seen:
            raise row.wrong("_id", "ほかの行と重ならない値")
        self._seen.add(name)
        title = row.text("title") if self._titled and row.fields.get("title") else ""
        return Text(name, title, row.text("text") if self._titled else row.words("text"))


def _split(folder: Path) -> Path:
    found = sorted(folder.glob("*.tsv"), key=lambda p: (_SPLITS.index(p.stem) if p.stem in _SPLITS else len(_SPLITS), p.name))
    if not found:
        raise InputError(f"「{folder}」に正解のファイル（test.tsv など）がないので、BEIRの形のフォルダを指定してください。")
    return found[0]


def _grades(file: Path, documents: set[str], queries: set[str], problems: list[str]) -> Iterator[tuple[str, str, int]]:
    """The grades of a file whose columns are query-id, corpus-id and score."""
    text = read_bytes(file).decode("utf-8", "replace")
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE), 1):
        if not row or (number == 1 and not _is_grade(row)):
            continue
        wrong = _wrong(row, documents, queries)
        if wrong:
            problems.append(f"{file.name} {number}行目: {wrong}")
        else:
            yield row[0], row[1], int(row[2])


def _is_grade(row: Sequence[str]) -> bool:
    return len(row) == 3 and row[2].strip().lstrip("-").isdecimal()


def _wrong(row: Sequence[str], documents: set[str], queries: set[str]) -> str:
    if not _is_grade(row):
        return "質問のID、文書のID、点（整数）がタブ区切りで並んでいません。"
    if row[0] not in queries:
        return f"質問「{row[0]}」がqueries.jsonlにありません。"
    return "" if row[1] in documents else f"文書「{row[1]}」がcorpus.jsonlにありません。"


def measure(
    folder: Path, progress: Progress, settings: Settings | None = None, limit: int | None = None, jobs: int = 0
) -> BeirFigures:
    """Index the corpus in a temporary folder, ask the queries (the first `limit` of them) and return the figures of ir_measures."""
    found = read_beir(folder)
    queries = found.queries[:limit]
    with temporary_index(((d.title, d.text) for d in found.documents), progress, settings, jobs) as assistant:
        names = {number_id(n): d.id for n, d in enumerate(found.documents)}
        pace = Pace(progress, len(queries), "問を調べました")
        run: dict[str, dict[str, float]] = {}
        problems = list(found.problems)
        for query, ranked in zip(queries, ordered(assistant, _ranked, queries, jobs), strict=True):
            if isinstance(ranked, str):
                problems.append(f"質問「{query.id}」: {ranked}")
                ranked = []
            run[query.id] = {names[doc]: float(-rank) for rank, doc in enumerate(ranked)}
            pace.step()
    means = _means({q.id: found.qrels[q.id] for q in queries}, run)
    return BeirFigures(len(found.documents), len(queries), found.split, means, tuple(problems))


def _ranked(assistant: Assistant, query: Text) -> list[str] | str:
    """The documents for a query, best first by their best passage; what is wrong with one that cannot be asked."""
    try:
        hits = assistant.search(query.text, _PASSAGES)
    except InputError as error:
        return str(error)
    return list(dict.fromkeys(hit.passage.doc_id for hit in hits))[:DEPTH]


def _means(qrels: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    import ir_measures
    from ir_measures import AP, RR, R, nDCG

    names = {
        "ndcg@10": nDCG @ 10,
        "recall@10": R @ 10,
        f"recall@{DEPTH}": R @ DEPTH,
        "mrr@10": RR @ 10,
        f"map@{DEPTH}": AP @ DEPTH,
    }
    sums = dict.fromkeys(names, 0.0)
    by_measure = {measure: name for name, measure in names.items()}
    for metric in ir_measures.iter_calc(list(names.values()), qrels, run):
        sums[by_measure[metric.measure]] += metric.value
    return {name: total / len(qrels) if qrels else math.nan for name, total in sums.items()}
