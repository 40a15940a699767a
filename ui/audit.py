"""The audit log: entries that are only ever appended, each chained to the one before (see `ui.chain`)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Unpack

from sqlalchemy import Connection, Engine, Row, and_, func, insert, select, update

from ui.chain import PAGE, PURGE, ChainCheck, canonical, entry_hash, field_digest, ranges, verify
from ui.database import DatabaseUnusable, explained, reading, writing
from ui.filters import Filters, conditions, has_words, stamp
from ui.tables import audit_table, field_table, head_table

Mask = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What is kept of an entry's fields: see `ui.retention.Masking`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `subject` is the entry that it is about, `purged` names the fields whose values were deleted."""

    seq: int
    at: datetime
    kind: str
    subject: int | None
    hash: str
    fields: Mapping[str, Any]
    purged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash, to be noted where nobody can change it; 0 and GENESIS in an empty log."""

    seq: int
    hash: str


class Audit:
    """The audit log of a database. Threads may share it, processes may each have one. `mask` gives what is kept of an entry's fields.

    Every method raises DatabaseUnusable where the database fails.
    """

    def __init__(self, engine: Engine, mask: Mask = dict) -> None:
        self.engine = engine
        self._mask = mask

    def append(self, kind: str, fields: Mapping[str, Any], subject: int | None = None) -> int:
        """Append an entry; returns its number. It is on the disk when this returns.

        Each field can be purged by itself, so give what is personal a field of its own. Raises TypeError, ValueError for values
        that JSON cannot hold.
        """
        kept = self._mask(fields)
        with writing(self.engine) as connection:
            return append(connection, kind, kept, subject)

    def entry(self, seq: int) -> Entry | None:
        """The entry with a number; None where there is none."""
        with reading(self.engine) as connection:
            found = connection.execute(select(audit_table).where(audit_table.c.seq == seq)).all()
            return next(iter(_entries(connection, found)), None)

    def entries(self, *, before: int | None = None, limit: int = 100, **filters: Unpack[Filters]) -> list[Entry]:
        """The newest entries, newest first; `before` is the last one's number of the page before."""
        query = select(audit_table).where(*conditions(filters)).order_by(audit_table.c.seq.desc()).limit(min(limit, PAGE))
        found: list[Entry] = []
        with reading(self.engine) as connection:
            while len(found) < limit:
                rows = connection.execute(query if before is None else query.where(audit_table.c.seq < before)).all()
                found += _entries(connection, rows, filters)
                if len(rows) < min(limit, PAGE):
                    break
                before = rows[-1].seq
        return found[:limit]

    def count(self, **filters: Unpack[Filters]) -> int:
        """How many entries there are."""
        if filters.get("words"):
            return sum(1 for _ in self.iterate(**filters))
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(audit_table).where(*conditions(filters))).scalar_one()

    def iterate(self, **filters: Unpack[Filters]) -> Iterator[Entry]:
        """The entries, oldest first, however many; those appended meanwhile may come too."""
        query = select(audit_table).where(*conditions(filters)).order_by(audit_table.c.seq).limit(PAGE)
        last = 0
        while True:
            with reading(self.engine) as connection:
                rows = connection.execute(query.where(audit_table.c.seq > last)).all()
                found = _entries(connection, rows, filters)
            yield from found
            if len(rows) < PAGE:
                return
            last = rows[-1].seq

    def head(self) -> Head:
        """The last entry's number and hash."""
        with reading(self.engine) as connection:
            return head(connection)

    def verify(self, head: str | None = None) -> ChainCheck:
        """Whether the log is as it was written; `head` is a hash noted earlier, which has to be in it."""
        with reading(self.engine) as connection:
            return verify(connection, head)

    def holding(self, names: Collection[str], until: datetime) -> list[int]:
        """The numbers of the entries before a time that have a value in one of the fields, oldest first."""
        held = and_(field_table.c.name.in_(names), field_table.c.value.is_not(None), audit_table.c.kind != PURGE)
        query = select(audit_table.c.seq).join(field_table).where(held, audit_table.c.at < stamp(until)).distinct()
        with reading(self.engine) as connection:
            return list(connection.execute(query.order_by(audit_table.c.seq)).scalars())

    def purge(self, seqs: Collection[int], names: Collection[str], reason: str) -> int | None:
        """Delete the values and salts of these fields for good, and append a «purge» entry that says which; returns its number, None
        where there was nothing to delete. What purge entries say stays."""
        with writing(self.engine) as connection:
            head(connection, lock=True)
            cleared = [seq for part in _parts(sorted(set(seqs))) for seq in _clear(connection, part, names)]
            if not cleared:
                return None
            purged = append(connection, PURGE, {"names": sorted(set(names)), "entries": ranges(cleared), "reason": reason})
        if self.engine.dialect.name == "sqlite":
            _empty_journal(self.engine)
        return purged


