"""What the command prints, as lines of Japanese text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.build import Summary
from rag.answers import NOT_FOUND, REASONS, address, rewrites_text, searched_text
from rag.snapshot import DocumentRow, Snapshot
from rag.types import Answer, Citation, Hit, Meta, Passage, Sentence
from ui.labels import bases, mark, page_name
from ui.verdicts import VERDICTS

if TYPE_CHECKING:
    from ingest.fetch import FetchSummary
    from ingest.report import Report

_SHOWN = 20
_NAMED = 8


def summary_lines(summary: Summary, index: Path) -> Iterator[str]:
    """What an ingest or a removal did, what it skipped and what to look at."""
    state = "索引を更新しました" if summary.switched else "変更がないので、索引はそのままです"
    yield f"{state}: {index}"
    yield f"  追加 {summary.added}件、更新 {summary.changed}件、変更なし {summary.unchanged}件、削除 {summary.removed}件、飛ばした入力 {len(summary.skipped)}件"
    yield f"  索引全体: {summary.documents}文書、{summary.passages}箇所、{summary.characters:,}文字"
    yield from _listed("注意", [(c.source, c.reason) for c in summary.cautions])
    yield from _listed("飛ばした入力", [(s.source, s.reason) for s in summary.skipped])


def fetch_lines(summary: FetchSummary, out: Path) -> Iterator[str]:
    """What a fetch brought, what it could not bring and what to look at."""
    yield f"取得 {len(summary.fetched)}件、変更なし {len(summary.unchanged)}件、失敗 {len(summary.failed)}件: {out}"
    yield from _listed("注意", [(c.source, c.reason) for c in summary.cautions])
    yield from _listed("取得できなかったもの", [(s.source, s.reason) for s in summary.failed])


def _listed(title: str, found: Sequence[tuple[str, str]]) -> Iterator[str]:
    if found:
        yield f"{title}:"
        yield from (f"  - {source}: {reason}" for source, reason in found[:_SHOWN])
        if len(found) > _SHOWN:
            yield f"  ほか{len(found) - _SHOWN}件"


def answer_lines(answer: Answer, snapshot: Snapshot, on: date, told: int = 0) -> Iterator[str]:
    """What a follow-up was searched as, then the answer with its numbered citations and by which versions it was given on the day, or
    that the documents do not say and what is nearest. The first `told` sentences have been printed as they came."""
    if answer.searched and not told:
        yield searched_text(answer) + "\n"
    yield from _answer_lines(answer, snapshot, on, told)
    if answer.rewrites:
        yield f"あわせて探した言葉: {rewrites_text(answer)}"
    if answer.trace:
        yield from (f"※ {notice}" for notice in answer.trace.notices)
        yield f"モデル {answer.trace.model}、{answer.trace.prompt_tokens}+{answer.trace.completion_tokens}トークン、{answer.trace.seconds:.1f}秒"


def sentence_line(sentence: Sentence) -> str:
    """A sentence with its numbers, and with what is wrong where the documents do not support it."""
    doubt = (
        ""
        if sentence.verdict == "supported"
        else f"【{VERDICTS[sentence.verdict]}: {' '.join(r.text for r in sentence.reasons)}】"
    )
    return sentence.text + "".join(f"[{n + 1}]" for n in sentence.citations) + doubt


def _answer_lines(answer: Answer, snapshot: Snapshot, on: date, told: int) -> Iterator[str]:
    if answer.abstained:
        yield NOT_FOUND + "。"
        if answer.reason:
            yield REASONS[answer.reason]
        if answer.hits:
            yield "\n近い箇所:"
            yield from hit_lines(answer.hits[:3], snapshot, date.today())
        return
    yield from map(sentence_line, answer.sentences[told:])
    yield "\n典拠:"
    for n, citation in enumerate(answer.citations, start=1):
        yield f"[{n}] {place(citation, snapshot)}"
        yield f"    「{_one_line(citation.quote)}」"
    yield ""
    yield from bases(answer, snapshot, on)
    yield f"確からしさ {answer.confidence:.2f}、{answer.seconds:.2f}秒"


def place(citation: Citation, snapshot: Snapshot) -> str:
    """Where a citation stands: title, section, page, file."""
    page = page_name(snapshot.document(citation.doc_id, citation.version), citation.span)
    named = page.removeprefix("シート ") in citation.path
    return " ".join(filter(None, [citation.title, address(citation.path), "" if named else page, f"（{citation.doc}）"]))


def dates(meta: Meta, version: str) -> list[str]:
    """The version and the date from which it is in force, or on which it was published."""
    shown = [f"版 {version}"] if version else []
    if meta.effective_from:
        shown.append(f"{meta.effective_from}施行")
    elif meta.published:
        shown.append(f"{meta.published}公表")
    return shown


def hit_lines(hits: Iterable[Hit], snapshot: Snapshot, today: date) -> Iterator[str]:
    """Passages found, one paragraph each, those of versions not in force today marked."""
    for n, hit in enumerate(hits, start=1):
        row = snapshot.row(hit.passage.doc_id, hit.passage.version)
        yield f"{n}. {row.title}{mark(row.meta, today)} {address(hit.passage.path)}（{row.source}） {hit.score:.3f}"
        yield f"   {_one_line(hit.passage.text)}"


def document_lines(rows: Iterable[DocumentRow], today: date) -> Iterator[str]:
    """The documents of an index, a line each."""
    for row in rows:
        yield "  ".join(
            filter(
                None,
                [
                    row.id,
                    row.title,
                    *dates(row.meta, row.version),
                    mark(row.meta, today),
                    f"{row.characters:,}文字",
                    row.source,
                ],
            )
        )


def version_line(row: DocumentRow) -> str:
    """A version of a document in one line: title, version, dates, file."""
    return " ".join((row.title, *dates(row.meta, row.version), f"（{row.source}）"))


def alarm_lines(reports: Iterable[Report]) -> Iterator[str]:
    """The alarms of new documents."""
    yield from _listed("警告", [(r.source, alarm) for r in reports for alarm in r.alarms])


def report_lines(report: Report) -> Iterator[str]:
    """What the index made of a document, in a few lines; alarms first."""
    yield f"■ {report.title}（{report.source}）"
    yield from (f"  【警告】{alarm}" for alarm in report.alarms)
    yield from (f"  【注意】{caution}" for caution in report.cautions)
    pages = f"、{report.pages}ページ" if report.pages else ""
    seen = "" if report.confidence is None else f"、文字認識の確からしさ {report.confidence:.2f}"
    yield f"  {report.characters:,}文字、章条など{report.sections}、表{report.tables}{pages}{seen}"
    yield (
        f"  {report.passages}箇所（長すぎる {report.oversized}、中身のない章条 {report.empty}）、"
        f"箇所に入った文字 {report.covered:.1%}、文字化け {report.garbled:.2%}"
    )
    unresolved = f"（{'、'.join(report.unresolved[:_NAMED])}）" if report.unresolved else ""
    yield f"  参照 {report.references}、うち参照先が見つからないもの {report.unresolved_count}{unresolved}"
    if report.unknown:
        yield f"  辞書にない言葉: {'、'.join(report.unknown[:_NAMED])}"


def passage_lines(passages: Iterable[Passage]) -> Iterator[str]:
    """A document's passages under their addresses."""
    for passage in passages:
        yield f"\n■ {address(passage.path) or '（見出しなし）'} [{passage.span.start}:{passage.span.end}]"
        yield passage.text


def _one_line(text: str, limit: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit] + "…"
