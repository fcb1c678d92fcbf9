"""A list of allowed signers means here what it means to OpenSSH, or is refused: beside the real `ssh-keygen`."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from certmark.trust.errors import InvalidSigners
from certmark.trust.keys import wire
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm
from certmark.trust.signers.openssh import read_allowed_signers
from certmark.trust.signers.signers import Claim, permission
from support.signed import KEY, NOW, OTHER

LINE = KEY.public.line
BARE = LINE.rpartition(" ")[0]
TOKEN_BLOB = wire.string(b"sk-ssh-ed25519@openssh.com") + wire.string(bytes(range(32))) + wire.string(b"ssh:")


class OpenSsh:
    """A signature over nothing, and OpenSSH's answers to whether its maker may sign."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        key = folder / "key"
        key.write_bytes(private_document(KEY, None))
        key.chmod(0o600)
        (folder / "it").write_bytes(b"")
        self._call("-Y", "sign", "-f", str(key), "-n", "certmark", str(folder / "it"))

    def _call(self, *words: str) -> int:
        with (self._folder / "it").open("rb") as message:
            return subprocess.run(
                ["ssh-keygen", "-q", *words], stdin=message, capture_output=True, check=False,
                env={"TZ": "UTC", "PATH": os.environ["PATH"]},
            ).returncode  # fmt: skip

    def allows(self, text: bytes, principal: str) -> bool:
        """Whether the list in `text` lets the key sign for `principal`."""
        place = self._folder / "allowed"
        place.write_bytes(text)
        words = ("-f", str(place), "-I", principal, "-n", "certmark", "-s", str(self._folder / "it.sig"))
        return self._call("-Y", "verify", *words, f"-Overify-time={NOW:%Y%m%d%H%M%S}Z") == 0


@pytest.fixture(scope="module")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> OpenSsh:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")
    return OpenSsh(tmp_path_factory.mktemp("openssh"))


def allows(text: bytes, vendor: str) -> bool | None:
    """What Certmark answers; None: it refuses the list."""
    try:
        signers = read_allowed_signers(text, "allowed")
    except InvalidSigners:
        return None
    return permission(signers, [KEY.public], Claim(vendor), NOW).allowed


def token_line() -> str:
    from binascii import b2a_base64

    return f"sk-ssh-ed25519@openssh.com {b2a_base64(TOKEN_BLOB, newline=False).decode()}"


SAME = [
    f"Acme {LINE}",
    f"acme {LINE}",
    f"ACME,Acme {LINE}",
    f"Acme,!acme {LINE}",
    f"Acme,!Acme {LINE}",
    f"!Acme,* {LINE}",
    f"*,!A?me {LINE}",
    f"A?me {LINE}",
    f"* {LINE}",
    f"*@* {LINE}",
    f"root@* {LINE}",
    f"@Acme {LINE}",
    f"Acme, {LINE}",
    f"\tAcme\t{LINE}",
    f'"Acme" {LINE}',
    f'"Other Clouds,Acme" {LINE}',
    f'"Other, Acme" {LINE}',
    f"Acme {LINE}\r",
    f'Acme namespaces="" {LINE}',
    f'Acme namespaces="certmark" {LINE}',
    f'Acme namespaces="Certmark" {LINE}',
    f'Acme NAMESPACES="cert*" {LINE}',
    f'Acme namespaces="git,!certmark,*" {LINE}',
    f'Acme namespaces="git,certmark" {LINE}',
    f'Acme valid-before="20261122120000Z" {LINE}',
    f'Acme valid-before="20261122115959Z" {LINE}',
    f'Acme valid-after="20261122120000Z" {LINE}',
    f'Acme valid-after="20261122120001Z" {LINE}',
    f'Acme valid-after="20260101",valid-before="20270101" {LINE}',
    f"Acme {OTHER.public.line}\nAcme {LINE}",
    f"Acme {token_line()}\nAcme {LINE}",
    f"Acme {token_line()}\nOther {LINE}",
    f"#Acme {LINE}\nOther {LINE}",
    f"Acme ssh-ed25519 AAAA\nAcme {LINE}",
    f"Acme {LINE.replace('ssh-ed25519', 'ssh-rsa', 1)}\nAcme {LINE}",
]
REFUSED = [
    f"Other {BARE} x\u2028Acme {BARE}",
    f"Other {BARE} x\x0bAcme {BARE}",
    f"Other {BARE} x\x85Acme {BARE}",
    f"Other {BARE} x\rAcme {BARE}",
    f"Other {BARE} x\u200b",
    f"\ufeffAcme {LINE}",
    f'Acme namespaces="certmark", {LINE}',
    f'Acme namespaces="certmark {LINE}',
    f'Acme colour="red" {LINE}',
    f'Acme valid-before="20270101",valid-after="20280101" {LINE}',
    f'Acme valid-before="19700101Z" {LINE}',
    f'Acme valid-before="2027010112" {LINE}',
    f'Acme valid-before="٢٠٢٧٠١٠١" {LINE}',
    f'"Acme {LINE}',
    f'Ac"me" {LINE}',
    "Acme",
]


