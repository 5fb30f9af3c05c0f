"""The journal's four tables, and the triggers that let nobody rewrite what was said."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
)

from serving.journal.chain import START

metadata = MetaData()

hode = Table(
    "hode",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("nummer", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    sqlite_strict=True,
    comment="One row: the last entry. Reading it under the write lock gives every entry its place.",
)

innfoersel = Table(
    "innfoersel",
    metadata,
    Column("nummer", Integer, primary_key=True, autoincrement=False),
    Column("slag", Text, nullable=False),
    Column("sak_id", Text, nullable=False, index=True),
    Column("opprettet", Text, nullable=False),
    Column("forrige", Text, nullable=False, unique=True),
    Column("forpliktelse", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    sqlite_strict=True,
    comment="The chain. Two entries cannot follow the same one: a fork is an error, not a branch.",
)

innhold = Table(
    "innhold",
    metadata,
    Column("nummer", ForeignKey(innfoersel.c.nummer), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, CheckConstraint("length(salt) = 32"), nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    sqlite_strict=True,
    comment="What was said, byte for byte, apart from the chain so that it can be erased alone.",
)

noekkel = Table(
    "noekkel",
    metadata,
    Column("noekkel", Text, primary_key=True),
    Column("forespoersel", Text, nullable=False),
    Column("nummer", ForeignKey(innfoersel.c.nummer), nullable=False),
    sqlite_strict=True,
    comment="Requests already answered. Not part of the chain: a convenience, not evidence.",
)


# Erasure will narrow the trigger on DELETE of innhold to rows that a `sletting` entry names.
def refuse_rewriting(table: Table, verb: str) -> str:
    """Write the trigger that stops UPDATE or DELETE, also in a database console."""
    return (
        f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    )


def lay_out(connection: Connection) -> None:
    """Make an empty database an empty journal, in the caller's transaction."""
    metadata.create_all(connection)
    for table in (innfoersel, innhold, noekkel):
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(refuse_rewriting(table, verb))
    connection.execute(insert(hode).values(id=1, nummer=0, digest=START))
