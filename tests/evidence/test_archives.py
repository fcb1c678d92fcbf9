"""A bundle that is read is one archive to every reader: what was verified is what a reviewer unpacks.

Python's tarfile and GNU tar read each archive that Certmark accepts, and find the same members with the same bytes.
"""

from __future__ import annotations

import gzip
import io
import random
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import read_bundle, write_bundle
from certmark.evidence.bundle.layout import problem_of_names
from certmark.formats.errors import FormatError, InvalidBundle, UnreadableResults
from support.odd_archives import BLOCK, END, archive, odd_archives, odd_packings, plain, with_checksum
from support.recorded_run import record_run
from support.resealing import Members, resealed, unpacked

TAR = shutil.which("tar")
LAST = "report.json"


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return unpacked(str(write_bundle(record_run(tmp_path_factory.mktemp("archives") / "run"))))


def by_certmark(path: Path) -> Members:
    with read_bundle(path) as bundle:
        return {member.path: bundle.content(member.path) for member in bundle.manifest.members}


def by_python(path: Path) -> Members:
    return {name: content for name, content in unpacked(str(path)).items() if name != "manifest.json"}


def by_gnu_tar(path: Path) -> Members:
    assert TAR is not None
    folder = path.with_name("unpacked")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    done = subprocess.run([TAR, "-xf", str(path), "-C", str(folder)], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    found = {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    return {name: content for name, content in found.items() if name != "manifest.json"}


def is_refused_or_one(path: Path) -> str | None:
    """The refusal; None where all readers find the same."""
    try:
        found = by_certmark(path)
    except FormatError as refusal:
        assert str(refusal).isprintable()  # noqa: PT017 - an archive that is read alike would do as well
        return str(refusal)
    assert by_python(path) == found
    if TAR is not None:
        assert by_gnu_tar(path) == found
    return None


def test_readers_agree_on_what_certmark_writes(tmp_path: Path) -> None:
    path = Path(write_bundle(record_run(tmp_path / "run")))
    assert is_refused_or_one(path) is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["as it is", "gzip"])
def test_a_plain_archive_of_another_writer_is_read(
    members: Members, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "plain.tar").write_bytes(pack(archive(plain(members))))
    assert is_refused_or_one(tmp_path / "plain.tar") is None


@pytest.mark.skipif(TAR is None, reason="there is no tar on this machine")
def test_what_gnu_tar_packs_as_ustar_is_read(members: Members, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    words = ["--format=ustar", "-czf", str(tmp_path / "b.tar.gz"), "-C", str(folder), *members]
    subprocess.run([str(TAR), *words], check=True)
    assert is_refused_or_one(tmp_path / "b.tar.gz") is None


def test_every_odd_archive_is_refused_with_the_rule_that_it_breaks(members: Members, tmp_path: Path) -> None:
    path, accepted, told = tmp_path / "odd.tar", [], set()
    cases = [(what, pack(data)) for what, data in odd_archives(members, LAST) for pack in (bytes, gzip.compress)]
    for what, data in cases:
        path.write_bytes(data)
        refusal = is_refused_or_one(path)
        if refusal is None:
            accepted.append(what)
        else:
            told.add(refusal.partition("; ")[0])
    assert len(cases) > 200
    assert accepted == []
    assert any("its size is not written in eleven octal digits" in one for one in told)
    assert any('"/report.json": its name is not a path that every system has' in one for one in told)
    assert any('member 8, "x": it is a header about another header (pax, GNU)' in one for one in told)


def test_what_is_no_bundle_to_verify_is_none_to_judge(members: Members, tmp_path: Path) -> None:
    """An odd archive is not read as results of some other kind."""
    (tmp_path / "list.txt").write_bytes(members["guideline/list.txt"])
    words = ["judge", "--guideline", str(tmp_path / "list.txt"), "--quiet"]
    path = tmp_path / "odd.tar.gz"
    path.write_bytes(gzip.compress(archive(plain(members))))
    assert main([*words, str(path)]) == Exit.OK
    odd = [gzip.compress(data, 1) for _, data in odd_archives(members, LAST) if len(data) < 1 << 20]
    for data in [*odd, *(data for _, data in odd_packings(archive(plain(members))))]:
        path.write_bytes(data)
        assert main([*words, str(path)]) == Exit.UNREADABLE


def test_every_odd_packing_is_refused(members: Members, tmp_path: Path) -> None:
    path = tmp_path / "odd.tar.gz"
    sound = archive(plain(members))
    for what, data in odd_packings(sound):
        path.write_bytes(data)
        assert is_refused_or_one(path) is not None, what
    path.write_bytes(gzip.compress(sound))
    assert is_refused_or_one(path) is None


def test_changed_headers_under_a_checksum_that_fits_are_refused_or_read_alike(members: Members, tmp_path: Path) -> None:
    sound, path = archive(plain(members)), tmp_path / "odd.tar"
    headers = [at for at in range(0, len(sound), BLOCK) if sound[at + 257 : at + 262] == b"ustar"]
    chance, read = random.Random(9), 0  # noqa: S311 - to be repeated
    for _ in range(600):
        changed, at = bytearray(sound), chance.choice(headers)
        for _ in range(chance.choice((1, 1, 2, 5))):
            place = at + chance.randrange(BLOCK)
            changed[place] = chance.choice(
                (0, 32, 48, 49, 55, 43, 45, 128, 255, changed[place] ^ 1 << chance.randrange(8))
            )
        changed[at : at + BLOCK] = with_checksum(changed[at : at + BLOCK])
        path.write_bytes(changed)
        read += is_refused_or_one(path) is None
    assert read


def test_blocks_in_another_order_are_refused_or_read_alike(members: Members, tmp_path: Path) -> None:
    sound, path = archive(plain(members)), tmp_path / "odd.tar"
    blocks = [sound[at : at + BLOCK] for at in range(0, len(sound), BLOCK)]
    chance = random.Random(10)  # noqa: S311 - to be repeated
    for _ in range(300):
        changed, at = list(blocks), chance.randrange(len(blocks))
        match chance.randrange(4):
            case 0:
                del changed[at : at + chance.randrange(1, 4)]
            case 1:
                changed[at:at] = blocks[chance.randrange(len(blocks)) :][: chance.randrange(1, 5)]
            case 2:
                changed[at] = changed[chance.randrange(len(blocks))]
            case _:
                changed[at:at] = [bytes(BLOCK)]
        path.write_bytes(b"".join(changed))
        is_refused_or_one(path)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["report.json", "Report.json"], "report.json and Report.json are one file on some systems"),
        (["streams/w0", "streams/W0"], "streams/w0 and streams/W0 are one file on some systems"),
        (["guideline/x", "guideline/x"], "it names guideline/x twice"),
        (["guideline/con.json"], "guideline/con.json is no name for a file on some systems"),
        (["guideline/LPT1"], "guideline/LPT1 is no name for a file on some systems"),
        (["guideline/x."], "guideline/x. is no name for a file on some systems"),
        (["streams", "streams/w0"], "streams is a file, and streams/w0 would lie in it"),
        (["Streams", "streams/w0"], "Streams is a file, and streams/w0 would lie in it"),
        (["report.json", "guideline/console.json", "streams/com", "streams/w0-a1.subunit"], None),
    ],
)
def test_names_that_cannot_lie_side_by_side_everywhere_are_found(names: list[str], problem: str | None) -> None:
    assert problem_of_names(names) == problem


