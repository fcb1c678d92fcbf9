"""Two sites and one browser for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from certmark.server.reading import pool
from certmark.server.store import database, migrating
from support import databases
from support.browser import PROGRAM, Browser
from support.readers import Nursery
from support.site import ShownSite, shown


@pytest.fixture(scope="session", autouse=True)
def quick_starts() -> Iterator[None]:
    """As for the other tests of a server."""
    with pytest.MonkeyPatch.context() as patch:
        nursery = Nursery()
        patch.setattr(pool, "started", nursery.started)
        patch.setattr(migrating, "migrate", databases.quick_migrate)
        patch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "synchronous=OFF"))
        yield
        nursery.end()


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory, quick_starts: None) -> Iterator[dict[str, ShownSite]]:  # noqa: ARG001 - begins first
    """By kind."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # one for all processes
    with (
        shown("populated", shared, tmp_path_factory.mktemp("populated")) as populated,
        shown("empty", shared, tmp_path_factory.mktemp("empty")) as empty,
    ):
        yield {"populated": populated, "empty": empty}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real one."""
    if PROGRAM is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    found = Browser(tmp_path_factory.mktemp("chromium") / "profile")
    yield found
    found.close()
