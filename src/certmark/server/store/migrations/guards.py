"""Triggers by which a database refuses to change or to delete rows of a table that is only ever added to."""

from __future__ import annotations

from alembic import op

_WHAT = ("update", "delete")


def guard(table: str) -> None:
    """From now on rows of `table` stay as they are."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(
            f"create trigger append_only_{table} before update or delete on {table}"
            " for each row execute function append_only()"
        )
        op.execute(
            f"create trigger append_only_{table}_all before truncate on {table}"
            " for each statement execute function append_only()"
        )
        return
    for what in _WHAT:
        op.execute(
            f"create trigger append_only_{table}_{what} before {what} on {table}"
            f" begin select raise(abort, 'rows of {table} are only ever added'); end"
        )


def unguard(table: str) -> None:
    """Rows of `table` may be changed again, which only a step of a migration does."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"drop trigger append_only_{table} on {table}")
        op.execute(f"drop trigger append_only_{table}_all on {table}")
        return
    for what in _WHAT:
        op.execute(f"drop trigger append_only_{table}_{what}")


_FUNCTION = """
create or replace function append_only() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = 'restrict_violation';
end
$$
"""
