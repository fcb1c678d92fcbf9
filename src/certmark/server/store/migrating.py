"""The form of a database: whether it is the one that this program knows, and how it becomes that.

1. An empty SQLite database gets its tables when a server starts on it: nobody has anything to lose there.
2. Everything else is changed when the operator says so, never by a start: a server of another version may be at work.
3. A step is taken whole, or not at all.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.errors import CannotProceed

_NOTE = (
    "insert into audit (moment, action, subject, request)"
    " values (:moment, 'database.migrate', :subject, 'certmark-server')"
)
_STEPS = Path(__file__).parent / "migrations"
HEAD = max(path.name[:4] for path in (_STEPS / "versions").glob("[0-9]*.py"))
"""The step that this program knows last."""


class FormState(Enum):
    """What a database is to this program."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    UNKNOWN = "unknown"
    """A newer program made it, or something else."""


class DatabaseForm(NamedTuple):
    """The form of a database."""

    state: FormState
    step: str | None
    """The last step that was taken; None: none was."""


class WrongForm(CannotProceed):
    """The operator must migrate the database, or start the program that knows it."""


def form_of(url: str) -> DatabaseForm:
    """What the database at `url` is. Raises CannotProceed."""
    from sqlalchemy import inspect, text

    with _connected(url) as connection:
        names = set(inspect(connection).get_table_names())
        if not names:
            return DatabaseForm(FormState.EMPTY, None)
        if "alembic_version" not in names:
            return DatabaseForm(FormState.UNKNOWN, None)
        step = connection.execute(text("select version_num from alembic_version")).scalar()
        if step is None:
            return DatabaseForm(FormState.EMPTY if names == {"alembic_version"} else FormState.UNKNOWN, None)
    state = FormState.CURRENT if step == HEAD else FormState.OLDER if step in steps() else FormState.UNKNOWN
    return DatabaseForm(state, step)


def steps() -> list[str]:
    """Every step that this program knows, the first one first."""
    return sorted(path.name[:4] for path in (_STEPS / "versions").glob("[0-9]*.py"))


def migrate(url: str, step: str = HEAD) -> None:
    """Bring the database at `url` to the form after `step`, up or down. Raises CannotProceed."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    known = form_of(url)
    if known.state is FormState.UNKNOWN:
        raise _wrong(known)
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    try:
        with _connected(url, writes=True) as connection:
            config.attributes["connection"] = connection
            is_up = step != "base" and (known.step is None or step >= known.step)
            (command.upgrade if is_up else command.downgrade)(config, step)
            if is_up and known.step not in {None, step}:
                noted = {"moment": time.time_ns() // 1000, "subject": f"{known.step} to {step}"}
                connection.execute(text(_NOTE), noted)
    except SQLAlchemyError as error:
        raise CannotProceed(f"the database could not be migrated, and is as it was: {error}") from error


def prepare(url: str) -> None:
    """Rules 1 and 2: make the tables where that is nobody's loss. Raises WrongForm or CannotProceed."""
    found = form_of(url)
    if found.state is FormState.EMPTY and url.startswith("sqlite:"):
        migrate(url)
    elif found.state is not FormState.CURRENT:
        raise _wrong(found)


def _wrong(found: DatabaseForm) -> WrongForm:
    match found.state:
        case FormState.EMPTY:
            return WrongForm("the database is empty; make its tables first (migrate)")
        case FormState.OLDER:
            return WrongForm(f"the database has the form {found.step}, and this program needs {HEAD}; migrate it first")
        case _:
            shown = "no form that is known here" if found.step is None else f"the form {found.step[:40]}"
            return WrongForm(f"the database has {shown}, and this program knows {HEAD}; start the program that made it")


@contextmanager
def _connected(url: str, *, writes: bool = False) -> Iterator[Any]:
    """A connection of SQLAlchemy, in one transaction that is kept at the end."""
    from sqlalchemy import create_engine, event, text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    engine = create_engine(re.sub("^postgres(ql)?://", "postgresql+psycopg://", url), poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        # The driver would begin no transaction for DDL.
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
        begin = "begin immediate" if writes else "begin"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    try:
        with engine.begin() as connection:
            if writes and engine.dialect.name == "postgresql":
                # Two operators at once: the second one waits, and finds nothing to do.
                connection.execute(text("select pg_advisory_xact_lock(84923)"))
            yield connection
    except SQLAlchemyError as error:
        if writes:
            raise
        raise CannotProceed(f"the database does not answer: {type(error).__name__}") from error
    finally:
        engine.dispose()
