"""Runs that go on elsewhere: whoever runs them says how far they are, and whoever may see them looks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.uploads import LIFETIME, forget_old
from certmark.server.store import audit, uploads
from certmark.server.store.uploads import StoredLiveRun

_MOST = 100
SILENCE = 600 * 1_000_000
"""Microseconds after which a run of which nothing is heard may have vanished."""


def begin(services: Services, asker: Asker, about: Mapping[str, str | None], *, is_public: bool) -> StoredLiveRun:
    """That a run begins. Raises NotPermitted."""
    if not asker.may(TokenScope.SUBMIT) or asker.identity is None:
        raise NotPermitted("only who may submit can tell of a run")
    forget_old(services)
    now = services.clock()
    run = StoredLiveRun(ids.new_id(now), asker.identity, now, is_public, json.dumps(dict(about)), "{}")
    with services.database.write() as transaction:
        uploads.add_live(transaction, run)
        audit.note(transaction, asker, "live.begin", ids.written(run.id), now)
    return run


def progress(services: Services, asker: Asker, run: bytes, content: str) -> StoredLiveRun:
    """That a run of theirs is so far. Raises NotFound."""
    with services.database.write() as transaction:
        is_theirs = uploads.put_live(transaction, asker, run, content, services.clock())
        found = uploads.live(transaction, asker, run) if is_theirs else None
    if found is None:
        raise NotFound(f"there is no run {ids.written(run)} of yours that goes on")
    return found


def show(services: Services, asker: Asker, run: bytes) -> StoredLiveRun:
    """How far it is. Raises NotFound."""
    with services.database.read() as transaction:
        found = uploads.live(transaction, asker, run)
    if found is None:
        raise NotFound(f"there is no run {ids.written(run)} going on that you may see")
    return found


def own(services: Services, asker: Asker) -> Sequence[StoredLiveRun]:
    """Theirs of which something was heard within a day, the last heard of first."""
    with services.database.read() as transaction:
        return uploads.own_live(transaction, asker, services.clock() - LIFETIME, _MOST)


def end(services: Services, asker: Asker, run: bytes) -> None:
    """Forget a run of theirs that does not go on any more. Raises NotFound."""
    found = show(services, asker, run)
    if found.owner != asker.identity:
        raise NotPermitted("only who tells of a run may end it")
    with services.database.write() as transaction:
        uploads.remove_live(transaction, asker, found.id)
        audit.note(transaction, asker, "live.end", ids.written(run), services.clock())
