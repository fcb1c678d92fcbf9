"""A copy of a server's log in a folder: anybody may look through it, and ask witnesses about it."""

from __future__ import annotations

from pathlib import Path

from certmark.app.remote import ServerRequest, server_of
from certmark.domain.errors import InvalidRequest
from certmark.trust.errors import LogForked
from certmark.trust.log.checkpoints import Checkpoint, unverified_checkpoint
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log

_AT_ONCE = 1000


def copy_log(request: ServerRequest, folder: str) -> Checkpoint:
    """Write the log into the new `folder`; its last checkpoint, of these very entries. Who signed is not looked at.

    Raises InvalidRequest, TrustError, CannotProceed or OSError.
    """
    if Path(folder).exists():
        raise InvalidRequest(f"{folder} is there already; name a folder that is not there yet")
    server = server_of(request)
    begun, last = server.checkpoint(0), server.checkpoint()
    now = unverified_checkpoint(last)
    with FileStore(folder, writable=True) as store:
        store.keep_checkpoint(begun)
        log = Log(now.origin, store)
        while log.size < now.size:
            entries = server.log_entries(log.size, min(_AT_ONCE, now.size - log.size))
            if not entries:
                raise LogForked(f"the server has {log.size:,} entries, and signed {now.size:,}")
            log.append(entries[: now.size - log.size])
        if log.root() != now.root:
            raise LogForked(f"the {now.size:,} entries are not those that the server signed")
        store.keep_checkpoint(last)
    return now
