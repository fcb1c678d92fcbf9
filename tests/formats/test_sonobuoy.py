from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import Reading
from certmark.formats.results.sonobuoy import read_sonobuoy
from certmark.formats.sources import FileSource
from certmark.formats.tar import Stopped, read_members

JUNIT = b"<testsuite><testcase name='%s'/></testsuite>"
E2E = "plugins/e2e/results/global/junit_01.xml"
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def archive(*members: tuple[str, bytes | tarfile.TarInfo], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of files (path, content) and odd members (path, header)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for path, content in members:
            header = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo()
            header.name = path
            body = content if isinstance(content, bytes) else b""
            header.size = len(body)
            tar.addfile(header, io.BytesIO(body))
    return out.getvalue()


def odd(kind: bytes, target: str = "") -> tarfile.TarInfo:
    header = tarfile.TarInfo()
    header.type, header.linkname = kind, target
    return header


def read_all(data: bytes) -> tuple[Reading, ...]:
    return read_sonobuoy(FileSource("sonobuoy.tar", lambda: io.BytesIO(data)))


def read(data: bytes) -> Reading:
    (reading,) = read_all(data)
    return reading


def names(reading: Reading) -> list[str]:
    return [attempt.name for attempt in reading.attempts]


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("packing", [bytes, gzip.compress], ids=["tar", "tar.gz"])
def test_each_plugin_gives_a_reading_of_its_own(form: int, packing: type[bytes]) -> None:
    data = archive(
        ("meta/info.json", b"{}" * 4_000),
        ("plugins/e2e/results/global/e2e.log", b"x" * 700),
        (E2E, JUNIT % b"a"),
        ("plugins/own/results/" + "deep/" * 30 + "my-JUnit-2.xml", JUNIT % b"b"),
        form=form,
    )
    said = ('several plugins reported: "e2e", "own"',)
    assert read_all(packing(data)) == (
        Reading("sonobuoy", (Attempt("a", None, Outcome.PASSED),), remarks=said, plugin="e2e"),
        Reading("sonobuoy", (Attempt("b", None, Outcome.PASSED, place="own, deep"),), remarks=said, plugin="own"),
    )


def test_members_that_are_no_plain_files_or_climb_out_are_ignored_and_told() -> None:
    reading = read(
        archive(
            ("../../etc/passwd", b"root"),
            ("/plugins/e2e/results/junit.xml", JUNIT % b"absolute"),
            ("plugins/e2e/results/../junit.xml", JUNIT % b"climbing"),
            ("plugins/e2e/results/junit_link.xml", odd(tarfile.SYMTYPE, "/etc/passwd")),
            ("plugins/e2e/results/junit_device.xml", odd(tarfile.CHRTYPE)),
            (E2E, JUNIT % b"a"),
        )
    )
    assert (names(reading), reading.remarks) == (
        ["a"],
        (
            "3 members ignored: the path climbs out of the archive",
            "2 members ignored: named like results, but no plain file",
        ),
    )


def test_an_archive_that_stops_in_the_middle_is_read_as_far_as_it_goes() -> None:
    data = archive(
        ("plugins/a/results/junit.xml", JUNIT % b"a"), ("plugins/b/results/junit.xml", JUNIT % (b"b" * 2_000))
    )
    for end in (1_024, 1_030, 1_536, 1_600, 3_100):
        reading = read(data[:end])
        assert (names(reading), reading.truncated) == (["a"], True)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            archive(("plugins/e2e/results/e2e.log", b"x"), ("plugins/systemd-logs/results/a.json", b"x")),
            'sonobuoy.tar is a tar archive without a JUnit file in plugins/…/results (its plugins are "e2e", "systemd-logs"); name Sonobuoy\'s tarball',
        ),
        (
            archive(("README", b"x")),
            "sonobuoy.tar is a tar archive without a JUnit file in plugins/…/results (it has no plugins); name Sonobuoy's tarball",
        ),
        (
            archive((E2E, JUNIT % b"a"))[:540],
            "sonobuoy.tar is a tar archive that stops before any JUnit file in it; take a fresh copy",
        ),
        (
            archive((E2E, b"<html/>")),
            f'sonobuoy.tar, "{E2E}" is a web page; JUnit begins with <testsuites> or <testsuite>',
        ),
        (
            b"x" * 512 + archive((E2E, JUNIT % b"a")),
            "sonobuoy.tar, member 1: its header is damaged; take a fresh copy of the archive",
        ),
        (
            archive(("n" * 70_000, b""), form=tarfile.GNU_FORMAT),
            "sonobuoy.tar: a header of 70,001 bytes; send the archive as Sonobuoy wrote it",
        ),
    ],
    ids=["no junit", "no plugins", "cut", "html", "damaged", "long header"],
)
def test_what_has_no_results_gets_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableResults) as refusal:
        read(data)
    assert str(refusal.value) == sentence


