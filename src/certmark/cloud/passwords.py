"""A password that nobody wrote down: whom to ask for it. Nobody, unless an edge says who is there."""

from __future__ import annotations

from collections.abc import Callable

Asker = Callable[[str], str | None]
"""Asks for the password of somebody; None where nobody is there to answer, or nothing is."""
_ASKERS: list[Asker] = []


def ask_with(asker: Asker) -> None:
    """From now on `asker` is asked, for this process."""
    _ASKERS[:] = [asker]


def asked_password(whose: str) -> str | None:
    """What is answered; None where there is nobody to ask. It is kept nowhere."""
    return (_ASKERS[0](whose) or None) if _ASKERS else None
