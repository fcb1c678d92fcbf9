"""What a runner says to a server: what it can take, how far it is, what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from certmark.client.connection import ServerAway, ServerConnection, member
from certmark.client.values import id_of
from certmark.domain.errors import InvalidInput
from certmark.domain.orders.terms import OrderTerms, check_terms

_SHORT = (5.0, 10.0)
"""Seconds for a word that is said again soon."""


class RunnerOffer(NamedTuple):
    """What a runner says of itself."""

    vendor: str | None
    name: str
    labels: Sequence[str]
    clouds: Sequence[str]
    software: str
    is_draining: bool = False


class HeldAssignment(NamedTuple):
    """What a server gave to a runner."""

    id: str
    attempt: int
    due: str
    terms: OrderTerms


class ServersAnswer(NamedTuple):
    """What a server says to a runner."""

    lease: float
    """Seconds for which it has what it has, from the moment at which it began to ask."""
    held: HeldAssignment | None = None
    is_drained: bool = False
    is_cancelled: bool = False


class RemoteOrders:
    """The orders of a server, as a runner sees them."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def claim(self, offer: RunnerOffer) -> ServersAnswer:
        """Ask for something to do. Raises ServerRefused, ServerRefusedInput or ServerAway."""
        said = {
            "name": offer.name,
            "labels": list(offer.labels),
            "clouds": list(offer.clouds),
            "software": offer.software,
            "draining": offer.is_draining,
        }
        whose = {} if offer.vendor is None else {"vendor": id_of(offer.vendor)}
        found = self._said("POST", "/runners/claim", said, whose)
        assignment = found.get("assignment")
        held = None if assignment is None else _held(assignment, found.get("terms"))
        return ServersAnswer(_lease(found), held, is_drained=member(found, "drained", bool))

    def tell(self, held: HeldAssignment, progress: str) -> ServersAnswer:
        """Say that it goes on. Raises likewise; ServerRefused: it is no longer this runner's."""
        path = f"/assignments/{id_of(held.id)}/progress"
        found = self._said("PUT", path, {"attempt": held.attempt, "progress": progress})
        return ServersAnswer(_lease(found), held, is_cancelled=member(found, "cancelled", bool))

    def end(self, held: HeldAssignment, state: str, result: str | None, run: str | None, reason: str) -> None:
        """Say what came of it. Raises likewise."""
        said = {"attempt": held.attempt, "state": state, "result": result, "run": run, "reason": reason}
        self._said("PUT", f"/assignments/{id_of(held.id)}/end", said)

    def _said(self, method: str, path: str, said: dict[str, Any], asked: dict[str, str] | None = None) -> Any:
        content = json.dumps(said)
        return self._connection.json(
            lambda: self._connection.send(method, path, params=asked, data=content, timeout=_SHORT), 1
        )


def _lease(found: Any) -> float:
    return min(max(float(member(found, "lease", float)), 1.0), 3600.0)


def _held(assignment: Any, terms: Any) -> HeldAssignment:
    """Whatever the server is, it names things and no files. Raises ServerAway."""
    try:
        labels = tuple(map(str, member(terms, "labels", list)))
        found = OrderTerms(**{**{name: terms.get(name) for name in OrderTerms._fields}, "labels": labels})
        check_terms(found)
        return HeldAssignment(
            id_of(member(assignment, "id", str)),
            member(assignment, "attempt", int),
            member(assignment, "due", str),
            found,
        )
    except (TypeError, AttributeError, InvalidInput) as error:
        raise ServerAway(f"the server gives an order that no server of Certmark gives: {error}") from error
