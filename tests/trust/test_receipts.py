"""Receipts: of just this envelope, at just this time, in just this place; checked with nothing else at hand."""

from __future__ import annotations

import base64
import datetime as dt
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import TrustError, UnsoundNote, UnsoundProof, UnsoundReceipt
from certmark.trust.log.checkpoints import Checkpoint, Witnessed, WitnessPolicy, cosign
from certmark.trust.log.log import Log, MemoryStore
from certmark.trust.log.notes import NoteKind, read_note_key
from certmark.trust.log.receipts import Receipt, check_receipt, issue_receipt, log_entry, write_receipt
from support.log_keys import signer_of

KEY = signer_of("example.org/log")
CAME = dt.datetime(2026, 11, 22, 0, 31, 43, 5000, tzinfo=dt.timezone(dt.timedelta(hours=1)))
ENVELOPE = b'{"payloadType": "x"}\n'


def log_with(*entries: bytes) -> Log:
    log = Log("example.org/log", MemoryStore())
    log.append(entries)
    return log


@pytest.fixture(scope="module")
def receipt() -> bytes:
    return issue_receipt(log_with(b"a", b"b", b"c", b"d", b"e"), ENVELOPE, CAME, [KEY])


def test_a_receipt_says_when_and_where(receipt: bytes) -> None:
    found = check_receipt(receipt, ENVELOPE, [KEY.key])
    assert found == Receipt(
        received=dt.datetime(2026, 11, 21, 23, 31, 43, tzinfo=dt.UTC),
        envelope_sha256=sha256(ENVELOPE).hexdigest(),
        log="example.org/log",
        place=5,
        checkpoint=found.checkpoint,
        witnessed=(),
    )
    assert (found.checkpoint.origin, found.checkpoint.size) == ("example.org/log", 6)


def test_a_receipt_is_a_proof_in_the_public_form(receipt: bytes) -> None:
    lines = receipt.decode().splitlines()
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert json.loads(base64.b64decode(lines[1].removeprefix("extra "))) == {
        "format": "certmark-log-entry",
        "version": 1,
        "received": "2026-11-21T23:31:43Z",
        "envelope_sha256": check_receipt(receipt, ENVELOPE, [KEY.key]).envelope_sha256,
    }
    assert lines[2] == "index 5"
    assert lines[lines.index("") + 1 : lines.index("") + 3] == ["example.org/log", "6"]


def test_a_receipt_of_another_envelope_is_refused(receipt: bytes) -> None:
    with pytest.raises(UnsoundReceipt, match="of another envelope, or the envelope was changed"):
        check_receipt(receipt, ENVELOPE + b" ", [KEY.key])


def test_a_log_that_nobody_trusts_gives_no_receipt(receipt: bytes) -> None:
    with pytest.raises(UnsoundNote, match="signed by no key that you trust"):
        check_receipt(receipt, ENVELOPE, [signer_of("example.org/log", 9).key])
    with pytest.raises(UnsoundNote):
        check_receipt(receipt, ENVELOPE, [])


def test_an_entry_that_is_not_in_the_log_is_refused(receipt: bytes) -> None:
    entry = base64.b64encode(log_entry(ENVELOPE, CAME + dt.timedelta(days=1)))
    lines = receipt.split(b"\n")
    lines[1] = b"extra " + entry
    with pytest.raises(UnsoundProof, match="it is not in this log"):
        check_receipt(b"\n".join(lines), ENVELOPE, [KEY.key])


@given(data=st.data())
def test_a_flipped_bit_of_a_receipt_is_found(receipt: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(receipt) * 8 - 1))
    changed = bytearray(receipt)
    changed[place // 8] ^= 1 << place % 8
    with pytest.raises(TrustError) as caught:
        check_receipt(bytes(changed), ENVELOPE, [KEY.key])
    assert "\n" not in str(caught.value)


def test_every_byte_of_a_receipt_matters(receipt: bytes) -> None:
    for place in range(len(receipt)):
        changed = bytearray(receipt)
        changed[place] ^= 1
        with pytest.raises(TrustError):
            check_receipt(bytes(changed), ENVELOPE, [KEY.key])


@given(st.binary(max_size=300))
def test_anything_is_refused_as_a_receipt(data: bytes) -> None:
    for content in (
        data,
        b"c2sp.org/tlog-proof@v1\nextra " + data,
        b"c2sp.org/tlog-proof@v1\nextra e30=\nindex 0\n" + data,
    ):
        with pytest.raises(TrustError) as caught:
            check_receipt(content, ENVELOPE, [KEY.key])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"format": "other"}, "of something else than an envelope"),
        ({"version": 2}, "of version"),
        ({"version": True}, "of version"),
        ({"received": "yesterday"}, "does not say when"),
        ({"received": "2026-02-31T00:00:00Z"}, "does not say when"),
        ({"envelope_sha256": "00"}, "does not say when"),
    ],
)
def test_an_entry_of_nonsense_is_refused(entry: dict[str, object], problem: str) -> None:
    log = log_with(json.dumps(json.loads(log_entry(ENVELOPE, CAME)) | entry).encode())
    with pytest.raises(UnsoundReceipt, match=problem):
        check_receipt(write_receipt(log, 0, log.checkpoint([KEY])), ENVELOPE, [KEY.key])


def test_a_receipt_is_given_again_with_witnesses() -> None:
    witness = signer_of("witness.example", 2, NoteKind.COSIGNATURE)
    log = log_with(b"a")
    first = issue_receipt(log, ENVELOPE, CAME, [KEY])
    policy = WitnessPolicy((witness.key,), 1)
    with pytest.raises(UnsoundNote, match="was seen by 0 of the 1 witnesses"):
        check_receipt(first, ENVELOPE, [KEY.key], policy)
    log.append([b"later"])
    note = cosign(log.checkpoint([KEY]), [KEY.key], None, (), witness, time=1_795_000_000)
    found = check_receipt(write_receipt(log, 1, note), ENVELOPE, [KEY.key], policy)
    assert (found.place, found.checkpoint.size, found.witnessed) == (
        1,
        3,
        (Witnessed("witness.example", 1_795_000_000),),
    )


def test_a_receipt_of_version_1_reads_for_ever(assets: Path) -> None:
    """The compatibility promise: these files are never made anew."""
    folder = assets / "log" / "v1"
    key = read_note_key((folder / "log.vkey").read_text())
    found = check_receipt(
        (folder / "envelope.dsse.json.tlog-proof").read_bytes(), (folder / "envelope.dsse.json").read_bytes(), [key]
    )
    assert found == Receipt(
        received=dt.datetime(2026, 11, 22, 0, 31, 43, tzinfo=dt.UTC),
        envelope_sha256="fe1247a7e376723a54a3fbd18fe41bd230daae81911b62f9e85bb8e559272846",
        log="example.org/log",
        place=6,
        checkpoint=Checkpoint("example.org/log", 7, bytes.fromhex((folder / "root.txt").read_text())),
        witnessed=(),
    )
