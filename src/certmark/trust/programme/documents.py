"""The trust document of a programme: everything that somebody needs who verifies, under the signatures of its office.

    format: certmark-trust
    version: 1
    programme: Example programme
    edition: 1
    expires: 2027-05-31
    office: {threshold: 2, keys: [ssh-ed25519 AAAA…, ssh-ed25519 AAAA…]}
    signers: {signers: […], grants: […], max-age-days: 365}
    waivers: {signers: […], grants: […]}
    certificates: {signers: […], grants: […]}
    guidelines: [{id: "2026.11", sha256: …}]
    revocations: {threshold: 1, keys: [ssh-ed25519 AAAA…], location: revocations.json}
    log: {logs: […], witnesses: […], quorum: 1, receipts: required}

docs/reference/trust-document.md explains it, data/schemas/certmark-trust-1.json is its schema.
What is not there allows nothing. `domain.editions` says when an edition is believed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from certmark.domain.editions import Edition
from certmark.domain.policies import InvalidPolicy, Policy, policy_from
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.trust.envelopes import Envelope
from certmark.trust.errors import InvalidSigners, UnsoundNote
from certmark.trust.keys.keys import PublicKey
from certmark.trust.log.checkpoints import WitnessPolicy
from certmark.trust.log.notes import NoteKey, read_note_key
from certmark.trust.programme.envelopes import (
    Keyring,
    content_of,
    edition_of,
    keyring_of,
    name_of_programme,
    opened,
    payload_of,
)
from certmark.trust.signers.policy import moment_of, signers_from
from certmark.trust.signers.signers import Signers

PAYLOAD_TYPE: Final = "application/vnd.certmark.trust.v1+json"
FORMAT: Final = "certmark-trust"
LARGEST: Final = 8 << 20
_MOST_EDITIONS = 1_000_000
_PARTS = frozenset(
    {"format", "version", "programme", "edition", "expires", "office", "signers", "waivers", "certificates",
     "guidelines", "revocations", "log"}
)  # fmt: skip
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class VouchedGuideline(NamedTuple):
    """A guideline that counts in the programme."""

    id: str
    sha256: str
    policy: Policy | None = None
    """By which it is judged; None: by its own."""


class RevocationTerms(NamedTuple):
    """Who signs the programme's revocations, and where they are."""

    ring: Keyring
    location: str
    """A URL, or the name of a file beside the trust document."""


class LogTerms(NamedTuple):
    """Which logs count, and which witnesses must have seen them."""

    keys: tuple[NoteKey, ...]
    witnesses: WitnessPolicy | None
    is_receipt_required: bool


class TrustDocument(NamedTuple):
    """What an edition says. Whether it is believed is for `domain.editions`."""

    programme: str
    number: int
    expires: dt.datetime
    ring: Keyring
    """Of the office."""
    signers: Signers
    approvers: Signers
    """Who may approve waivers; nobody where it does not say."""
    certifiers: Signers
    """Who may sign certificates and status lists; nobody where it does not say."""
    guidelines: tuple[VouchedGuideline, ...] | None
    """None: those that ship along."""
    revocations: RevocationTerms | None
    log: LogTerms | None
    envelope: Envelope
    """What it stands in; of a draft, without signatures."""

    @property
    def last_day(self) -> dt.date:
        """On which it holds, in UTC."""
        return (self.expires - dt.timedelta(microseconds=1)).date()

    @property
    def edition(self) -> Edition:
        """For the rules, by the signatures of its own office."""
        return self.edition_for(())

    def edition_for(self, others: tuple[PublicKey, ...]) -> Edition:
        """For the rules; signatures of `others`, of an earlier office, are looked at as well."""
        return edition_of(self.envelope, self.programme, self.number, (None, self.expires), self.ring, others)


def read_trust(data: bytes, name: str) -> TrustDocument:
    """The trust document in an envelope. Nothing is verified. Raises InvalidEnvelope or InvalidSigners."""
    envelope = opened(data, name, PAYLOAD_TYPE, "trust document; name one that its office signed")
    return _document(content_of(envelope, name), envelope)


