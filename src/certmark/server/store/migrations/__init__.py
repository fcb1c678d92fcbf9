"""The tables' history: one step a module, by hand, up and down, for both databases (Alembic runs them)."""
