"""What looking at a cloud costs it: a count of the HTTP calls of a connection.

Every call of the connection's session is counted on its way out, also those that the libraries make
on their own (signing in, version documents, redirects, repeats). The transport that counts them
also keeps them in bounds; its rules stand in `transport`.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from certmark.domain.pacing import latency_of

_RECENT = 200


class Call(NamedTuple):
    """One HTTP request and its answer."""

    service: str
    """The type under which the catalogue has whom it went to; `other` where that cannot be told."""
    method: str
    path: str
    """Without the query."""
    status: int | None
    """None where no answer came."""
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether it is worth nothing: no answer, or a fault of the server. A refusal (403, 404) is an answer."""
        return self.status is None or self.status >= 500 or self.status == 429

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {**self._asdict(), "seconds": round(self.seconds, 3)}


class ApiCalls:
    """The calls of one connection so far; several threads may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: tuple[tuple[str, str], ...] = ()
        self._by_service: Counter[str] = Counter()
        self._failures = 0
        self._seconds = 0.0
        self._slowest: Call | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._sign_in: float | None = None
        self.repeats = 0
        """How many of them were made because an earlier one failed."""

    @property
    def count(self) -> int:
        """How many went out."""
        return sum(self.by_service.values())

    @property
    def by_service(self) -> Mapping[str, int]:
        """How many went to which service, the busiest first."""
        with self._lock:
            return dict(self._by_service.most_common())

    @property
    def failures(self) -> int:
        """How many of them failed, those that a repeat made good included."""
        return self._failures

    @property
    def seconds(self) -> float:
        """Spent waiting for answers, all threads taken together."""
        return self._seconds

    @property
    def slowest(self) -> Call | None:
        """The one that took longest."""
        return self._slowest

    @property
    def latency(self) -> float:
        """Seconds that an answer usually takes, by the latest ones and the last sign-in; 0 before the first."""
        with self._lock:
            return latency_of(tuple(self._recent), self._sign_in)

    def know(self, places: Iterable[tuple[str, str]]) -> None:
        """Tell which service stands at which URL, to name calls by."""
        self._places = tuple(places)

    def add(
        self,
        method: str,
        url: str,
        status: int | None,
        seconds: float,
        *,
        is_repeat: bool = False,
        is_guess: bool = False,
    ) -> None:
        """Count one call; that a guess fails is no failure of the cloud."""
        path = urlsplit(url).path
        with self._lock:
            call = Call(_service_at(url, self._places), method, path, status, seconds)
            self._by_service[call.service] += 1
            self._failures += call.failed and not is_guess
            self._seconds += seconds
            self.repeats += is_repeat
            if status is not None and not is_guess:
                self._recent.append(seconds)
            if status is not None and method == "POST" and path.endswith("/auth/tokens"):
                self._sign_in = seconds
            if self._slowest is None or seconds > self._slowest.seconds:
                self._slowest = call

    def sentence(self) -> str:
        """The bill, for a person."""
        each = ", ".join(f"{service} {count}" for service, count in self.by_service.items())
        failed = f"; {self.failures} failed and {self.repeats} were repeats" if self.failures or self.repeats else ""
        slow = self.slowest
        slowest = f"; the slowest took {slow.seconds:.1f} s ({slow.service} {slow.path})" if slow is not None else ""
        return f"{self.count} calls ({each}){failed}{slowest}" if self.count else "no calls"

    def as_json(self) -> dict[str, object]:
        """The bill, for machines."""
        return {
            "count": self.count,
            "by_service": dict(self.by_service),
            "failures": self.failures,
            "repeats": self.repeats,
            "seconds": round(self.seconds, 3),
            "slowest": self.slowest.as_json() if self.slowest is not None else None,
        }


def _service_at(url: str, places: Iterable[tuple[str, str]]) -> str:
    """The service whose endpoint shares most with `url`."""
    best, most = "other", -1
    for service, place in places:
        shared = _shared(url, place)
        if shared > most:
            best, most = service, shared
    return best


def _shared(url: str, place: str) -> int:
    """How many segments of the path two URLs of one server have in common; -1 where the servers differ."""
    one, other = urlsplit(url), urlsplit(place)
    if one.netloc != other.netloc:
        return -1
    count = 0
    for mine, theirs in zip(one.path.strip("/").split("/"), other.path.strip("/").split("/"), strict=False):
        if mine != theirs:
            break
        count += 1
    return count
