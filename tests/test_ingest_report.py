"""The report of a document, and the alarms in it."""

from dataclasses import replace
from pathlib import Path

from ingest.build import ingest
from ingest.report import _alarms, report
from rag.snapshot import Snapshot

TEXT = """第一条　日当は、別表第一のとおりとする。
第二条　前条の日当は、ヌルポガ課が支払う。第九条の規定は、適用しない。
別表第一
役職\t日当
部長\t三千円
"""


def test_a_report_counts_what_the_index_has(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    ingest([tmp_path / "a.txt"], tmp_path / "i", progress=lambda line: None)
    with Snapshot.open(tmp_path / "i") as snapshot:
        found = report(snapshot, snapshot.documents()[0])
    assert (found.characters, found.tables, found.pages, found.confidence) == (len(TEXT), 1, 0, None)
    assert (found.references, found.unresolved) == (4, ("第九条",))
    assert "ヌルポガ" in found.unknown
    assert (found.garbled, found.covered, found.oversized, found.empty, found.alarms) == (0.0, 1.0, 0, 0, ())
    assert found.as_json()["id"] == "a"


def test_what_was_not_read_is_alarmed_of() -> None:
    assert list(_alarms(1.0, 0.0, None, 10)) == []
    assert "50.0%" in next(_alarms(0.5, 0.0, None, 10))
    assert "文字化け" in next(_alarms(1.0, 0.2, None, 10))
    assert "0.40" in next(_alarms(1.0, 0.0, 0.4, 10))
    assert "本文がありません" in next(_alarms(1.0, 0.0, None, 0))


def test_a_document_that_lost_text_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(TEXT * 3, encoding="utf-8")
    ingest([file], tmp_path / "i", progress=lambda line: None)
    file.write_text(TEXT, encoding="utf-8")
    summary = ingest([file], tmp_path / "i", progress=lambda line: None)
    assert ["67%減" in caution.reason for caution in summary.cautions] == [True]
    assert replace(summary.cautions[0], reason="").source == "a.txt"
