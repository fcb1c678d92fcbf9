"""Triggers that note of which shared runs something changed, in the transaction that changes it.

A stamp is, on SQLite, where one writes at a time, one more than the last one; on PostgreSQL the number of the
transaction, by which a snapshot knows what it does not see yet: a number of its own would be given out in another
order than that in which transactions are kept.
"""

from __future__ import annotations

from alembic import op

_FACTS = (
    *("is_public", "state", "created", "format", "subject", "vendor", "product", "version", "region"),
    *("guideline", "program", "outcomes", "standing", "doubts"),
)
_NOTE = (
    "insert into run_changes (run, stamp) values ({run}, (select coalesce(max(stamp), 0) + 1 from run_changes))"
    " on conflict (run) do update set stamp = excluded.stamp"
)
_OF_TAG = "exists (select 1 from runs where id = {row}.run and is_public = 1)"
_FUNCTIONS = """
create function note_run(changed bytea) returns void language sql as $$
  insert into run_changes (run, stamp) values (changed, pg_current_xact_id()::text::bigint)
  on conflict (run) do update set stamp = excluded.stamp where run_changes.stamp <> excluded.stamp
$$;
create function note_changed_run() returns trigger language plpgsql as $$
begin
  perform note_run(case when tg_op = 'DELETE' then old.id else new.id end);
  return null;
end $$;
create function note_tagged_run() returns trigger language plpgsql as $$
declare
  tagged bytea := case when tg_op = 'DELETE' then old.run else new.run end;
begin
  if exists (select 1 from runs where id = tagged and is_public = 1) then
    perform note_run(tagged);
  end if;
  return null;
end $$;
"""
_SHARED = {
    "insert": "new.is_public = 1",
    "update": "old.is_public = 1 or new.is_public = 1",
    "delete": "old.is_public = 1",
}


def begin_journal() -> None:
    """From now on `run_changes` is written."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute(_FUNCTIONS)
    for what, when in _SHARED.items():
        row = "old" if what == "delete" else "new"
        event = f"update of {', '.join(_FACTS)}" if what == "update" else what
        if is_postgresql:
            op.execute(
                f"create trigger note_run_{what} after {event} on runs"
                f" for each row when ({when}) execute function note_changed_run()"
            )
            op.execute(
                f"create trigger note_tag_{what} after {what} on tags for each row execute function note_tagged_run()"
            )
            continue
        op.execute(
            f"create trigger note_run_{what} after {event} on runs when {when}"
            f" begin {_NOTE.format(run=f'{row}.id')}; end"
        )
        op.execute(
            f"create trigger note_tag_{what} after {what} on tags when {_OF_TAG.format(row=row)}"
            f" begin {_NOTE.format(run=f'{row}.run')}; end"
        )


def end_journal() -> None:
    """From now on it is not."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for what in _SHARED:
        for table in ("run", "tag"):
            on = f" on {table}s" if is_postgresql else ""
            op.execute(f"drop trigger note_{table}_{what}{on}")
    if is_postgresql:
        op.execute("drop function note_changed_run()")
        op.execute("drop function note_tagged_run()")
        op.execute("drop function note_run(bytea)")
