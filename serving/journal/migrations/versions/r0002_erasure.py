"""Content may be erased when an entry says so, and only then.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from serving.journal.migrations.triggers import (
    keep_as_it_is,
    keep_out_of_statistics,
    let_erased_leave,
    refuse_replacing,
    refuse_rewriting,
)

revision = "0002"
down_revision = "0001"

ABOUT_THE_SERVICE = sa.text("slag IN ('stans', 'modellbytte', 'sletting')")

UNIQUE = {
    "innfoersel": ("nummer", "forrige", "digest"),
    "innhold": ("nummer",),
    "noekkel": ("noekkel",),
    "sletting": ("nummer",),
}


def upgrade() -> None:
    """Add the table of what was erased, and let its rows out of the content."""
    op.create_table(
        "sletting",
        sa.Column(
            "nummer", sa.Integer, sa.ForeignKey("innfoersel.nummer"), primary_key=True, autoincrement=False
        ),
        sa.Column("ved", sa.Integer, sa.ForeignKey("innfoersel.nummer"), nullable=False),
        sqlite_strict=True,
        comment="Which content was erased, and by which entry. Only rows named here may leave innhold.",
    )
    op.create_index("ix_noekkel_nummer", "noekkel", ["nummer"])
    op.create_index(
        "ix_innfoersel_tjenesten",
        "innfoersel",
        ["slag", "nummer"],
        sqlite_where=ABOUT_THE_SERVICE,
        postgresql_where=ABOUT_THE_SERVICE,
    )
    refuse_rewriting("sletting")
    for table in ("innhold", "noekkel"):
        let_erased_leave(table)
        keep_out_of_statistics(table)
    keep_as_it_is("innhold", "bytes")
    for table, columns in UNIQUE.items():
        refuse_replacing(table, columns)