def test_a_file_that_claims_to_be_huge_is_refused_unread() -> None:
    header = tarfile.TarInfo(E2E)
    header.size = 1 << 62
    with pytest.raises(
        UnreadableResults, match=r"junit_01.xml\" has more than 1 GiB, too much for results of one run$"
    ):
        read(header.tobuf(tarfile.GNU_FORMAT) + bytes(2_000))


def test_members_are_as_the_library_writes_them(tmp_path: Path) -> None:
    del tmp_path
    long = "é/" * 200 + "file"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        data = archive(("a", b"12345"), (long, b"x" * 1_000), ("dir", odd(tarfile.DIRTYPE)), form=form)
        found = [(m.path.rstrip("/"), m.size, m.is_file, m.content.read()) for m in read_members(io.BytesIO(data), "x")]
        assert found == [("a", 5, True, b"12345"), (long, 1_000, True, b"x" * 1_000), ("dir", 0, False, b"")]


def test_an_archive_without_its_last_blocks_stops() -> None:
    with pytest.raises(Stopped):
        list(read_members(io.BytesIO(archive(("a", b"12345"))[:1_024]), "x"))


@pytest.mark.shared
def test_a_vendors_results_in_a_tarball_are_all_read(shared: Path) -> None:
    junit = gzip.decompress((shared / "kubernetes/v1.29/elastx/junit_01.xml.gz").read_bytes())
    assert len(read(gzip.compress(archive((E2E, junit)), 1)).attempts) == 7_411


ERROR = b'{"error":"timeout waiting for results"}'
NOTED = 'Sonobuoy notes an error of the plugin "e2e": timeout waiting for results'


def attempts_of(reading: Reading) -> list[tuple[str, Outcome, str | None]]:
    return [(attempt.name, attempt.outcome, attempt.place) for attempt in reading.attempts]


def test_nodes_are_places_whatever_the_file_is_called() -> None:
    reading = read(
        archive(
            ("plugins/checks/results/node1/tmp/results/output.xml", JUNIT % b"a"),
            ("plugins/checks/results/node2/tmp/results/output.xml", JUNIT % b"a"),
            ("plugins/checks/results/node2/tmp/results/config.xml", b"<config/>"),
        )
    )
    assert attempts_of(reading) == [("a", Outcome.PASSED, "checks, node1"), ("a", Outcome.PASSED, "checks, node2")]
    assert "1 XML file ignored: no JUnit" in reading.remarks


@pytest.mark.parametrize("shadow", ["plugins/e2e/results/global/._junit_01.xml", "__MACOSX/" + E2E])
def test_the_shadows_of_a_mac_are_no_files(shadow: str) -> None:
    assert names(read(archive((shadow, b"\0\5\x16\7"), (E2E, JUNIT % b"a")))) == ["a"]


@pytest.mark.parametrize("path", ["plugins/e2e/errors/global/error.json", "plugins/e2e/errors/global.json"])
def test_an_error_file_is_a_trouble_beside_results_and_the_reason_without_them(path: str) -> None:
    assert read(archive((E2E, JUNIT % b"a"), (path, ERROR))).troubles == (Trouble(TroubleKind.ERROR, NOTED),)
    with pytest.raises(UnreadableResults) as refusal:
        read(archive((path, ERROR)))
    assert str(refusal.value) == (
        f"sonobuoy.tar has no results: {NOTED}; find out what went wrong, and run the suite again"
    )


def test_an_error_of_a_node_names_it_whatever_stands_in_the_file() -> None:
    for content, said in ((b"\xff{", "\ufffd{"), (b"[1]", "[1]"), (b"{}", "{}"), (b"", "it does not say which")):
        reading = read(archive((E2E, JUNIT % b"a"), ("plugins/e2e/errors/node1/error.json", content)))
        sentence = f'Sonobuoy notes an error of the plugin "e2e" on "node1": {said}'
        assert reading.troubles == (Trouble(TroubleKind.ERROR, sentence),)


