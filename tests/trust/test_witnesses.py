"""What a witness is asked and answers: one history of each log, and nothing that it did not see grow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import TrustError, UnsoundNote, UnsoundProof
from certmark.trust.log.checkpoints import open_checkpoint
from certmark.trust.log.log import Log, MemoryStore
from certmark.trust.log.memory import CheckpointMemory
from certmark.trust.log.notes import NoteKind, add_verified
from certmark.trust.log.witness import CosigningRequest, answer_request, read_request, write_request
from support.log_keys import signer_of

KEY = signer_of("example.org/log")
WITNESS = signer_of("witness.example", 2, NoteKind.COSIGNATURE)
OTHER = signer_of("other.example", 3, NoteKind.COSIGNATURE)
TIME = 1_795_000_000


def log_with(count: int, mark: bytes = b"") -> Log:
    log = Log("example.org/log", MemoryStore())
    log.append(b"%d%b" % (number, mark) for number in range(count))
    return log


def asked(log: Log, old: int) -> CosigningRequest:
    return read_request(write_request(log, log.checkpoint([KEY]), old))


def test_a_request_has_the_public_form_and_reads_for_ever(assets: Path) -> None:
    """The compatibility promise: this file is never made anew."""
    data = (assets / "log" / "v2" / "request.txt").read_bytes()
    request = read_request(data)
    assert (request.old, len(request.proof)) == (2, 1)
    assert open_checkpoint(request.checkpoint, [KEY.key]).checkpoint.size == 4
    lines = data.decode().splitlines()
    assert (lines[0], lines[2], lines[3:5]) == ("old 2", "", ["example.org/log", "4"])


def test_a_witness_follows_a_log_that_grows_and_remembers_before_it_answers(tmp_path: Path) -> None:
    memory, log = CheckpointMemory(tmp_path / "memory"), log_with(3)
    for old, new in ((0, 3), (3, 3), (3, 7)):
        log.append(b"%d" % number for number in range(log.size, new))
        request = asked(log, old)
        answer = answer_request(request, [KEY.key], memory, WITNESS, time=TIME)
        assert answer.checkpoint == memory.last("example.org/log")
        note = add_verified(request.checkpoint, answer.line, [WITNESS.key])
        assert note == request.checkpoint + answer.line


@pytest.mark.parametrize(
    ("old", "log", "problem"),
    [
        (0, log_with(5), r"last saw 3 entries of .*, and the request says 0; ask with a proof since 3"),
        (5, log_with(5), "last saw 3 entries"),
        (3, log_with(5, b"forked"), "does not begin with what it had at 3; it was rewritten"),
        (3, log_with(3, b"forked"), "shows two different states of 3 entries; it was forked"),
    ],
)
def test_a_witness_signs_nothing_that_it_did_not_see_grow(tmp_path: Path, old: int, log: Log, problem: str) -> None:
    memory = CheckpointMemory(tmp_path / "memory")
    seen = answer_request(asked(log_with(3), 0), [KEY.key], memory, WITNESS, time=TIME).checkpoint
    with pytest.raises(UnsoundProof, match=problem):
        answer_request(asked(log, old), [KEY.key], memory, WITNESS, time=TIME)
    assert memory.last("example.org/log") == seen


def test_a_log_that_shrank_is_refused_by_its_witness(tmp_path: Path) -> None:
    memory = CheckpointMemory(tmp_path / "memory")
    answer_request(asked(log_with(3), 0), [KEY.key], memory, WITNESS, time=TIME)
    request = asked(log_with(2), 2)._replace(old=3)
    with pytest.raises(UnsoundProof, match="a log of 3 entries cannot have become one of 2"):
        answer_request(request, [KEY.key], memory, WITNESS, time=TIME)


def test_a_witness_signs_for_no_log_whose_key_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(UnsoundNote, match="signed by no key that you trust"):
        answer_request(asked(log_with(3), 0), [OTHER.key], CheckpointMemory(tmp_path / "memory"), WITNESS, time=TIME)
    assert not (tmp_path / "memory").exists()


def test_an_answer_goes_under_its_own_checkpoint_once_and_only_as_the_witness_wrote_it(tmp_path: Path) -> None:
    log = log_with(3)
    request = asked(log, 0)
    line = answer_request(request, [KEY.key], CheckpointMemory(tmp_path / "m"), WITNESS, time=TIME).line
    once = add_verified(request.checkpoint, line, [WITNESS.key])
    assert add_verified(once, line, [WITNESS.key]) == once
    assert add_verified(request.checkpoint, line + line, [WITNESS.key]) == once
    with pytest.raises(UnsoundNote, match="none of these signature lines is by a key that you name"):
        add_verified(request.checkpoint, line, [OTHER.key])
    log.append([b"later"])
    with pytest.raises(UnsoundNote, match="does not fit"):
        add_verified(log.checkpoint([KEY]), line, [WITNESS.key])


@given(data=st.data())
def test_any_change_of_an_answer_is_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    request = asked(log_with(3), 0)
    memory = CheckpointMemory(tmp_path_factory.mktemp("memory") / "m")
    line = bytearray(answer_request(request, [KEY.key], memory, WITNESS, time=TIME).line[:-1])
    place = data.draw(st.integers(0, len(line) * 8 - 1))
    line[place // 8] ^= 1 << place % 8
    with pytest.raises(UnsoundNote):
        add_verified(request.checkpoint, bytes(line), [WITNESS.key])


@given(st.binary(max_size=200))
def test_anything_is_refused_as_a_request(data: bytes) -> None:
    for content in (data, b"old 0\n\n" + data, b"old 1\n" + data + b"\n\nexample.org/log\n1\n"):
        try:
            request = read_request(content)
        except TrustError as refusal:
            assert "\n" not in str(refusal)  # noqa: PT017 - what is read would do as well
        else:
            with pytest.raises(TrustError):
                open_checkpoint(request.checkpoint, [KEY.key])
