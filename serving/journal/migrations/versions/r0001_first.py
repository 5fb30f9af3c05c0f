"""The chain, its content and the keys, append-only.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from serving.journal.migrations.triggers import refuse_rewriting

revision = "0001"
down_revision = None

START = "sha256:" + 64 * "0"


def upgrade() -> None:
    """Lay out an empty journal."""
    hode = op.create_table(
        "hode",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
        sa.Column("nummer", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sqlite_strict=True,
        comment="One row: the last entry. Reading it under the write lock gives every entry its place.",
    )
    op.create_table(
        "innfoersel",
        sa.Column("nummer", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("slag", sa.Text, nullable=False),
        sa.Column("sak_id", sa.Text, nullable=False, index=True),
        sa.Column("opprettet", sa.Text, nullable=False),
        sa.Column("forrige", sa.Text, nullable=False, unique=True),
        sa.Column("forpliktelse", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sqlite_strict=True,
        comment="The chain. Two entries cannot follow the same one: a fork is an error, not a branch.",
    )
    op.create_table(
        "innhold",
        sa.Column(
            "nummer", sa.Integer, sa.ForeignKey("innfoersel.nummer"), primary_key=True, autoincrement=False
        ),
        sa.Column("salt", sa.LargeBinary, sa.CheckConstraint("length(salt) = 32"), nullable=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        comment="What was said, byte for byte, apart from the chain so that it can be erased alone.",
    )
    op.create_table(
        "noekkel",
        sa.Column("noekkel", sa.Text, primary_key=True),
        sa.Column("forespoersel", sa.Text, nullable=False),
        sa.Column("nummer", sa.Integer, sa.ForeignKey("innfoersel.nummer"), nullable=False),
        sqlite_strict=True,
        comment="Requests already answered. Not part of the chain: a convenience, not evidence.",
    )
    for table in ("innfoersel", "innhold", "noekkel"):
        refuse_rewriting(table)
    op.bulk_insert(hode, [{"id": 1, "nummer": 0, "digest": START}])
