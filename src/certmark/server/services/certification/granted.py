"""What was granted, as it is kept in the `content` of a certificate's row: frozen by whoever grants it.

    vendor, product, version, configuration     names and the vendor's description, as they were then
    clouds            [{identity, region}], where it was tested
    regions           names of the regions that it covers now; not there: all of `clouds`
    runs              ids of the runs that it rests on
    guideline_sha256  of the guideline's text, in hexadecimal digits
    as_of             the day for which the verdict was found (2026-11-28)
    policy            a name or a policy document; not there: the guideline's own
    waivers           as a report has them
    conditions        sentences, as everybody reads them
    statement         [{subject, answer}], what the vendor declares of the configuration
    sections          [{subject, answer}], designated sections by project
    application       its number
    decided           microseconds since 1970; not there: when the row was made
    role, track       in which role the decision was made, on which track
    rejudged          whether evidence of an earlier certificate was judged again
    code              why it is suspended or revoked, as everybody reads it
    invalid_from      of one that is revoked, microseconds since 1970
    renewal_submitted when a complete renewal was submitted that is not decided
    is_stale          whether runs that should come by themselves do not

What is not there is empty.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from certmark.domain.certification.certificates import CertifiedCloud, DeclaredAnswer
from certmark.domain.waivers import Waiver
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import InvalidCertificate
from certmark.formats.results.report.reading import waiver_in
from certmark.server.store.certification.certificates import CertificateRow


class GrantedContent(NamedTuple):
    """The part of it that everybody may read."""

    vendor: str
    product: str
    version: str
    configuration: str
    clouds: tuple[CertifiedCloud, ...]
    regions: tuple[str, ...]
    """That it covers now, by their names."""
    is_narrowed: bool
    runs: tuple[str, ...]
    guideline_sha256: str
    as_of: str
    waivers: tuple[Waiver, ...]
    conditions: tuple[str, ...]
    statement: tuple[DeclaredAnswer, ...]
    sections: tuple[DeclaredAnswer, ...]
    application: str
    decided: int
    role: str
    track: str
    rejudged: bool


def granted(row: CertificateRow) -> GrantedContent:
    """What a row has. Raises InvalidCertificate where it was not written as it must be."""
    found = Fields(dict(row.content), f"the certificate {row.number}", InvalidCertificate)
    clouds = tuple(CertifiedCloud(_text(one, "identity"), _text(one, "region")) for one in found.items("clouds"))
    first = tuple(dict.fromkeys(cloud.region or cloud.identity for cloud in clouds))
    regions = found.texts("regions", first)
    return GrantedContent(
        _text(found, "vendor"),
        _text(found, "product"),
        _text(found, "version"),
        _text(found, "configuration"),
        clouds,
        regions,
        bool(clouds) and set(regions) != set(first),
        found.texts("runs", ()),
        _text(found, "guideline_sha256"),
        _text(found, "as_of"),
        tuple(waiver_in(one) for one in found.items("waivers")),
        found.texts("conditions", ()),
        _answers(found, "statement"),
        _answers(found, "sections"),
        _text(found, "application"),
        found.number("decided", row.created),
        _text(found, "role") or "programme office",
        _text(found, "track") or "full",
        found.truth("rejudged"),
    )


def _text(fields: Fields, key: str) -> str:
    return fields.text(key, "", may_be_empty=True) if fields.has(key) else ""


def _answers(fields: Fields, key: str) -> tuple[DeclaredAnswer, ...]:
    return tuple(DeclaredAnswer(_text(one, "subject"), _text(one, "answer")) for one in fields.items(key))


def maybe_moment(row: CertificateRow, key: str) -> int | None:
    """A moment in the content; None: it is not there."""
    value: Any = row.content.get(key)
    return value if type(value) is int else None
