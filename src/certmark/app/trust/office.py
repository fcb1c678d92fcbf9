"""The trust of a programme, on the side of its office: drafts, signatures, revocations."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.domain.advice import Action, Advice
from certmark.domain.editions import why_no_successor
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.formats.errors import excerpt
from certmark.trust.envelopes import LARGEST, Envelope, read_envelope, write_envelope
from certmark.trust.errors import InvalidEnvelope, InvalidSigners
from certmark.trust.programme import documents, revocations
from certmark.trust.programme.documents import TrustDocument, next_draft, read_draft, read_trust
from certmark.trust.programme.envelopes import fingerprint_of, payload_of, signed_by, with_signature
from certmark.trust.programme.revocations import (
    KINDS,
    RevocationList,
    is_named,
    list_in,
    new_list,
    read_revocation_list,
)
from certmark.trust.waiver_approvals import is_envelope, read_signed_waivers

_DAYS = 180
"""For which a trust document holds, unless its office says otherwise."""
_TEMPLATE = """\
# A trust document: everything that whoever verifies needs to know of your programme. Fill it in, then sign it.
# Each line with # may go. docs/reference/trust-document.md explains every part.
format: certmark-trust
version: 1
programme: {programme}
edition: 1
expires: {expires}

# Whose signatures this document needs, and the next one. Keep these keys apart, each with another person.
office:
  threshold: 2
  keys:
    - ssh-ed25519 AAAA… alice
    - ssh-ed25519 AAAA… bob
    - ssh-ed25519 AAAA… carol

# Who may speak for which vendor.
signers:
  signers:
    - name: ops@acme.example
      keys: [ssh-ed25519 AAAA…]
  grants:
    - vendors: [Acme]
      signers: [ops@acme.example]
  max-age-days: 365

# Who may approve waivers; without this part nobody.
waivers:
  signers:
    - name: programme office
      keys: [ssh-ed25519 AAAA…]
  grants:
    - signers: [programme office]

# Which guidelines count; without this part those that ship with Certmark.
guidelines:
  - id: "2026.11"
    sha256: "{zeros}"

# Who signs the list of revocations, and where it lies (beside this document, or an address).
revocations:
  threshold: 1
  keys: [ssh-ed25519 AAAA…]
  location: revocations.json

