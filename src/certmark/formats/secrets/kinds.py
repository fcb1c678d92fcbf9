"""Kinds of secrets, whose they are, and what finding one tells.

Two sorts are told apart. A secret of the *operator* (a token, a password in a URL, a credential in a
header, whatever the run was given) opens the cloud to whoever has it. A secret of a *test* (the password of
a server that the test made, a key pair's private key, a temporary URL) stands in the log of nearly every
run, and opens only what the test made. What may be either is taken for a test's: it is overwritten, too.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from certmark.formats.secrets.harmless import is_harmless


class Owner(Enum):
    """Whose secret it is."""

    OPERATOR = "operator"
    TEST = "test"
    """Of something that a test made, and that is gone with it."""


class SecretKind(NamedTuple):
    """A kind of secret."""

    name: str
    owner: Owner
    is_known: bool = False
    """Whether it is a value that the run was given, and not what looks like one."""

    @property
    def noun(self) -> str:
        """Its name without the article."""
        return self.name.partition(" ")[2]


class FoundSecret(NamedTuple):
    """A secret and where it stands."""

    kind: SecretKind
    start: int
    end: int
    value: bytes


class RuleReading(NamedTuple):
    """What a rule read at one place."""

    end: int
    """Up to where it read: it need not read there again."""
    found: tuple[FoundSecret, ...] = ()


def reading_of(kind: SecretKind, window: bytes, start: int, end: int) -> RuleReading:
    """What stands there, as a secret unless it only stands for one; what is stars already is told, too."""
    value = window[start:end]
    is_secret = is_masked(value) or not is_harmless(value.strip())
    return RuleReading(end, (FoundSecret(kind, start, end, value),) if is_secret else ())


def is_masked(value: bytes) -> bool:
    """Whether there are only stars, as where a secret was overwritten."""
    return bool(value) and not value.strip(b"*")


class SecretRule(NamedTuple):
    """How secrets of a form are found: where one of `needles` stands, `read` looks closer."""

    needles: tuple[bytes, ...]
    """In small letters: looking for them is fast."""
    read: Callable[[bytes, int], RuleReading | None]
    """Given a text and where a needle stands in it; None where there is nothing."""
    idle: tuple[bytes, ...] = ()
    """In small letters: needles with what follows them in nearly every log, at which nothing is ever found."""
    needs: bytes = b""
    """In small letters: what stands in every text in which it finds anything, beside a needle."""


PRIVATE_KEY = SecretKind("a private key", Owner.TEST)
TOKEN = SecretKind("a token", Owner.OPERATOR)
URL_PASSWORD = SecretKind("a password in a URL", Owner.OPERATOR)
HEADER = SecretKind("an authorisation header", Owner.OPERATOR)
WEAK_HEADER = SecretKind("a credential in a header", Owner.TEST)
"""One that does not look like chance: low-entropy Basic, a short token."""
COOKIE = SecretKind("a cookie", Owner.OPERATOR)
PASSWORD = SecretKind("a password in an answer or a request", Owner.TEST)
SSH_PASSWORD = SecretKind("a password for SSH", Owner.TEST)
SIGNATURE = SecretKind("a signature in a URL", Owner.TEST)
COMMAND = SecretKind("a password of a command", Owner.TEST)
