"""The journal's five tables, as the migrations lay them out in both databases."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA_VERSION = "0002"
"""The newest revision in `migrations`; what this program reads and writes."""

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

ABOUT_THE_SERVICE = "slag IN ('stans', 'modellbytte', 'sletting')"
Index(
    "ix_innfoersel_tjenesten",
    innfoersel.c.slag,
    innfoersel.c.nummer,
    sqlite_where=ABOUT_THE_SERVICE,
    postgresql_where=ABOUT_THE_SERVICE,
)
"""Every worker asks for the latest of these each second; they are few among millions."""

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
    Column("nummer", ForeignKey(innfoersel.c.nummer), nullable=False, index=True),
    sqlite_strict=True,
    comment="Requests already answered. Not part of the chain: a convenience, not evidence.",
)

sletting = Table(
    "sletting",
    metadata,
    Column("nummer", ForeignKey(innfoersel.c.nummer), primary_key=True, autoincrement=False),
    Column("ved", ForeignKey(innfoersel.c.nummer), nullable=False),
    sqlite_strict=True,
    comment="Which content was erased, and by which entry. Only rows named here may leave innhold.",
)