def test_a_damaged_file_costs_no_other_one_and_is_a_trouble() -> None:
    reading = read(archive((E2E, JUNIT % b"a"), (E2E.replace("01", "02"), b"<testsuite><")))
    assert names(reading) == ["a"]
    assert [trouble.kind for trouble in reading.troubles] == [TroubleKind.ERROR]
    assert 'junit_02.xml" cannot be read (' in reading.troubles[0].sentence


SUMMARY = b"""name: own
status: failed
meta: {type: summary}
items:
- name: node1
  status: failed
  meta: {type: node}
  items:
  - {name: swap off, status: failed, details: {failure: it is on}}
  - {name: clock, status: passed}
- name: global
  status: passed
  items:
  - {name: log, status: complete, meta: {type: file}}
  - {name: later, status: unknown}
"""


def test_results_of_sonobuoys_own_kind_are_those_of_its_summary() -> None:
    reading = read(archive(("plugins/own/sonobuoy_results.yaml", SUMMARY)))
    assert attempts_of(reading) == [
        ("swap off", Outcome.FAILED, "own, node1"),
        ("clock", Outcome.PASSED, "own, node1"),
        ("later", Outcome.UNFINISHED, "own"),
    ]
    assert reading.attempts[0].reason == "it is on"
    assert reading.troubles == ()


def test_a_summary_that_says_failed_contradicts_tests_that_passed() -> None:
    summary = ("plugins/own/sonobuoy_results.yaml", b"name: own\nstatus: failed\nitems: []\n")
    junit = ("plugins/own/results/global/junit.xml", JUNIT % b"a")
    said = "sonobuoy_results.yaml says failed of the plugin, the tests show no failure"
    for members in ((summary, junit), (junit, summary)):
        assert read(archive(*members)).troubles == (Trouble(TroubleKind.CONTRADICTION, said),)


LOG = """I1204 16:32:14.115 23 e2e.go:117] \x1b[1me2e test version: v1.29.0\x1b[0m
I1204 16:32:14.119 23 e2e.go:119] kube-apiserver version: v1.29.1-eks
%s
Ran 2 of 7407 Specs in 6094.231 seconds
\x1b[1mSUCCESS!\x1b[0m -- %d Passed | %d Failed | 0 Pending | 7405 Skipped
Test Suite %s
"""


@pytest.mark.parametrize(
    ("passed", "failed", "end", "said"),
    [
        (1, 0, "Passed", []),
        (2, 0, "Passed", []),
        (1, 1, "Failed", ["e2e.log says that 1 specs failed, the JUnit beside it shows 0"]),
        (1, 0, "Failed", ["e2e.log ends with Test Suite Failed, the JUnit beside it shows no failure"]),
        (0, 0, "Passed", ["e2e.log says that 0 specs passed, the JUnit beside it shows 1"]),
    ],
)
def test_the_log_of_the_suite_is_compared_with_its_junit(passed: int, failed: int, end: str, said: list[str]) -> None:
    junit = b"<testsuite><testcase name='a'/><testcase name='[SynchronizedBeforeSuite]'/></testsuite>"
    log = (LOG % ("x" * 400_000, passed, failed, end)).encode()
    for members in (
        ((E2E, junit), ("plugins/e2e/results/global/e2e.log", log)),
        (
            ("plugins/e2e/results/global/e2e.log", log),
            (E2E, junit),
        ),
    ):
        reading = read(archive(*members))
        assert [trouble.sentence for trouble in reading.troubles] == said
        assert reading.remarks == (
            "the suite is of version v1.29.0 and the cluster is of version v1.29.1-eks, as its log says",
        )


@pytest.mark.parametrize("path", ["errors/node2/error.txt", "errors/node2/error", "errors/node2.txt"])
def test_whatever_lies_among_the_errors_of_a_plugin_is_an_error(path: str) -> None:
    reading = read(archive((E2E, JUNIT % b"a"), (f"plugins/e2e/{path}", b"disk full")))
    assert reading.troubles == (
        Trouble(TroubleKind.ERROR, 'Sonobuoy notes an error of the plugin "e2e" on "node2": disk full'),
    )


def test_a_member_with_two_names_is_refused_as_readers_take_one_or_the_other() -> None:
    pax, gnu = tarfile.TarInfo("plugins/e2e/results/global/junit_01.xml"), tarfile.TarInfo("x" * 120)
    pax.pax_headers = {"path": pax.name}
    headers = pax.tobuf(tarfile.PAX_FORMAT)[: 2 * 512] + gnu.tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(UnreadableResults, match="a member with two names"):
        list(read_members(io.BytesIO(headers + bytes(1024)), "odd.tar"))
