"""Alembic runs this: the steps are taken on the connection that `store.migrating` has opened, in one transaction."""

from alembic import context

from certmark.server.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
