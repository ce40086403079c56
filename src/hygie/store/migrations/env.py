"""Where Alembic starts; the connection is given by `hygie.store.migrations.migrate`."""

from alembic import context

from hygie.store.all_tables import metadata

connection = context.config.attributes["connection"]
# Everything happens in the caller's transaction, on SQLite too: all of it, or nothing.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
