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
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import excerpt
from certmark.trust.errors import InvalidKey, InvalidSigners
from certmark.trust.keys.keys import hidden_in, public_from_line
from certmark.trust.signers.signers import AllowedSigner, Grant, Signers, ValidityPeriod

SIGNERS = "certmark-signers"
REVOCATIONS = "certmark-revocations"
_LARGEST = 4 << 20
_MOST_DAYS = 36_500
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KEY_ID = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\Z")
_SIGNER = frozenset({"name", "keys", "valid-from", "valid-until"})
_GRANT = frozenset({"vendors", "clouds", "products", "signers", "threshold"})


class Revocation(NamedTuple):
    """Something that counts no longer."""

    reason: str
    since: datetime | None
    """Signatures that a receipt shows to be older still count; None: none does."""


class RevokedProduct(NamedTuple):
    """A product that counts no longer, or one version of it."""

    vendor: str
    product: str
    version: str | None
    """None: all of them."""
    revocation: Revocation

    def is_of(self, vendor: object, product: object, version: object) -> bool:
        """Whether it is this product, whatever the capitals."""
        return (
            _folded(vendor) == self.vendor.casefold()
            and _folded(product) == self.product.casefold()
            and (self.version is None or _folded(version) in {self.version.casefold(), None})
        )


def _folded(word: object) -> str | None:
    return word.strip().casefold() if isinstance(word, str) else None


class Revocations(NamedTuple):
    """A list of what was revoked."""

    source: str
    keys: Mapping[str, Revocation]
    """By the id of the key."""
    attestations: Mapping[str, Revocation]
    """By the SHA-256 of the statement that was signed."""
    runs: Mapping[str, Revocation] = {}
    """By the id of the run."""
    bundles: Mapping[str, Revocation] = {}
    """By the SHA-256 of the bundle."""
    waivers: Mapping[str, Revocation] = {}
    """By the SHA-256 of the file of waivers, as it was before it was signed."""
    products: tuple[RevokedProduct, ...] = ()
    unchecked: str | None = "it is not signed"
    """Why it proves nothing that something is not in it; None: it is signed by who may, and in date."""


def read_signers(data: bytes, name: str) -> Signers:
    """The signers of a policy file. Raises InvalidSigners."""
    return signers_from(_document(data, name, SIGNERS, {"signers", "grants", "max-age-days"}), name)


def signers_from(document: Fields, name: str) -> Signers:
    """The signers, grants and greatest age in a mapping; `name` is for messages. Raises InvalidSigners."""
    signatories = [one for entry in document.items("signers", _SIGNER) for one in _signatories(entry)]
    _check_owners(signatories, name)
    grants = tuple(_grant(entry) for entry in document.items("grants", _GRANT))
    names = {one.name for one in signatories}
    for grant in grants:
        for wanted in grant.signers:
            if wanted not in names:
                raise InvalidSigners(f"{name}: a grant names {excerpt(wanted, 60)}, who is not among the signers")
    key = "max-age-days"
    age = document.number(key, least=1, most=_MOST_DAYS) if key in document.content else None
    return Signers(name, tuple(signatories), grants, age)


def _check_owners(signatories: list[AllowedSigner], name: str) -> None:
    """A key under two names would let one person be two signers."""
    owners: dict[bytes, str] = {}
    for one in signatories:
        owner = owners.setdefault(one.key.blob, one.name)
        if owner != one.name:
            raise InvalidSigners(f"{name}: {excerpt(owner, 60)} and {excerpt(one.name, 60)} have the same key")


def read_revocations(data: bytes, name: str) -> Revocations:
    """A list of revocations: ours, or a text with a key or a key's id on each line. Raises InvalidSigners."""
    text = data.lstrip()
    if not text:
        raise InvalidSigners(f"{name} is empty; a list that revokes nothing says so, in its own format")
    if text.startswith((b"SHA256:", b"#", b"ssh-", b"ecdsa-")):
        return Revocations(name, _revoked_lines(data, name), {})
    document = _document(data, name, REVOCATIONS, {"keys", "attestations"})
    keys = earliest(_revoked(entry, "id", _KEY_ID) for entry in document.items("keys"))
    attested = earliest(_revoked(entry, "sha256", _DIGEST) for entry in document.items("attestations"))
    return Revocations(name, keys, attested)


def earliest(entries: Iterable[tuple[str, Revocation]]) -> dict[str, Revocation]:
    """By their ids; of one that stands twice, the revocation that reaches further back."""
    found: dict[str, Revocation] = {}
    for word, entry in entries:
        known = found.get(word)
        if known is None or (known.since is not None and (entry.since is None or entry.since < known.since)):
            found[word] = entry
    return found


def _revoked_lines(data: bytes, name: str) -> dict[str, Revocation]:
    found = {}
    if len(data) > _LARGEST:
        raise InvalidSigners(f"{name} has more than {_LARGEST >> 20} MiB, too much for a file of its kind")
    for number, raw in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        hidden = hidden_in(line)
        if hidden is not None:
            raise InvalidSigners(f"{name}, line {number}, has {hidden}, behind which another entry may stand")
        word = line.split()[0]
        try:
            found[word if _KEY_ID.match(word) else public_from_line(line).id] = Revocation("revoked", None)
        except InvalidKey as error:
            raise InvalidSigners(f"{name}, line {number}, is neither a key nor the id of one") from error
    if not found:
        raise InvalidSigners(f"{name} names nothing; a list that revokes nothing is one in our format")
    return found


def _revoked(entry: Fields, key: str, form: re.Pattern[str]) -> tuple[str, Revocation]:
    entry.check_keys({key, "since", "reason"})
    word = entry.text(key).strip()
    if not form.match(word):
        entry.refuse(f"is {excerpt(word, 60)}, which is none", key)
    return word, Revocation(entry.maybe_text("reason") or "revoked", moment_of(entry, "since", last=False))


def _signatories(entry: Fields) -> list[AllowedSigner]:
    name = entry.text("name").strip()
    span = ValidityPeriod(moment_of(entry, "valid-from", last=False), moment_of(entry, "valid-until", last=True))
    try:
        return [AllowedSigner(name, public_from_line(line, entry.where), span) for line in entry.texts("keys")]
    except InvalidKey as error:
        raise InvalidSigners(str(error), error.advice) from error


def _grant(entry: Fields) -> Grant:
    signers = entry.texts("signers")
    # What is null was to be written yet: it does not mean everybody.
    patterns = {key: entry.texts(key) if key in entry.content else ("*",) for key in ("vendors", "clouds", "products")}
    threshold = entry.number("threshold", 1, least=1, most=len(set(signers)))
    return Grant(signers, patterns["vendors"], patterns["clouds"], patterns["products"], threshold)


def _document(data: bytes, name: str, wanted: str, known: set[str]) -> Fields:
    document = Fields(parse_document(data, name, InvalidSigners, largest=_LARGEST), name, InvalidSigners)
    document.check_document(wanted, 1)
    document.check_keys({"format", "version", *known})
    return document


def moment_of(entry: Fields, key: str, *, last: bool) -> datetime | None:
    """A day (`last`: the moment after its end) or a moment in UTC."""
    if key not in entry.content:
        return None
    value = entry.content[key]
    if isinstance(value, datetime) or (isinstance(value, str) and "T" in value):
        return entry.moment(key)
    try:
        return datetime.combine(entry.day(key), time(), UTC) + timedelta(days=int(last))
    except OverflowError:
        entry.refuse("is later than there are days", key)
