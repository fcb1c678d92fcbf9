"""Signed notes and checkpoints: the published examples, and everything that is not one."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import UnsoundNote, UnsoundProof
from certmark.trust.keys.files import load_private
from certmark.trust.log.checkpoints import (
    Checkpoint,
    SignedCheckpoint,
    Witnessed,
    WitnessPolicy,
    cosign,
    open_checkpoint,
    read_checkpoint,
    sign_checkpoint,
)
from certmark.trust.log.log import Log, MemoryStore
from certmark.trust.log.notes import (
    NoteKey,
    NoteKind,
    NoteSignature,
    NoteSigner,
    add_signatures,
    note_signer,
    open_note,
    read_note_key,
    sign_note,
)
from support.log_keys import signer_of

# The example of the specification's reference implementation.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
NOTE = f"{TEXT}\n{LINE}".encode()

# The example of c2sp.org/tlog-cosignature.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

LOG = signer_of("example.org/log")
WITNESSES = [signer_of(f"witness{number}.example", 10 + number, NoteKind.COSIGNATURE) for number in range(3)]
ROOT = bytes(range(32))
NOW = Checkpoint("example.org/log", 7, ROOT)


def test_the_published_note_opens_and_is_signed_alike() -> None:
    key = read_note_key(VKEY)
    assert str(key) == VKEY
    assert open_note(NOTE, [key]) == (TEXT, (NoteSignature(key, None),))
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    assert sign_note(TEXT, [NoteSigner(key, private.sign)]) == NOTE


def test_the_published_checkpoint_is_read() -> None:
    text = SOFA.partition("\n\n")[0] + "\n"
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert read_checkpoint(text) == Checkpoint("example.com/behind-the-sofa", 20852163, root)
    assert str(read_checkpoint(text)) == text
    with pytest.raises(UnsoundNote, match="signed by no key that you trust"):
        open_checkpoint(SOFA.encode(), [LOG.key])


@given(st.integers(0, len(NOTE) * 8 - 1))
def test_a_flipped_bit_of_a_note_is_found(place: int) -> None:
    changed = bytearray(NOTE)
    changed[place // 8] ^= 1 << place % 8
    with pytest.raises(UnsoundNote):
        open_note(bytes(changed), [read_note_key(VKEY)])


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        (b"", "there are no signature lines"),
        (TEXT.encode(), "there are no signature lines"),
        (f"{TEXT}\n".encode(), "there are no signature lines"),
        (NOTE[:-1], "there are no signature lines"),
        (NOTE.replace("—".encode(), b"-"), "a signature line that is none"),
        (f"{TEXT}\n— PeterNeumann !!!!\n".encode(), "a signature line that is none"),
        (f"{TEXT}\n— Peter+Neumann AAAAAAAA\n".encode(), "a signature line that is none"),
        (f"{TEXT}\n— PeterNeumann x08goyy5\n".encode(), "does not fit"),
        (NOTE.replace(b"If", b"I\t"), "control characters"),
        (b"\xff" + NOTE, "not UTF-8"),
        (NOTE + LINE.encode() * 100, "101 signatures"),
        (b"x" * (2 << 20), "more than 1024 KiB"),
        (NOTE.replace(b"PeterNeumann", b"PaulNeumann1"), 'it names "PaulNeumann1"'),
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: bytes, problem: str) -> None:
    with pytest.raises(UnsoundNote) as caught:
        open_note(note, [read_note_key(VKEY)])
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", VKEY[:-4], VKEY.replace("c74f20a3", "c74f20a4"), VKEY.replace("PeterNeumann", "Peter Neumann"),
        VKEY.replace("+AR", "+AB"), "n+00000000+AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UnsoundNote):
        read_note_key(text)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_anything_is_a_note_or_refused(text: str) -> None:
    for read in (read_note_key, read_checkpoint, lambda one: open_note(one.encode(), [])):
        said = ""
        try:
            read(text)
        except UnsoundNote as refusal:
            said = str(refusal)
        assert "\n" not in said


def test_lines_of_others_are_ignored_and_bad_lines_of_known_keys_are_not() -> None:
    other = signer_of("other.example", 3)
    note = sign_note(str(NOW), [LOG, other])
    assert [one.key for one in open_note(note, [LOG.key]).signatures] == [LOG.key]
    forged = sign_note(str(NOW), [LOG, NoteSigner(other.key, signer_of("", 4).sign)])
    assert open_note(forged, [LOG.key])
    with pytest.raises(UnsoundNote, match=r"the signature of other\.example does not fit"):
        open_note(forged, [LOG.key, other.key])


def test_a_checkpoint_is_the_logs_own_word() -> None:
    note = sign_checkpoint(NOW, [LOG])
    assert open_checkpoint(note, [LOG.key]) == SignedCheckpoint(NOW, ())
    neighbour = signer_of("example.org/log2", 5)
    with pytest.raises(UnsoundNote, match="is not signed by a key of that log"):
        open_checkpoint(sign_checkpoint(NOW, [neighbour]), [LOG.key, neighbour.key])


@pytest.mark.parametrize(
    ("seen", "quorum", "holds"), [(0, 0, True), (1, 1, True), (1, 2, False), (2, 2, True), (3, 3, True), (0, 1, False)]
)
def test_as_many_witnesses_as_the_policy_asks(seen: int, quorum: int, *, holds: bool) -> None:
    note = sign_checkpoint(NOW, [LOG, *WITNESSES[:seen]], time=1_790_000_000)
    policy = WitnessPolicy(tuple(witness.key for witness in WITNESSES), quorum)
    if holds:
        names = [f"witness{number}.example" for number in range(seen)]
        assert open_checkpoint(note, [LOG.key], policy).witnessed == tuple(
            Witnessed(name, 1_790_000_000) for name in names
        )
    else:
        with pytest.raises(UnsoundNote, match=f"was seen by {seen} of the 3 witnesses"):
            open_checkpoint(note, [LOG.key], policy)


def test_one_key_under_two_names_is_one_witness() -> None:
    twice = [signer_of(f"w{number}.example", 10, NoteKind.COSIGNATURE) for number in range(2)]
    note = sign_checkpoint(NOW, [LOG, *twice], time=1)
    with pytest.raises(UnsoundNote, match="was seen by 1 of the 2 witnesses"):
        open_checkpoint(note, [LOG.key], WitnessPolicy(tuple(one.key for one in twice), 2))


def test_the_time_of_a_witness_is_signed() -> None:
    note = sign_checkpoint(NOW, [LOG, WITNESSES[0]], time=1_790_000_000).decode()
    line = note.rstrip("\n").rpartition("\n")[2]
    content = base64.b64decode(line.rpartition(" ")[2])
    later = content[:4] + (1_890_000_000).to_bytes(8, "big") + content[12:]
    changed = note.replace(base64.b64encode(content).decode(), base64.b64encode(later).decode())
    with pytest.raises(UnsoundNote, match=r"the signature of witness0\.example does not fit"):
        open_checkpoint(changed.encode(), [LOG.key], WitnessPolicy((WITNESSES[0].key,), 1))


def test_a_witness_signs_only_what_grew() -> None:
    log = Log("example.org/log", MemoryStore())
    log.append([b"a", b"b"])
    first = log.checkpoint([LOG])
    last = open_checkpoint(first, [LOG.key]).checkpoint
    log.append([b"c"])
    second = log.checkpoint([LOG])
    note = cosign(second, [LOG.key], last, log.consistency(2), WITNESSES[0], time=5)
    assert open_checkpoint(note, [LOG.key], WitnessPolicy((WITNESSES[0].key,), 1)).witnessed
    assert cosign(first, [LOG.key], None, (), WITNESSES[0], time=5)
    forked = Log("example.org/log", MemoryStore())
    forked.append([b"a", b"B", b"c"])
    with pytest.raises(UnsoundProof, match="it was rewritten"):
        cosign(forked.checkpoint([LOG]), [LOG.key], last, forked.consistency(2), WITNESSES[0], time=5)
    with pytest.raises(UnsoundNote, match="this is the log"):
        cosign(second, [LOG.key], Checkpoint("another", 0, ROOT), (), WITNESSES[0], time=5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no checkpoint"), ("a\n1\n", "is no checkpoint"), ("a\n1\n\nx\n", "is no checkpoint"),
        ("a\n01\nx\n", "its size is"), ("a\n-1\nx\n", "its size is"), ("a\n9999999999999999999\nx\n", "its size is"),
        ("a\n1\nAAAA\n", "no root hash"), ("a\n1\n*\n", "no root hash"),
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UnsoundNote) as caught:
        read_checkpoint(text)
    assert problem in str(caught.value)


def test_further_lines_are_kept() -> None:
    checkpoint = NOW._replace(extensions=("more", "lines"))
    assert read_checkpoint(str(checkpoint)) == checkpoint


def test_a_key_of_a_file_signs_notes() -> None:
    pem = Ed25519PrivateKey.from_private_bytes(SEED).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert sign_note(TEXT, [note_signer("PeterNeumann", load_private(pem))]) == NOTE
    with pytest.raises(UnsoundNote, match="cannot be the name of a log"):
        note_signer("Peter Neumann", load_private(pem))
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(UnsoundNote, match="signs with an Ed25519 key, not with ecdsa-p256"):
        note_signer("PeterNeumann", load_private(other))


def test_a_signature_more_is_a_line_more() -> None:
    note = sign_checkpoint(NOW, [LOG])
    assert add_signatures(note, [WITNESSES[0]], time=3) == sign_checkpoint(NOW, [LOG, WITNESSES[0]], time=3)
    assert NoteKey(*LOG.key) == LOG.key
