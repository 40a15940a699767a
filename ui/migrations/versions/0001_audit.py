"""The audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the audit log, and the head of an empty one."""
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.Integer),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="audit_pkey"),
    )
    op.create_index("audit_kind", "audit", ["kind", "seq"])
    op.create_index("audit_subject", "audit", ["subject", "seq"])
    op.create_index("audit_at", "audit", ["at"])
    op.create_table(
        "audit_field",
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("salt", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("value", sa.Text),
        sa.ForeignKeyConstraint(["seq"], ["audit.seq"], name="audit_field_seq_fkey"),
        sa.PrimaryKeyConstraint("seq", "name", name="audit_field_pkey"),
    )
    op.create_index("audit_field_name", "audit_field", ["name", "seq"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("audit_head_one_check")),
        sa.PrimaryKeyConstraint("id", name="audit_head_pkey"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
