"""Trust documents and lists of revocations in their envelopes: JSON under the signatures of an office."""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from certmark.domain.editions import Edition, Office
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import excerpt
from certmark.trust.envelopes import Envelope, Signature, Signs, parse_plain, read_envelope
from certmark.trust.errors import InvalidEnvelope, InvalidKey, InvalidSigners, NotApproved
from certmark.trust.keys.keys import PublicKey, public_from_line
from certmark.trust.sound_signatures import sound_signatures

LONGEST_NAME = 200
"""Characters of a programme's name."""
MOST_KEYS = 32
"""Of an office."""


class Keyring(NamedTuple):
    """The keys of an office, or of whoever signs revocations for it."""

    keys: tuple[PublicKey, ...]
    threshold: int

    @property
    def office(self) -> Office:
        """As the rules of editions see it."""
        return Office(frozenset(key.id for key in self.keys), self.threshold)


def keyring_of(entry: Fields) -> Keyring:
    """The `keys` and the `threshold` in a mapping. Raises InvalidSigners."""
    lines = entry.texts("keys")
    if len(lines) > MOST_KEYS:
        entry.refuse(f"has more than {MOST_KEYS} keys", "keys")
    try:
        keys = {key.id: key for key in (public_from_line(line, entry.where) for line in lines)}
    except InvalidKey as error:
        raise InvalidSigners(str(error), error.advice) from error
    if len(keys) < len(lines):
        entry.refuse("has a key twice", "keys")
    return Keyring(tuple(keys.values()), entry.number("threshold", least=1, most=len(keys)))


def name_of_programme(document: Fields) -> str:
    """The name of the programme, which people read. Raises InvalidSigners."""
    name = document.text("programme", limit=LONGEST_NAME)
    if not name.isprintable() or name != name.strip():
        document.refuse("must be a name, on one line", "programme")
    return name


def opened(data: bytes, name: str, payload_type: str, what: str) -> Envelope:
    """The envelope in `data`, whose payload is of the kind. Nothing is verified. Raises InvalidEnvelope."""
    envelope = read_envelope(data, name)
    if envelope.payload_type != payload_type:
        raise InvalidEnvelope(f"{name} holds {excerpt(envelope.payload_type)}, which is no {what}")
    return envelope


def content_of(envelope: Envelope, name: str) -> Fields:
    """The document that was signed. Raises InvalidEnvelope or InvalidSigners."""
    return Fields(parse_plain(envelope.payload, name), name, InvalidSigners)


def signed_by(envelope: Envelope, keys: Iterable[PublicKey]) -> frozenset[str]:
    """The ids of those of `keys` whose signatures are sound."""
    return frozenset(key.id for key in sound_signatures(envelope, keys).keys)


def fingerprint_of(payload: bytes) -> str:
    """`SHA256:` and the digest of what was signed in base64, as the ids of keys are written."""
    return f"SHA256:{binascii.b2a_base64(hashlib.sha256(payload).digest(), newline=False).decode().rstrip('=')}"


def payload_of(document: Mapping[str, Any]) -> bytes:
    """The JSON to be signed; days and times, which YAML has, as text."""
    return json.dumps(document, indent=1, default=_plain, allow_nan=False).encode("ascii") + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    raise InvalidSigners(f"{excerpt(str(value), 40)} is a value that JSON does not have")


def with_signature(envelope: Envelope, signer: Signs) -> Envelope:
    """`envelope` with one more signature. Raises NotApproved where this key has signed it already."""
    if any(one.keyid == signer.keyid for one in envelope.signatures):
        raise NotApproved(f"it bears a signature of {signer.keyid} already; another key has to sign")
    return envelope._replace(signatures=(*envelope.signatures, Signature(signer.keyid, signer.sign(envelope.signed))))


def edition_of(
    envelope: Envelope, programme: str, number: int, span: tuple[dt.datetime | None, dt.datetime], ring: Keyring,
    others: Iterable[PublicKey] = (),
) -> Edition:  # fmt: skip
    """What the rules of editions ask; `others` are further keys whose signatures may matter."""
    keys = signed_by(envelope, (*ring.keys, *others))
    digest = hashlib.sha256(envelope.payload).hexdigest()
    return Edition(programme, number, *span, ring.office, digest, keys)
