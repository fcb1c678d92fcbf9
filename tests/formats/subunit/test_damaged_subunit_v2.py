"""Streams of version 2 that are damaged, cut off, padded with noise or made to harm."""

from __future__ import annotations

import gzip
import os
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import Reading
from certmark.formats.results.subunit import read_v2
from certmark.formats.results.subunit.packets import window_on
from support.processes import limited

FIRST, SECOND, THIRD = (f"tempest.api.Class.test_{word}[id-{'0' * 8}-0000-0000-0000-{'0' * 12}]" for word in "abc")


def passed(test_id: str) -> Attempt:
    return Attempt(test_id[:-41], test_id[-37:-1], Outcome.PASSED, 1_000_000_000, 1.0)


def complete(run: Any, test_id: str) -> Any:
    return run.say(test_id, "inprogress", 1.0).say(test_id, "success", 2.0)


@pytest.mark.parametrize("content", [b"", b"\n", b"time: 2026-11-21\n", b"\xb3", b"\xb3" * 5_000, b"\0" * 5_000])
def test_a_stream_without_a_packet_is_refused_by_name(memory: Callable[[bytes], Any], content: bytes) -> None:
    with pytest.raises(UnreadableResults, match=r"^results\.subunit holds no packet of subunit v2$"):
        read_v2(memory(content))


def test_a_damaged_packet_is_passed_over_and_named(stream: Callable[[], Any], memory: Callable[[bytes], Any]) -> None:
    run = complete(stream(), FIRST)
    start = len(run.content)
    run = complete(run, SECOND)
    end = len(run.content)
    content = bytearray(complete(run, THIRD).content)
    content[start + 40] ^= 1
    content[end - 9] ^= 1

    # Of the second test both packets are lost.
    assert read_v2(memory(bytes(content))) == Reading(
        "subunit-v2",
        (passed(FIRST), passed(THIRD)),
        remarks=(f"1 damaged place at byte {start}",),
        troubles=(Trouble(TroubleKind.ERROR, "the stream is damaged at 1 place: what stood there is lost"),),
    )


def test_several_damaged_places_are_counted(stream: Callable[[], Any], memory: Callable[[bytes], Any]) -> None:
    run = stream()
    starts = []
    for test_id in (FIRST, SECOND, THIRD):
        starts.append(len(run.content))
        complete(run, test_id)
    content = bytearray(run.content)
    for start in starts[:2]:
        content[start + 40] ^= 1

    reading = read_v2(memory(bytes(content)))
    assert reading.remarks == ("2 damaged places, the first at byte 0",)
    assert [attempt.seconds for attempt in reading.attempts] == [None, None, 1.0]


def test_a_stream_cut_in_a_packet_is_read_to_its_end(stream: Callable[[], Any], memory: Callable[[bytes], Any]) -> None:
    run = complete(stream(), FIRST)
    whole = len(run.content)
    content = run.say(SECOND, "inprogress", 1.0).content[:-1]

    assert read_v2(memory(content)) == Reading(
        "subunit-v2",
        (passed(FIRST),),
        truncated=True,
        remarks=(f"the stream stops in the middle of a packet at byte {whole}",),
    )


def test_a_length_damaged_to_reach_beyond_the_end_is_damage_not_the_end(
    stream: Callable[[], Any], memory: Callable[[bytes], Any]
) -> None:
    run = complete(stream(), FIRST)
    start = len(run.content)
    content = bytearray(complete(complete(run, SECOND), THIRD).content)
    content[start + 3] = 0xBF

    reading = read_v2(memory(bytes(content)))
    assert (reading.truncated, reading.remarks) == (False, (f"1 damaged place at byte {start}",))
    assert [attempt.name[-1] for attempt in reading.attempts] == ["a", "b", "c"]


def test_output_of_programs_between_packets_is_tolerated_with_a_remark(stream: Callable[[], Any]) -> None:
    noise = "Warnung: \u0433. \u0433 \u0433! antwortet nicht\n".encode()  # \u0433 ends in the byte of a signature
    run = complete(stream().raw(noise), FIRST).raw(noise)
    run = complete(run, SECOND).raw(b"bye\n")

    assert read_v2(run.source) == Reading(
        "subunit-v2",
        (passed(FIRST), passed(SECOND)),
        remarks=(f"{2 * len(noise) + 4} bytes between the packets that are not subunit, first at byte 0",),
    )


