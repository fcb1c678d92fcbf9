"""Signatures of ssh-keygen -Y, RefStack's, and ssh-agent: with the real programs where they are there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.advice import Action, Advice
from certmark.evidence.artifacts import artifact_of
from certmark.trust.errors import AgentUnavailable, BadSignature
from certmark.trust.keys import material
from certmark.trust.keys.agent import agent_keys, agent_signer
from certmark.trust.keys.files import FileSigner, load_private, load_public, new_key, private_document
from certmark.trust.keys.keys import Algorithm
from certmark.trust.keys.signatures import read_ssh_signature, sign_as_ssh
from certmark.trust.signers.signers import any_key
from certmark.trust.verification.detached import is_detached, verify_detached
from certmark.trust.verification.findings import Fault
from support.signed import ALL_OK, OTHER, UNJUDGED, Signed, failure, outcomes

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[Algorithm, Path]:
    """A file of each kind."""
    folder = tmp_path_factory.mktemp("keys")
    for algorithm in Algorithm:
        path = folder / algorithm.value
        path.touch(0o600)
        made = new_key(algorithm, "me")
        path.write_bytes(private_document(made, None))
        (folder / f"{algorithm.value}.pub").write_text(made.public.line + "\n")
    return {algorithm: folder / algorithm.value for algorithm in Algorithm}


def sign(key: Path, file: Path, namespace: str = "certmark", *options: str) -> bytes:
    """The signature of ssh-keygen over `file`."""
    words = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", namespace, *options]
    return subprocess.run(words, input=file.read_bytes(), check=True, capture_output=True).stdout


@pytest.mark.parametrize("algorithm", Algorithm)
def test_ssh_keygen_checks_what_is_signed_here(
    keys: dict[Algorithm, Path], algorithm: Algorithm, tmp_path: Path
) -> None:
    signature = tmp_path / "file.sig"
    signature.write_bytes(sign_as_ssh(b"message", load_private(str(keys[algorithm]), None)))
    words = ["ssh-keygen", "-Y", "check-novalidate", "-n", "certmark", "-s", str(signature)]
    assert subprocess.run(words, input=b"message", check=False, capture_output=True).returncode == 0
    assert subprocess.run(words, input=b"another", check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_signature_of_ssh_keygen_is_checked(
    keys: dict[Algorithm, Path], algorithm: Algorithm, digest: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"message")
    data = sign(keys[algorithm], file, "certmark", "-O", f"hashalg={digest}")
    found = read_ssh_signature(data)
    assert (found.key.id, found.namespace, found.digest) == (
        load_public(f"{keys[algorithm]}.pub").id,
        "certmark",
        digest,
    )
    found.verify(b"message")
    with pytest.raises(BadSignature):
        found.verify(b"massage")


def test_every_byte_of_a_signature_counts(keys: dict[Algorithm, Path], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"message")
    data = sign(keys[Algorithm.ED25519], file)
    key = load_public(f"{keys[Algorithm.ED25519]}.pub")
    for place in range(len(data)):
        bad = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        try:
            found = read_ssh_signature(bad)
            found.verify(b"message")
        except ValueError as refusal:
            assert "\n" not in str(refusal)  # noqa: PT017 - most damage is refused, some is none
        else:
            # Only what is around the signature may differ: its line ends.
            assert data[place : place + 1] == b"\n"
            assert found.key.blob == key.blob


def test_a_bundle_under_a_signature_of_ssh(signed: Signed, keys: dict[Algorithm, Path]) -> None:
    data = sign(keys[Algorithm.ED25519], Path(signed.bundle))
    key = load_public(f"{keys[Algorithm.ED25519]}.pub")
    answer = verify_detached("it.sig", data, artifact_of(signed.bundle), signed.trust(signers=any_key([key])))
    assert outcomes(answer) == ALL_OK
    answer = verify_detached("it.sig", data, artifact_of(signed.bundle), signed.trust(signers=any_key([OTHER.public])))
    assert outcomes(answer) == {**ALL_OK, "signer": "failed"}
    answer = verify_detached("it.sig", data, artifact_of(str(signed.run / "report.json")), signed.trust())
    assert failure(answer).fault is Fault.SIGNATURE


def test_a_signature_for_something_else_does_not_count(signed: Signed, keys: dict[Algorithm, Path]) -> None:
    data = sign(keys[Algorithm.ED25519], Path(signed.bundle), "git")
    assert failure(verify_detached("it.sig", data, artifact_of(signed.bundle), signed.trust())).sentence == (
        'it.sig was made for "git", not for certmark: sign with ssh-keygen -Y sign -n certmark'
    )


def test_a_signature_of_refstack_is_checked(tmp_path: Path, signed: Signed) -> None:
    """Hex of RSA PKCS#1 v1.5 with SHA-256 over the exact bytes: as refstack-client sent it."""
    signer = new_key(Algorithm.RSA)
    upload = tmp_path / "upload.json"
    upload.write_bytes(b'{"cpid": "x", "duration_seconds": 1, "results": [{"name": "a.B.c"}]}')
    data = signer.sign(upload.read_bytes()).hex().encode()
    assert is_detached(data)
    trust = signed.trust(signers=any_key([signer.public]))
    assert outcomes(verify_detached("it", data, artifact_of(str(upload)), trust)) == {
        **UNJUDGED, "guideline": "not checked", "verdict": "not checked",
    }  # fmt: skip
    upload.write_bytes(upload.read_bytes() + b" ")
    assert failure(verify_detached("it", data, artifact_of(str(upload)), trust)).fault is Fault.SIGNATURE
    answer = verify_detached("it", data, artifact_of(str(upload)), signed.trust())
    assert failure(answer).sentence == "a signature of RefStack does not say whose it is"
    assert failure(answer).advice == Advice(Action.NAME_SIGNER_KEY)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "the signature is no signature of ssh-keygen -Y sign"),
        ("!!!!", "the signature is no signature of SSH: it is damaged; take a fresh copy"),
        ("AAAA", "the signature is no signature of SSH: it stops in the middle"),
        ("U1NIU0lHAAAAAg==", "the signature is no signature of SSH: it is not of version 1"),
    ],
)
def test_what_is_no_signature_is_refused(body: str, sentence: str) -> None:
    armoured = f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n".replace("\n\n", "\n")
    with pytest.raises(BadSignature) as caught:
        read_ssh_signature(armoured.encode())
    assert str(caught.value) == sentence


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real ssh-agent of this test's own."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not on this machine")
    place = (
        Path(os.path.relpath(tmp_path / "a")) if len(str(tmp_path)) > 90 else tmp_path / "a"
    )  # the limit of a socket's path
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), "it says where it is once it listens there"
        monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
        yield place
        process.terminate()


