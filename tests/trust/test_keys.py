"""Keys: every kind of file that ssh-keygen and openssl make, what is refused, and what signatures are not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from certmark.cli.errors import sentence_of
from certmark.domain.advice import Action, Advice
from certmark.trust.errors import BadSignature, InvalidKey, NoPassphrase, WrongPassphrase
from certmark.trust.keys import material
from certmark.trust.keys.files import (
    FileSigner,
    is_open_to_others,
    load_private,
    load_public,
    new_key,
    private_document,
)
from certmark.trust.keys.keys import Algorithm, public_from_line

PASSPHRASE = b"open sesame"
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")


@pytest.fixture(scope="session")
def every_kind() -> dict[Algorithm, FileSigner]:
    return {algorithm: new_key(algorithm, "me") for algorithm in Algorithm}


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


FORMS = [
    ("ed25519", "", ""), ("ecdsa", "256", ""), ("rsa", "2048", ""),
    ("ecdsa", "256", "PEM"), ("rsa", "2048", "PEM"), ("ecdsa", "256", "PKCS8"), ("rsa", "2048", "PKCS8"),
]  # fmt: skip


@needs_ssh
@pytest.mark.parametrize("locked", [False, True], ids=["open", "locked"])
@pytest.mark.parametrize(("kind", "bits", "form"), FORMS)
def test_keys_of_ssh_keygen_sign(tmp_path: Path, kind: str, bits: str, form: str, locked: bool) -> None:
    path = tmp_path / "key"
    words = [
        "ssh-keygen",
        "-q",
        "-t",
        kind,
        "-C",
        "me@here",
        "-f",
        str(path),
        "-N",
        PASSPHRASE.decode() if locked else "",
    ]
    run(*words, *(["-b", bits] if bits else []), *(["-m", form] if form else []))
    signer = load_private(path, PASSPHRASE if locked else None)
    public = load_public(f"{path}.pub")
    assert signer.public.blob == public.blob
    assert public.comment == "me@here"
    material.verify(public, signer.sign(b"message"), b"message")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", f"{path}.pub"], check=True, capture_output=True, text=True)
    assert shown.stdout.split()[1] == public.id
    assert int(shown.stdout.split()[0]) == public.bits
    if locked:
        with pytest.raises(WrongPassphrase, match="key does not open with this passphrase"):
            load_private(path, b"other")
        with pytest.raises(NoPassphrase, match="key is locked; give its passphrase on a terminal"):
            load_private(path)


@needs_openssl
def test_keys_of_openssl_sign(tmp_path: Path) -> None:
    path, public = tmp_path / "key", tmp_path / "public"
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path))
    run("openssl", "pkey", "-in", str(path), "-pubout", "-out", str(public))
    assert load_private(path).public == load_public(public)


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["open", "locked"])
def test_a_new_key_is_read_back(
    every_kind: dict[Algorithm, FileSigner], algorithm: Algorithm, passphrase: bytes | None
) -> None:
    made = every_kind[algorithm]
    document = private_document(made, passphrase)
    assert document.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert load_private(document, passphrase).public.blob == made.public.blob
    assert load_public(document).blob == made.public.blob
    assert public_from_line(made.public.line) == made.public


@needs_ssh
def test_ssh_keygen_reads_a_new_key(tmp_path: Path, every_kind: dict[Algorithm, FileSigner]) -> None:
    for algorithm, made in every_kind.items():
        path = tmp_path / algorithm.value
        path.touch(0o600)
        path.write_bytes(private_document(made, PASSPHRASE))
        words = ["ssh-keygen", "-y", "-P", PASSPHRASE.decode(), "-f", str(path)]
        shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        assert shown.split()[1] == made.public.line.split()[1]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_bit_of_a_signature_counts(every_kind: dict[Algorithm, FileSigner], algorithm: Algorithm) -> None:
    signer = every_kind[algorithm]
    good = signer.sign(b"message")
    material.verify(signer.public, good, b"message")
    step = 8 if algorithm is Algorithm.RSA else 1
    for bit in range(0, 8 * len(good), step):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            material.verify(signer.public, bytes(bad), b"message")
    for bad_length in (b"", good[:-1], good + b"\0"):
        with pytest.raises(BadSignature):
            material.verify(signer.public, bad_length, b"message")


def test_a_signature_of_one_kind_is_none_of_another(every_kind: dict[Algorithm, FileSigner]) -> None:
    for signer in every_kind.values():
        for other in every_kind.values():
            if other is not signer:
                with pytest.raises(BadSignature):
                    material.verify(other.public, signer.sign(b"message"), b"message")


def test_a_private_key_never_shows(every_kind: dict[Algorithm, FileSigner]) -> None:
    for signer in every_kind.values():
        assert repr(signer) == f"FileSigner({signer.keyid})"


def test_a_file_that_others_can_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    assert not is_open_to_others(str(path))
    path.chmod(0o640)
    assert is_open_to_others(str(path))


WEAK = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDR" + "A" * 171 + "B"
ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJYS693B+CXCB5groOZmVOy/sy+4yMC00z/DwcR6CzeH"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "the key is no public key; a line of one is: ssh-ed25519 AAAA… comment"),
        ("ssh-ed25519 !!", "the key is no public key of SSH: its second word is no base64"),
        (
            f"{ED.split(' ', maxsplit=1)[0]} {ED.split(' ')[1]}=",
            "the key is no public key of SSH: its second word is not written as base64 is",
        ),
        ("ssh-ed25519 AAAA", "the key is no public key of SSH: it stops in the middle"),
        (ED[:-4], "the key is no public key of SSH: it stops in the middle"),
        (
            ED.replace("ssh-ed25519", "ssh-rsa", 1),
            'the key contradicts itself: it says "ssh-rsa", and is "ssh-ed25519"',
        ),
        (f"{ED}AAAA", "the key is no public key of SSH: something follows what should be its end"),
        (
            "ssh-dss AAAAB3NzaC1kc3MAAAAA",
            "the key is a DSA key, which is weak; make a new one with certmark key new",
        ),
        (
            "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQ=",
            'the key is a key of a kind that is not read here ("ecdsa-sha2-nistp384"); use Ed25519, ECDSA P-256 or RSA',
        ),
        (
            "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t",
            'the key is a key of a security token ("sk-ssh-ed25519@openssh.com"), which is not read here; use another key',
        ),
        (
            "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t",
            "the key is a certificate of SSH; name the plain key that it certifies",
        ),
    ],
)
def test_what_is_no_sound_public_key_is_refused_in_one_sentence(line: str, sentence: str) -> None:
    with pytest.raises(InvalidKey) as caught:
        public_from_line(line)
    assert sentence_of(caught.value) == sentence


@needs_openssl
@pytest.mark.parametrize("bits", ["512", "1024"])
def test_a_weak_key_is_refused_with_advice(tmp_path: Path, bits: str) -> None:
    path = tmp_path / "weak"
    run("openssl", "genrsa", "-out", str(path), bits)
    with pytest.raises(InvalidKey, match=rf"weak is an RSA key of {bits} bits, which is weak$") as caught:
        load_private(path)
    assert caught.value.advice == Advice(Action.MAKE_NEW_KEY)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the key is no private key; name a file that ssh-keygen, openssl or certmark key new made"),
        (ED.encode(), "the key is no private key but a public one; name the file without .pub"),
        (b"PuTTY-User-Key-File-3: x", "the key is no private key that is read here but PuTTY's; export it in OpenSSH's format"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "the key is no private key that is read here; take a fresh copy"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "the key is no private key of OpenSSH: it is damaged; take a fresh copy"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----", "the key is no private key of OpenSSH: it is damaged; take a fresh copy"),
    ],
)  # fmt: skip
def test_what_is_no_private_key_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidKey) as caught:
        load_private(content)
    assert sentence_of(caught.value) == sentence


def test_no_damage_to_a_private_key_goes_unseen(every_kind: dict[Algorithm, FileSigner]) -> None:
    """Whatever happens to the file: one sentence, or the same key."""
    document = private_document(every_kind[Algorithm.ED25519], None)
    for place in range(len(document)):
        damaged = document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :]
        try:
            assert load_private(damaged).public.blob == every_kind[Algorithm.ED25519].public.blob
        except InvalidKey as refusal:
            assert "\n" not in str(refusal)  # noqa: PT017 - most damage is refused, some is none


P = 2**255 - 19
ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL = [
    (y | sign << 255).to_bytes(32, "little") for y in (0, 1, P - 1, P, P + 1, ORDER_8, P - ORDER_8) for sign in (0, 1)
]


@pytest.mark.parametrize("point", SMALL, ids=[f"point-{number}" for number in range(len(SMALL))])
def test_a_key_under_which_anybody_can_sign_is_refused_wherever_it_stands(point: bytes) -> None:
    from binascii import b2a_base64

    from certmark.trust.errors import UnsoundNote
    from certmark.trust.keys import wire
    from certmark.trust.log.notes import NoteKey, NoteKind, read_note_key

    blob = wire.string(b"ssh-ed25519") + wire.string(point)
    with pytest.raises(InvalidKey, match="the key is a key of small order"):
        public_from_line(f"ssh-ed25519 {b2a_base64(blob, newline=False).decode()}")
    for kind in NoteKind:
        with pytest.raises(UnsoundNote, match="is of small order"):
            read_note_key(str(NoteKey("log.example", kind, point)))


@pytest.mark.parametrize(
    "modulus",
    [1 << 2047, (1 << 2047) + 2, 3**1292, 997 * ((1 << 2047) + 1)],
    ids=["a power of two", "even", "3^n", "997"],
)
def test_an_rsa_key_that_anybody_can_divide_is_refused(modulus: int) -> None:
    from certmark.trust.keys import wire
    from certmark.trust.keys.keys import public_from_blob

    with pytest.raises(InvalidKey, match="RSA key with small factors"):
        public_from_blob(wire.string(b"ssh-rsa") + wire.positive(65537) + wire.positive(modulus))


def test_of_two_signatures_of_ecdsa_the_one_with_the_small_s_is_made() -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signer = new_key(Algorithm.ECDSA_P256)
    for number in range(20):
        signature = signer.sign(b"%d" % number)
        assert decode_dss_signature(signature)[1] <= order // 2
        material.verify(signer.public, signature, b"%d" % number)


def test_a_comment_that_hides_something_is_refused() -> None:
    with pytest.raises(InvalidKey, match=r"has the character U\+2028 in its comment, which nobody sees"):
        public_from_line(f"{ED} x\u2028y")
