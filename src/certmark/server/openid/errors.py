"""Why nobody is signed in."""

from __future__ import annotations

from certmark.domain.errors import CannotProceed, InvalidInput


class ProviderAway(CannotProceed):
    """A provider does not answer: another time, or another provider."""


class NotBelieved(InvalidInput):
    """What came in the name of a provider is not believed; the message says why, without any of it."""


class Unasked(NotBelieved):
    """Nobody waits for what came: anybody can send that, so nothing is written of it."""
