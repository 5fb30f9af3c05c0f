"""The revisions, oldest first; Alembic finds them here."""
