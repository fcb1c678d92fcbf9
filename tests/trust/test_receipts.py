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
from certmark.trust.log.receipts import (
    SKEW,
    Opening,
    Receipt,
    check_receipt,
    issue_receipts,
    opening_of,
    renew_receipt,
    time_of,
)
from support.log_keys import signer_of

KEY = signer_of("example.org/log")
CAME = dt.datetime(2026, 11, 22, 0, 31, 43, 5000, tzinfo=dt.timezone(dt.timedelta(hours=1)))
ENVELOPE = b'{"payloadType": "x"}\n'


def log_with(*entries: bytes) -> Log:
    log = Log("example.org/log", MemoryStore())
    log.append(entries)
    return log


def issued(log: Log) -> bytes:
    (receipt,) = issue_receipts(log, [ENVELOPE], CAME, [KEY])
    return receipt


def opening(receipt: bytes) -> bytes:
    return base64.b64decode(receipt.split(b"\n")[1].removeprefix(b"extra "))


@pytest.fixture(scope="module")
def receipt() -> bytes:
    return issued(log_with(b"a", b"b", b"c", b"d", b"e"))


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
    document = json.loads(opening(receipt))
    assert document == {
        "format": "certmark-log-entry",
        "version": 2,
        "received": "2026-11-21T23:31:43Z",
        "envelope_sha256": check_receipt(receipt, ENVELOPE, [KEY.key]).envelope_sha256,
        "salt": document["salt"],
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
    entry = base64.b64encode(opening_of(ENVELOPE, CAME + dt.timedelta(days=1)).document())
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
        ({"version": 3}, "of version"),
        ({"version": 2.0}, "of version"),
        ({"version": True}, "of version"),
        ({"received": "yesterday"}, "does not say when"),
        ({"received": "2026-02-31T00:00:00Z"}, "does not say when"),
        ({"envelope_sha256": "00"}, "does not say when"),
        ({"salt": None}, "does not say what its entry commits to"),
        ({"salt": "00"}, "does not say what its entry commits to"),
        ({"more": 1}, "does not say what its entry commits to"),
    ],
)
def test_an_entry_of_nonsense_is_refused(receipt: bytes, entry: dict[str, object], problem: str) -> None:
    odd = json.dumps(json.loads(opening(receipt)) | entry, separators=(",", ":")).encode()
    lines = receipt.split(b"\n")
    lines[1] = b"extra " + base64.b64encode(odd)
    with pytest.raises(UnsoundReceipt, match=problem):
        check_receipt(b"\n".join(lines), ENVELOPE, [KEY.key])


def test_what_is_in_the_log_names_no_envelope() -> None:
    """Entries of the same envelope at the same time differ, and only who has the salt can tell of what they are."""
    log = log_with()
    receipts = issue_receipts(log, [ENVELOPE, ENVELOPE], CAME, [KEY])
    entries = [json.loads(log.entry(index)) for index in range(2)]
    assert entries[0] != entries[1]
    for entry, receipt in zip(entries, receipts, strict=True):
        salt = bytes.fromhex(json.loads(opening(receipt))["salt"])
        assert entry == {
            "format": "certmark-log-entry",
            "version": 2,
            "received": "2026-11-21T23:31:43Z",
            "commitment": sha256(salt + sha256(ENVELOPE).digest()).hexdigest(),
        }
    found = Opening(check_receipt(receipts[0], ENVELOPE, [KEY.key]).received, sha256(ENVELOPE).hexdigest(), bytes(32))
    assert log.entry(0) != found.entry()


def test_a_receipt_is_given_again_with_witnesses() -> None:
    witness = signer_of("witness.example", 2, NoteKind.COSIGNATURE)
    log = log_with(b"a")
    first = issued(log)
    policy = WitnessPolicy((witness.key,), 1)
    with pytest.raises(UnsoundNote, match="was seen by 0 of the 1 witnesses"):
        check_receipt(first, ENVELOPE, [KEY.key], policy)
    log.append([b"later"])
    note = cosign(log.checkpoint([KEY]), [KEY.key], None, (), witness, time=1_795_000_000)
    found = check_receipt(renew_receipt(log, first, note), ENVELOPE, [KEY.key], policy)
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


def test_a_receipt_of_version_2_reads_for_ever(assets: Path) -> None:
    """Likewise; with a salted entry, and cosigned."""
    folder = assets / "log" / "v2"
    key, witness = (read_note_key((folder / f"{name}.vkey").read_text()) for name in ("log", "witness"))
    receipt, envelope = ((folder / f"envelope.dsse.json{ending}").read_bytes() for ending in (".tlog-proof", ""))
    cosigned = dt.datetime(2026, 11, 28, 12, 5, tzinfo=dt.UTC)
    assert check_receipt(receipt, envelope, [key], WitnessPolicy((witness,), 1)) == Receipt(
        received=dt.datetime(2026, 11, 28, 12, 0, 7, tzinfo=dt.UTC),
        envelope_sha256="fe1247a7e376723a54a3fbd18fe41bd230daae81911b62f9e85bb8e559272846",
        log="example.org/log",
        place=2,
        checkpoint=Checkpoint("example.org/log", 4, bytes.fromhex((folder / "root.txt").read_text())),
        witnessed=(Witnessed("witness.example", seconds(cosigned)),),
        cosigned=cosigned,
    )


