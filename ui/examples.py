"""Example questions: written ones for the sample documents, made from the headings of articles for others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain, islice

from rag.dates import current_version
from rag.snapshot import DocumentRow, Snapshot

_WRITTEN = (
    ("genai_rules", "生成AIに個人情報を入力してもよいですか。"),
    ("travel_rules", "部長の国内出張の日当は1日いくらですか。"),
    ("expense_rules", "懇親会の費用は、1人いくらまで会社が負担しますか。"),
    ("telework_rules", "在宅勤務の手当はいくらですか。"),
    ("work_rules", "試用期間はどのくらいですか。"),
)
_CAPTION = re.compile(r"（([^（）]{2,12})）$")
_COMMON = {"目的", "定義", "趣旨", "用語", "用語の定義", "適用範囲", "雑則", "改廃", "施行期日", "適用の除外"}


def examples(snapshot: Snapshot, on: date, limit: int = 4) -> tuple[str, ...]:
    """Questions to begin with, about documents that are in force on the day."""
    by_id: dict[str, list[DocumentRow]] = {}
    for row in islice(snapshot.documents(), 200):
        by_id.setdefault(row.id, []).append(row)
    rows = {key: chosen for key, versions in by_id.items() if (chosen := current_version(versions, on))}
    written = (question for key, question in _WRITTEN if key in rows)
    known = {key for key, _ in _WRITTEN}
    return tuple(islice(chain(written, _made(snapshot, [row for key, row in rows.items() if key not in known])), limit))


def _made(snapshot: Snapshot, rows: list[DocumentRow]) -> Iterator[str]:
    """One question a document, about an article of its own."""
    for row in rows:
        captions = (_CAPTION.search(section.path[-1]) for section in snapshot.sections(row.id, row.version))
        named = next((match[1] for match in captions if match and match[1] not in _COMMON), None)
        if named:
            yield f"{row.title}では、{named}についてどう定めていますか。"
