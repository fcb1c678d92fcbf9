"""Which signatures of an envelope are sound: hints are followed, and nothing is tried without end."""

from __future__ import annotations

import pytest

from certmark.trust import sound_signatures as module
from certmark.trust.envelopes import Envelope, Signature, seal
from certmark.trust.keys.files import new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.sound_signatures import SoundSignatures, sound_signatures

ALICE, BOB, CAROL = (new_key(algorithm, "x") for algorithm in Algorithm)
KEYS = (ALICE.public, BOB.public)
SIGNED = seal("text/plain", b"hello", [ALICE, BOB, CAROL])
BY_ALICE, BY_BOB, BY_CAROL = SIGNED.signatures
JUNK = Signature("", b"x" * 64)


@pytest.mark.parametrize(
    ("signatures", "found"),
    [
        ((BY_ALICE,), SoundSignatures((ALICE.public,))),
        ((BY_BOB, BY_ALICE), SoundSignatures((BOB.public, ALICE.public))),
        ((BY_ALICE, BY_ALICE), SoundSignatures((ALICE.public,))),
        ((BY_ALICE._replace(keyid=""),), SoundSignatures((ALICE.public,))),
        ((BY_ALICE._replace(keyid="another word"),), SoundSignatures((ALICE.public,))),
        ((BY_CAROL,), SoundSignatures((), strangers=1)),
        ((JUNK, BY_ALICE), SoundSignatures((ALICE.public,), strangers=1)),
        ((BY_ALICE, BY_BOB._replace(sig=b"x")), SoundSignatures((ALICE.public,), broken=(BOB.public,))),
        ((BY_ALICE._replace(keyid=BOB.keyid),), SoundSignatures((), broken=(BOB.public,))),
        ((), SoundSignatures(())),
    ],
)
def test_a_keyid_is_a_hint_and_what_is_not_sound_spoils_nothing(
    signatures: tuple[Signature, ...], found: SoundSignatures
) -> None:
    assert sound_signatures(SIGNED._replace(signatures=signatures), KEYS) == found


def test_what_names_no_key_is_tried_so_many_times_and_after_what_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TRIES", 5)
    many = Envelope("text/plain", b"hello", (*[JUNK] * 4, BY_ALICE))
    assert sound_signatures(many, KEYS) == SoundSignatures((ALICE.public,), strangers=2, untried=2)


def test_a_key_that_cannot_be_used_made_nothing() -> None:
    from certmark.trust.keys import wire
    from certmark.trust.keys.keys import public_from_blob

    off_the_curve = b"\x04" + bytes(63) + b"\x01"
    blob = b"".join(map(wire.string, (b"ecdsa-sha2-nistp256", b"nistp256", off_the_curve)))
    assert sound_signatures(SIGNED, [public_from_blob(blob), ALICE.public]).keys == (ALICE.public,)
