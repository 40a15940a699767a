"""The database of the app: where it is, how it is opened and brought up to date, and what is said when it fails."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from rag.errors import InputError, TenkyoError
from rag.settings import Settings

MIGRATIONS = Path(__file__).with_name("migrations")
FILE = "tenkyo.sqlite"
"""The SQLite file's name beside the index folder."""
WAIT = 30
"""Seconds that a writer waits for the others."""
LOCK = 0x74656E6B796F
"""PostgreSQL's advisory lock under which the schema is changed."""


class DatabaseUnusable(TenkyoError):  # noqa: N818 - as in rag.errors
    """The database is missing, locked, out of reach, damaged, full, or of another version."""


def database_url(settings: Settings) -> URL:
    """Where the database is. Raises InputError, without the value, which may hold a password."""
    if not settings.database:
        return URL.create("sqlite", database=str(settings.index.parent / FILE))
    try:
        url = make_url(settings.database)
    except (ArgumentError, ValueError) as error:
        raise InputError(_FORM) from error
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}.get(url.get_backend_name())
    if driver is None or url.drivername not in (url.get_backend_name(), "sqlite+pysqlite", driver):
        raise InputError(_FORM)
    if driver == "sqlite" and (not url.database or url.database == ":memory:" or url.query):
        raise InputError(_FORM)
    return url.set(drivername=driver)


_FORM = (
    "環境変数TENKYO_DATABASEの値は使えないので、「sqlite:///フォルダー/tenkyo.sqlite」か"
    "「postgresql://利用者:パスワード@ホスト/データベース」の形にしてください。"
)


def shown(url: URL) -> str:
    """The database as a message names it: a file, or an address without password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    address = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return address.render_as_string()


def open_database(settings: Settings, *, create: bool = True) -> Engine:
    """Open the database and bring its schema up to date; `create` makes a missing one.

    Threads and processes may share it. Raises DatabaseUnusable, InputError.
    """
    url = database_url(settings)
    if not create and url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise DatabaseUnusable(_MISSING.format(shown(url)))
    if url.get_backend_name() == "sqlite":
        _prepare_file(url)
    engine = engine_of(url)
    try:
        migrate(engine, create=create)
    except BaseException:
        engine.dispose()
        raise
    return engine


_MISSING = "データベース「{}」がまだないので、場所（環境変数TENKYO_DATABASE、--index）を確かめるか、先に「tenkyo ui」を起動してください。"


def _prepare_file(url: URL) -> None:
    """Make the file, readable to its owner alone, and set its journal to WAL, which stays with it."""
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=WAIT)
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise _unusable(url, error) from error


def engine_of(url: URL) -> Engine:
    """The engine for a database, whose every commit is on the disk when it returns."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT}, pool_timeout=WAIT)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        arguments = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
        engine = create_engine(url, hide_parameters=True, connect_args=arguments, pool_timeout=WAIT, pool_pre_ping=True)
        event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins: the driver would begin too late and never immediately
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up_postgresql(connection: Any, record: object) -> None:
    durable = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    connection.execute(durable)  # what is stronger than «on» stays
    connection.execute(f"SET lock_timeout = '{WAIT}s'")
    connection.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database throughout. Raises DatabaseUnusable."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with explained(engine.url), engine.execution_options(**options).begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is on the disk when the block has ended; an exception undoes it. Raises DatabaseUnusable.

    In SQLite it is the only writer from its beginning; in PostgreSQL it has to lock what it changes.
    """
    with explained(engine.url), engine.execution_options(writes=True).begin() as connection:
        yield connection


def migrate(engine: Engine, *, create: bool = True, folder: Path = MIGRATIONS) -> None:
    """Bring the schema up to date, one process at a time; that of a newer version is refused. Raises DatabaseUnusable."""
    with reading(engine) as connection:
        current = revision(connection)
    known = revisions(folder)
    if current == known[0]:
        return
    if current is None and not create:
        raise DatabaseUnusable(_MISSING.format(shown(engine.url)))
    if current is not None and current not in known:
        raise DatabaseUnusable(
            f"データベース「{shown(engine.url)}」は新しい版の典拠で作られており（版: {current}）読めないので、典拠を更新してください。"
        )
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        upgrade(connection, "head", folder)


def revision(connection: Connection) -> str | None:
    """The schema's revision, None where there is no schema."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions(folder: Path = MIGRATIONS) -> list[str]:
    """The schema's revisions, the newest first."""
    return [script.revision for script in ScriptDirectory(str(folder)).walk_revisions()]


def upgrade(connection: Connection, target: str, folder: Path = MIGRATIONS) -> None:
    """Run the migrations up to a revision in the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        command.upgrade(config, target)


_ALEMBIC = threading.Lock()
"""Alembic keeps the migration that runs in a variable of its module."""


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what the database says into DatabaseUnusable with one sentence."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _unusable(url, error) from error


def _unusable(url: URL, error: Exception) -> DatabaseUnusable:
    original = error.orig if isinstance(error, DBAPIError) else error
    said = str(original).strip().partition("\n")[0]
    for secret in (url.password, url.query.get("password")):
        said = said.replace(str(secret), "***") if secret else said
    known = f"{getattr(original, 'sqlstate', None) or ''} {type(original).__name__}: {said}"
    advice = next((advice for pattern, advice in _PROBLEMS if re.search(pattern, known)), _OTHER)
    return DatabaseUnusable(advice.format(shown(url), said))


_PROBLEMS = (
    (
        r"is locked|^55P03|QueuePool",
        "データベース「{0}」をほかの処理が使い続けているので、それが終わってからもう一度実行してください。",
    ),
    (
        r"is full|^53100|No space left",
        "データベース「{0}」に書き込む空き容量がないので、容量を空けてからもう一度実行してください。",
    ),
    (
        r"not a database|malformed|^XX00[12]",
        "データベース「{0}」は壊れていて読めないので、別の場所に移し、「tenkyo restore」でバックアップから戻してください。",
    ),
    (
        r"readonly database|PermissionError|^42501",
        "データベース「{0}」に書き込む権限がないので、権限のある利用者で実行するか、権限を直してください。",
    ),
    (
        r"unable to open|NotADirectory|IsADirectory|FileExists",
        "データベース「{0}」を開けないので、場所（環境変数TENKYO_DATABASE、--index）と権限を確かめてください。",
    ),
    (
        r"^28|authentication failed",
        "データベース「{0}」にサインインできないので、環境変数TENKYO_DATABASEの利用者とパスワードを確かめてください。",
    ),
    (
        r"^3D000|does not exist$",
        "データベース「{0}」がPostgreSQLにないので、「createdb」で作るか、環境変数TENKYO_DATABASEを確かめてください。",
    ),
    (
        r"^(08|57P)|^ OperationalError.*(connect|server)|ConnectionTimeout",
        "データベース「{0}」につながらないので（{1}）、PostgreSQLが動いているかとアドレスを確かめてください。",
    ),
)
"""What a database says (its SQLSTATE, the error's class and message) and what a user is told."""
_OTHER = "データベース「{0}」を使えないので（{1}）、場所と状態を確かめてもう一度実行してください。"
