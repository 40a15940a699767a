"""Backup and restore: from each kind of database into each, whole or not at all, and damaged or hostile archives refused."""

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from databases import KINDS, database
from filelock import FileLock

from ingest.build import ingest
from rag.errors import IndexUnwritable, InputError, TenkyoError
from rag.settings import Settings
from rag.snapshot import ORIGINALS, SNAPSHOTS, Snapshot, current_name
from ui.audit import Audit
from ui.backup import backup
from ui.command import main
from ui.database import DatabaseUnusable, open_database
from ui.restore import BackupUnusable, restore

Members = dict[str, bytes]


@contextmanager
def opened(settings: Settings) -> Iterator[Audit]:
    audit = Audit(open_database(settings))
    yield audit
    audit.engine.dispose()


def fill(settings: Settings, amount: int = 3) -> None:
    with opened(settings) as audit:
        for n in range(amount):
            audit.append("answer", {"user": "taro", "question": f"質問{n}\ud800\0", "answer": {"text": "答え" * 300}})
        audit.purge([1], ["user"], "申し出")


def state(settings: Settings) -> tuple[str | None, list[object]]:
    """All that a restore could change."""
    with opened(settings) as audit:
        return current_name(settings.index), list(audit.iterate())


@pytest.fixture
def source(index: Path, tmp_path: Path) -> Settings:
    """An index, linked, and a log beside it."""
    settings = Settings(index=tmp_path / "source" / "index")
    settings.index.parent.mkdir()
    settings.index.symlink_to(index)
    fill(settings)
    return settings


@pytest.fixture
def archive(source: Settings, tmp_path: Path) -> Path:
    out = tmp_path / "b.tar.gz"
    backup(source, out)
    return out


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("origin", KINDS)
def test_all_comes_back_in_either_kind_of_database(origin: str, target: str, index: Path, tmp_path: Path) -> None:
    source = Settings(index=tmp_path / "a" / "index", database=database(origin))
    source.index.parent.mkdir()
    source.index.symlink_to(index)
    fill(source, 600)
    _, entries = state(source)
    made = backup(source, tmp_path / "out" / "b.tar.gz")
    assert (tmp_path / "out" / "b.tar.gz").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["b.tar.gz"]
    there = Settings(index=tmp_path / "new" / "var" / "index", database=database(target))
    done = restore(tmp_path / "out" / "b.tar.gz", there)
    assert done.check.whole
    assert (done.backup.entries, done.backup.head) == (601, made.head)
    name, came = state(there)
    assert name == current_name(index)
    assert came[:-1] == entries
    with opened(there) as audit:
        assert audit.verify(made.head).whole
        last = audit.entry(602)
        assert last is not None
        assert (last.kind, last.fields["before"]["entries"]) == ("restore", 0)
        assert audit.append("answer", {}) == 603
        assert audit.verify().whole
    with Snapshot.open(there.index) as new, Snapshot.open(index) as old:
        assert [new.document(row.id, row.version) for row in new.documents()] == [
            old.document(row.id, row.version) for row in old.documents()
        ]
    kept = {file.name for file in there.index.parent.iterdir()} - {"tenkyo.sqlite", "tenkyo.sqlite-wal", "tenkyo.sqlite-shm"}
    assert kept == {"index"}


def test_originals_and_every_file_of_the_snapshot_come_back(tmp_path: Path) -> None:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica")
    pdf.cell(text="Article 1. Allowances are paid monthly.")
    (tmp_path / "docs").mkdir()
    pdf.output(str(tmp_path / "docs" / "a.pdf"))
    source = Settings(index=tmp_path / "a" / "index")
    ingest([tmp_path / "docs"], source.index, progress=lambda line: None)
    fill(source)
    backup(source, tmp_path / "b.tar.gz")
    there = Settings(index=tmp_path / "b" / "index")
    restore(tmp_path / "b.tar.gz", there)

    def files(settings: Settings) -> Members:
        folder = settings.index / SNAPSHOTS / str(current_name(settings.index))
        return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}

    assert files(there) == files(source)
    assert any(name.startswith(ORIGINALS) for name in files(there))
    ingest([tmp_path / "docs"], there.index, progress=lambda line: None)  # the restored index goes on


