"""DSSE envelopes: the specification's vector, what is refused, and other tools in both directions."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.envelopes import Envelope, Signature, pae, read_envelope, seal, write_envelope
from certmark.trust.errors import InvalidEnvelope
from certmark.trust.keys import material
from certmark.trust.keys.keys import Algorithm, PublicKey
from support.signed import KEY

TYPE = "application/vnd.in-toto+json"


def envelope(**changes: Any) -> bytes:
    document = {"payloadType": TYPE, "payload": "e30=", "signatures": [{"keyid": "k", "sig": "AAAA"}], **changes}
    return json.dumps(document).encode()


def test_the_vector_of_the_specification() -> None:
    # protocol.md of DSSE 1.0.2, "Test Vectors".
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.text(max_size=40), st.binary(max_size=40), st.text(max_size=40), st.binary(max_size=40))
def test_no_two_pairs_are_encoded_alike(kind: str, payload: bytes, other: str, content: bytes) -> None:
    assert (pae(kind, payload) == pae(other, content)) is ((kind, payload) == (other, content))


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    st.binary(max_size=100),
    st.lists(
        st.builds(Signature, st.text(st.characters(codec="utf-8"), max_size=20), st.binary(max_size=90)),
        min_size=1,
        max_size=5,
    ),
)
def test_what_is_written_is_read(kind: str, payload: bytes, signatures: list[Signature]) -> None:
    whole = Envelope(kind, payload, tuple(signatures))
    assert read_envelope(write_envelope(whole)) == whole


def test_an_unset_key_id_is_an_empty_one_and_unknown_fields_are_left_alone() -> None:
    found = read_envelope(envelope(signatures=[{"sig": "AAAA", "cert": "x"}], more={"a": 1}))
    assert found == Envelope(TYPE, b"{}", (Signature("", b"\0\0\0"),))


def test_the_url_safe_alphabet_is_read() -> None:
    assert read_envelope(envelope(payload="-_8=")).payload == b"\xfb\xff"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it is no JSON (line 1, column 1: Expecting value); name another file, or mend it there"),
        (b"[]", "it is no DSSE envelope: it is no object; name another file"),
        (b"\xff\xfe{}", "it is no JSON: byte 0 is not UTF-8; name another file"),
        (b"[" * 100_000, "it is JSON nested deeper than anything that is read here"),
        (envelope(x=json.loads("[" * 40 + "]" * 40)), "it is nested more than 32 deep; nothing of ours is"),
        (b'{"payload": "", "payload": "e30="}', "it: a key stands twice in one object; leave one out"),
        (b'{"payloadType": "x", "payload": "e30=", "signatures": NaN}', "it has a number that is none; write plain JSON"),
        (b'{"x": 1e999}', "it has a number that is none; write plain JSON"),
        (b'{"x": ' + b"9" * 5_000 + b"}", "it is no JSON that is read here: a number in it is too long"),
        (envelope(payloadType=""), "it: its payloadType is empty; it must say what the payload is"),
        (envelope(payloadType=7), 'it is no DSSE envelope: "payloadType" must be a text of at most 1,000 characters'),
        (envelope(payloadType="\ud800"), 'it: "payloadType" is no Unicode text (\'\\ud800\')'),
        (envelope(payload=None), 'it is no DSSE envelope: "payload" must be a text in base64'),
        (envelope(payload="e30"), 'it: "payload" is no base64; take a fresh copy'),
        (envelope(payload="e3 0="), 'it: "payload" is no base64; take a fresh copy'),
        (envelope(payload="e31="), 'it: "payload" is base64 with bits that mean nothing; take a fresh copy'),
        (envelope(payload="+_8="), 'it: "payload" is no base64; take a fresh copy'),
        (envelope(payload="ä"), 'it: "payload" is no base64; take a fresh copy'),
        (envelope(signatures=[]), "it has no signature; ask its sender to sign it"),
        (envelope(signatures={}), 'it is no DSSE envelope: "signatures" must be a list of objects'),
        (envelope(signatures=["x"]), 'it is no DSSE envelope: "signatures" must be a list of objects'),
        (envelope(signatures=[{"keyid": "k"}]), 'it is no DSSE envelope: "sig" must be a text in base64'),
        (envelope(signatures=[{"sig": "A" * 40_000}]), 'it is no DSSE envelope: "sig" must be a text in base64'),
        (envelope(signatures=[{"sig": "AAAA"}] * 65), "it has 65 signatures; at most 64 are looked at"),
        (envelope(payload="A" * (16 << 20)), "it has more than 16 MiB; no envelope of a run has"),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidEnvelope) as caught:
        read_envelope(data, "it")
    assert str(caught.value) == sentence


def library_key(key: PublicKey) -> Any:
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key
    from securesystemslib.signer._key import SSlibKey

    return SSlibKey.from_crypto(load_ssh_public_key(key.line.encode()), keyid=key.id)


def test_securesystemslib_verifies_ours() -> None:
    from securesystemslib.dsse import Envelope as Theirs

    ours = json.loads(write_envelope(seal(TYPE, b'{"a": 1}', [KEY])))
    ours["signatures"] = [{"keyid": KEY.keyid, "sig": ours["signatures"][0]["sig"]}]
    theirs = Theirs.from_dict(ours)
    assert list(theirs.verify([library_key(KEY.public)], 1)) == [KEY.keyid]


def test_we_verify_what_securesystemslib_signs() -> None:
    from securesystemslib.dsse import Envelope as Theirs
    from securesystemslib.signer._crypto_signer import CryptoSigner

    theirs = Theirs(b'{"a": 1}', TYPE, {})
    theirs.sign(CryptoSigner(KEY.private, library_key(KEY.public)))
    document = theirs.to_dict()
    document["signatures"] = [{"keyid": one["keyid"], "sig": one["sig"]} for one in document["signatures"]]
    ours = read_envelope(json.dumps(document).encode())
    assert KEY.public.algorithm is Algorithm.ED25519
    material.verify(KEY.public, ours.signatures[0].sig, ours.signed)
    assert ours.signatures[0].keyid == KEY.keyid
    assert base64.b64decode(document["payload"]) == ours.payload