# Which logs count, and which witnesses must have seen them.
# log:
#   logs: [log.example+0123abcd+AAAA…]
#   receipts: required
"""


class Drafted(NamedTuple):
    """A draft to be filled in."""

    text: str
    number: int


class SignedEdition(NamedTuple):
    """An edition with one more signature."""

    path: Path
    programme: str
    number: int
    fingerprint: str
    signatures: int
    missing: tuple[str, ...]
    """What else it takes, each as a sentence; none: it can be published."""


def draft(previous: str | None, programme: str, today: dt.date) -> Drafted:
    """A draft: the first one as a form, or the edition after `previous`. Raises TrustError or OSError."""
    expires = today + dt.timedelta(days=_DAYS)
    if previous is None:
        text = _TEMPLATE.format(
            programme=json.dumps(programme, ensure_ascii=False), expires=expires.isoformat(), zeros="0" * 64
        )
        return Drafted(text, 1)
    known = read_trust(_content(previous), Path(previous).name)
    content = next_draft(known, expires)
    return Drafted(json.dumps(content, indent=2, ensure_ascii=False) + "\n", known.number + 1)


@dataclass(frozen=True, kw_only=True)
class SignTrustRequest:
    """A draft, or what others signed already: a trust document or a list of revocations."""

    file: str
    key: str | None
    """As `inputs.keys.signer_of` has it."""
    previous: str | None = None
    """The edition before; None: the one that lies beside, where there is one."""
    output: str | None = None
    """None: trust.N.json beside the draft; what was signed before is replaced."""


def sign(request: SignTrustRequest, ask: AskPassphrase, listen: Listener) -> SignedEdition:
    """Add a signature, and say what is missing. Raises InvalidRequest, TrustError, AgentUnavailable or OSError."""
    path = Path(request.file)
    data = _content(request.file)
    if not is_envelope(data):
        trust = read_draft(data, path.name)
        target = Path(request.output or path.with_name(f"trust.{trust.number}.json"))
        if request.output is None and target.exists():
            raise InvalidRequest(f"{target} is there already", Advice(Action.SIGN_THAT_EDITION, str(target)))
        return _signed_trust(trust, target, request, ask, listen)
    target = Path(request.output or path)
    kind = read_envelope(data, path.name).payload_type
    if kind == documents.PAYLOAD_TYPE:
        return _signed_trust(read_trust(data, path.name), target, request, ask, listen)
    if kind == revocations.PAYLOAD_TYPE:
        found = read_revocation_list(data, path.name)
        listen(Remark(f"signing: revocations of {found.programme}, edition {found.number}"))
        return _written(_with(found.envelope, request.key, ask, listen), target, found.programme, found.number, ())
    raise InvalidEnvelope(f"{path.name} holds {excerpt(kind)}, neither a trust document nor revocations")


def _signed_trust(
    trust: TrustDocument, target: Path, request: SignTrustRequest, ask: AskPassphrase, listen: Listener
) -> SignedEdition:
    previous = _previous(trust, target, request.previous)
    listen(Remark(f"signing: the trust of {trust.programme}, edition {trust.number}, until {trust.last_day}"))
    envelope = _with(trust.envelope, request.key, ask, listen)
    return _written(
        envelope, target, trust.programme, trust.number, _missing(trust._replace(envelope=envelope), previous)
    )


def _with(envelope: Envelope, key: str | None, ask: AskPassphrase, listen: Listener) -> Envelope:
    return with_signature(envelope, signer_of(key, ask, listen))


def _previous(trust: TrustDocument, target: Path, named: str | None) -> TrustDocument | None:
    if named is not None:
        return read_trust(_content(named), Path(named).name)
    beside = target.with_name(re.sub(r"\d+(?=\.json\Z)", str(trust.number - 1), target.name))
    if trust.number == 1 or beside == target or not beside.is_file():
        return None
    return read_trust(_content(str(beside)), beside.name)


def _missing(trust: TrustDocument, previous: TrustDocument | None) -> tuple[str, ...]:
    found = []
    edition = trust.edition_for(previous.ring.keys if previous is not None else ())
    own = edition.office.missing(edition.signed_by)
    if own:
        found.append(f"{own} more of the keys of its own office must sign (it asks for {edition.office.threshold})")
    if previous is None:
        if trust.number > 1:
            found.append(f"edition {trust.number - 1} was not at hand, whose office must sign, too")
        return tuple(found)
    before = previous.edition.office.missing(edition.signed_by)
    if before:
        found.append(f"{before} more of the keys of the office of edition {previous.number} must sign")
    if not found:
        problem = why_no_successor(previous.edition, edition)
        found += [problem] if problem is not None else []
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class RevokeRequest:
    """The next edition of a programme's list of revocations."""

    trust: str
    """The newest edition of its trust document, a file."""
    file: str
    """The list: the edition before is read from there, if there is one, and replaced."""
    revoke: Sequence[str] = ()
    """KIND=WHAT, as `named` reads it."""
    restore: Sequence[str] = ()
    """What is to count again."""
    reason: str | None = None
    since: dt.date | None = None
    """Keys and products: what a receipt shows to be older still counts."""
    days: int = 30
    """For how long the list holds."""
    key: str | None = None


