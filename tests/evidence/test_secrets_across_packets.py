"""Secrets of tests wherever they lie in a stream, also across its packets: masked, and nothing else is touched."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certmark.evidence.bundle import preview_bundle, read_bundle, verify_bundle, write_bundle
from certmark.evidence.bundle.masking import copy_masked
from certmark.evidence.results import read_evidence
from certmark.evidence.secrets.texts import OVERLAP, STEP, mapped
from certmark.formats.errors import SecretsInside
from certmark.formats.results.subunit import write_v2
from certmark.formats.secrets.search import find_secrets
from support.build import attempt
from support.masking import find_test_secrets
from support.planted import FERNET
from support.recorded_run import NAMES, record_run
from support.streams_in_packets import packet

BODY = "\n".join(f"MIIEowIBAAKCAQEA{line:02}bTgYk+/9x0QzKqLmWcVt3yPaRsUoXhJdEfGi8NvBl7" for line in range(20))
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----\n"
# tempest.lib.common.rest_client logs the answer's bytes as Python prints them: what JSON has escaped is escaped again.
ANSWER = "        Body: " + repr(
    json.dumps(
        {"keypair": {"name": "k", "private_key": KEY, "public_key": "ssh-rsa AAAAB3 me", "user_id": "u"}}
    ).encode()
)
PASSWORD = "F7$vK!Hv25o"
TIMEOUT = (
    "Traceback (most recent call last):\n"
    '  File "/t/tempest/lib/common/ssh.py", line 155, in _get_ssh_connection\n    raise exceptions.SSHTimeout(\n'
    "tempest.lib.exceptions.SSHTimeout: Connection to the 10.0.0.7 via SSH timed out.\n"
    f"User: root, Password: {PASSWORD}\n"
)
SERVER = f'Body: b\'{{"server": {{"id": "1", "adminPass": "{PASSWORD}"}}}}\''
LINES_OF_BODY = [line.encode() for line in BODY.split("\n")]


def stream_in_pieces(text: bytes, cuts: list[int], between: bytes = b"", name: str = "pythonlogging:''") -> bytes:
    """Two tests, the first one failed and with `text` cut at `cuts`."""
    edges = [0, *sorted(cuts), len(text)]
    out = [packet(NAMES[0], status=2), packet(NAMES[1], status=2)]
    for start, end in itertools.pairwise(edges):
        out += [packet(NAMES[0], piece=(name, text[start:end])), between]
    return b"".join([*out, packet(NAMES[0], status=6), packet(NAMES[1], status=3)])


def masked(path: Path) -> bytes:
    with copy_masked(path, find_test_secrets(path)) as copy:
        return copy.read()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces") / "raw"


def assert_masked(path: Path, raw: bytes, secrets: list[bytes], longest: int = 0) -> None:
    """Nothing of `secrets` of more than `longest` bytes is left, and the stream is as sound as it was."""
    path.write_bytes(raw)
    planted = raw + b"".join(attachments_in_pieces(raw))
    assert [secret for secret in secrets if secret in planted] != []
    done = masked(path)
    assert len(done) == len(raw)
    told = b"".join(attachments_in_pieces(done))
    for secret in secrets:
        assert secret not in done
        assert not longest or all(
            secret[at : at + longest] not in told for at in range(max(1, len(secret) - longest + 1))
        )
    before = read_evidence(str(path), digest=False)[0]
    path.write_bytes(done)
    after = read_evidence(str(path), digest=False)[0]
    assert (after.remarks, after.truncated) == (before.remarks, before.truncated) == ((), False)
    assert [one._replace(detail=None) for one in after.attempts] == [
        one._replace(detail=None) for one in before.attempts
    ]


def attachments_in_pieces(stream: bytes) -> list[bytes]:
    """The attachments of a stream, each in one."""
    with tempfile.TemporaryFile() as file:
        file.write(stream)
        file.flush()
        with mapped(file) as content:
            return [one.text for one in content.texts()]


@pytest.mark.parametrize("cut", range(0, len(ANSWER), 7))
def test_a_key_is_masked_wherever_a_packet_ends(place: Path, cut: int) -> None:
    text = ANSWER.encode()
    assert_masked(place, stream_in_pieces(text, [cut]), LINES_OF_BODY, longest=12)


@given(cuts=st.lists(st.integers(0, len(ANSWER)), max_size=6), between=st.sampled_from([b"", packet(NAMES[1])]))
@settings(max_examples=60)
def test_a_key_in_many_packets_is_masked_in_each(place: Path, cuts: list[int], between: bytes) -> None:
    between = packet(NAMES[1], piece=("stdout", b"in between")) if between else b""
    assert_masked(place, stream_in_pieces(ANSWER.encode(), cuts, between), LINES_OF_BODY, longest=12)


@pytest.mark.parametrize("text", [TIMEOUT, SERVER], ids=["SSHTimeout", "adminPass"])
def test_a_password_is_masked_wherever_a_packet_ends(place: Path, text: str) -> None:
    first = text.index(PASSWORD)
    for cut in range(first - 30, min(len(text), first + len(PASSWORD) + 2)):
        assert_masked(place, stream_in_pieces(text.encode(), [cut], name="log"), [PASSWORD.encode()], longest=6)


@pytest.mark.parametrize("text", [ANSWER, TIMEOUT, SERVER], ids=["key", "SSHTimeout", "adminPass"])
@pytest.mark.parametrize("offset", [*range(-40, 41, 8), -2_000, -1_000])
@pytest.mark.parametrize("border", [STEP, STEP + STEP - OVERLAP])
def test_it_is_masked_wherever_what_is_looked_through_at_once_ends(
    place: Path, text: str, offset: int, border: int
) -> None:
    filled = b"." * (border + offset) + b"\n" + text.encode() + b"\n" + b"." * 100
    assert_masked(place, stream_in_pieces(filled, []), [*LINES_OF_BODY, PASSWORD.encode()])


def test_a_key_that_the_log_cut_short_is_masked(place: Path) -> None:
    for length in range(ANSWER.index("BEGIN") + 30, len(ANSWER), 101):
        raw = stream_in_pieces(ANSWER[:length].encode(), [])
        place.write_bytes(raw)
        done = masked(place)
        assert [line for line in LINES_OF_BODY if line[:20] in done] == []


def test_masked_pieces_have_one_value_and_the_raw_digest(tmp_path: Path) -> None:
    raw = stream_in_pieces(ANSWER.encode() + b"\n" + TIMEOUT.encode(), [100, 400, 900])
    folder = record_run(tmp_path / "run", stream=raw)
    path = write_bundle(folder)
    assert {one.name: one.problem for one in verify_bundle(path).checks if one.problem} == {}
    with read_bundle(path) as bundle:
        (member,) = [one for one in bundle.manifest.members if one.path.startswith("streams/")]
        content = b"".join(bundle.content(one.path) for one in bundle.manifest.members)
        told = {one.what for one in bundle.manifest.removals if one.member == member.path}
    assert member.original == hashlib.sha256(raw).hexdigest() != member.sha256
    assert told == {"password in an answer or a request", "password for SSH"}  # a key under a name of secrets
    assert PASSWORD.encode() not in content
    assert [line for line in LINES_OF_BODY if line in content] == []


@pytest.mark.parametrize("cut", [20, 60, 100])
def test_a_token_across_packets_still_refuses_the_bundle(tmp_path: Path, cut: int) -> None:
    folder = record_run(tmp_path / "run", stream=stream_in_pieces(f"token is {FERNET} now".encode(), [cut]))
    with pytest.raises(SecretsInside, match="a token stands in"):
        write_bundle(folder)
    assert len(preview_bundle(folder).leaks) == 1


@pytest.mark.parametrize("counter", range(60))
def test_no_stream_is_refused_by_what_its_checksums_happen_to_be(tmp_path: Path, counter: int) -> None:
    """An attachment without a newline at its end, and a checksum that may be printable, in each of 60 streams."""
    ends = (
        f"test {counter}\nUser: root, Password: xyz",
        f"test {counter}\nas 'root' with password xyz",
        f"GET http://127.0.0.1:{19292 + counter}",
        f"test {counter}, User: cirros, Password: None",
    )
    pieces = [packet(NAMES[0], piece=(f"log {n}", text.encode())) for n, text in enumerate(ends)]
    folder = record_run(tmp_path / "run", stream=stream_in_pieces(b"", [], b"".join(pieces)))
    with read_bundle(write_bundle(folder)) as bundle:
        content = bundle.content("streams/w0-a1.subunit")
        assert {one.what for one in bundle.manifest.removals if one.member.startswith("streams/")} == {
            "password for SSH"
        }
    texts = b"".join(attachments_in_pieces(content))
    assert texts.count(b"***") == 2
    assert b"xyz" not in texts
    assert b"Password: None" in texts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"http://me:hunter22@cloud/", [b"hunter22"]),
        (b"http://me:hunter22@cloud", [b"hunter22"]),
        (b"http://me:12345@cloud:80'", [b"12345"]),
        (b"amqp://nova:9292x@10.0.0.1:5672/", [b"9292x"]),
        (b"http://me:hunter22@[fd00::1]:80/", [b"hunter22"]),
        (b"redis://:hunter22@cloud/", [b"hunter22"]),
        (b"http://me:hunter22@ cloud", []),
        (b"http://cloud:9292v@\x12\x80\xb3)", []),
        (b"mysql://nova:a/b+c@127.0.0.1/nova", [b"a/b+c"]),
        (b"http://cloud:9292/a@b", []),
        (
            "amqp://nova:\u043f\u0430\u0440\u043e\u043b\u044c@10.0.0.1:5672/".encode(),
            ["\u043f\u0430\u0440\u043e\u043b\u044c".encode()],
        ),
        (b"amqp://nova:one1one@a:5672,nova:two2two@b:5672/", [b"one1one", b"two2two"]),
        (b"https://8f14e45fceea167a5a36dedd4bea2543@git.example/x", [b"8f14e45fceea167a5a36dedd4bea2543"]),
        (b"ssh://git@git.example/x", []),
        (b"http://glance:ServiceNotAvailable@10.0.0.1/", []),
        (b"http://cloud:9292/ mail joe@example.org", []),
    ],
)
def test_a_password_in_a_url_has_a_user_before_and_a_host_after_it(text: bytes, value: list[bytes]) -> None:
    assert [one.value for one in find_secrets(text)] == value


@pytest.mark.parametrize(
    "text",
    [
        b"User: cirros, Password: None\n",
        b"User: cirros, Password: None\\nnext",
        b"as 'cirros' with password None\n",
        b"the password is too short",
        b"-----BEGIN RSA PRIVATE KEY----- is missing in the answer",
        b"-----BEGIN PRIVATE KEY-----<hidden>-----END PRIVATE KEY-----",
        b"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
    ],
)
def test_what_only_speaks_of_secrets_is_left(text: bytes) -> None:
    assert list(find_secrets(text)) == []


def test_all_that_is_told_of_a_failed_ssh_test_has_no_password(tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_bytes(stream_in_pieces(TIMEOUT.encode(), [], name="traceback"))
    (piece,) = read_evidence(str(path), digest=False)
    detail = piece.attempts[0].detail
    assert detail is not None
    assert PASSWORD not in repr(detail)
    assert detail.reason.endswith("via SSH timed out. User: root, Password: <hidden>")


def test_a_clean_stream_has_nothing_to_mask(place: Path) -> None:
    out = io.BytesIO()
    write_v2([attempt(NAMES[0], at=1)], out)
    place.write_bytes(out.getvalue())
    assert find_test_secrets(place) == ()
    place.write_bytes(b"")
    assert find_test_secrets(place) == ()
