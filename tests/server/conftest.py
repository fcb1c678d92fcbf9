"""Servers on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store.migrating import migrate
from support.postgres import PROGRAMS, QUICK, Postgres
from support.s3 import S3Service

_NUMBERS = itertools.count()
DATABASES = ("sqlite", "postgresql")
STORES = ("folder", "s3")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of a process; each has a database of its own in it."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    server = Postgres(*QUICK)
    yield server
    server.remove()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'certmark.sqlite'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"test_{next(_NUMBERS)}"
    server.run(f"create database {name}")
    yield server.url(name)
    server.run(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Service]:
    """One S3 service for all tests of a process; each has a bucket of its own in it."""
    service = S3Service()
    yield service
    service.end()


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of an empty evidence store: a folder, or a bucket where a test asks for `s3`."""
    if getattr(request, "param", "folder") == "folder":
        return {}
    service: S3Service = request.getfixturevalue("s3")
    return service.settings(f"bucket-{next(_NUMBERS)}")


@pytest.fixture
def services(database_url: str, evidence: dict[str, str], tmp_path: Path) -> Iterator[Services]:
    """A server's services, with the guidelines that ship along."""
    settings = read_settings(None, {}, data=str(tmp_path / "data"), database_url=database_url, **evidence)
    migrate(database_url)
    create(settings)
    with services_of(settings) as found:
        yield found


@pytest.fixture
def ada(services: Services) -> Asker:
    return _somebody(services, "ada")


@pytest.fixture
def bob(services: Services) -> Asker:
    return _somebody(services, "bob")


def _somebody(services: Services, name: str) -> Asker:
    return Asker(add_identity(services, name), name, EVERYTHING)


@pytest.fixture(scope="session")
def examples() -> bytes:
    """A whole run that passes."""
    return (Path(__file__).parents[2] / "examples" / "object-storage-pass.subunit").read_bytes()
