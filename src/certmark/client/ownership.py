"""Vendors, products and whose a run is, as a server's API version 2 shows them (docs/reference/api.md).

What was got of a thing is given back with a change of it: where somebody else changed it meanwhile, the server says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.client.connection import ServerAway, ServerConnection, accepted, member, short

if TYPE_CHECKING:
    import requests


class Seen(NamedTuple):
    """A thing as it was when somebody looked at it."""

    content: Mapping[str, Any]
    """The object of the API."""
    tag: str | None
    """By which the server knows that state of it."""


class RemoteOwnership:
    """Who owns what on a server. Every method raises ServerRefused or ServerAway."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def get(self, path: str) -> Seen:
        """A vendor, a product, a version or a run's claim, by its path below the API's root."""
        return self._seen(self._ask("GET", path))

    def vendors(self, *, mine: bool = False, name: str | None = None) -> Iterator[Mapping[str, Any]]:
        """Vendors that may be seen: all, one's own, or those that are called so or were."""
        words = {"mine": "true"} if mine else {} if name is None else {"name": name}
        return self._pages("/vendors", "vendors", words)

    def products(self) -> Iterator[Mapping[str, Any]]:
        """Products that may be seen."""
        return self._pages("/products", "products", {})

    def add(self, path: str, content: Mapping[str, Any]) -> Seen:
        """A new vendor (`/vendors`), product (`/vendors/ID/products`) or version (`/products/ID/versions`)."""
        return self._seen(self._ask("POST", path, json=dict(content)))

    def change(self, path: str, seen: Seen, content: Mapping[str, Any], *, method: str = "PATCH") -> Seen:
        """Change a thing that was `seen`."""
        return self._seen(self._ask(method, path, json=dict(content), headers={"If-Match": seen.tag or "*"}))

    def attach(self, run: str, version: str) -> Seen:
        """Give a run to a version of a product."""
        return self._seen(self._ask("PUT", f"/runs/{run}/claim", json={"version": version}))

    def share(self, run: str, *, is_public: bool) -> None:
        """Let everybody see a run, or not any more."""
        self._ask("PATCH", f"/runs/{run}", json={"public": is_public})

    def invite(self, vendor: str, *, is_administrator: bool = False) -> str:
        """A link by which one person becomes a member."""
        answer = self._ask("POST", f"/vendors/{vendor}/invitations", json={"administrator": is_administrator})
        return str(member(answer.json(), "link", str))

    def join(self, word: str) -> Seen:
        """Become a member by what stands behind `#` of a link."""
        return self._seen(self._ask("POST", "/invitations", json={"word": word.rpartition("#")[2]}))

    def _pages(self, path: str, name: str, words: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            asked = {**words, **({} if cursor is None else {"cursor": cursor})}
            page = self._ask("GET", path, params=asked).json()
            yield from member(page, name, list)
            cursor = page.get("next")
            if not isinstance(cursor, str):
                return

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        if method == "POST":  # once: nobody knows whether a request that was not answered was done
            import requests

            try:
                return accepted(self._connection.send(method, path, **more))
            except requests.RequestException as error:
                raise ServerAway(f"the server does not answer: {short(error)}") from error
        return self._connection.ask(lambda: self._connection.send(method, path, **more))

    @staticmethod
    def _seen(answer: requests.Response) -> Seen:
        return Seen(answer.json(), answer.headers.get("ETag"))