def read_draft(data: bytes, name: str) -> TrustDocument:
    """A draft in YAML or JSON as what its office would sign. Raises InvalidEnvelope or InvalidSigners."""
    content = parse_document(data, name, InvalidSigners, largest=LARGEST)
    if not isinstance(content, dict):
        raise InvalidSigners(f"{name} is no draft of a trust document: it must be a mapping")
    envelope = Envelope(PAYLOAD_TYPE, payload_of(content), ())
    return _document(content_of(envelope, name), envelope)


def _document(document: Fields, envelope: Envelope) -> TrustDocument:
    document.check_document(FORMAT, 1)
    document.check_keys(_PARTS)
    programme, number = name_of_programme(document), document.number("edition", least=1, most=_MOST_EDITIONS)
    expires = moment_of(document, "expires", last=True)
    if expires is None:
        document.refuse("must be the last day on which it holds", "expires")
    source = f"the trust of {programme}, edition {number}"
    approvers, certifiers = (
        signers_from(_part(document, key, {"signers", "grants"}), source)
        if key in document.content
        else Signers(source, (), ())
        for key in ("waivers", "certificates")
    )
    return TrustDocument(
        programme,
        number,
        expires,
        keyring_of(_part(document, "office", {"threshold", "keys"})),
        signers_from(_part(document, "signers", {"signers", "grants", "max-age-days"}), source),
        approvers,
        certifiers,
        _guidelines(document) if "guidelines" in document.content else None,
        _revocations(document) if "revocations" in document.content else None,
        _log(document) if "log" in document.content else None,
        envelope,
    )


def _part(document: Fields, key: str, known: set[str]) -> Fields:
    return document.inside(document.content.get(key), document.at(key), known)


def _guidelines(document: Fields) -> tuple[VouchedGuideline, ...]:
    return tuple(_guideline(entry) for entry in document.items("guidelines", {"id", "sha256", "policy"}))


def _guideline(entry: Fields) -> VouchedGuideline:
    digest = entry.text("sha256")
    if not _DIGEST.match(digest):
        entry.refuse("must be a SHA-256 in 64 hexadecimal digits", "sha256")
    try:
        policy = policy_from(entry.content["policy"]) if "policy" in entry.content else None
    except InvalidPolicy as error:
        entry.refuse(str(error), "policy")
    return VouchedGuideline(entry.text("id"), digest, policy)


def _revocations(document: Fields) -> RevocationTerms:
    part = _part(document, "revocations", {"threshold", "keys", "location"})
    return RevocationTerms(keyring_of(part), part.text("location", limit=2_000))


def _log(document: Fields) -> LogTerms:
    part = _part(document, "log", {"logs", "witnesses", "quorum", "receipts"})
    keys = _note_keys(part, "logs")
    witnesses = _note_keys(part, "witnesses") if "witnesses" in part.content else ()
    if "quorum" in part.content and not witnesses:
        part.refuse("says how many witnesses are enough, and none is named", "quorum")
    quorum = part.number("quorum", len(witnesses), least=1, most=len(witnesses)) if witnesses else 0
    receipts = part.text("receipts", "optional")
    if receipts not in {"required", "optional"}:
        part.refuse("must be required or optional", "receipts")
    return LogTerms(keys, WitnessPolicy(witnesses, quorum) if witnesses else None, receipts == "required")


def _note_keys(part: Fields, key: str) -> tuple[NoteKey, ...]:
    try:
        keys = tuple(read_note_key(text) for text in part.texts(key))
    except UnsoundNote as error:
        part.refuse(str(error), key)
    if len({one.raw for one in keys}) < len(keys):
        part.refuse("has a key twice", key)
    return keys


def next_draft(document: TrustDocument, expires: dt.date) -> Mapping[str, Any]:
    """The draft of the edition after `document`, the same but for its number and its end."""
    content = dict(content_of(document.envelope, "the trust document").content)
    return {**content, "edition": document.number + 1, "expires": expires.isoformat()}