def test_a_receipt_is_given_again_only_of_its_own_log_and_under_a_later_checkpoint() -> None:
    log = log_with(b"a")
    early = log.checkpoint([KEY])
    receipt = issued(log)
    with pytest.raises(UnsoundReceipt, match="of a time before the receipt's entry came"):
        renew_receipt(log, receipt, early)
    other = log_with(b"a", b"b")
    with pytest.raises(UnsoundReceipt, match="its entry is not there"):
        renew_receipt(other, receipt, other.checkpoint([KEY]))


def seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
RECEIVED = dt.datetime(2026, 11, 21, 23, 31, 43, tzinfo=dt.UTC)
WITNESSES = [signer_of(f"w{number}.example", 20 + number, NoteKind.COSIGNATURE) for number in range(3)]


def witnessed(times: list[int], quorum: int) -> Receipt:
    """A receipt under a checkpoint that witnesses cosigned at `times`, as it is checked with a quorum."""
    log = log_with(b"a")
    receipt = issued(log)
    note = log.checkpoint([KEY])
    for witness, time in zip(WITNESSES, times, strict=False):
        note = cosign(note, [KEY.key], None, (), witness, time=time)
    policy = WitnessPolicy(tuple(witness.key for witness in WITNESSES), quorum)
    return check_receipt(renew_receipt(log, receipt, note), ENVELOPE, [KEY.key], policy)


def test_without_witnesses_the_log_says_the_time_that_counts(receipt: bytes) -> None:
    assert time_of(check_receipt(receipt, ENVELOPE, [KEY.key]), NOW) == RECEIVED


def test_where_witnesses_are_asked_for_the_time_counts_by_which_a_quorum_had_cosigned() -> None:
    times = [seconds(RECEIVED + DAY * days) for days in (3, 1, 2)]
    for quorum in (1, 2, 3):
        assert time_of(witnessed(times, quorum), NOW) == RECEIVED + DAY * quorum


def test_one_witness_whose_clock_lies_moves_no_quorum_of_two_before_the_others() -> None:
    times = [1, seconds(RECEIVED + DAY), seconds(RECEIVED + 2 * DAY)]
    assert time_of(witnessed(times, 2), NOW) == RECEIVED + DAY


@pytest.mark.parametrize("time", [0, 253_402_300_800, 1_099_511_627_776, 2**63])
def test_a_cosignature_of_no_time_that_there_is_does_not_count(time: int) -> None:
    with pytest.raises(UnsoundNote, match="was seen by 1 of the 3 witnesses"):
        witnessed([time, seconds(RECEIVED)], 2)


@pytest.mark.parametrize("time", [1, seconds(RECEIVED - DAY), seconds(NOW + DAY), 253_402_300_799])
def test_a_cosignature_before_the_entry_or_after_now_is_refused(time: int) -> None:
    with pytest.raises(UnsoundReceipt, match=r"witnesses saw it there before|witnesses say .* after the time"):
        time_of(witnessed([time], 1), NOW)


def test_a_receipt_of_after_now_or_before_what_it_is_of_is_refused(receipt: bytes) -> None:
    found = check_receipt(receipt, ENVELOPE, [KEY.key])
    assert time_of(found, RECEIVED - SKEW, [(RECEIVED + SKEW, "the tests ended")]) == RECEIVED
    second = dt.timedelta(seconds=1)
    with pytest.raises(UnsoundReceipt, match=r"2026-11-21 23:31 UTC, which is after the time of the check"):
        time_of(found, RECEIVED - SKEW - second)
    with pytest.raises(UnsoundReceipt, match=r"and the tests ended on 2026-11-22 00:31 UTC; it cannot have come"):
        time_of(found, NOW, [(RECEIVED + SKEW + second, "the tests ended")])


@pytest.mark.parametrize("moment", [dt.datetime.max.replace(tzinfo=dt.UTC), dt.datetime.min.replace(tzinfo=dt.UTC)])
def test_no_time_is_too_far_away_to_be_compared(receipt: bytes, moment: dt.datetime) -> None:
    found = check_receipt(receipt, ENVELOPE, [KEY.key])
    if moment > RECEIVED:
        assert time_of(found, moment) == RECEIVED
    with pytest.raises(UnsoundReceipt):
        time_of(found, min(moment, NOW), [(max(moment, NOW), "it was signed")])