@pytest.mark.parametrize(
    "twin", ["Report.json", "streams/W0-a1.subunit", "manifest.json", "guideline/NUL.txt", "streams/x."]
)
def test_a_bundle_with_such_a_name_is_refused(members: Members, tmp_path: Path, twin: str) -> None:
    import json

    manifest = json.loads(members["manifest.json"])
    manifest["members"].append({"path": twin, "kind": "judging", "size": 0, "sha256": "0" * 64})
    forged = {**members, "manifest.json": json.dumps(manifest).encode()}
    path = resealed({**forged, **({} if twin == "manifest.json" else {twin: b"x"})}, tmp_path / "twins.tar.gz")
    with pytest.raises(InvalidBundle, match="do not trust it"):
        read_bundle(path)


def test_a_run_with_such_names_writes_no_bundle(tmp_path: Path) -> None:
    run = record_run(tmp_path / "run")
    (run / "guideline" / "LIST.txt").write_bytes(b"x")
    with pytest.raises(InvalidBundle, match="are one file on some systems; rename one of the files"):
        write_bundle(run)


def test_a_refusal_names_member_and_rule(members: Members, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = bytearray(archive(plain(members), b""))
    sound[-1] = 7
    path = tmp_path / "b.tar"
    path.write_bytes(bytes(sound) + END)
    assert main(["bundle", "verify", str(path)]) == Exit.UNREADABLE
    assert capsys.readouterr().err == (
        f'certmark: b.tar, "{LAST}": something stands behind its content; '
        "a bundle is a plain archive of POSIX (ustar), send it as it was written\n"
    )


def test_a_member_may_not_be_hidden_behind_the_end(members: Members, tmp_path: Path) -> None:
    """What the library of Python reads when it is told to go on behind empty blocks."""
    data = archive(plain(members)) + archive(plain({LAST: b"evil"}))
    with tarfile.open(fileobj=io.BytesIO(data), ignore_zeros=True) as found:
        assert found.getnames().count(LAST) == 2
    (tmp_path / "b.tar").write_bytes(data)
    with pytest.raises(UnreadableResults, match="something follows the end of the archive"):
        read_bundle(tmp_path / "b.tar")
