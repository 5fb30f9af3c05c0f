"""What Alembic runs: the revisions, on the connection that was handed in."""

from alembic import context

from serving.journal.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