def test_a_backup_of_a_log_that_grows_is_one_state_of_it(source: Settings, tmp_path: Path) -> None:
    stop = threading.Event()

    def append() -> None:
        with opened(source) as audit:
            while not stop.is_set():
                audit.append("answer", {"question": "x" * 100})

    thread = threading.Thread(target=append)
    thread.start()
    try:
        made = [backup(source, tmp_path / f"{n}.tar.gz") for n in range(3)]
    finally:
        stop.set()
        thread.join()
    for n, one in enumerate(made):
        done = restore(tmp_path / f"{n}.tar.gz", Settings(index=tmp_path / str(n) / "index"))
        assert done.check.whole
        assert done.check.entries == one.entries


def test_nothing_is_overwritten_unless_forced(archive: Path, source: Settings, regulations: Path, tmp_path: Path) -> None:
    with opened(source) as audit:
        audit.append("answer", {"question": "あとの質問"})
        later = audit.head()
    before = state(source)
    with pytest.raises(InputError, match=r"監査ログ（5件）がすでにあるので.*--force"):
        restore(archive, source)
    assert state(source) == before
    other = Settings(index=tmp_path / "other" / "index")
    ingest([regulations / "leave.md"], other.index, progress=lambda line: None)
    with pytest.raises(InputError, match=r"索引（.*）がすでにあるので"):
        restore(archive, other)
    assert not (tmp_path / "other" / "tenkyo.sqlite").exists()
    restore(archive, other, force=True)
    assert current_name(other.index) == current_name(source.index)
    restore(archive, source, force=True)
    with opened(source) as audit:
        told = audit.entry(5)
        assert told is not None
        assert told.fields["before"] == {"entries": 5, "hash": later.hash}
        assert not audit.verify(later.hash).whole