def sealed(flags: int, body: bytes) -> bytes:
    packet = struct.pack(">BHH", 0xB3, flags, 0x4000 | (len(body) + 9)) + body
    return packet + struct.pack(">I", zlib.crc32(packet))


@pytest.mark.parametrize(
    ("flags", "body"),
    [
        (0x2800, b"\x45\xff"),  # an id longer than the packet
        (0x2800, b"\xff"),  # a number cut off
        (0x2A00, b"\0\0"),  # a time cut off
        (0x2A03, b"\0\0\0\1\xc0\0\0\0\x5f\xff" + b"x" * 40),  # the same in the common shape
        (0x2A83, b"\0\0\0\1\xc0\0\0\0\x40\x28" + b"x" * 40 + b"\xff\xff\xff\xff"),  # a milliard tags
        (0x2883, b"\1a\x3f"),  # more tags than bytes
        (0x2840, b"\1a\1n\x7f\xff"),  # an attachment longer than the packet
        (0x2C03, b"\1a\x3f"),  # a route code longer than the packet
    ],
)
def test_a_sound_packet_of_nonsense_is_damage(stream: Callable[[], Any], flags: int, body: bytes) -> None:
    run = complete(complete(stream(), FIRST).raw(sealed(flags, body)), SECOND)

    reading = read_v2(run.source)
    assert reading.attempts == (passed(FIRST), passed(SECOND))
    assert len(reading.remarks) == 1
    assert reading.remarks[0].startswith("1 damaged place at byte")


def test_ids_that_are_no_text_are_read_with_marks(stream: Callable[[], Any]) -> None:
    reading = read_v2(stream().raw(sealed(0x2803, b"\x03a\xffb")).source)

    assert [attempt.name for attempt in reading.attempts] == ["a\N{REPLACEMENT CHARACTER}b"]


def small_stream(stream: Callable[[], Any]) -> bytes:
    run = stream().say("a", "inprogress", 1.5, test_tags={"worker-0"}).attach("a", "traceback", "E: m").say("a", "fail")
    run = complete(run, FIRST).say(SECOND, "inprogress", 2.5).attach(SECOND, "reason", "x" * 70)
    content: bytes = run.say(SECOND, "skip", 3.5, test_tags={"worker-1", "t"}, route_code="0").content
    return content


@pytest.mark.thorough
def test_every_flipped_byte_gives_a_reading_or_a_refusal(
    stream: Callable[[], Any], memory: Callable[[bytes], Any], file: Callable[[bytes], Any]
) -> None:
    whole = small_stream(stream)
    sound = read_v2(memory(whole))
    for at in range(len(whole)):
        for mask in (0x01, 0x80, 0xFF):
            content = bytearray(whole)
            content[at] ^= mask
            reading = read_v2(memory(bytes(content)))
            assert reading == read_v2(file(bytes(content)))
            # CRC-32 finds every single flip: nothing is read that was not written.
            names = {(attempt.name, attempt.outcome) for attempt in reading.attempts}
            assert {name for name, outcome in names if outcome is Outcome.PASSED} <= {FIRST[:-41]}
            assert reading.remarks
            assert reading != sound


def test_every_cut_gives_a_reading_or_a_refusal(
    stream: Callable[[], Any], memory: Callable[[bytes], Any], file: Callable[[bytes], Any]
) -> None:
    whole = small_stream(stream)
    first = whole.index(b"\xb3", 1)
    sound = read_v2(memory(whole)).attempts
    for length in range(len(whole)):
        if length < first:
            with pytest.raises(UnreadableResults):
                read_v2(memory(whole[:length]))
            continue
        reading = read_v2(memory(whole[:length]))
        assert reading == read_v2(file(whole[:length]))
        ended = [attempt for attempt in reading.attempts if attempt.outcome is not Outcome.UNFINISHED]
        assert tuple(ended) == sound[: len(ended)]
        assert reading.truncated == any("stops" in remark or "stopped" in remark for remark in reading.remarks)