@pytest.mark.parametrize("text", SAME, ids=[f"line-{number}" for number in range(len(SAME))])
def test_a_line_means_what_openssh_takes_it_for(openssh: OpenSsh, text: str) -> None:
    data = f"{text}\n".encode()
    for vendor in ("Acme", "acme", "Acme Clouds"):
        assert allows(data, vendor) is openssh.allows(data, vendor), vendor


@pytest.mark.parametrize("text", REFUSED, ids=[f"line-{number}" for number in range(len(REFUSED))])
def test_a_line_that_hides_something_or_is_damaged_refuses_the_list(text: str) -> None:
    assert allows(f"{text}\n".encode(), "Acme") is None


WORDS = ("Acme", "acme", "*", "!", ",", ",", "?", "@x", "A*", "Äcme", '"', " ", "#")
OPTIONS = ("", "", " ", "\t", ' namespaces="certmark"', ' namespaces="!c*,*"', ' valid-before="20270101",valid-after="20260101"',
           ' valid-after="20270101Z"', " cert-authority", ' namespaces="certmark', ",")  # fmt: skip
ENDS = (f" {LINE}\n", f" {BARE}", f" {OTHER.public.line}\n", "\r\n", f" {BARE}\r\n")


def test_lists_at_random_mean_what_openssh_takes_them_for(openssh: OpenSsh) -> None:
    choices = random.Random(20)  # noqa: S311 - the same lists each time
    allowed = 0
    for _ in range(500):
        lines = [
            "".join(choices.choices(WORDS, k=choices.randrange(1, 5))) + choices.choice(OPTIONS) + choices.choice(ENDS)
            for _ in range(choices.randrange(1, 4))
        ]
        data = "".join(lines).encode()
        for vendor in ("Acme", "Äcme"):
            answer = allows(data, vendor)
            allowed += answer is True
            if answer is not None:
                assert answer is openssh.allows(data, vendor), data
    assert allowed > 40, "most of them would say nothing"


@pytest.mark.parametrize(
    ("principals", "vendor", "found"),
    [
        ("ops@acme.example", "acme.example", True),
        ("*@acme.example", "acme.example", True),
        ("*@acme.example", "ACME.example", False),
        ("*@acme.example,!acme.example", "acme.example", False),
        ("*@acme.example,!ACME.example", "acme.example", False),
        ("*@acme.example,!*@acme.example", "acme.example", False),
        ("!ops@acme.example,*@acme.example", "acme.example", False),
        ("*@acme.*", "acme.example", False),
        ("*@*", "acme.example", False),
        ("@acme.example", "acme.example", False),
        ("ops@acme.example", "ops@acme.example", True),
        ("ops@acme.example", "Acme", False),
    ],
)
def test_an_address_speaks_for_its_domain_unless_that_is_excluded(principals: str, vendor: str, found: bool) -> None:
    """The one thing in which a list means more here than to OpenSSH (docs/reference/attestation.md)."""
    assert allows(f"{principals} {LINE}\n".encode(), vendor) is found


@pytest.mark.parametrize("algorithm", ["sk", "p384", "rsa1024", "authority", "small order"])
def test_a_line_of_no_use_costs_itself_and_is_told(algorithm: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    def line_of(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
        return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    match algorithm:
        case "sk":
            line = token_line()
        case "p384":
            line = line_of(ec.generate_private_key(ec.SECP384R1()).public_key())
        case "rsa1024":
            line = line_of(rsa.generate_private_key(65537, 1024).public_key())  # noqa: S505 - weak, as it should be
        case "authority":
            line = f"cert-authority {OTHER.public.line}"
        case _:
            line = "ssh-ed25519 " + ed25519_line(bytes(32))
    signers = read_allowed_signers(f"# ours\n\nBob {line}\nAcme {LINE}\n".encode(), "allowed")
    assert [one.name for one in signers.signatories] == ["Acme (line 4)"]
    (unused,) = signers.unused
    assert unused.startswith("allowed, line 3 ")


def ed25519_line(point: bytes) -> str:
    from binascii import b2a_base64

    blob = wire.string(b"ssh-ed25519") + wire.string(point)
    return b2a_base64(blob, newline=False).decode()


def test_a_new_key_is_of_use() -> None:
    for algorithm in Algorithm:
        line = new_key(algorithm).public.line
        assert read_allowed_signers(f"Acme {line}\n".encode(), "allowed").unused == ()
