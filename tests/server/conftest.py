"""Servers on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.reading import pool
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import database, migrating
from support import databases
from support.postgres import PROGRAMS, QUICK, Postgres
from support.readers import Nursery
from support.s3 import S3Service

_NUMBERS = itertools.count()
STORES = ("folder", "s3")
REAL_MIGRATE, REAL_STARTED = migrating.migrate, pool.started


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of a process; each has a database of its own in it."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    server = Postgres(*QUICK)
    yield server
    server.remove()


@pytest.fixture(scope="session", autouse=True)
def quick_starts() -> Iterator[None]:
    """New databases are copies, and processes that read are forked: the same, for a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        nursery = Nursery()
        patch.setattr(pool, "started", nursery.started)
        patch.setattr(migrating, "migrate", databases.quick_migrate)
        # No test cuts the power of the machine; those who kill processes start real ones.
        patch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "synchronous=OFF"))
        yield
        nursery.end()


@pytest.fixture
def real_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """New databases take every step, as in life."""
    monkeypatch.setattr(migrating, "migrate", REAL_MIGRATE)


@pytest.fixture
def real_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that read are started anew, as in life."""
    monkeypatch.setattr(pool, "started", REAL_STARTED)


@pytest.fixture(params=databases.DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database, with the guidelines that ship along."""
    if request.param == "sqlite":
        with databases.sqlite(tmp_path) as url:
            yield url
        return
    with databases.postgresql(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(scope="module", params=databases.DATABASES)
def module_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Likewise, one for all tests of a module: each makes its people and things anew."""
    if request.param == "sqlite":
        with databases.sqlite(tmp_path_factory.mktemp("database")) as url:
            yield url
        return
    with databases.postgresql(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(params=databases.DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    with databases.postgresql(request.getfixturevalue("postgres"), is_empty=True) as url:
        yield url


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
    create(settings)
    with services_of(settings) as found:
        yield found


@pytest.fixture(scope="module")
def lasting(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services that all tests of a module share: each makes its people (`newcomer`) and things anew."""
    ci = {"ci_hub_issuer": "https://ci.example.org", "ci_hub_kind": "github"}
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("lasting")), database_url=module_url, **ci)
    create(settings)
    with services_of(settings) as found:
        yield found


@pytest.fixture
def ada(services: Services) -> Asker:
    return somebody(services, "ada")


@pytest.fixture
def bob(services: Services) -> Asker:
    return somebody(services, "bob")


def somebody(services: Services, name: str) -> Asker:
    """A new person of this name, who may do whatever their roles allow."""
    return Asker(add_identity(services, name), name, EVERYTHING)


def newcomer(services: Services, name: str) -> Asker:
    """Likewise, called so and by a number that nobody else has."""
    return somebody(services, f"{name} {next(_NUMBERS)}")


@pytest.fixture(scope="session")
def examples() -> bytes:
    """A whole run that passes."""
    return (Path(__file__).parents[2] / "examples" / "object-storage-pass.subunit").read_bytes()
