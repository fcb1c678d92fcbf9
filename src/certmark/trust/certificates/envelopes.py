"""Certificates and status lists in their envelopes.

Each has a payload type of its own, so that neither can be taken for the other, nor for an attestation. The key of
whoever signs stands in the payload: it makes a signature checkable, not trusted.
"""

from __future__ import annotations

from typing import Final

from certmark.domain.certification.certificates import PublicCertificate
from certmark.domain.certification.status_lists import PublicStatusList
from certmark.formats.certificates.certificate import certificate_bytes, certificate_in
from certmark.formats.certificates.status_list import status_list_bytes, status_list_in
from certmark.trust.envelopes import Envelope, parse_plain, read_envelope, seal
from certmark.trust.errors import InvalidEnvelope
from certmark.trust.keys.keys import Signer

CERTIFICATE_TYPE: Final = "application/vnd.certmark.certificate.v1+json"
STATUS_LIST_TYPE: Final = "application/vnd.certmark.status-list.v1+json"
NAMESPACE: Final = "certmark-certificates"
"""What a list of allowed signers calls it."""
RECEIPT_ENDING: Final = ".tlog-proof"
STATUS_LIST_NAME: Final = "status-list.json"
"""Where a site and a folder have it, beside the certificates."""
GUIDELINES_FOLDER: Final = "guidelines"
"""Where they have the texts that certificates were judged by, each named by its SHA-256."""


def seal_certificate(certificate: PublicCertificate, signer: Signer) -> Envelope:
    """The certificate signed. Raises what `signer.sign` raises."""
    named = certificate._replace(signer=signer.public._replace(comment="").line)
    return seal(CERTIFICATE_TYPE, certificate_bytes(named), [signer])


def seal_status_list(listed: PublicStatusList, signer: Signer) -> Envelope:
    """The list signed. Raises what `signer.sign` raises."""
    named = listed._replace(signer=signer.public._replace(comment="").line)
    return seal(STATUS_LIST_TYPE, status_list_bytes(named), [signer])


def is_certificate(data: bytes) -> bool:
    """Whether `data` is an envelope that says that it holds a certificate; its head is enough."""
    return data.lstrip()[:1] == b"{" and CERTIFICATE_TYPE.encode() in data[:4096]


def opened_certificate(data: bytes, name: str) -> tuple[Envelope, PublicCertificate]:
    """The certificate in an envelope. Nothing is verified. Raises InvalidEnvelope or InvalidCertificate."""
    envelope = _opened(data, name, CERTIFICATE_TYPE, "a certificate")
    return envelope, certificate_in(parse_plain(envelope.payload, name), name)


def opened_status_list(data: bytes, name: str) -> tuple[Envelope, PublicStatusList]:
    """The list in an envelope. Nothing is verified. Raises InvalidEnvelope or InvalidCertificate."""
    envelope = _opened(data, name, STATUS_LIST_TYPE, "a status list")
    return envelope, status_list_in(parse_plain(envelope.payload, name), name)


def _opened(data: bytes, name: str, wanted: str, what: str) -> Envelope:
    envelope = read_envelope(data, name)
    if envelope.payload_type != wanted:
        raise InvalidEnvelope(f"{name} holds something else than {what}; name another file")
    return envelope
