"""Our own file on who may speak for whom, and our own list of what was revoked: YAML or JSON.

    format: certmark-signers
    version: 1
    signers:
      - name: ops@acme.example
        keys: [ssh-ed25519 AAAA…]
        valid-until: 2027-12-31
    grants:
      - vendors: [Acme]
        clouds: ["*"]
        signers: [ops@acme.example]
        threshold: 1
    max-age-days: 365

docs/reference/attestation.md explains both, data/schemas/certmark-signers-1.json is the schema of the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from certmark.formats.documents.foreign_json import parse
from certmark.formats.errors import excerpt
from certmark.trust.errors import InvalidKey, InvalidSigners
from certmark.trust.keys.keys import public_from_line
from certmark.trust.signers.signers import AllowedSigner, Grant, Signers, ValidityPeriod

SIGNERS = "certmark-signers"
REVOCATIONS = "certmark-revocations"
_LARGEST = 4 << 20
_MOST_DAYS = 36_500
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KEY_ID = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\Z")

_Mapping = Mapping[Any, Any]


class Revocation(NamedTuple):
    """Something that counts no longer."""

    reason: str
    since: datetime | None
    """Signatures that a receipt shows to be older still count; None: none does."""


class Revocations(NamedTuple):
    """A list of what was revoked."""

    source: str
    keys: Mapping[str, Revocation]
    """By the id of the key."""
    attestations: Mapping[str, Revocation]
    """By the SHA-256 of the statement that was signed."""


def read_signers(data: bytes, name: str) -> Signers:
    """The signers of a policy file. Raises InvalidSigners."""
    document = _document(data, name, SIGNERS)
    _known(document, {"format", "version", "signers", "grants", "max-age-days"}, name)
    signatories = [one for place, entry in _entries(document, "signers", name) for one in _signatories(entry, place)]
    grants = tuple(_grant(entry, place) for place, entry in _entries(document, "grants", name))
    names = {one.name for one in signatories}
    for grant in grants:
        for wanted in grant.signers:
            if wanted not in names:
                raise InvalidSigners(f"{name}: a grant names {excerpt(wanted, 60)}, who is not among the signers")
    age = document.get("max-age-days")
    if age is not None and (type(age) is not int or not 0 < age <= _MOST_DAYS):
        raise InvalidSigners(f'{name}: "max-age-days" must be a number of days, up to {_MOST_DAYS:,}')
    return Signers(name, tuple(signatories), grants, age)


def read_revocations(data: bytes, name: str) -> Revocations:
    """A list of revocations: ours, or a text with a key or a key's id on each line. Raises InvalidSigners."""
    text = data.lstrip()
    if not text or text.startswith((b"SHA256:", b"#", b"ssh-", b"ecdsa-")):
        return Revocations(name, _revoked_lines(data, name), {})
    document = _document(data, name, REVOCATIONS)
    _known(document, {"format", "version", "keys", "attestations"}, name)
    keys = dict(_revoked(entry, "id", _KEY_ID, place) for place, entry in _entries(document, "keys", name))
    attested = dict(
        _revoked(entry, "sha256", _DIGEST, place) for place, entry in _entries(document, "attestations", name)
    )
    return Revocations(name, keys, attested)


def _revoked_lines(data: bytes, name: str) -> dict[str, Revocation]:
    found = {}
    if len(data) > _LARGEST:
        _refuse(name, f"it has more than {_LARGEST >> 20} MiB")
    for number, raw in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word = line.split()[0]
        try:
            found[word if _KEY_ID.match(word) else public_from_line(line).id] = Revocation("revoked", None)
        except InvalidKey as error:
            raise InvalidSigners(f"{name}, line {number}, is neither a key nor the id of one") from error
    return found


def _revoked(entry: _Mapping, key: str, form: re.Pattern[str], place: str) -> tuple[str, Revocation]:
    _known(entry, {key, "since", "reason"}, place)
    word = _text(entry, key, place)
    if not form.match(word):
        _refuse(place, f'"{key}" is {excerpt(word, 60)}, which is none')
    reason = _text(entry, "reason", place) if entry.get("reason") is not None else "revoked"
    return word, Revocation(reason, _moment(entry, "since", place, last=False))


def _signatories(entry: _Mapping, place: str) -> list[AllowedSigner]:
    _known(entry, {"name", "keys", "valid-from", "valid-until"}, place)
    name = _text(entry, "name", place)
    span = ValidityPeriod(
        _moment(entry, "valid-from", place, last=False), _moment(entry, "valid-until", place, last=True)
    )
    try:
        return [AllowedSigner(name, public_from_line(line, place), span) for line in _texts(entry, "keys", place)]
    except InvalidKey as error:
        raise InvalidSigners(str(error)) from error


def _grant(entry: _Mapping, place: str) -> Grant:
    _known(entry, {"vendors", "clouds", "products", "signers", "threshold"}, place)
    signers = _texts(entry, "signers", place)
    threshold = entry.get("threshold", 1)
    if type(threshold) is not int or not 0 < threshold <= len(set(signers)):
        _refuse(place, f'"threshold" must be a number from 1 to {len(set(signers))}, as there are signers')
    patterns = {
        key: _texts(entry, key, place) if entry.get(key) is not None else ("*",)
        for key in ("vendors", "clouds", "products")
    }
    return Grant(signers, patterns["vendors"], patterns["clouds"], patterns["products"], threshold)


def _document(data: bytes, name: str, wanted: str) -> _Mapping:
    if len(data) > _LARGEST:
        _refuse(name, f"it has more than {_LARGEST >> 20} MiB")
    if data.lstrip()[:1] == b"{":
        document = parse(data, name, InvalidSigners, unique=True)
    else:
        from certmark.formats.documents.foreign_yaml import parse as parse_yaml

        document = parse_yaml(data, name, InvalidSigners)
    if not isinstance(document, dict) or document.get("format") != wanted:
        _refuse(name, f'it must be a mapping with "format: {wanted}"')
    if document.get("version") != 1 or document["version"] is True:
        _refuse(name, f"it is of version {excerpt(str(document.get('version')), 20)}; this Certmark reads version 1")
    return document


def _known(mapping: _Mapping, known: set[str], place: str) -> None:
    """A line that is not understood must not be taken for one that is not there."""
    for key in mapping:
        if key not in known:
            _refuse(place, f"{excerpt(str(key), 40)} is not known; there are {', '.join(sorted(known))}")


def _entries(document: _Mapping, key: str, name: str) -> list[tuple[str, _Mapping]]:
    entries = document.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        _refuse(name, f'"{key}" must be a list of mappings')
    return [(f"{name}, {key}[{place}]", entry) for place, entry in enumerate(entries)]


def _text(mapping: _Mapping, key: str, place: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 16_384:
        _refuse(place, f'"{key}" must be a text')
    return value.strip()


def _texts(mapping: _Mapping, key: str, place: str) -> tuple[str, ...]:
    values = mapping.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        _refuse(place, f'"{key}" must be a list of texts that is not empty')
    return tuple(values)


def _moment(mapping: _Mapping, key: str, place: str, *, last: bool) -> datetime | None:
    """A day (`last`: the moment after its end) or a moment in UTC."""
    value = mapping.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    except ValueError:
        value = None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if not isinstance(value, date):
        _refuse(place, f'"{key}" must be a day such as 2027-12-31')
    try:
        return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=int(last))
    except OverflowError:
        _refuse(place, f'"{key}" is later than there are days')


def _refuse(place: str, what: str) -> NoReturn:
    raise InvalidSigners(f"{place}: {what}")
