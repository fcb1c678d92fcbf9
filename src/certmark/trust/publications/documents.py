"""What a publisher of guidelines signs: an index of all revisions, and a statement on each.

    format: certmark-guideline-index
    version: 1
    name: example.org/guidelines
    edition: 3
    issued: 2026-11-29T12:00:00Z
    expires: 2027-11-29T12:00:00Z
    revisions: [{guideline: "2026.11", revision: 1, sha256: …, size: 48213, form: json, status: approved,
                 published: 2026-11-29T12:00:00Z}]

The index is a DSSE envelope of its own kind, a statement is one of in-toto. Neither names a path: where a text lies
follows from its digest, so that no index leads anywhere. docs/reference/published-guidelines.md explains them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from certmark.domain.editions import Edition, Office
from certmark.domain.published_revisions import FORMS, PublishedRevision, why_not_numbered
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import excerpt
from certmark.formats.guideline.document import MAX_BYTES
from certmark.trust.attestations.statements import PAYLOAD_TYPE as IN_TOTO
from certmark.trust.attestations.statements import Statement, Subject, read_statement, write_statement
from certmark.trust.envelopes import Envelope, Signs, parse_plain, seal
from certmark.trust.errors import InvalidEnvelope
from certmark.trust.programme.envelopes import opened, payload_of

PAYLOAD_TYPE: Final = "application/vnd.certmark.guidelines.v1+json"
PREDICATE: Final = "https://certmark.example/attestation/guideline/v1"
FORMAT: Final = "certmark-guideline-index"
LARGEST: Final = 4 << 20
"""Bytes of an index."""
MOST_REVISIONS: Final = 5_000
NAMESPACE: Final = "certmark"
"""What a key that signs must be for, where a list of signers says so."""
INDEX: Final = "index.signed.json"
"""The file by which a published folder is known; it is replaced last."""
_MOST_EDITIONS = 10_000_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.:/_-]{0,198}[a-z0-9])?\Z")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_PARTS = frozenset({"format", "version", "name", "edition", "issued", "expires", "revisions"})
_REVISION = frozenset({"guideline", "revision", "sha256", "size", "form", "status", "published"})


class GuidelineIndex(NamedTuple):
    """What an edition of an index says. Whether it is believed is for `publications.verification`."""

    name: str
    """Of the publisher, like `example.org/guidelines`; the origin of its log as well."""
    number: int
    issued: dt.datetime
    expires: dt.datetime
    revisions: tuple[PublishedRevision, ...]
    """By guideline, the oldest first."""
    sha256: str = ""
    """Of the bytes that were signed."""

    def edition(self, signed_by: Iterable[str]) -> Edition:
        """For the rules of editions, once somebody looked who signed it."""
        keys = frozenset(signed_by)
        return Edition(self.name, self.number, self.issued, self.expires, Office(keys, 1), self.sha256, keys)

    def of(self, guideline: str) -> tuple[PublishedRevision, ...]:
        """The revisions of a guideline, the oldest first."""
        return tuple(one for one in self.revisions if one.guideline == guideline)

    def with_text(self, digest: str) -> tuple[PublishedRevision, ...]:
        """The revisions that have the text of this digest."""
        return tuple(one for one in self.revisions if one.sha256 == digest)


def is_name(text: str) -> bool:
    """Whether a publisher can be called so."""
    return _NAME.match(text) is not None


def is_guideline_id(text: str) -> bool:
    """Whether a guideline of this id can be published: it stands in addresses and names of files."""
    return _ID.match(text) is not None and ".." not in text and not text.lower().endswith((".json", ".html"))


def text_path(one: PublishedRevision) -> str:
    """Where its text lies below a published folder."""
    return f"revisions/{one.sha256}.{one.form}"


def statement_path(one: PublishedRevision) -> str:
    """Where the signed statement on it lies; the receipt beside it has `.tlog-proof` behind."""
    return f"revisions/{one.guideline}.{one.number}.attestation.json"


def index_payload(index: GuidelineIndex) -> bytes:
    """The JSON that is signed; also what `index.json` holds for everybody to read."""
    head = {"format": FORMAT, "version": 1, "name": index.name, "edition": index.number}
    times = {"issued": stamp(index.issued), "expires": stamp(index.expires)}
    return payload_of({**head, **times, "revisions": [_entry(one) for one in index.revisions]})


def seal_index(index: GuidelineIndex, signers: Sequence[Signs]) -> Envelope:
    """The index, signed."""
    return seal(PAYLOAD_TYPE, index_payload(index), signers)


def open_index(data: bytes, name: str) -> Envelope:
    """The envelope of an index; nothing is verified, its payload not looked at. Raises InvalidEnvelope."""
    if len(data) > LARGEST:
        raise InvalidEnvelope(f"{name} has more than {LARGEST >> 20} MiB; no index of guidelines has")
    return opened(data, name, PAYLOAD_TYPE, "index of published guidelines")


def read_index(envelope: Envelope, name: str) -> GuidelineIndex:
    """What the index says. Nothing is verified. Raises InvalidEnvelope."""
    fields = Fields(parse_plain(envelope.payload, name), name, InvalidEnvelope)
    fields.check_document(FORMAT, 1)
    fields.check_keys(_PARTS)
    publisher = fields.text("name", limit=200)
    if not is_name(publisher):
        fields.refuse("must be a name like example.org/guidelines", "name")
    issued, expires = fields.moment("issued"), fields.moment("expires")
    if expires <= issued:
        fields.refuse("must be later than when it was issued", "expires")
    entries = fields.items("revisions", _REVISION)
    if len(entries) > MOST_REVISIONS:
        fields.refuse(f"has more than {MOST_REVISIONS:,} entries", "revisions")
    revisions = tuple(_revision(entry) for entry in entries)
    problem = why_not_numbered(revisions)
    if problem is not None:
        fields.refuse(f"is contradictory: {problem}", "revisions")
    number = fields.number("edition", least=1, most=_MOST_EDITIONS)
    return GuidelineIndex(publisher, number, issued, expires, revisions, sha256(envelope.payload).hexdigest())


def _revision(entry: Fields) -> PublishedRevision:
    guideline, digest, form = entry.text("guideline", limit=100), entry.text("sha256", limit=64), entry.text("form")
    if not is_guideline_id(guideline):
        entry.refuse(f"is {excerpt(guideline, 40)}, which is no id of a guideline", "guideline")
    if not _DIGEST.match(digest):
        entry.refuse("must be a SHA-256 in 64 hexadecimal digits", "sha256")
    if form not in FORMS:
        entry.refuse(f"must be one of {', '.join(FORMS)}", "form")
    return PublishedRevision(
        guideline,
        entry.number("revision", least=1, most=MOST_REVISIONS),
        digest,
        entry.number("size", least=1, most=MAX_BYTES),
        form,
        entry.maybe_text("status", limit=100),
        entry.moment("published"),
    )


def _entry(one: PublishedRevision) -> Mapping[str, Any]:
    return {
        "guideline": one.guideline,
        "revision": one.number,
        "sha256": one.sha256,
        "size": one.size,
        "form": one.form,
        "status": one.status,
        "published": stamp(one.published),
    }


def seal_statement(publisher: str, one: PublishedRevision, signers: Sequence[Signs]) -> Envelope:
    """The statement that `publisher` published this revision, signed."""
    predicate = {"publisher": publisher, **_entry(one)}
    statement = Statement((Subject(f"{one.guideline}.{one.form}", one.sha256),), PREDICATE, predicate)
    return seal(IN_TOTO, write_statement(statement), signers)


def check_statement(envelope: Envelope, publisher: str, one: PublishedRevision, name: str) -> Statement:
    """The statement in `envelope`; it must say of `one` what the index says. Raises InvalidEnvelope."""
    statement = read_statement(envelope, name)
    said = (statement.predicate_type, dict(statement.predicate), [subject.sha256 for subject in statement.subjects])
    if said != (PREDICATE, {"publisher": publisher, **_entry(one)}, [one.sha256]):
        raise InvalidEnvelope(f"{name} does not say what the index says of {one.name}")
    return statement


def stamp(moment: dt.datetime) -> str:
    """A time as it is written, in UTC, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
