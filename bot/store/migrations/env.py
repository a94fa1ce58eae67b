"""Alembic runs this for every command, on the given connection, within its open transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
