"""What the documents say of a checked text, as lines, JSON, CSV and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from eval.files import csv_table
from rag.answers import citation_json
from rag.checking import Checked
from rag.types import Citation, Verdict
from ui.labels import markdown, section_name

VERDICTS: dict[Verdict, str] = {"supported": "裏づけあり", "contradicted": "文書と違う", "not_found": "記載なし"}
"""The verdicts in a reader's words."""
COLUMNS = ("番号", "文", "判定", "理由", "典拠", "原文")


def verdict_lines(checked: Iterable[Checked]) -> Iterator[str]:
    """A paragraph a sentence: its verdict, what is wrong with it, and the words behind it."""
    for item in checked:
        yield f"【{VERDICTS[item.verdict]}】{item.text}"
        yield from (f"    ・{reason.text}" for reason in item.reasons)
        yield from (f"    典拠: {place(c)}「{' '.join(c.quote.split())}」" for c in item.citations)


def summary(checked: Sequence[Checked]) -> str:
    """How many sentences have which verdict."""
    counts = (f"{name}{sum(item.verdict == verdict for item in checked)}文" for verdict, name in VERDICTS.items())
    return f"{len(checked)}文: {'、'.join(counts)}"


def place(citation: Citation) -> str:
    """Where a citation stands, in one line."""
    page = f"{citation.page}ページ" if citation.page else ""
    return " ".join(filter(None, (citation.title, section_name(citation.title, citation.path), page)))


def to_json(checked: Iterable[Checked]) -> dict[str, Any]:
    """By the contract of `tenkyo verify --json`; a reason names the words of the sentence that it is about."""
    return {
        "sentences": [
            {
                "text": item.text,
                "start": item.span.start,
                "end": item.span.end,
                "verdict": item.verdict,
                "reasons": [
                    {"kind": r.kind, "text": r.text, "words": r.claim.of(item.text) if r.claim else None} for r in item.reasons
                ],
                "citations": [citation_json(c) for c in item.citations],
            }
            for item in checked
        ]
    }


def write_csv(file: TextIO, checked: Iterable[Checked]) -> None:
    """A line a sentence, for a spreadsheet."""
    csv_table(file, COLUMNS, (_cells(n, item) for n, item in enumerate(checked, start=1)))


def _cells(number: int, item: Checked) -> tuple[object, ...]:
    reasons = "\n".join(r.text for r in item.reasons)
    places, quotes = ("\n".join(words) for words in (map(place, item.citations), (c.quote for c in item.citations)))
    return number, item.text, VERDICTS[item.verdict], reasons, places, quotes


def write_markdown(file: TextIO, checked: Sequence[Checked]) -> None:
    """A section a sentence, everything in it inert."""
    file.write(f"# 文書との照合\n\n{summary(checked)}\n")
    for number, item in enumerate(checked, start=1):
        file.write(f"\n## {number}. {VERDICTS[item.verdict]}\n\n{markdown(item.text)}\n")
        file.writelines(f"\n- {markdown(r.text)}" for r in item.reasons)
        file.write("\n" if item.reasons else "")
        file.writelines(f"\n> {markdown(c.quote)}\n>\n> {markdown(place(c))}\n" for c in item.citations)