def revoke(request: RevokeRequest, ask: AskPassphrase, listen: Listener) -> SignedEdition:
    """Write and sign it. Raises InvalidRequest, TrustError, AgentUnavailable or OSError."""
    trust = read_trust(_content(request.trust), Path(request.trust).name)
    if trust.revocations is None:
        raise InvalidRequest(f"the trust of {trust.programme} names nobody who signs revocations")
    before = read_revocation_list(_content(request.file), request.file) if Path(request.file).is_file() else None
    if before is not None and before.programme != trust.programme:
        raise InvalidRequest(f"{request.file} is the list of another programme, {excerpt(before.programme)}")
    now = dt.datetime.now(dt.UTC)
    entries = _entries(request, before)
    number = 1 if before is None else before.number + 1
    span = (now, now + dt.timedelta(days=request.days))
    payload = payload_of(new_list(trust.programme, number, span, entries))
    found = list_in(Envelope(revocations.PAYLOAD_TYPE, payload, ()), "the new list")
    envelope = _with(found.envelope, request.key, ask, listen)
    ring = trust.revocations.ring
    missing = ring.office.missing(signed_by(envelope, ring.keys))
    told = (f"{missing} more of the keys must sign that the trust document names for revocations",) if missing else ()
    return _written(envelope, Path(request.file), trust.programme, number, told)


def _entries(request: RevokeRequest, before: RevocationList | None) -> Mapping[str, list[Mapping[str, Any]]]:
    entries = {kind: list(old) for kind, old in before.entries.items()} if before is not None else {}
    for word in request.restore:
        kind, name = named(word)
        there = is_named(kind, name)
        left = [entry for entry in entries.get(kind, []) if not there(entry)]
        if len(left) == len(entries.get(kind, [])):
            raise InvalidRequest(f"{word} is not in {request.file}")
        entries[kind] = left
    if request.revoke and not request.reason:
        raise InvalidRequest("say why it is revoked", Advice(Action.GIVE_REASON))
    for word in request.revoke:
        kind, name = named(word)
        entry = {**name, "reason": request.reason or ""}
        if request.since is not None:
            entry["since"] = request.since.isoformat()
        entries.setdefault(kind, []).append(entry)
    return entries


def named(word: str) -> tuple[str, dict[str, str]]:
    """What KIND=WHAT names: key, run, bundle, waivers, attestation, or product=VENDOR/PRODUCT[/VERSION].

    Of a bundle, waivers or an attestation the digest or the file. Raises InvalidRequest, InvalidEnvelope or OSError.
    """
    kind, _, what = word.partition("=")
    kinds = {"waivers": "waivers", **{one.removesuffix("s"): one for one in KINDS if one != "waivers"}}
    if kind not in kinds or not what:
        raise InvalidRequest(f"{word!r} is not KIND=WHAT, with one of {', '.join(sorted(kinds))}")
    if kind == "product":
        parts = what.split("/")
        if not 2 <= len(parts) <= 3 or not all(parts):
            raise InvalidRequest(f"{word!r} is not product=VENDOR/PRODUCT or product=VENDOR/PRODUCT/VERSION")
        return "products", dict(zip(("vendor", "product", "version"), parts, strict=False))
    key = KINDS[kinds[kind]]
    return kinds[kind], {key: _digest_of(kind, what) if key == "sha256" else what}


def _digest_of(kind: str, what: str) -> str:
    """What is written as a digest, or that of a file: of waivers and attestations what was signed, whoever signed."""
    path = Path(what)
    if not path.is_file():
        return what
    if kind == "bundle":
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    data = _content(what)
    if kind == "waivers":
        envelope = read_signed_waivers(data, path.name).envelope
        return hashlib.sha256(data if envelope is None else envelope.payload).hexdigest()
    return hashlib.sha256(read_envelope(data, path.name).payload).hexdigest()


def _written(envelope: Envelope, path: Path, programme: str, number: int, missing: tuple[str, ...]) -> SignedEdition:
    write_file(path, write_envelope(envelope))
    return SignedEdition(path, programme, number, fingerprint_of(envelope.payload), len(envelope.signatures), missing)


def _content(path: str) -> bytes:
    with Path(path).open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InvalidSigners(f"{path} has more than {LARGEST >> 20} MiB, too much for a file of its kind")
    return data
