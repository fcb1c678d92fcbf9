"""What a programme's trust document says, and what was signed for one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from certmark.domain.editions import why_outdated, why_unsigned
from certmark.domain.phrases import count_of
from certmark.reporting.blocks import Block, Heading, Item, ItemGroup, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.text import plain
from certmark.reporting.views import View
from certmark.trust.keys.keys import PublicKey
from certmark.trust.programme.documents import TrustDocument
from certmark.trust.programme.envelopes import Keyring, fingerprint_of
from certmark.trust.programme.revocations import KINDS, RevocationList
from certmark.trust.signers.signers import Grant, Signers


class ShownProgramme(NamedTuple):
    """A programme to be shown."""

    name: str
    location: str
    trust: TrustDocument
    revocations: RevocationList | None


class ProgrammeView(View):
    """Whom and what a programme trusts."""

    title = "Trust of a programme"

    def __init__(self, shown: ShownProgramme, moment: dt.datetime) -> None:
        """What is in date is told as of `moment`."""
        self._shown = shown
        self._moment = moment

    def blocks(self) -> Iterator[Block]:
        """The edition, then each part."""
        trust = self._shown.trust
        yield Heading(f"{plain(trust.programme)}: trust document, edition {trust.number}")
        yield Sentence(f"known here as {plain(self._shown.name)}, from {plain(self._shown.location)}", is_line=True)
        yield Sentence(f"fingerprint {fingerprint_of(trust.envelope.payload)}", is_line=True)
        problem = why_outdated(trust.edition, self._moment)
        until = f"holds until {trust.expires:%Y-%m-%d %H:%M} UTC"
        yield Sentence(problem or until, Tone.BAD if problem else Tone.GOOD, is_line=True)
        yield _keys("office", trust.ring)
        yield _people("signers", trust.signers)
        yield _people("approvers of waivers", trust.approvers)
        yield _people("signers of certificates", trust.certifiers)
        guidelines = trust.guidelines
        shown = (Item("those that ship along"),) if guidelines is None else tuple(
            Item(f"{one.id}  {one.sha256}", () if one.policy is None else (f"judged by {one.policy.name}",))
            for one in guidelines
        )  # fmt: skip
        yield ItemGroup("guidelines", shown)
        if trust.log is not None:
            witnesses = trust.log.witnesses
            items = [Item(f"log {key}") for key in trust.log.keys]
            items += [Item(f"witness {key}") for key in (witnesses.keys if witnesses is not None else ())]
            notes = ["every attestation needs a receipt"] if trust.log.is_receipt_required else []
            notes += [f"{witnesses.quorum} of the witnesses must have seen it"] if witnesses is not None else []
            yield ItemGroup("logs", tuple(items), notes=tuple(notes))
        yield from self._revocations()

    def _revocations(self) -> Iterator[Block]:
        terms, listed = self._shown.trust.revocations, self._shown.revocations
        if terms is None:
            yield Sentence("It has no list of revocations.", Tone.GAP)
            return
        yield _keys("revocations", terms.ring)
        if listed is None:
            yield Sentence("The list of revocations is not at hand.", Tone.BAD)
            return
        edition = listed.edition(terms.ring)
        problem = why_unsigned(edition) or why_outdated(edition, self._moment)
        until = f"edition {listed.number}, until {listed.expires:%Y-%m-%d %H:%M} UTC"
        yield Sentence(f"list of revocations: {problem or until}", Tone.BAD if problem else Tone.GOOD, is_line=True)
        for kind in KINDS:
            entries = listed.entries[kind]
            if entries:
                yield ItemGroup(f"revoked {kind}", tuple(_entry(entry) for entry in entries))

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-trust-shown", 1, described(self._shown, self._moment))


class ProgrammesView(View):
    """Several programmes, a line for each."""

    title = "Trusted programmes"

    def __init__(self, shown: Sequence[ShownProgramme], moment: dt.datetime) -> None:
        """What is in date is told as of `moment`."""
        self._shown = shown
        self._moment = moment

    def blocks(self) -> Iterator[Block]:
        """A line for each."""
        for one in self._shown:
            problem = why_outdated(one.trust.edition, self._moment)
            state = problem or f"edition {one.trust.number}, until {one.trust.last_day}"
            line = f"{one.name:<24}  {state}  {plain(one.location)}"
            yield Sentence(line, Tone.BAD if problem else None, is_line=True)

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-trust-list", 1, {"programmes": [described(one, self._moment) for one in self._shown]})


class SignedEditionView(View):
    """An edition that got one more signature."""

    title = "Signed"

    def __init__(self, path: str, number: int, fingerprint: str, signatures: int, missing: Sequence[str]) -> None:
        """`missing` is what it takes before it can be published."""
        self._body = {
            "written": path,
            "edition": number,
            "fingerprint": fingerprint,
            "signatures": signatures,
            "missing": list(missing),
        }

    def blocks(self) -> Iterator[Block]:
        """Where it lies, and what is missing."""
        yield Sentence(f"{self._body['written']}", is_line=True)
        yield Sentence(f"fingerprint {self._body['fingerprint']}", is_line=True)
        count = count_of(int(str(self._body["signatures"])), "signature", "signatures")
        yield Sentence(f"edition {self._body['edition']}, with {count}", is_line=True)
        missing = self._body["missing"]
        for sentence in missing if isinstance(missing, list) else ():
            yield Sentence(f"missing: {sentence}", Tone.GAP, is_line=True)

    def document(self) -> Document:
        """The same for programs."""
        return Document("certmark-edition-signed", 1, self._body)


def described(shown: ShownProgramme, moment: dt.datetime) -> dict[str, object]:
    """A programme for programs."""
    trust, listed = shown.trust, shown.revocations
    return {
        "name": shown.name,
        "location": shown.location,
        "programme": trust.programme,
        "edition": trust.number,
        "fingerprint": fingerprint_of(trust.envelope.payload),
        "expires": trust.expires.isoformat(),
        "in_date": why_outdated(trust.edition, moment) is None,
        "office": _ring(trust.ring),
        "signers": _signers(trust.signers),
        "max_age_days": trust.signers.max_age_days,
        "approvers": _signers(trust.approvers),
        "certifiers": _signers(trust.certifiers),
        "guidelines": None if trust.guidelines is None else [
            {"id": one.id, "sha256": one.sha256, "policy": None if one.policy is None else one.policy.name}
            for one in trust.guidelines
        ],
        "logs": [] if trust.log is None else [str(key) for key in trust.log.keys],
        "receipts_required": trust.log is not None and trust.log.is_receipt_required,
        "revocations": None if trust.revocations is None else {
            "signers": _ring(trust.revocations.ring),
            "location": trust.revocations.location,
            "edition": None if listed is None else listed.number,
            "expires": None if listed is None else listed.expires.isoformat(),
            "revoked": {kind: [] if listed is None else listed.entries[kind] for kind in KINDS},
        },
    }  # fmt: skip


def _ring(ring: Keyring) -> dict[str, object]:
    return {"threshold": ring.threshold, "keys": [_key(key) for key in ring.keys]}


def _key(key: PublicKey) -> dict[str, str | None]:
    return {"id": key.id, "type": key.algorithm.value, "comment": key.comment or None}


def _signers(signers: Signers) -> dict[str, object]:
    return {
        "signers": [{"name": one.name, **_key(one.key)} for one in signers.signatories],
        "grants": [
            {
                "signers": list(grant.signers),
                "vendors": list(grant.vendors),
                "clouds": list(grant.clouds),
                "products": list(grant.products),
                "threshold": grant.threshold,
            }
            for grant in signers.grants
        ],
    }


def _keys(title: str, ring: Keyring) -> ItemGroup:
    items = tuple(Item(f"{key.id}  {key.algorithm.value}  {plain(key.comment)}".rstrip()) for key in ring.keys)
    return ItemGroup(title, items, notes=(f"{ring.threshold} of {len(ring.keys)} must sign",))


def _people(title: str, signers: Signers) -> ItemGroup:
    if not signers.grants:
        return ItemGroup(title, (Item("nobody"),), Tone.GAP)
    return ItemGroup(title, tuple(_grant(grant) for grant in signers.grants))


def _grant(grant: Grant) -> Item:
    who = plain(", ".join(grant.signers))
    about = {"vendors": grant.vendors, "clouds": grant.clouds, "products": grant.products}
    terms = [f"{what} {plain(', '.join(patterns))}" for what, patterns in about.items() if patterns != ("*",)]
    return Item(f"{grant.threshold} of {who}", (f"for {'; '.join(terms) or 'anybody'}",))


def _entry(entry: object) -> Item:
    fields = entry if isinstance(entry, dict) else {}
    name = "/".join(str(fields[key]) for key in ("id", "sha256", "vendor", "product", "version") if key in fields)
    since = f"since {fields['since']}: " if "since" in fields else ""
    return Item(plain(name), (plain(f"{since}{fields.get('reason', 'revoked')}"),))
