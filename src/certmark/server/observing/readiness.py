"""Whether a server can do its work: looked at every few seconds by itself, so that whoever asks costs nothing."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self

from certmark.domain.errors import CannotProceed
from certmark.server.observing.metrics import Metrics
from certmark.server.services import jobs, notices, sources
from certmark.server.services.context import Services
from certmark.server.store import identities

_LOG = logging.getLogger("certmark.server")
_EVERY = 5.0
"""Seconds between two looks."""
_LONGEST = 60.0
"""Seconds after which what was seen last is not believed any more."""
_ROOM = 256 << 20
"""Bytes that must be free where uploads are written."""

Check = Callable[[Services], str | None]
"""What is wrong; None: nothing."""


def _database(services: Services) -> str | None:
    with services.database.read() as transaction:
        identities.is_any(transaction)
    return None


def _evidence(services: Services) -> str | None:
    services.evidence.check()
    return None


def _room(services: Services) -> str | None:
    free = shutil.disk_usage(services.settings.data).free
    return None if free >= _ROOM else f"{free >> 20} MiB are free, fewer than {_ROOM >> 20}"


CHECKS: Mapping[str, Check] = {"database": _database, "evidence": _evidence, "room": _room}


def looked_at(services: Services) -> dict[str, str]:
    """What is wrong, by part; nothing: all is well."""
    found: dict[str, str] = {}
    for part, check in CHECKS.items():
        try:
            problem = check(services)
        except Exception as error:  # noqa: BLE001 - whatever a part raises, it does not answer
            problem = str(error)
        if problem is not None:
            found[part] = problem
    return found


_TROUBLES: Mapping[str, Callable[[Services], int]] = {
    "sources": lambda services: sum(source.problem is not None for source in sources.every(services)),
    "jobs": lambda services: len(jobs.given_up(services)),
    "notices": lambda services: len(notices.refused(services)),
}


class Readiness:
    """A context in which a thread looks; `problems` is what it saw last."""

    def __init__(self, services: Services, metrics: Metrics, every: float = _EVERY) -> None:
        self._services, self._metrics, self._every = services, metrics, every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="readiness", daemon=True)
        self._found: Mapping[str, str] = {"start": "nothing was looked at yet"}
        self._looked = time.monotonic()

    @property
    def problems(self) -> Mapping[str, str]:
        """What was seen last; a look that does not come to an end is a problem of its own."""
        seconds = time.monotonic() - self._looked
        return self._found if seconds < _LONGEST else {"looking": f"the last look has not ended for {seconds:.0f} s"}

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(self._every):
            self._look()

    def _look(self) -> None:
        found = looked_at(self._services)
        if found != self._found and found:
            _LOG.warning("not ready", extra={"fields": {"problems": found}})
        self._found, self._looked = found, time.monotonic()
        for part in CHECKS:
            self._metrics.ready.labels(part).set(part not in found)
        if "database" not in found:
            with suppress(CannotProceed):  # it went away since, and the next look says so
                for what, count in _TROUBLES.items():
                    self._metrics.troubles.labels(what).set(count(self._services))
