"""What an operator says is no secret, although it looks like one: openly, with a reason, in the bundle's manifest.

An acceptance names the member, the kind and the value, the latter by a salted digest. The value itself stands in
the member, so its salt helps nobody; whoever verifies the bundle compares what is found with what was accepted.
A value that the run was given (a password of tempest.conf, a token of the environment) is never accepted.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from typing import NamedTuple

from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidBundle

FORMAT = "certmark-accepted-secrets"
VERSION = 1
LONGEST = 500
"""Letters of a reason or a name."""


class AcceptedSecret(NamedTuple):
    """A finding that was overruled."""

    member: str
    """Where it stands."""
    what: str
    """The rule that found it: the kind of secret."""
    digest: str
    salt: str
    """32 bytes in hexadecimal digits."""
    reason: str
    """Why it is no secret."""
    by: str
    """Who says so; nobody checked it, but for whoever signs the bundle."""

    def covers(self, member: str, what: str, value: bytes) -> bool:
        """Whether this is about that finding."""
        if (member, what) != (self.member, self.what):
            return False
        try:
            return hmac.compare_digest(digest_of(bytes.fromhex(self.salt), value), self.digest)
        except (ValueError, TypeError):
            return False

    def document(self) -> dict[str, str]:
        """As it stands in a manifest."""
        return self._asdict()


def digest_of(salt: bytes, value: bytes) -> str:
    """What stands for `value`."""
    return hmac.digest(salt, value, "sha256").hex()


def salt_of(folder_salt: bytes, value: bytes) -> bytes:
    """The salt of one value, made of the folder's: to show it is no help in guessing another value."""
    return hmac.digest(folder_salt, b"salt of " + value, "sha256")


def write_acceptances(accepted: Iterable[AcceptedSecret]) -> bytes:
    """The file in a run's folder."""
    document = {"format": FORMAT, "version": VERSION, "accepted": [one.document() for one in accepted]}
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read_acceptances(data: bytes, name: str) -> tuple[AcceptedSecret, ...]:
    """What the file `name` says. Raises InvalidBundle."""
    fields = Fields(parse_json(data, name, InvalidBundle, unique=True), name, InvalidBundle, hint="accept it again")
    fields.check_document(FORMAT, VERSION)
    return accepted_in(fields)


def accepted_in(fields: Fields) -> tuple[AcceptedSecret, ...]:
    """What the list `accepted` of a document says. Raises the document's error."""
    return tuple(
        AcceptedSecret(*(entry.text(key, limit=LONGEST) for key in AcceptedSecret._fields))
        for entry in fields.items("accepted")
    )
