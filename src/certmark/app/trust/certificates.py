"""A certificate, checked: what lies beside it, here or at its address, is gathered, and the question put.

Beside NUMBER.json lie, in a folder as on a site: NUMBER.tlog-proof, status-list.json, guidelines/SHA256.
Nothing that is fetched is believed by where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from certmark.app.fetching import fetch, is_url
from certmark.app.trust.verifying import TrustRequest, read_bounded, trust_of
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.formats.errors import FormatError
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.shipped import path_of_shipped, shipped_text
from certmark.trust.certificates.envelopes import (
    GUIDELINES_FOLDER,
    RECEIPT_ENDING,
    STATUS_LIST_NAME,
    is_certificate,
    opened_certificate,
)
from certmark.trust.certificates.verification import CertificateRequest, CertificateResult, verify_certificate
from certmark.trust.envelopes import LARGEST
from certmark.trust.verification.requests import TrustPolicy

_HEAD = 4096
_LARGEST_RECEIPT = 256 << 10
_ENDING: Final = ".json"


@dataclass(frozen=True, kw_only=True)
class CertificateCheck:
    """What is to be checked."""

    place: str
    """The file of a certificate, or the address of it or of its page."""
    trust: TrustRequest
    status_list: str | None = None
    """A file or an address; None: the one that lies beside the certificate."""
    receipts: Sequence[str] = ()
    """Files; none: the one that lies beside the certificate."""


def is_certificate_at(place: str) -> bool:
    """Whether it is an address, or the file of a certificate. Raises OSError for a file that cannot be read."""
    return is_url(place) or (Path(place).is_file() and is_certificate(read_bounded(place, _HEAD)))


def check(request: CertificateCheck) -> CertificateResult:
    """Step by step, what holds and what does not. Raises InvalidRequest, CannotProceed, FormatError or OSError."""
    asked = trust_of(request.trust)
    trust = asked.policy
    if asked.document is not None:
        trust = trust._replace(signers=asked.document.certifiers)
    place = _document_of(request.place)
    data = _taken(place, LARGEST)
    if data is None:
        raise InvalidRequest(f"there is no certificate at {place}")
    listed = request.status_list or _beside(place, STATUS_LIST_NAME)
    receipts = [_taken(path, _LARGEST_RECEIPT) for path in request.receipts or [_receipt_of(place)]]
    result = verify_certificate(
        CertificateRequest(
            Path(urlsplit(place).path).name,
            data,
            trust,
            tuple(receipt for receipt in receipts if receipt is not None),
            _list_at(listed, is_named=request.status_list is not None),
            _guidelines_of(data, place, trust),
        )
    )
    return result._replace(findings=result.findings._replace(required=asked.required), programme=asked.programme)


def _document_of(place: str) -> str:
    """Of a page the address of its document: that of a page ends with the number alone."""
    if not is_url(place):
        return place
    parts = urlsplit(place)
    path = parts.path.rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path if path.endswith(_ENDING) else path + _ENDING, "", ""))


def _beside(place: str, name: str) -> str:
    return urljoin(place, name) if is_url(place) else str(Path(place).parent / name)


def _receipt_of(place: str) -> str:
    return place.removesuffix(_ENDING) + RECEIPT_ENDING


def _list_at(place: str, *, is_named: bool) -> bytes | None:
    data = _taken(place, LARGEST)
    if data is None and is_named:
        raise InvalidRequest(f"there is no status list at {place}")
    return data


def _taken(place: str, largest: int) -> bytes | None:
    """What lies there; None: nothing does."""
    if is_url(place):
        return fetch(place, largest)
    return read_bounded(place, largest + 1) if Path(place).is_file() else None


def _guidelines_of(data: bytes, place: str, trust: TrustPolicy) -> tuple[Guideline, ...]:
    """The text that the certificate names by its digest: the person's, one that ships along, or the site's.

    A text tells what it is; only a plain list has its id from its name.
    """
    try:
        _, certificate = opened_certificate(data, "the certificate")
    except (FormatError, RecursionError):
        return ()  # the verification says so
    wanted = certificate.terms.guideline
    found = tuple(_shipped(identity) for identity in (wanted.id, *certificate.terms.hosts))
    known = tuple(one for one in found if one is not None)
    if trust.guideline is not None or any(one.sha256 == wanted.sha256 for one in known):
        return known
    text = _taken(_beside(place, f"{GUIDELINES_FOLDER}/{wanted.sha256}"), MAX_BYTES)
    try:
        return known if text is None else (read(text, f"{wanted.id}.lst"), *known)
    except FormatError:
        return known  # it is none: whatever its digest, nothing can be judged by it


def _shipped(identity: str) -> Guideline | None:
    text = shipped_text(identity)
    return None if text is None else read(text, path_of_shipped(identity).name)
