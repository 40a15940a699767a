"""The same tests on both kinds of database: schema, migrations, and what is said when a database fails."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from databases import KINDS, PASSWORD, database
from sqlalchemy import inspect, text

from rag.errors import InputError
from rag.settings import Settings
from ui import database as module
from ui.audit import Audit
from ui.database import (
    MIGRATIONS,
    DatabaseUnusable,
    database_url,
    engine_of,
    migrate,
    open_database,
    reading,
    revision,
    revisions,
    shown,
    writing,
)
from ui.tables import metadata


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "var" / "index", database=database(request.param))


def test_the_migrated_schema_is_that_of_the_tables(settings: Settings) -> None:
    engine = open_database(settings)
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_server_default": True}), metadata) == []
        checks = inspect(connection).get_check_constraints("audit_head")
        assert revision(connection) == revisions()[0]
    assert [c["name"] for c in checks] == ["audit_head_one_check"]
    engine.dispose()


def test_columns_are_texts_and_integers_so_that_a_dump_holds_them() -> None:
    kinds = {column.type.python_type for table in metadata.tables.values() for column in table.columns}
    assert kinds <= {str, int}


def test_many_may_open_a_new_database_at_once(settings: Settings) -> None:
    code = "import sys;from pathlib import Path;from rag.settings import Settings;from ui.audit import Audit;from ui.database import open_database;"
    code += "Audit(open_database(Settings(index=Path(sys.argv[1]),database=sys.argv[2]))).append('answer',{})"
    runs = [subprocess.Popen([sys.executable, "-c", code, settings.index, settings.database]) for _ in range(2)]
    failures: list[DatabaseUnusable] = []

    def opened() -> None:
        try:
            engine = open_database(settings)
            Audit(engine).append("answer", {})
            engine.dispose()
        except DatabaseUnusable as error:
            failures.append(error)

    threads = [threading.Thread(target=opened) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.wait(60) for run in runs] == [0, 0]
    assert not failures
    engine = open_database(settings, create=False)
    assert Audit(engine).verify().entries == 6
    engine.dispose()


SECOND = '''"""A column more."""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it."""
    op.add_column("audit", sa.Column("more", sa.Text))
    {more}
'''


def migrations(folder: Path, more: str = "") -> Path:
    """The migrations with one more."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0002_more.py").write_text(SECOND.format(more=more), encoding="utf-8")
    return folder


def test_an_older_schema_is_brought_up_to_date_and_a_newer_one_refused(settings: Settings, tmp_path: Path) -> None:
    engine = open_database(settings)
    Audit(engine).append("answer", {"question": "日当は？"})
    migrate(engine, folder=migrations(tmp_path / "later"))
    with reading(engine) as connection:
        assert revision(connection) == "0002"
        assert "more" in {column["name"] for column in inspect(connection).get_columns("audit")}
    assert Audit(engine).verify().whole
    engine.dispose()
    with pytest.raises(DatabaseUnusable, match="新しい版の典拠で作られており（版: 0002）"):
        open_database(settings)


def test_a_migration_that_fails_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    engine = open_database(settings)
    with pytest.raises(DatabaseUnusable):
        migrate(engine, folder=migrations(tmp_path / "later", 'op.execute("SELECT nonsense FROM nowhere")'))
    with reading(engine) as connection:
        assert revision(connection) == "0001"
        assert "more" not in {column["name"] for column in inspect(connection).get_columns("audit")}
    engine.dispose()


def test_a_missing_database_is_not_made_where_it_is_only_read(settings: Settings) -> None:
    with pytest.raises(DatabaseUnusable, match="まだない"):
        open_database(settings, create=False)
    assert not settings.index.parent.exists()


def test_an_exception_undoes_what_was_written(settings: Settings) -> None:
    engine = open_database(settings)

    def change() -> None:
        with writing(engine) as connection:
            connection.execute(text("UPDATE audit_head SET seq = 7"))
            raise KeyError

    with pytest.raises(KeyError):
        change()
    assert Audit(engine).head().seq == 0
    engine.dispose()


def test_commits_are_on_the_disk(settings: Settings) -> None:
    engine = open_database(settings)
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert settings.index.parent.joinpath("tenkyo.sqlite").stat().st_mode & 0o077 == 0
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    engine.dispose()


def test_a_locked_database_is_said_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT", 1)
    engine = open_database(settings)
    with writing(engine) as connection:
        connection.execute(text("SELECT * FROM audit_head" + (" FOR UPDATE" if engine.dialect.name == "postgresql" else "")))
        with pytest.raises(DatabaseUnusable, match="ほかの処理が使い続けている"):
            Audit(engine).append("answer", {})
    assert Audit(engine).append("answer", {}) == 1
    engine.dispose()


def test_a_password_is_never_shown(settings: Settings, tmp_path: Path) -> None:
    secret = Settings(index=tmp_path, database=f"postgresql://u:{PASSWORD}@127.0.0.1:1/d?password={PASSWORD}")
    with pytest.raises(DatabaseUnusable, match=r"postgresql://u@127\.0\.0\.1:1/d」につながらない") as caught:
        open_database(secret)
    bad = Settings(database=f"mysql://u:{PASSWORD}@h/d")
    with pytest.raises(InputError, match="TENKYO_DATABASE") as refused:
        open_database(bad)
    url = database_url(settings)
    for said in (caught.value, refused.value, secret, bad, settings, shown(url), engine_of(url)):
        assert PASSWORD not in f"{said!r} {said}"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "nonsense", "mysql://h/d", "postgresql+asyncpg://h/d", "://"])
def test_an_address_that_is_of_no_use(url: str) -> None:
    with pytest.raises(InputError, match="TENKYO_DATABASE"):
        database_url(Settings(database=url))


def test_a_postgresql_database_that_is_not_there() -> None:
    url = database("postgresql")
    with pytest.raises(DatabaseUnusable, match="がPostgreSQLにない"):
        open_database(Settings(database=url.replace("@/t", "@/none")))


def test_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "tenkyo.sqlite"
    file.write_bytes(os.urandom(8192))
    with pytest.raises(DatabaseUnusable, match=r"壊れていて読めない.*tenkyo restore"):
        open_database(Settings(index=tmp_path / "index"))


def test_a_damaged_page_and_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/a.sqlite")
    engine = open_database(settings)
    for n in range(200):
        Audit(engine).append("answer", {"question": f"{n}" * 100})
    engine.dispose()
    file = tmp_path / "a.sqlite"
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    file.write_bytes(raw)
    with pytest.raises(DatabaseUnusable, match="壊れていて読めない"):
        open_database(settings)
    (tmp_path / "b.sqlite").mkdir()
    with pytest.raises(DatabaseUnusable, match="開けない"):
        open_database(Settings(database=f"sqlite:///{tmp_path}/b.sqlite"))


def test_a_full_disk(tmp_path: Path) -> None:
    engine = open_database(Settings(index=tmp_path / "index"))
    audit = Audit(engine)
    audit.append("answer", {})
    with reading(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DatabaseUnusable, match="空き容量がない"):
        audit.append("answer", {"question": "長" * 100_000})
    assert audit.append("answer", {}) == 2
    assert audit.verify().entries == 2
    engine.dispose()


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("CREATE TABLE audit (x)")
    connection.close()
    with pytest.raises(DatabaseUnusable, match="already exists"):
        open_database(Settings(database=f"sqlite:///{tmp_path}/other.sqlite"))
