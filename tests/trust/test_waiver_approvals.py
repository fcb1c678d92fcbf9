"""Signed waivers: who approved what, whether they may, whether they are enough."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.waivers import Approval, GuidelineRange, Scope, Waiver
from certmark.formats.errors import InvalidWaivers
from certmark.trust.envelopes import Envelope, read_envelope, seal, write_envelope
from certmark.trust.errors import InvalidEnvelope, NotApproved, TrustError
from certmark.trust.keys.files import FileSigner, new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.signers.openssh import read_allowed_signers
from certmark.trust.signers.policy import read_signers
from certmark.trust.signers.signers import Signers
from certmark.trust.waiver_approvals import (
    PAYLOAD_TYPE,
    approve,
    approved_waivers,
    check_approvals,
    read_signed_waivers,
)

ALICE, BOB, CAROL = (new_key(Algorithm.ED25519, f"{name}@office.example") for name in ("alice", "bob", "carol"))
VENDOR = new_key(Algorithm.ECDSA_P256, "ops@acme.example")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAIN = b"""\
product: Acme Cloud
waivers:
  - test: a.B.c
    reason: an upstream bug  # comments are signed, too
    granted-by: programme office
    expires: 2027-05-31
"""


def office(threshold: int = 2, *, products: str = "*", vendors: str = "programme office") -> Signers:
    """Three approvers, of whom so many must sign."""
    document = {
        "format": "certmark-signers",
        "version": 1,
        "signers": [
            {"name": name, "keys": [signer.public.line]}
            for name, signer in (("alice", ALICE), ("bob", BOB), ("carol", CAROL))
        ]
        + [{"name": "acme", "keys": [VENDOR.public.line]}],
        "grants": [
            {
                "vendors": [vendors],
                "products": [products],
                "signers": ["alice", "bob", "carol"],
                "threshold": threshold,
            },
            {"vendors": ["Acme"], "signers": ["acme"]},
        ],
    }
    return read_signers(json.dumps(document).encode(), "office.json")


def signed(*signers: FileSigner, data: bytes = PLAIN) -> bytes:
    for signer in signers:
        data = write_envelope(approve(data, "w", signer))
    return data


def test_what_is_signed_is_the_file_as_it_came() -> None:
    envelope = read_envelope(signed(ALICE, BOB))
    assert (envelope.payload_type, envelope.payload) == (PAYLOAD_TYPE, PLAIN)
    assert [one.keyid for one in envelope.signatures] == [ALICE.keyid, BOB.keyid]


def test_enough_approvers_approve_and_are_named() -> None:
    waivers = approved_waivers(read_signed_waivers(signed(ALICE, BOB), "w"), office(), NOW, "w")
    assert waivers == (
        Waiver(
            Scope.TEST, "a.B.c", "an upstream bug", "programme office", date(2027, 5, 31), product="Acme Cloud",
            approval=Approval.APPROVED, approvers=("alice", "bob"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "signers", "problem"),
    [
        (PLAIN, office(), "no sound signature is by a key of office.json"),
        (signed(ALICE), office(), "1 of 2 signers that are needed signed; missing: bob, carol"),
        (signed(ALICE, VENDOR), office(), "1 of 2 signers that are needed signed"),
        (signed(VENDOR), office(1), 'acme may not speak for "programme office"'),
        (signed(ALICE, BOB), office(products="Other Cloud"), 'may not speak for "programme office"'),
        (signed(ALICE, BOB), office(vendors="another office"), 'may not speak for "programme office"'),
    ],
)
def test_a_waiver_that_is_not_approved_excuses_nothing(data: bytes, signers: Signers, problem: str) -> None:
    found = read_signed_waivers(data, "w")
    assert not check_approvals(found, signers, NOW).holds
    with pytest.raises(NotApproved) as caught:
        approved_waivers(found, signers, NOW, "w")
    assert str(caught.value).startswith('w: the waiver of test "a.B.c" is not approved, ')
    assert problem in str(caught.value)


def test_a_file_of_openssh_names_the_grantor_as_the_principal() -> None:
    line = f'"programme office" namespaces="certmark-waivers" {ALICE.public.line}\n'
    signers = read_allowed_signers(line.encode(), "allowed")
    assert check_approvals(read_signed_waivers(signed(ALICE), "w"), signers, NOW).holds
    other = read_allowed_signers(line.replace("certmark-waivers", "certmark").encode(), "allowed")
    answers = check_approvals(read_signed_waivers(signed(ALICE), "w"), other, NOW).answers
    assert "may sign certmark, not certmark-waivers" in answers[0][1].sentence


def test_a_changed_waiver_is_approved_by_nobody() -> None:
    envelope = read_envelope(signed(ALICE, BOB))
    changed = envelope._replace(payload=PLAIN.replace(b"2027", b"2037"))
    approvals = check_approvals(read_signed_waivers(write_envelope(changed), "w"), office(), NOW)
    assert (approvals.sound, approvals.holds) == ((), False)


def test_a_signature_under_another_name_counts_for_its_key_only() -> None:
    envelope = read_envelope(signed(ALICE))
    (mine,) = envelope.signatures
    for hint in ("", "somebody", BOB.keyid):
        twice = envelope._replace(signatures=(mine, mine._replace(keyid=hint)))
        approvals = check_approvals(read_signed_waivers(write_envelope(twice), "w"), office(), NOW)
        assert approvals.sound == (ALICE.public,)
        assert not approvals.holds


def test_one_key_approves_once() -> None:
    with pytest.raises(NotApproved, match="already; another approver has to sign"):
        signed(ALICE, ALICE)
    with pytest.raises(NotApproved, match="has no waiver to approve"):
        signed(ALICE, data=b"product: p\nwaivers: []\n")


def test_what_is_no_file_of_waivers_is_not_signed() -> None:
    with pytest.raises(InvalidWaivers):
        signed(ALICE, data=b"product: p\n")
    with pytest.raises(InvalidEnvelope, match="which is no file of waivers"):
        read_signed_waivers(write_envelope(seal("application/vnd.in-toto+json", PLAIN, [ALICE])), "w")
    with pytest.raises(InvalidWaivers):
        read_signed_waivers(write_envelope(seal(PAYLOAD_TYPE, b"x", [ALICE])), "w")


def test_without_a_list_of_signers_it_is_said_that_nobody_was_asked() -> None:
    (waiver,) = read_signed_waivers(signed(ALICE), "w").waivers
    assert (waiver.approval, waiver.approvers) == (Approval.UNCHECKED, ())
    (waiver,) = read_signed_waivers(PLAIN, "w").waivers
    assert waiver.approval is Approval.UNSIGNED


@given(data=st.data())
def test_a_flipped_bit_anywhere_is_never_approved_for_something_else(data: st.DataObject) -> None:
    content = signed(ALICE, BOB)
    place = data.draw(st.integers(0, len(content) * 8 - 1))
    changed = bytearray(content)
    changed[place // 8] ^= 1 << place % 8
    try:
        waivers = approved_waivers(read_signed_waivers(bytes(changed), "w"), office(), NOW, "w")
    except (TrustError, InvalidWaivers):
        return
    # A key's id is a hint that nobody signed, and white space means nothing; what is excused is the same.
    assert waivers == approved_waivers(read_signed_waivers(content, "w"), office(), NOW, "w")


def test_waivers_of_version_1_read_for_ever(assets: Path) -> None:
    """The compatibility promise: these files are never made anew."""
    folder = assets / "waivers" / "v1"
    signers = read_signers((folder / "signers.yaml").read_bytes(), "signers.yaml")
    waivers = approved_waivers(
        read_signed_waivers((folder / "waivers.signed.json").read_bytes(), "w"), signers, NOW, "w"
    )
    assert waivers == (
        Waiver(
            Scope.TEST, "id-638f876d-6a43-482a-bbb3-0840bca101c6", "needs an admin account", "programme office",
            date(2027, 5, 31), date(2026, 11, 1), "https://example.org/decisions/17", "Acme Cloud 12",
            GuidelineRange("2020.06", "2026.11"), Approval.APPROVED, ("alice", "bob"),
        ),
        Waiver(
            Scope.CAPABILITY, "objectstore-list", "known fault", "programme office", date(2026, 12, 31),
            product="Acme Cloud 12", approval=Approval.APPROVED, approvers=("alice", "bob"),
        ),
    )  # fmt: skip
    assert read_signed_waivers((folder / "waivers.yaml").read_bytes(), "w").waivers[0].guidelines


def test_signatures_without_end_are_not_tried_and_spoil_no_other() -> None:
    envelope = read_envelope(signed(ALICE))
    junk = tuple(envelope.signatures[0]._replace(keyid="", sig=b"x" * 64) for _ in range(63))
    keys = [*(new_key(Algorithm.ED25519, f"k{number}").public for number in range(70)), ALICE.public]
    lines = "".join(f"k{number} {key.line}\n" for number, key in enumerate(keys))
    for signatures, sound in ((junk, ()), ((*junk, *envelope.signatures), (ALICE.public,))):
        many = read_signed_waivers(write_envelope(Envelope(PAYLOAD_TYPE, PLAIN, signatures)), "w")
        assert check_approvals(many, read_allowed_signers(lines.encode(), "a"), NOW).sound == sound
