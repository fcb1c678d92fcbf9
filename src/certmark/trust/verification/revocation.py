"""What was revoked but keys: the attestation, its run, its bundle, its product, a file of waivers that it rests on.

To sign the same thing again brings nothing back: a run and a bundle are the same ones whoever signs, and whenever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from certmark.formats.errors import excerpt

if TYPE_CHECKING:
    from certmark.trust.attestations.statements import Statement
    from certmark.trust.signers.policy import Revocation, Revocations


def withdrawn(listed: Revocations, statement: Statement, moment: datetime) -> str | None:
    """What of it stands in the list, and why; None: nothing does."""
    for what, found in _found(listed, statement):
        if found is not None and (found.since is None or moment >= found.since):
            return f"{what} was revoked: {excerpt(found.reason)}"
    return None


def _found(listed: Revocations, statement: Statement) -> Iterator[tuple[str, Revocation | None]]:
    predicate = statement.predicate
    product = _mapping(predicate.get("product"))
    # `since` of an attestation was never looked at: what is withdrawn is withdrawn.
    attested = listed.attestations.get(statement.payload_sha256 or "")
    yield "this attestation", None if attested is None else attested._replace(since=None)
    yield "its run", listed.runs.get(str(_mapping(predicate.get("run")).get("id")))
    digests = [str(_mapping(predicate.get("bundle")).get("sha256")), *(one.sha256 for one in statement.subjects)]
    for digest in digests:
        yield "its bundle", listed.bundles.get(digest)
    evidence = predicate.get("evidence")
    for item in evidence if isinstance(evidence, list) else ():
        yield "a file of waivers that it rests on", listed.waivers.get(str(_mapping(item).get("sha256")))
    for one in listed.products:
        if one.is_of(*(product.get(key) for key in ("vendor", "name", "version"))):
            yield "its product", one.revocation


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
