"""RefStack's API, version 1, as its own client speaks it: one upload, signed or not, and pages of results.

It is asked the same whoever has it: RefStack, or a server of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.client.connection import ATTEMPTS, ServerAway, ServerConnection, ServerHasNone, ServerRefused
from certmark.domain.errors import InvalidRequest
from certmark.trust.keys.keys import Algorithm, Signer

if TYPE_CHECKING:
    import requests

API = "/v1"
"""Where it begins below the address that people know."""
SELF_SIGNED = b"signature"
"""What a key signs to show that somebody has its private half; the same for every key and server."""
_PATH = "/results/"
_HEADERS = {"Content-type": "application/json", "Accept": "*/*"}
_CREATED = 201
_MOST_PAGES = 100_000
"""Of twenty results; RefStack itself had some thousands."""


class KeySignature(NamedTuple):
    """A signature as RefStack takes it."""

    public: str
    """The key's line, without a comment."""
    hex: str
    """RSASSA-PKCS1-v1_5 with SHA-256, in lower-case digits."""


class UploadedResults(NamedTuple):
    """What a server says of results that it took."""

    url: str
    answer: str
    """All of it, as it came."""


class ListedResults(NamedTuple):
    """One result in a server's list."""

    created: str
    url: str
    document: dict[str, Any]
    """All that the server says of it."""


def signed(message: bytes, signer: Signer) -> KeySignature:
    """The signature over `message`. Raises InvalidRequest for a key of a kind that RefStack does not know.

    And what the signer raises.
    """
    key = signer.public
    if key.algorithm is not Algorithm.RSA:
        raise InvalidRequest(
            f"{key.id} is a key of the kind {key.algorithm.ssh}, and RefStack's API knows RSA only; "
            "name an RSA key (ssh-keygen -t rsa makes one)"
        )
    return KeySignature(key._replace(comment="").line, signer.sign(message).hex())


class RefStackServer:
    """A server that speaks RefStack's API."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def upload(self, body: bytes, signature: KeySignature | None) -> UploadedResults:
        """Send an upload, these very bytes, once: nothing would tell the server that a second one is the same.

        Raises ServerRefused, ServerRefusedInput or ServerAway.
        """
        headers = dict(_HEADERS)
        if signature is not None:
            headers |= {"X-Signature": signature.hex, "X-Public-Key": signature.public}
        answer = self._ask("POST", attempts=1, data=body, headers=headers)
        if answer.status_code != _CREATED:
            raise ServerAway(
                f"the server says {answer.status_code} {answer.reason} to an upload, and not 201 Created; "
                "nothing tells that it has the results"
            )
        return UploadedResults(_text(_json(answer), "url"), answer.text)

    def pages(self, start: str | None = None, end: str | None = None) -> Iterator[tuple[ListedResults, ...]]:
        """The results that everybody may see, the newest first, from page to page up to the last one.

        `start` and `end` go to the server as they are. Raises ServerRefused or ServerAway, the latter also where the
        pages have no end.
        """
        number, before = 1, None
        while True:
            found, last = self._page(number, start, end)
            yield found
            if number >= last:
                return
            if not found or found == before or number >= _MOST_PAGES:
                what = "has nothing new" if number < _MOST_PAGES else "is more than any has"
                raise ServerAway(f"the server says that there are {last:,} pages, and page {number:,} {what}")
            number, before = number + 1, found

    def _page(self, number: int, start: str | None, end: str | None) -> tuple[tuple[ListedResults, ...], int]:
        """A page, and how many there are."""
        asked = {"page": str(number), "start_date": start, "end_date": end}
        words = {name: word for name, word in asked.items() if word}
        document = _json(self._ask("GET", params=words, headers=_HEADERS))
        results, pages = document.get("results"), document.get("pagination")
        last = pages.get("total_pages") if isinstance(pages, dict) else None
        if not isinstance(results, list) or not isinstance(last, int):
            raise _other()
        return tuple(ListedResults(_text(one, "created_at"), _text(one, "url"), one) for one in results), last

    def _ask(self, method: str, attempts: int = ATTEMPTS, **more: Any) -> requests.Response:
        try:
            return self._connection.ask(lambda: self._connection.send(method, _PATH, **more), attempts)
        except ServerHasNone as error:
            where = f"{self._connection.root}{_PATH}"
            raise ServerRefused(
                f"there is no API of RefStack at {where} ({error}); name what stands before /v1"
            ) from error


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        document = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise _other() from error
    if not isinstance(document, dict):
        raise _other()
    return document


def _text(document: Any, name: str) -> str:
    found = document.get(name) if isinstance(document, dict) else None
    if not isinstance(found, str):
        raise _other()
    return found


def _other() -> ServerAway:
    return ServerAway("what answers there speaks otherwise than RefStack does; name what stands before /v1")