def test_a_backup_without_an_index_and_none_of_a_missing_database(tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "a" / "index")
    with pytest.raises(DatabaseUnusable, match="まだない"):
        backup(settings, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()
    fill(settings)
    assert backup(settings, tmp_path / "b.tar.gz").snapshot == ""
    there = Settings(index=tmp_path / "b" / "index")
    assert restore(tmp_path / "b.tar.gz", there).check.entries == 4
    assert current_name(there.index) is None
    with pytest.raises(InputError, match="フォルダー"):
        backup(settings, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="書き出せない"):
        backup(settings, tmp_path / "file" / "b.tar.gz")


def unpacked(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]


def packed(out: Path, members: Members, *, sums: bool = True, **contents: object) -> Path:
    """An archive of the members, with right sums unless told otherwise, and with changed contents."""
    told = json.loads(members["backup.json"])
    if sums:
        told["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != "backup.json"}
    members = members | {"backup.json": json.dumps(told | contents).encode()}
    with tarfile.open(out, "w:gz") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out


def twice(members: Members) -> Members:
    """The same with the first entry twice."""
    rows = members["tables/audit.jsonl"]
    return members | {"tables/audit.jsonl": rows + rows.splitlines(keepends=True)[0]}


DAMAGES: list[tuple[str, Callable[[Path, Members], Path], type[TenkyoError], str]] = [
    ("changed", lambda out, m: packed(out, twice(m), sums=False), BackupUnusable, r"tables/audit.jsonl.*違う"),
    (
        "missing",
        lambda out, m: packed(out, {k: v for k, v in m.items() if "head" not in k}, sums=False),
        BackupUnusable,
        "欠けて",
    ),
    ("more", lambda out, m: packed(out, m | {"index/more": b""}, sums=False), BackupUnusable, "index/more"),
    ("traversal", lambda out, m: packed(out, m | {"../evil": b"x"}), BackupUnusable, "壊れているか"),
    ("absolute", lambda out, m: packed(out, m | {"/tmp/evil-tenkyo": b"x"}), BackupUnusable, "違う"),
    ("snapshot", lambda out, m: packed(out, m, snapshot="../../evil"), BackupUnusable, "別の版"),
    ("format", lambda out, m: packed(out, m, format=2), BackupUnusable, "別の版"),
    ("revision", lambda out, m: packed(out, m, revision="9999"), BackupUnusable, "別の版"),
    ("field", lambda out, m: packed(out, m, evil=1), BackupUnusable, "backup.json"),
    ("row twice", lambda out, m: packed(out, twice(m)), DatabaseUnusable, "使えない"),
    ("no row", lambda out, m: packed(out, m | {"tables/audit.jsonl": b"nonsense\n"}), BackupUnusable, "行が読めない"),
    ("column", lambda out, m: packed(out, m | {"tables/audit.jsonl": b'{"evil": 1}\n'}), BackupUnusable, "行が読めない"),
    ("table", lambda out, m: packed(out, m | {"tables/evil.jsonl": b"{}\n"}), DatabaseUnusable, "使えない"),
    ("no head", lambda out, m: packed(out, m | {"tables/audit_head.jsonl": b""}), DatabaseUnusable, "末尾の控え"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_or_hostile_archive_changes_nothing(kind: str, archive: Path, regulations: Path, tmp_path: Path) -> None:
    there = Settings(index=tmp_path / "there" / "index", database=database(kind))
    ingest([regulations / "leave.md"], there.index, progress=lambda line: None)
    fill(there, 5)
    before, members = state(there), unpacked(archive)
    for name, damage, error, said in DAMAGES if kind == "sqlite" else (d for d in DAMAGES if "row" in d[0]):
        with pytest.raises(error, match=said):
            restore(damage(tmp_path / f"{name}.tar.gz", members), there, force=True)
        assert state(there) == before, name
    whole = archive.read_bytes() if kind == "sqlite" else b""
    for n, raw in enumerate(
        (b"", b"nonsense", whole[: len(whole) // 2], whole[:-5000], whole[:3000] + b"\0\0\0" + whole[3003:]) if whole else ()
    ):
        (tmp_path / f"{n}.gz").write_bytes(raw)
        with pytest.raises(BackupUnusable, match="別のバックアップを指定"):
            restore(tmp_path / f"{n}.gz", there, force=True)
        assert state(there) == before, n
    with tarfile.open(tmp_path / "link.tar.gz", "w:gz") as tar:
        link = tarfile.TarInfo("index/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(BackupUnusable, match="ふつうのファイルでない"):
        restore(tmp_path / "link.tar.gz", there, force=True)
    with pytest.raises(InputError, match="ない"):
        restore(tmp_path / "none.tar.gz", there, force=True)
    with FileLock(there.index / ".lock"), pytest.raises(IndexUnwritable, match="進行中"):
        restore(archive, there, force=True)
    assert state(there) == before
    assert not list(tmp_path.rglob("*evil*"))
    assert not Path("/tmp/evil-tenkyo").exists()
    assert restore(archive, there, force=True).check.whole


def test_a_commit_that_fails_puts_the_index_back(archive: Path, regulations: Path, tmp_path: Path) -> None:
    """The database's last word comes after the index was switched: a constraint that PostgreSQL checks at the commit."""
    import psycopg

    there = Settings(index=tmp_path / "there" / "index", database=database("postgresql"))
    ingest([regulations / "leave.md"], there.index, progress=lambda line: None)
    fill(there, 5)
    with psycopg.connect(there.database, autocommit=True) as connection:
        connection.execute("""
            CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF to_regclass('audit_head') IS NOT NULL AND to_regclass('late') IS NULL THEN
                    CREATE TABLE late (n int REFERENCES audit_head (id) DEFERRABLE INITIALLY DEFERRED);
                    INSERT INTO late VALUES (7);
                END IF;
            END $$;
        """)
        connection.execute(
            "CREATE EVENT TRIGGER refusing ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION refuse()"
        )
        connection.execute(
            "CREATE EVENT TRIGGER refusing2 ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse()"
        )
    before = state(there)
    with pytest.raises(DatabaseUnusable, match="late_n_fkey"):
        restore(archive, there, force=True)
    assert state(there) == before
    alone = replace(there, index=tmp_path / "alone" / "index")
    with pytest.raises(DatabaseUnusable, match="late_n_fkey"):
        restore(archive, alone, force=True)
    assert current_name(alone.index) is None


def test_a_chain_that_was_broken_comes_back_and_is_said(
    source: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sqlalchemy import text

    from ui.database import writing

    with opened(source) as audit, writing(audit.engine) as connection:
        connection.execute(text("UPDATE audit SET kind = 'x' WHERE seq = 2"))
    out = str(tmp_path / "b.tar.gz")
    assert main(["backup", out, "--index", str(source.index)]) == 0
    assert main(["restore", out, "--index", str(source.index)]) == 2
    assert main(["restore", out, "--index", str(tmp_path / "new" / "index")]) == 1
    said = capsys.readouterr()
    assert "監査ログ4件と索引を" in said.out
    assert "2番の記録" in said.out
    assert "--force" in said.err
