"""Whether a server can do its work: looked at every few seconds by itself, so that whoever asks costs nothing."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from typing import Self

from certmark.server.observing.metrics import Metrics
from certmark.server.services.context import Services
from certmark.server.store import identities

_LOG = logging.getLogger("certmark.server")
_EVERY = 5.0
"""Seconds between two looks."""
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


class Readiness:
    """A context in which a thread looks; `problems` is what it saw last."""

    def __init__(self, services: Services, metrics: Metrics, every: float = _EVERY) -> None:
        self._services, self._metrics, self._every = services, metrics, every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="readiness", daemon=True)
        self.problems: Mapping[str, str] = {"start": "nothing was looked at yet"}

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
        if found != self.problems and found:
            _LOG.warning("not ready", extra={"fields": {"problems": found}})
        self.problems = found
        for part in CHECKS:
            self._metrics.ready.labels(part).set(part not in found)
