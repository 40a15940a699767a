"""The hash chain of the audit log, which shows whether an entry was changed, removed, inserted or moved.

A field's digest is SHA-256 over its salt (32 random bytes) and its value as canonical JSON in UTF-8. An entry's hash is SHA-256 over
the canonical JSON of [hash of the entry before, seq, at, kind, subject, {field name: digest}]; before the first entry stands GENESIS.

So the value and the salt of a field can be deleted and the chain still verifies, while nobody can guess the value from the digest that
stays. A «purge» entry names what was deleted; a value that is missing without one is a break. Who can write the whole database can
compute a new chain or cut off its end: against that, note the head's hash elsewhere and hand it to `verify`.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from ui.tables import GENESIS, audit_table, field_table, head_table

PURGE = "purge"
"""The kind of the entries that say what was deleted: {"names": […], "entries": [[first, last], …], "reason": …}."""
PAGE = 500
"""Entries read at once."""
Range = tuple[int, int]
"""Entries from the first to the last, both included."""


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What came of verifying: the entries that are whole, from the first on, and the hash of the last of them. `reason` is one Japanese
    sentence that says what is wrong, empty where nothing is; `broken` is the first entry that it concerns."""

    entries: int = 0
    hash: str = GENESIS
    broken: int | None = None
    reason: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing was tampered with."""
        return not self.reason


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, characters as they are but for lone surrogates, which UTF-8 lacks.

    Raises TypeError, ValueError for what JSON cannot hold.
    """
    dumped = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", dumped)


_SURROGATE = re.compile("[\ud800-\udfff]")


def field_digest(salt: str, value: str) -> str:
    """The digest of a field, of its salt in hexadecimal and its value as canonical JSON."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def entry_hash(before: str, seq: int, at: str, kind: str, subject: int | None, digests: Mapping[str, str]) -> str:
    """The hash of an entry that follows the one with the hash `before`."""
    return hashlib.sha256(canonical([before, seq, at, kind, subject, digests]).encode()).hexdigest()


def ranges(entries: Iterable[int]) -> list[Range]:
    """Numbers as ranges, in order."""
    return merged((seq, seq) for seq in entries)


def merged(found: Iterable[Range]) -> list[Range]:
    """Ranges in order, with those that touch made one."""
    out: list[Range] = []
    for first, last in sorted(found):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return out


def verify(connection: Connection, head: str | None = None) -> ChainCheck:
    """Compute the chain anew in one transaction and compare; `head` is a hash noted earlier, which has to be in it."""
    purged, check, noted = _purged(connection), ChainCheck(), head in (None, GENESIS)
    for row, fields in _stored(connection):
        if reason := _fault(check, row, fields, purged):
            return replace(check, broken=check.entries + 1, reason=reason.format(check.entries + 1, row.seq))
        check = ChainCheck(row.seq, row.hash)
        noted = noted or row.hash == head
    kept = connection.execute(select(head_table.c.seq, head_table.c.hash)).all()
    if [tuple(row) for row in kept] != [(check.entries, check.hash)]:
        return replace(check, broken=check.entries + 1, reason=_CUT.format(check.entries + 1))
    return check if noted else replace(check, reason=_NOT_NOTED.format(head))


_Row = Row[Any]


def _stored(connection: Connection) -> Iterator[tuple[_Row, Sequence[_Row]]]:
    """Each entry with its fields, oldest first, in bounded memory."""
    last = None
    while True:
        query = select(audit_table).order_by(audit_table.c.seq).limit(PAGE)
        rows = connection.execute(query if last is None else query.where(audit_table.c.seq > last)).all()
        if not rows:
            return
        last = rows[-1].seq
        fields: dict[int, list[_Row]] = {}
        for field in connection.execute(select(field_table).where(field_table.c.seq.between(rows[0].seq, last))):
            fields.setdefault(field.seq, []).append(field)
        yield from ((row, fields.get(row.seq, [])) for row in rows)


def _fault(check: ChainCheck, row: _Row, fields: Sequence[_Row], purged: Mapping[str, Sequence[Range]]) -> str:
    """What is wrong with the entry that should follow those checked, a sentence with {0} for its number; empty where nothing is."""
    if row.seq != check.entries + 1:
        return _MISSING if row.seq > 0 else _INSERTED
    digests = {field.name: field.digest for field in fields}
    if row.hash != entry_hash(check.hash, row.seq, row.at, row.kind, row.subject, digests):
        return _CHANGED
    for field in fields:
        if field.value is None and field.salt is None:
            if not _within(purged.get(field.name, ()), row.seq):
                return _EMPTIED.replace("{name}", field.name)
        elif not _holds(field):
            return _VALUE.replace("{name}", field.name)
    return ""


def _holds(field: _Row) -> bool:
    try:
        return bool(field_digest(field.salt, field.value) == field.digest)
    except (TypeError, ValueError, AttributeError):
        return False


def _within(found: Sequence[Range], seq: int) -> bool:
    at = bisect_right(found, seq, key=lambda r: r[0]) - 1
    return at >= 0 and seq <= found[at][1]


def _purged(connection: Connection) -> dict[str, list[Range]]:
    """For each field's name the entries that purge entries name. Their own digests are checked with the others'."""
    query = select(field_table.c.seq, field_table.c.name, field_table.c.value).join(audit_table)
    told: dict[int, dict[str, Any]] = {}
    for seq, name, value in connection.execute(query.where(audit_table.c.kind == PURGE)):
        try:
            told.setdefault(seq, {})[name] = json.loads(value)
        except (TypeError, ValueError):
            continue  # a tampered one, which excuses nothing
    found: dict[str, list[Range]] = {}
    for fields in told.values():
        for name in fields.get("names", ()):
            found.setdefault(name, []).extend((first, last) for first, last in fields.get("entries", ()))
    return {name: merged(spans) for name, spans in found.items()}


_NEXT = "ので、バックアップと照らし合わせてください。"
_MISSING = "監査ログの{0}番の記録がなく（次は{1}番）、削除されたか順序が変えられている" + _NEXT
_INSERTED = "監査ログに{1}番という、あとから差し込まれた記録がある" + _NEXT
_CHANGED = "監査ログの{0}番の記録が、書いたときのハッシュと合わず、書き換えられているか前の記録が差し替えられている" + _NEXT
_VALUE = "監査ログの{0}番の記録の「{name}」の値が、書いたときのものと違う" + _NEXT
_EMPTIED = "監査ログの{0}番の記録の「{name}」の値が、消去の記録なしに消されている" + _NEXT
_CUT = "監査ログの末尾が控えと合わず、{0}番から後の記録が削除されたか加えられている" + _NEXT
_NOT_NOTED = "控えてあったハッシュ「{0}」が監査ログになく、記録が切り捨てられたか作り直されている" + _NEXT
