"""in-toto statements, version 1: which bytes are spoken of, and what is said of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from certmark.formats.errors import excerpt
from certmark.trust.envelopes import Envelope, parse_plain
from certmark.trust.errors import InvalidEnvelope

PAYLOAD_TYPE = "application/vnd.in-toto+json"
TYPE = "https://in-toto.io/Statement/v1"
VERDICT = "https://certmark.example/attestation/verdict/v1"
"""Our predicate. The name's top-level domain is reserved (RFC 2606): nobody can ever serve something else there."""
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
_MOST_SUBJECTS = 10_000
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class Subject(NamedTuple):
    """Some bytes that a statement speaks of."""

    name: str
    sha256: str


class Statement(NamedTuple):
    """What is said of which bytes."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]
    payload_sha256: str | None = None
    """Of the bytes that were signed, where it was read from an envelope."""

    def digest_of(self, name: str) -> str | None:
        """The SHA-256 of the subject `name`."""
        return next((subject.sha256 for subject in self.subjects if subject.name == name), None)


def write_statement(statement: Statement) -> bytes:
    """The payload of an envelope: the same statement gives the same bytes."""
    document = {
        "_type": TYPE,
        "subject": [{"name": one.name, "digest": {"sha256": one.sha256}} for one in statement.subjects],
        "predicateType": statement.predicate_type,
        "predicate": statement.predicate,
    }
    return json.dumps(document, allow_nan=False).encode("ascii")


def read_statement(envelope: Envelope, name: str = "the envelope") -> Statement:
    """The statement in an envelope. What the predicate holds is for its reader. Raises InvalidEnvelope."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise InvalidEnvelope(
            f"{name} holds {excerpt(envelope.payload_type)}, which is no statement of in-toto; name an attestation"
        )
    document = parse_plain(envelope.payload, f"the payload of {name}")
    if not isinstance(document, dict) or document.get("_type") != TYPE:
        raise InvalidEnvelope(f"{name} holds no statement of in-toto, version 1; name an attestation")
    kind, predicate, subjects = (document.get(key) for key in ("predicateType", "predicate", "subject"))
    if not isinstance(kind, str) or not isinstance(predicate, dict):
        raise InvalidEnvelope(f"{name}: its statement says nothing; name another attestation")
    if not isinstance(subjects, list) or not 0 < len(subjects) <= _MOST_SUBJECTS:
        raise InvalidEnvelope(f"{name}: its statement is about nothing; name another attestation")
    digest = hashlib.sha256(envelope.payload).hexdigest()
    return Statement(tuple(_subject(entry, name) for entry in subjects), kind, predicate, digest)


def _subject(entry: Any, name: str) -> Subject:
    digests = entry.get("digest") if isinstance(entry, dict) else None
    digest = digests.get("sha256") if isinstance(digests, dict) else None
    if not isinstance(digest, str) or not _DIGEST.match(digest) or not isinstance(entry.get("name", ""), str):
        raise InvalidEnvelope(f"{name}: a subject of its statement has no SHA-256; name another attestation")
    return Subject(entry.get("name", ""), digest)
