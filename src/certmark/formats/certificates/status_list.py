"""A status list as JSON, version 1, and back; data/schemas/certmark-status-list-1.json is its schema."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from certmark.domain.certification.status_lists import ListedState, PublicStatusList, StatusRow
from certmark.formats.certificates.fields import check_form, line, number_of, stamp, text
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import InvalidCertificate

FORMAT: Final = "certmark-status-list"
VERSION: Final = 1
_KEYS = frozenset({"format", "version", "issuer", "edition", "issued", "next_update", "certificates", "signer"})
_ROW = frozenset({"number", "state", "since", "reason", "effective", "until", "regions", "successor"})
_CODE = re.compile(r"[a-z0-9][a-z0-9 _-]{0,99}\Z")
_MOST_EDITIONS = 2**40


def status_list_bytes(listed: PublicStatusList) -> bytes:
    """The payload to be signed: the same list gives the same bytes."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "issuer": listed.issuer,
        "edition": listed.number,
        "issued": stamp(listed.issued),
        "next_update": stamp(listed.next_update),
        "certificates": [status_row_document(listed.rows[number]) for number in sorted(listed.rows)],
        "signer": listed.signer,
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


def status_row_document(row: StatusRow) -> dict[str, Any]:
    """What is said of one certificate; what is not there is left out."""
    document: dict[str, Any] = {"number": row.number, "state": row.state.value, "since": stamp(row.since)}
    more = {
        "reason": row.reason,
        "effective": None if row.effective is None else stamp(row.effective),
        "until": None if row.until is None else row.until.isoformat(),
        "regions": None if row.regions is None else list(row.regions),
        "successor": row.successor,
    }
    return document | {key: value for key, value in more.items() if value is not None}


def status_list_in(content: object, name: str) -> PublicStatusList:
    """The list in a parsed document. Nothing is verified. Raises InvalidCertificate."""
    document = Fields(content, name, InvalidCertificate)
    document.check_document(FORMAT, VERSION)
    document.check_keys(_KEYS)
    issued, following = document.moment("issued"), document.moment("next_update")
    if following <= issued:
        document.refuse("must be later than when it was issued", "next_update")
    rows = [_row(entry) for entry in document.items("certificates", _ROW)]
    found = {row.number: row for row in rows}
    if len(found) < len(rows):
        document.refuse("names a certificate twice", "certificates")
    edition = document.number("edition", least=1, most=_MOST_EDITIONS)
    return PublicStatusList(line(document, "issuer"), edition, issued, following, found, text(document, "signer"))


def _row(entry: Fields) -> StatusRow:
    return StatusRow(
        number_of(entry, "number"),
        entry.member("state", ListedState),
        entry.moment("since"),
        check_form(entry, "reason", _CODE) if entry.has("reason") else None,
        entry.moment("effective") if entry.has("effective") else None,
        entry.maybe_day("until"),
        entry.texts("regions", (), limit=500) if entry.has("regions") else None,
        number_of(entry, "successor") if entry.has("successor") else None,
    )
