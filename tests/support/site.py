"""Sites to look at: one with a history of months, and an empty one, each answering on loopback at a fixed moment."""

from __future__ import annotations

import dataclasses
import datetime as dt
import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from certmark.formats.guideline import load, shipped
from certmark.server.api.application import application
from certmark.server.front import Front
from certmark.server.observing.metrics import Metrics
from certmark.server.opening import create, database_url, identifying, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.database import open_database
from certmark.server.store.guidelines import Revision
from certmark.server.web.cookies import SESSION
from certmark.server.web.handling import not_here, pages
from certmark.server.web.table import pages_of
from support.loopback import free_port
from support.parts_page import PAGES
from support.populated import NOW, Names, Populating, micros, populate
from support.server import answering


@dataclass(frozen=True)
class ShownSite:
    """A server that answers."""

    url: str
    services: Services = field(repr=False)
    names: Names = field(repr=False)

    def cookie(self, role: str) -> dict[str, str]:
        """What a browser of somebody in this role sends."""
        word = self.names.get(f"session_{role}")
        return {} if word is None else {SESSION: word}

    def get(self, path: str, role: str = "anonymous", **headers: str) -> requests.Response:
        """What their browser is answered; redirects are not followed."""
        said = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"} | headers
        return requests.get(
            f"{self.url}{path}", cookies=self.cookie(role), headers=said, timeout=60, allow_redirects=False
        )


def _empty(services: Services) -> Names:
    """People, and nothing else."""
    world = Populating(services)
    world.add_people()
    world.sign_in()
    return world.names


KINDS: Mapping[str, Callable[[Services], Names]] = {"populated": populate, "empty": _empty}


def made(kind: str, shared: Path) -> Path:
    """The folder of a site, made once for all processes of a test run."""
    place = shared / f"site-{kind}"
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / f"site-{kind}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (place / "names.json").exists():
            settings = read_settings(None, {}, data=str(place))
            create(settings)
            _add_guidelines(database_url(settings))
            with services_of(settings) as services:
                names = KINDS[kind](services)
            (place / "names.json").write_text(json.dumps(names))
    return place


def _add_guidelines(url: str) -> None:
    """Those that ship along, long ago."""
    database = open_database(url)
    with database.write() as transaction:
        for found in map(load, shipped()):
            created = micros(NOW - dt.timedelta(days=300))
            revision = Revision(bytes.fromhex(found.sha256), found.id, found.status or "", "ships along", created)
            guidelines.add(transaction, revision, found.data)
    database.close()


@contextmanager
def shown(kind: str, shared: Path, folder: Path) -> Iterator[ShownSite]:
    """A copy of a site, in `folder`."""
    shutil.copytree(made(kind, shared), folder, dirs_exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    no_limits = {"requests_per_minute": "1000000", "uploads_per_minute": "1000000"}
    settings = read_settings(None, {}, data=str(folder), public_url=url, **no_limits)
    with services_of(settings) as opened:
        services = dataclasses.replace(opened, clock=lambda: micros(NOW))
        identify = identifying(services)
        ours = [*pages_of(services, identify), *pages(PAGES, services, identify)]
        front = Front(application(services, identify, ours, partial(not_here, services)), settings, Metrics(), dict)
        with answering(front, port):
            yield ShownSite(url, services, json.loads((folder / "names.json").read_text()))
