"""The tables of the app's database. `ui.migrations` makes them.

Columns are texts and integers only, so that a backup of one kind of database can be restored into the other.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

GENESIS = "0" * 64
"""The hash before the first entry's."""

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
audit_table = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", Integer),
    Column("hash", String(64), nullable=False),
    Index("audit_kind", "kind", "seq"),
    Index("audit_subject", "subject", "seq"),
    Index("audit_at", "at"),
)
"""The entries: `at` is UTC as 2026-04-01T09:30:00.123456Z, `subject` the entry that this one is about."""
field_table = Table(
    "audit_field",
    metadata,
    Column("seq", Integer, ForeignKey("audit.seq"), primary_key=True, autoincrement=False),
    Column("name", String(100), primary_key=True),
    Column("salt", String(64)),
    Column("digest", String(64), nullable=False),
    Column("value", Text),
    Index("audit_field_name", "name", "seq"),
)
"""The fields of the entries, values as canonical JSON; salt and value are null once purged."""
head_table = Table(
    "audit_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One row: the last entry. Who appends holds it locked."""
