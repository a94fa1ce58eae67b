"""Alembic runs this for every command: on the connection that it was given, within the transaction that is open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
