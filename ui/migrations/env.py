"""Runs the migrations in the transaction of the connection that `ui.database.upgrade` hands over."""

from alembic import context

from ui.tables import metadata

# SQLite's schema changes are transactional too, where the driver does not begin and commit by itself.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True, render_as_batch=True
)
context.run_migrations()
