"""Databases of the form that this program knows, each a copy of one that took every step and has what ships along.

A test of the steps themselves asks for `empty_database_url`, and for `real_migrations`.
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from certmark.server.opening import services_of
from certmark.server.settings import read_settings
from certmark.server.store import migrating
from support.postgres import Postgres

DATABASES = ("sqlite", "postgresql")
_NUMBERS = itertools.count()
_SQLITE = "sqlite:///"
_migrate = migrating.migrate
"""As it is before a test puts `quick_migrate` in its place."""


@cache
def template() -> Path:
    """That of SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="certmark-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _fill(f"{_SQLITE}{folder / 'certmark.sqlite'}", folder)
    return folder / "certmark.sqlite"


def _fill(url: str, folder: Path) -> None:
    _migrate(url)
    with services_of(read_settings(None, {}, data=str(folder), database_url=url)):
        pass


def quick_migrate(url: str, step: str = migrating.HEAD) -> None:
    """As `migrating.migrate`, but a new file of SQLite is a copy."""
    place = Path(url.removeprefix(_SQLITE))
    is_new = url.startswith(_SQLITE) and not (place.exists() and place.stat().st_size)
    if is_new and step == migrating.HEAD:
        shutil.copyfile(template(), place)
    else:
        _migrate(url, step)


def put_database(data: Path) -> None:
    """Into the folder of a server, unless there is one."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (data / "certmark.sqlite").exists():
        shutil.copyfile(template(), data / "certmark.sqlite")


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """The address of a new file."""
    file = folder / "certmark.sqlite"
    shutil.copyfile(template(), file)
    yield f"{_SQLITE}{file}"


@contextmanager
def postgresql(server: Postgres, *, is_empty: bool = False) -> Iterator[str]:
    """The address of a new one; it goes with the context."""
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    copied = "" if is_empty else f" template {_template_in(server)} strategy file_copy"
    server.run(f"create database {name}{copied}")
    yield server.url(name)
    server.run(f"drop database {name} with (force)")


@cache
def _template_in(server: Postgres) -> str:
    server.run("create database template_filled")
    with tempfile.TemporaryDirectory() as folder:
        _fill(server.url("template_filled"), Path(folder))
    return "template_filled"
