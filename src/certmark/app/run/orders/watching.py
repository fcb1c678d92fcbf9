"""Whether an assignment is still this runner's: it says so to the server again and again, and is told.

1. The lease counts from before the server was asked, by a clock of this machine that nobody sets.
2. Some time before it would end without a word of the server, or once the server says that it is not this runner's
   any more, everything is ended at once: whoever takes it over is alone then.
3. Cancelled, the run is asked to end in order; it has as long as a run that is interrupted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

from certmark.client.connection import ServerAway, ServerRefused, ServerRefusedInput
from certmark.client.runners import HeldAssignment, RemoteOrders

_SAFETY = 0.15
"""Of a lease: how long before its end it counts as lost."""
_EACH = 4
"""So often in a lease something is said."""


class Watch:
    """Keeps an assignment, from a thread of its own, for as long as it is entered."""

    def __init__(
        self, orders: RemoteOrders, held: HeldAssignment, lease: tuple[float, float], stop: Callable[[bool], None]
    ) -> None:
        """`lease`: its seconds, and when it was asked for (monotonic); `stop` ends the work, at once or in order."""
        self._orders, self._held, self._stop = orders, held, stop
        self._seconds, self._since = lease
        self.progress = ""
        self.is_lost, self.is_cancelled = False, False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="a lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(30.0)

    def _keep(self) -> None:
        pause = min(self._seconds / _EACH, 5.0)
        while not self._is_over.wait(pause):
            self._say()
            if time.monotonic() > self._since + self._seconds * (1 - _SAFETY):
                self._lose()

    def _say(self) -> None:
        asked = time.monotonic()
        try:
            answer = self._orders.tell(self._held, self.progress[:200])
        except ServerAway:
            return
        except (ServerRefused, ServerRefusedInput):
            self._lose()
            return
        self._seconds, self._since = answer.lease, asked
        if answer.is_cancelled and not self.is_cancelled:
            self.is_cancelled = True
            self._stop(False)

    def _lose(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self._is_over.set()
            self._stop(True)
