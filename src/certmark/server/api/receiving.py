"""What comes with a request: a body as it is received, bounded, and whose turn it is to be at work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from certmark.server.api.routes import Route
from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NoRoom, NotKnown, NotPermitted, TooMuch, TooSlow, UnknownMedia

Identify = Callable[[Request], Asker]
"""Who is asking, from a request. Raises NotPermitted."""
BY_REFSTACK = "certmark.refstack"
"""Of a scope: that RefStack's API is asked, where its kind of tokens holds."""
_AT_ONCE = 12
"""Requests of one sender that are at work at once, of the 40 that all senders together have threads for."""
LARGEST_JSON = 64 << 10
"""Bytes of a body of JSON."""
SLOWEST = 1 << 10
"""Bytes a second that a body has at least, once it has taken longer than it may stand still."""


class Turns:
    """A few requests of one sender are at work at once; whoever sends more waits for themselves, and holds no thread.

    Strangers are one sender for each address that they come from.
    """

    def __init__(self) -> None:
        self._known: WeakValueDictionary[bytes, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, asker: Asker, request: Request) -> asyncio.Semaphore:
        """Held while a request of theirs is at work."""
        who = asker.identity or (request.client.host if request.client else "").encode()
        found = self._known.get(who)
        if found is None:
            found = self._known[who] = asyncio.Semaphore(_AT_ONCE)
        return found


def allowed(route: Route, asker: Asker) -> Asker:
    """Whoever asks, if they may do such things at all. Raises NotKnown or NotPermitted."""
    if route.scope is not None and asker.identity is None:
        raise NotKnown(f"that asks for the right to {route.scope.value}; say who you are")
    if route.scope is not None and not asker.may(route.scope):
        raise NotPermitted(f"that asks for the right to {route.scope.value}")
    return asker


def whole(found: Any) -> Any:
    """JSON with whole numbers as such however they are written: to JSON Schema 1.0 is one."""
    if isinstance(found, dict):
        return {name: whole(value) for name, value in found.items()}
    if isinstance(found, list):
        return [whole(value) for value in found]
    return int(found) if isinstance(found, float) and found.is_integer() else found


async def read_json(request: Request, services: Services) -> bytes:
    """A small body. Raises TooMuch, TooSlow or UnknownMedia."""
    content = bytearray()
    async for piece in _pieces(request, LARGEST_JSON, services):
        content += piece
    return bytes(content)


async def spool(request: Request, file: Any, services: Services) -> None:
    """The body into a file. Raises TooMuch, TooSlow, or ClientDisconnect where it breaks off."""
    try:
        async for piece in _pieces(request, services.settings.largest_upload, services):
            await run_in_threadpool(file.write, piece)
        file.flush()
    except OSError as error:
        raise NoRoom(f"there is no room to receive it: {error.strerror}; send it again later") from error


def _check_media(request: Request) -> None:
    """A body is taken as it stands: what would have to be unpacked first is refused. Raises UnknownMedia."""
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise UnknownMedia(f"a body is taken as it is, not in the coding {coding[:40]!r}; leave Content-Encoding out")
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        raise UnknownMedia("the file itself is the body, not a form that has it; send its bytes as they are")


async def _pieces(request: Request, most: int, services: Services) -> Any:
    _check_media(request)
    sentence = f"a body may have {most:,} bytes here"
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise TooMuch(f"{sentence}, and this one has {int(length):,}")
    size, pieces, began = 0, request.stream(), time.monotonic()
    with suppress(StopAsyncIteration):
        while True:
            patience = services.settings.slowest_upload
            try:
                piece = await asyncio.wait_for(anext(pieces), patience)
            except TimeoutError:
                raise TooSlow(f"nothing came for {patience:g} seconds in the middle of a body; send it again") from None
            size, seconds = size + len(piece), time.monotonic() - began
            if size > most:
                raise TooMuch(sentence)
            if seconds > patience and size < seconds * SLOWEST:
                raise TooSlow(f"a body came with less than {SLOWEST} bytes a second; send it again, in smaller pieces")
            yield piece
