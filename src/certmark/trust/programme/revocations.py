"""A programme's list of revocations: what counts no longer, in numbered, dated editions that expire.

    format: certmark-revocation-list
    version: 1
    programme: Example programme
    edition: 3
    issued: 2026-11-28T18:00:00Z
    expires: 2026-12-28T18:00:00Z
    keys: [{id: SHA256:…, since: 2026-11-01, reason: the laptop was stolen}]
    runs: [{id: …, reason: …}]
    bundles: [{sha256: …, reason: …}]
    products: [{vendor: Acme, product: Acme Cloud, version: "12", since: 2026-11-01, reason: …}]
    waivers: [{sha256: …, reason: …}]
    attestations: [{sha256: …, reason: …}]

1. Each edition is whole: what is to count again is left out of the next one, and nothing else brings it back.
2. `since` spares what a receipt shows to be older. Of an entry that stands twice the one holds that reaches further
   back.
3. That something is not in a list tells something only where the list is signed by who may, and in date.

docs/reference/revocations.md explains it, data/schemas/certmark-revocation-list-1.json is its schema.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from certmark.domain.editions import Edition, why_outdated, why_unsigned
from certmark.formats.documents.fields import Fields
from certmark.trust.envelopes import Envelope
from certmark.trust.programme.envelopes import Keyring, content_of, edition_of, name_of_programme, opened
from certmark.trust.signers.policy import Revocation, Revocations, RevokedProduct, earliest, moment_of

PAYLOAD_TYPE: Final = "application/vnd.certmark.revocations.v1+json"
FORMAT: Final = "certmark-revocation-list"
LARGEST: Final = 16 << 20
KINDS: Final = {
    "keys": "id",
    "runs": "id",
    "bundles": "sha256",
    "products": "product",
    "waivers": "sha256",
    "attestations": "sha256",
}
"""What may be revoked, and the field that names it."""
_HEAD = frozenset({"format", "version", "programme", "edition", "issued", "expires"})
_MOST_EDITIONS = 1_000_000
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KEY_ID = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\Z")
_RUN = re.compile(r"[!-~]{1,200}\Z")
_FORMS = {"keys": _KEY_ID, "runs": _RUN, "bundles": _DIGEST, "waivers": _DIGEST, "attestations": _DIGEST}
_DATED = frozenset({"keys", "products"})
"""What has a `since`: the others count no longer, whenever they were made."""


class RevocationList(NamedTuple):
    """What an edition says. Whether it is believed is for `domain.editions`."""

    programme: str
    number: int
    issued: dt.datetime
    expires: dt.datetime
    revocations: Revocations
    envelope: Envelope

    def edition(self, ring: Keyring) -> Edition:
        """For the rules, where those of `ring` must have signed."""
        return edition_of(self.envelope, self.programme, self.number, (self.issued, self.expires), ring)

    @property
    def entries(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """What stands in it, kind by kind, as it was written."""
        content = content_of(self.envelope, "the list of revocations").content
        return {kind: list(content.get(kind, [])) for kind in KINDS}


def read_revocation_list(data: bytes, name: str) -> RevocationList:
    """The list in an envelope. Nothing is verified. Raises InvalidEnvelope or InvalidSigners."""
    envelope = opened(data, name, PAYLOAD_TYPE, "list of revocations; name one that its office signed")
    return list_in(envelope, name)


def list_in(envelope: Envelope, name: str) -> RevocationList:
    """The list that an envelope holds, signed or not yet. Raises InvalidEnvelope or InvalidSigners."""
    document = content_of(envelope, name)
    document.check_document(FORMAT, 1)
    document.check_keys(_HEAD | set(KINDS))
    programme, number = name_of_programme(document), document.number("edition", least=1, most=_MOST_EDITIONS)
    issued, expires = document.moment("issued"), document.moment("expires")
    if expires <= issued:
        document.refuse("must be later than when it was issued", "expires")
    found = {
        kind: earliest(_entry(entry, kind, KINDS[kind], form) for entry in document.items(kind))
        for kind, form in _FORMS.items()
    }
    products = tuple(_product(entry) for entry in document.items("products"))
    revocations = Revocations(name, products=products, unchecked="nobody looked who signed it", **found)
    return RevocationList(programme, number, issued, expires, revocations, envelope)


def _entry(entry: Fields, kind: str, key: str, form: re.Pattern[str]) -> tuple[str, Revocation]:
    entry.check_keys({key, "reason", "since"} if kind in _DATED else {key, "reason"})
    word = entry.text(key)
    if not form.match(word):
        entry.refuse("is none", key)
    return word, _revocation(entry)


def _product(entry: Fields) -> RevokedProduct:
    entry.check_keys({"vendor", "product", "version", "reason", "since"})
    version = entry.text("version").strip() if "version" in entry.content else None
    return RevokedProduct(entry.text("vendor").strip(), entry.text("product").strip(), version, _revocation(entry))


def _revocation(entry: Fields) -> Revocation:
    return Revocation(entry.maybe_text("reason") or "revoked", moment_of(entry, "since", last=False))


def counted(found: RevocationList, ring: Keyring, programme: str, moment: dt.datetime) -> Revocations:
    """The revocations, with why the list proves nothing more, if so (rule 3)."""
    edition = found.edition(ring)
    problem = why_unsigned(edition) or why_outdated(edition, moment)
    if found.programme != programme:
        problem = "it is of another programme"
    source = f"the revocations of {found.programme}, edition {found.number}"
    return found.revocations._replace(source=source, unchecked=problem)


def new_list(
    programme: str,
    number: int,
    span: tuple[dt.datetime, dt.datetime],
    entries: Mapping[str, Iterable[Mapping[str, Any]]],
) -> dict[str, Any]:
    """The document of an edition, as `list_in` reads it."""
    issued, expires = (moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in span)
    head = {
        "format": FORMAT,
        "version": 1,
        "programme": programme,
        "edition": number,
        "issued": issued,
        "expires": expires,
    }
    return {**head, **{kind: list(entries.get(kind, ())) for kind in KINDS}}


def is_named(kind: str, name: Mapping[str, str]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an entry of the kind names what `name` does."""
    keys = ("vendor", "product", "version") if kind == "products" else (KINDS[kind],)
    return lambda entry: all(entry.get(key) == name.get(key) for key in keys)
