"""Signed waivers: a file of waivers in a DSSE envelope, under the signatures of those who approved it.

The payload is the file, byte for byte, as the approvers saw it. Every approver adds a signature to the
same envelope. Rules:

1. A signature counts if it is sound and its key may sign waivers (namespace `certmark-waivers`).
2. A waiver is approved if those who signed may speak for its grantor (`granted-by`), for its product, and
   are as many as the grant asks. Who may speak for whom is the reader's decision (`trust.signers`), where the
   grantor stands in the place of a vendor.
3. One approver counts once, whatever number of keys they signed with.
4. A waiver that is not approved excuses nothing: the file is refused whole, so that nobody thinks it was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from certmark.domain.waivers import Approval, Waiver
from certmark.formats.errors import excerpt
from certmark.formats.waivers import read_waivers
from certmark.trust.envelopes import Envelope, Signature, Signs, read_envelope, seal
from certmark.trust.errors import InvalidEnvelope, NotApproved
from certmark.trust.keys.keys import PublicKey
from certmark.trust.signers.signers import Claim, Permission, Signers, permission
from certmark.trust.sound_signatures import sound_signatures

PAYLOAD_TYPE: Final = "application/vnd.certmark.waivers.v1"
NAMESPACE: Final = "certmark-waivers"


class SignedWaivers(NamedTuple):
    """A file of waivers, and the envelope that it came in."""

    waivers: tuple[Waiver, ...]
    envelope: Envelope | None
    """None: it is not signed."""


class Approvals(NamedTuple):
    """Who approved what."""

    sound: tuple[PublicKey, ...]
    """The keys of the person's list whose signatures are sound."""
    answers: tuple[tuple[Waiver, Permission], ...]
    """Of each waiver: whether it is approved, and why or why not."""

    @property
    def holds(self) -> bool:
        """Whether every waiver is approved."""
        return all(answer.allowed for _, answer in self.answers)


def read_signed_waivers(data: bytes, name: str) -> SignedWaivers:
    """The waivers in `data`, signed or not; nothing is verified. Raises InvalidWaivers or InvalidEnvelope."""
    if not is_envelope(data):
        return SignedWaivers(read_waivers(data, name), None)
    envelope = read_envelope(data, name)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise InvalidEnvelope(f"{name} holds {excerpt(envelope.payload_type)}, which is no file of waivers")
    waivers = read_waivers(envelope.payload, name)
    return SignedWaivers(tuple(one._replace(approval=Approval.UNCHECKED) for one in waivers), envelope)


def is_envelope(data: bytes) -> bool:
    """Whether `data` looks like an envelope and not like a plain file of waivers."""
    return data.lstrip()[:1] == b"{" and b'"payloadType"' in data


def approve(data: bytes, name: str, signer: Signs) -> Envelope:
    """The file of waivers in `data`, signed or not yet, with one more approval.

    Raises InvalidWaivers or InvalidEnvelope; NotApproved where this key has approved it already.
    """
    found = read_signed_waivers(data, name)
    if not found.waivers:
        raise NotApproved(f"{name} has no waiver to approve; write one first")
    if found.envelope is None:
        return seal(PAYLOAD_TYPE, data, [signer])
    envelope = found.envelope
    if any(one.keyid == signer.keyid for one in envelope.signatures):
        raise NotApproved(f"{name} bears a signature of {signer.keyid} already; another approver has to sign")
    return envelope._replace(signatures=(*envelope.signatures, Signature(signer.keyid, signer.sign(envelope.signed))))


def check_approvals(found: SignedWaivers, signers: Signers, moment: datetime) -> Approvals:
    """Whether each waiver is approved by those whom the person's list lets approve it, at `moment`."""
    sound = () if found.envelope is None else sound_signatures(found.envelope, signers.keys).keys
    return Approvals(sound, tuple((waiver, _answer(waiver, sound, signers, moment)) for waiver in found.waivers))


def approved_waivers(found: SignedWaivers, signers: Signers, moment: datetime, name: str) -> tuple[Waiver, ...]:
    """The waivers, with who approved them. Raises NotApproved where one is not (rule 4)."""
    approvals = check_approvals(found, signers, moment)
    for waiver, answer in approvals.answers:
        if not answer.allowed:
            what = f"{waiver.scope.value} {excerpt(waiver.target)}"
            raise NotApproved(f"{name}: the waiver of {what} is not approved, {answer.sentence}")
    return tuple(
        waiver._replace(approval=Approval.APPROVED, approvers=names_for(waiver, approvals.sound, signers, moment))
        for waiver, _ in approvals.answers
    )


def names_for(waiver: Waiver, sound: Sequence[PublicKey], signers: Signers, moment: datetime) -> tuple[str, ...]:
    """Who of those whose signatures are sound may approve this waiver."""
    speaking = (one.name for key in sound for one in signers.owners_of(key) if one.valid.holds_at(moment))
    granted = {name for grant in signers.grants for name in grant.signers}
    matter = Claim(waiver.grantor, product=waiver.product, namespace=NAMESPACE)
    alone = signers._replace(grants=tuple(grant._replace(threshold=1) for grant in signers.grants))
    names = dict.fromkeys(name for name in speaking if name in granted)
    return tuple(
        name
        for name in names
        if permission(
            alone._replace(signatories=tuple(one for one in alone.signatories if one.name == name)),
            sound,
            matter,
            moment,
        ).allowed
    )


def _answer(waiver: Waiver, sound: Sequence[PublicKey], signers: Signers, moment: datetime) -> Permission:
    if not sound:
        return Permission(allowed=False, sentence=f"no sound signature is by a key of {signers.source}")
    matter = Claim(waiver.grantor, product=waiver.product, namespace=NAMESPACE)
    return permission(signers, sound, matter, moment)
