"""Where guidelines come from."""

from __future__ import annotations

import gzip
import io
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import DEFAULT, load, shipped

LIST = b"a.b.C.test_d\n"


def refusal_of(path: Path | str) -> str:
    with pytest.raises(InvalidGuideline) as refusal:
        load(str(path))
    return str(refusal.value)


def test_the_default_guideline_ships_along() -> None:
    assert DEFAULT in shipped()
    guideline = load(DEFAULT)
    assert (guideline.id, guideline.remarks) == (DEFAULT, ())


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_shipped_id_means_the_shipped_guideline_whatever_lies_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_folder: bool
) -> None:
    (tmp_path / DEFAULT).mkdir() if is_folder else (tmp_path / DEFAULT).write_bytes(LIST)
    monkeypatch.chdir(tmp_path)
    assert (load(DEFAULT).schema, load(DEFAULT).is_other_text) == ("3.0", False)


def test_a_path_to_a_file_of_that_name_is_the_file_and_known_as_another_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / DEFAULT).write_bytes(LIST)
    monkeypatch.chdir(tmp_path)
    guideline = load(f"./{DEFAULT}")
    assert (guideline.id, guideline.schema, guideline.is_other_text) == (DEFAULT, "test-list", True)


def test_a_copy_of_a_shipped_guideline_is_no_other_text(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(load(DEFAULT).data)
    assert not load(str(path)).is_other_text


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("2020.11", "the retired interop repository"),
        ("next", "the retired interop repository"),
        ("dns.2020.06", "the retired interop repository"),
        ("kubernetes", "test/conformance/testdata/conformance.yaml"),
        ("conformance.yaml", "test/conformance/testdata/conformance.yaml"),
    ],
)
def test_a_published_guideline_that_does_not_ship_is_answered_with_where_it_is(word: str, place: str) -> None:
    assert place in refusal_of(word)


@pytest.mark.parametrize("word", ["2026.12", "", "../guidelines/2026.11", "nowhere/x.json", "a\0b", "2026.11.json"])
def test_an_unknown_word_is_answered_with_the_shipped_ids(word: str) -> None:
    told = refusal_of(word)
    assert told.startswith("there is no file ")
    assert told.endswith(f", and no guideline of that id comes along ({', '.join(shipped())})")


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LIST)))
    assert load("-").id == "standard input"


def test_gzip_is_unpacked_and_the_digest_is_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "nightly.lst.gz"
    path.write_bytes(gzip.compress(b"# title: Nightly\n") + gzip.compress(LIST))
    guideline = load(str(path))
    assert (guideline.id, guideline.programs[0].name) == ("nightly", "Nightly")
    assert guideline.sha256 == sha256(b"# title: Nightly\n" + LIST).hexdigest()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x1f\x8bnothing", "its compression is broken; fetch it again"),
        (gzip.compress(LIST, mtime=0)[:-9], "its compression stops in the middle; fetch it again"),
        (gzip.compress(LIST, mtime=0) + b"rest", "its compression is broken; fetch it again"),
        (gzip.compress(b" " * (33 << 20), mtime=0), "it is larger than 32 MiB; no guideline is"),
        (gzip.compress(b" " * (20 << 20), mtime=0) * 2, "it is larger than 32 MiB; no guideline is"),
        (b" " * ((32 << 20) + 1), "it is larger than 32 MiB; no guideline is"),
    ],
)
def test_broken_compression_and_bombs_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(data)
    assert refusal_of(path) == f"a.json.gz: {message}"


def test_a_directory_is_refused_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "guidelines").mkdir()
    assert refusal_of(f"{tmp_path}/guidelines/") == "guidelines is a directory; name a file in it"


def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path: Path) -> None:
    loop = tmp_path / "x" / "y"
    loop.parent.mkdir()
    loop.symlink_to(loop)
    assert refusal_of(loop).startswith("there is no file ")
    assert refusal_of("/proc/self/mem").startswith("mem cannot be read: ")