def test_windows_of_any_size_show_the_same(
    assets: Path, memory: Callable[[bytes], Any], file: Callable[[bytes], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(5)  # noqa: S311 - reproducible damage, no secret
    whole = gzip.decompress((assets / "subunit" / "object_server_stopped.v2.gz").read_bytes())
    for round_ in range(12):
        content = bytearray(whole)
        for _ in range(round_):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        monkeypatch.setattr("certmark.formats.results.subunit.packets.WINDOW", 1 << 18)
        expected = read_v2(memory(bytes(content)))
        assert read_v2(file(bytes(content))) == expected
        monkeypatch.setattr("certmark.formats.results.subunit.packets.WINDOW", rng.randrange(9, 3_000))
        monkeypatch.setattr("certmark.formats.results.subunit.packets._STRIDE", rng.randrange(9, 30_000))
        assert read_v2(memory(bytes(content))) == expected
        assert read_v2(file(bytes(content))) == expected


def hostile_streams() -> list[tuple[str, bytes]]:
    size = 1 << 21
    rng = random.Random(3)  # noqa: S311 - reproducible bytes, no secret
    claims = struct.pack(">BHBH", 0xB3, 0x2B03, 0xBF, 0xFFFF)
    return [
        ("signatures", b"\xb3" * size),
        ("beginnings", b"\xb3\x2b" * (size // 2)),
        ("claims of 4 MiB", claims * (size * 4 // len(claims))),
        ("claims of 200 bytes", b"\xb3\x2b\x03\x40\xc8" * (size // 5)),
        ("empty packets", b"\xb3\x20\x00\x08" * (size // 4)),
        ("noise", rng.randbytes(size)),
    ]


@pytest.mark.thorough
@pytest.mark.parametrize(("what", "content"), hostile_streams(), ids=[what for what, _ in hostile_streams()])
def test_streams_made_to_keep_the_reader_busy_end_soon(
    stream: Callable[[], Any], tmp_path: Path, what: str, content: bytes
) -> None:
    (tmp_path / what).write_bytes(complete(stream(), FIRST).content + content)
    assert limited(tmp_path / what).startswith("evidence [('subunit-v2', 1, ")


def test_a_reader_out_of_patience_says_so(
    stream: Callable[[], Any], memory: Callable[[bytes], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certmark.formats.results.subunit.v2._PATIENCE", 10_000)
    head = complete(stream(), FIRST).content

    assert read_v2(memory(head + b"\xb3\x2b\x03\x20" * 1_000)) == Reading(
        "subunit-v2",
        (passed(FIRST),),
        truncated=True,
        remarks=(f"so much damage that reading was given up at byte {len(head)}",),
    )


def test_attachments_without_end_are_remembered_in_part(
    stream: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certmark.formats.results.subunit.state.MAX_PLACES", 8)
    monkeypatch.setattr("certmark.formats.results.subunit.v2.MAX_PLACES", 8)
    run = stream().say(FIRST, "inprogress", 1.0)
    for number in range(50):
        run.attach(FIRST, "traceback", f"{number} ")
    run.say(FIRST, "fail", 2.0)

    (attempt,) = read_v2(run.source).attempts
    assert attempt.reason.startswith("0 1 ")
    assert attempt.reason.endswith("48 49")


def test_a_run_in_which_everything_failed_keeps_its_details_short(
    stream: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certmark.formats.results.subunit.details._SHARE", 100)
    run = stream()
    for test_id in (FIRST, SECOND):
        run.say(test_id, "inprogress", 1.0).attach(test_id, "traceback", "E: " + "m" * 2_000).say(test_id, "fail", 2.0)

    reading = read_v2(run.source)
    assert [len(attempt.detail.text) for attempt in reading.attempts if attempt.detail] == [2_003, 500]
    assert reading.remarks == ("so much was said of failures that the later ones are cut short",)


def test_a_file_cut_short_while_it_is_read_ends_there(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.write_bytes(bytes(4 << 20))
    with run.open("rb", buffering=0) as stream:
        window = window_on(stream)
        assert window.has(1)
        os.truncate(run, 0)
        window.position = window.limit
        assert not window.has(1)
        window.close()
