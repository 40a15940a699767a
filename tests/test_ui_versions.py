"""Naming versions on the command line, and their differences."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.errors import InputError
from rag.snapshot import Snapshot
from ui.versions import chosen, pair

TENKYO = Path(sys.executable).with_name("tenkyo")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("versions")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "旅費規程_v1.txt").write_text(
        "（日当）\n第一条　日当は、二千円とする。\n第二条　この規程は、総務部が所管する。\n", encoding="utf-8"
    )
    (docs / "旅費規程_v2.txt").write_text(
        "（日当）\n第一条　日当は、三千円とする。\n第二条　この規程は、総務部が所管する。\n", encoding="utf-8"
    )
    ingest([docs], folder / "i", progress=lambda line: None)
    return folder / "i"


def test_files_named_as_versions_are_one_document(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        rows = snapshot.documents()
        assert len({row.id for row in rows}) == 1
        assert len({row.version for row in rows}) == 2
        name = rows[0].id
        assert pair(snapshot, name, None, date.today()) == rows
        assert chosen(snapshot, rows[0].source, date.today()) == rows[0]
        assert chosen(snapshot, f"{name}@{rows[0].version}", date.today()) == rows[0]
        with pytest.raises(InputError, match="前の版がない"):
            pair(snapshot, f"{name}@{rows[0].version}", None, date.today())
        with pytest.raises(InputError, match="索引にない"):
            chosen(snapshot, "nowhere", date.today())


def test_the_command_shows_what_changed_by_article(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        name = snapshot.documents()[0].id
    shown = subprocess.run([TENKYO, "docs", "diff", name, "--index", index], check=True, capture_output=True, text=True).stdout
    assert "変更 第1条（日当）" in shown
    assert "[-二千-]" in shown
    assert "{+三千+}" in shown
    assert "第2条" not in shown
    told = subprocess.run(
        [TENKYO, "docs", "diff", name, "--json", "--index", index], check=True, capture_output=True, text=True
    ).stdout
    assert [d["kind"] for d in json.loads(told)] == ["changed"]


def test_reports_are_written_as_json(index: Path, tmp_path: Path) -> None:
    done = subprocess.run([TENKYO, "docs", "report", "--json", "--index", index], check=True, capture_output=True, text=True)
    assert len(json.loads(done.stdout)) == 2
    (tmp_path / "a.txt").write_text("第一条　備品を管理する。\n", encoding="utf-8")
    subprocess.run(
        [TENKYO, "ingest", tmp_path / "a.txt", "--index", tmp_path / "i", "--report", tmp_path / "r.json"],
        check=True,
        capture_output=True,
    )
    told = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (told["added"], [r["source"] for r in told["reports"]]) == (1, ["a.txt"])
