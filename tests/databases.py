"""Throwaway databases for the tests: a SQLite file, or a database in a PostgreSQL cluster that lives as long as the test run."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

KINDS = ("sqlite", "postgresql")
_BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
_numbers = count(1)


def database(kind: str) -> str:
    """The URL of a new empty database, empty for SQLite's default place; skips where PostgreSQL is not installed, but for CI."""
    if kind == "sqlite":
        return ""
    if _BINARIES is None and not shutil.which("initdb"):
        assert not os.environ.get("CI"), "PostgreSQL is not installed"
        pytest.skip("PostgreSQL is not installed")
    folder, name = _cluster(), f"t{next(_numbers)}"
    with psycopg.connect(host=str(folder), user="tenkyo", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return f"postgresql://tenkyo:{PASSWORD}@/{name}?host={folder}"


PASSWORD = "never-to-be-seen"


@cache
def _cluster() -> Path:
    """The folder of a running cluster's socket. It runs as a user other than root, which PostgreSQL refuses, and on no network."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    own = {}
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        own = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        path = str(_BINARIES / program) if _BINARIES else program
        subprocess.run([path, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=60, **own)  # type: ignore[call-overload]

    run("initdb", "-D", str(folder / "data"), "-U", "tenkyo", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-o", options, "start")

    @atexit.register
    def stop() -> None:
        run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    return folder