def append(connection: Connection, kind: str, fields: Mapping[str, Any], subject: int | None = None) -> int:
    """Append an entry in the connection's transaction; returns its number."""
    last = head(connection, lock=True)
    seq, at = last.seq + 1, stamp(datetime.now(UTC))
    rows = [_sealed(seq, name, canonical(value)) for name, value in fields.items()]
    chained = entry_hash(last.hash, seq, at, kind, subject, {row["name"]: row["digest"] for row in rows})
    connection.execute(insert(audit_table), {"seq": seq, "at": at, "kind": kind, "subject": subject, "hash": chained})
    if rows:
        connection.execute(insert(field_table), rows)
    connection.execute(update(head_table).values(seq=seq, hash=chained))
    return seq


def _sealed(seq: int, name: str, value: str) -> dict[str, Any]:
    salt = secrets.token_hex(32)
    return {"seq": seq, "name": name, "salt": salt, "digest": field_digest(salt, value), "value": value}


def head(connection: Connection, *, lock: bool = False) -> Head:
    """The last entry; `lock` holds it until the transaction ends, so that the next one to append waits."""
    query = select(head_table.c.seq, head_table.c.hash)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise DatabaseUnusable("監査ログの末尾の控えがなくなっているので、「tenkyo restore」でバックアップから戻してください。")
    return Head(row.seq, row.hash)


def _clear(connection: Connection, seqs: Sequence[int], names: Collection[str]) -> list[int]:
    """Delete what the entries hold in the fields; returns the entries that held something."""
    held = (field_table.c.seq.in_(seqs), field_table.c.name.in_(names), field_table.c.value.is_not(None))
    kept = select(audit_table.c.seq).where(audit_table.c.seq.in_(seqs), audit_table.c.kind == PURGE)
    found = connection.execute(select(field_table.c.seq).where(*held, field_table.c.seq.not_in(kept)).distinct()).scalars().all()
    connection.execute(update(field_table).where(*held, field_table.c.seq.in_(found)).values(salt=None, value=None))
    return list(found)


def _empty_journal(engine: Engine) -> None:
    """Move what is in SQLite's write-ahead log into the file, so that no deleted value is left there."""
    with explained(engine.url):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def _entries(connection: Connection, rows: Sequence[Row[Any]], filters: Filters | None = None) -> list[Entry]:
    """The entries of rows, in their order, without those that lack the words asked for."""
    fields: dict[int, list[Row[Any]]] = {}
    for part in _parts([row.seq for row in rows]):
        for row in connection.execute(select(field_table).where(field_table.c.seq.in_(part))):
            fields.setdefault(row.seq, []).append(row)
    found = (_entry(row, fields.get(row.seq, ())) for row in rows)
    words = filters.get("words", "") if filters else ""
    return [entry for entry in found if has_words(entry.fields, words)]


def _entry(row: Row[Any], fields: Sequence[Row[Any]]) -> Entry:
    try:
        at = datetime.fromisoformat(row.at)
        values = {field.name: json.loads(field.value) for field in fields if field.value is not None}
    except ValueError as error:
        raise DatabaseUnusable(
            f"監査ログの{row.seq}番の記録は書き換えられていて読めないので、「tenkyo audit verify」で確かめてください。"
        ) from error
    purged = frozenset(field.name for field in fields if field.value is None)
    return Entry(row.seq, at, row.kind, row.subject, row.hash, values, purged)


def _parts(seqs: Sequence[int]) -> Iterator[Sequence[int]]:
    """The numbers in parts that one query can name."""
    return (seqs[at : at + PAGE] for at in range(0, len(seqs), PAGE))