def test_keys_in_an_agent_sign(agent: Path, keys: dict[Algorithm, Path]) -> None:
    assert agent.exists()
    subprocess.run(["ssh-add", "-q", *map(str, keys.values())], check=True)
    held = agent_keys()
    assert [key.algorithm for key in held] == list(keys)
    for key in held:
        material.verify(key, agent_signer(key).sign(b"message"), b"message")
    with pytest.raises(AgentUnavailable, match=r"ssh-agent does not hold SHA256:.*; add its private key with ssh-add"):
        agent_signer(OTHER.public)


def test_a_locked_agent_has_no_keys(agent: Path) -> None:
    assert agent.exists()
    assert agent_keys() == ()


def test_without_an_agent_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(AgentUnavailable, match=r"there is no ssh-agent \(SSH_AUTH_SOCK is not set\)"):
        agent_keys()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nothing"))
    with pytest.raises(AgentUnavailable, match="ssh-agent cannot be reached at SSH_AUTH_SOCK"):
        agent_keys()


def test_ssh_keygen_verifies_with_the_line_that_key_show_prints(tmp_path: Path, keys: dict[Algorithm, Path]) -> None:
    """The list of allowed signers is one file for both."""
    file, signature, allowed = tmp_path / "file", tmp_path / "sig", tmp_path / "allowed"
    file.write_bytes(b"message")
    signature.write_bytes(sign(keys[Algorithm.ED25519], file))
    key = load_public(f"{keys[Algorithm.ED25519]}.pub")
    allowed.write_text(f'"Acme Clouds" namespaces="certmark" {key.line}\n')
    words = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        str(allowed),
        "-I",
        "Acme Clouds",
        "-n",
        "certmark",
        "-s",
        str(signature),
    ]
    done = subprocess.run(words, input=b"message", check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_signer_of_a_file_is_a_signer() -> None:
    signer: FileSigner = new_key(Algorithm.ED25519)
    material.verify(signer.public, signer.sign(b""), b"")
