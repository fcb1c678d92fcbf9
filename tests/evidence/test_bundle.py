"""The evidence bundle: written, read, verified, and refused where it is not what it says."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certmark.domain.results import Evidence, Outcome
from certmark.evidence.bundle import NAME, preview_bundle, read_bundle, verify_bundle, write_bundle
from certmark.evidence.bundle.folders import find_known_secrets
from certmark.evidence.bundle.verification import Verification
from certmark.evidence.results import read_evidence
from certmark.formats.errors import FormatError, InvalidBundle, SecretsInside, UnreadableResults
from support.recorded_run import PASSWORD, RUN, record_run
from support.resealing import Members, packed, resealed, unpacked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return record_run(tmp_path / "run")


def problems(path: str) -> dict[str, str]:
    return {check.name: check.problem for check in verify_bundle(path).checks if check.problem is not None}


def test_a_bundle_holds_all_that_a_verdict_rests_on(folder: Path) -> None:
    path = write_bundle(folder)
    assert path == str(folder / NAME)
    assert list(unpacked(path)) == [
        "manifest.json", "journal.jsonl", "versions.json", "guideline/list.txt", "configuration/tempest.conf",
        "configuration/tests.txt", "streams/w0-a1.subunit", "report.json",
    ]  # fmt: skip
    with read_bundle(path) as bundle:
        assert bundle.manifest.run == RUN
        assert [piece.name for piece in bundle.evidence()] == ["w0-a1.subunit"]
    verification = verify_bundle(path)
    assert [(check.name, check.problem) for check in verification.checks] == [
        (name, None)
        for name in (
            "members",
            "manifest",
            "versions",
            "journal",
            "plan",
            "report",
            "verdict",
            "secrets",
        )
    ]


def test_the_raw_results_go_in_as_they_are(folder: Path) -> None:
    members = unpacked(write_bundle(folder))
    assert members["streams/w0-a1.subunit"] == (folder / "streams" / "w0-a1.subunit").read_bytes()


def test_the_same_run_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first, second = write_bundle(folder, tmp_path / "1"), write_bundle(folder, tmp_path / "2")
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_neither_secrets_nor_places_of_the_machine_go_in(folder: Path) -> None:
    members = unpacked(write_bundle(folder))
    for name, content in members.items():
        assert PASSWORD.encode() not in content, name
        assert str(folder).encode() not in content, name
    assert b"lock_path = RUN/suite/locks" in members["configuration/tempest.conf"]
    assert b"redaction-salt" not in b"".join(members.values())
    assert len(json.loads(members["manifest.json"])["removed"]) == 1


def test_a_host_under_a_guideline_that_is_not_in_the_bundle_is_found(folder: Path) -> None:
    report = folder / "report.json"
    host = b'{"component":"c","source":null,"guideline":"2100.01","program":"P","standing":"pass"}'
    report.write_bytes(report.read_bytes().replace(b'"hosts":[]', b'"hosts":[' + host + b"]"))
    assert problems(write_bundle(folder)) == {
        "report": 'a host is judged under the guideline "2100.01", which is not in the bundle'
    }


def test_a_password_of_the_environment_need_not_be_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_PASSWORD", b"hunter\xff22".decode("utf-8", "surrogateescape"))
    assert "$OS_PASSWORD" in find_known_secrets(folder).values


def test_a_torn_last_line_of_the_journal_is_left_out(folder: Path) -> None:
    lines = unpacked(write_bundle(folder))["journal.jsonl"].splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["run", "plan", "began", "ended", "began", "ended"]


def test_a_bundle_is_judged_like_its_streams(folder: Path) -> None:
    (piece,) = read_evidence(write_bundle(folder), digest=True)
    (stream,) = read_evidence(str(folder / "streams" / "w0-a1.subunit"), digest=True)
    assert piece == stream
    assert {attempt.outcome for attempt in piece.attempts} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        (PASSWORD.encode(), "the value of admin_password of tempest.conf"),
        (b"gAAAAA" + b"Bk3-x_Q9" * 12, "a token"),
        (b"https://me:hunter22@cloud/", "a password in a URL"),
    ],
)
def test_a_planted_secret_is_refused_and_named(tmp_path: Path, planted: bytes, what: str) -> None:
    folder = record_run(tmp_path / "run")
    with (folder / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(planted)
    with pytest.raises(SecretsInside) as caught:
        write_bundle(folder)
    assert str(caught.value) == (
        f"no bundle is written, a secret would leave the machine: {what} stands in streams/w0-a1.subunit; "
        "change it, and run these tests again"
    )
    assert not (folder / NAME).exists()
    assert [leak.what for leak in preview_bundle(folder).leaks] == [what]


def test_a_preview_shows_what_goes_and_writes_no_bundle(folder: Path) -> None:
    preview = preview_bundle(folder)
    assert not (folder / NAME).exists()
    members = unpacked(write_bundle(folder))
    assert {member.path: member.size for member in preview.manifest.members} == {
        name: len(content) for name, content in members.items() if name != "manifest.json"
    }
    assert {name: text.encode() for name, text in preview.texts}.items() <= members.items()


def test_a_password_that_is_a_word_of_the_tests_is_removed_where_it_is_one(tmp_path: Path) -> None:
    folder = record_run(tmp_path / "run")
    (folder / "suite" / "tempest.conf").write_text("[auth]\nadmin_password = Second\n", encoding="utf-8")
    members = unpacked(write_bundle(folder))
    assert b"Second" not in members["configuration/tempest.conf"]
    assert b"a.Second" in members["journal.jsonl"]


def test_what_is_no_runs_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundle, match=r"is no run's folder: there is no journal\.jsonl in it"):
        write_bundle(tmp_path)


Forge = Callable[[Members], Any]


def _flip(members: Members) -> None:
    members["report.json"] = members["report.json"].replace(b'"standing":"pass"', b'"standing":"fail"', 1)


def _other_results(members: Members) -> None:
    members["streams/w0-a1.subunit"] = members["streams/w0-a1.subunit"] * 2


def _other_name(members: Members) -> None:
    members["report.json"] = members["report.json"].replace(b"w0-a1.subunit", b"a.subunit")


def _other_guideline(members: Members) -> None:
    members["guideline/list.txt"] = members["guideline/list.txt"].splitlines(keepends=True)[0]


def _unfinished(members: Members) -> None:
    members["journal.jsonl"] = b"".join(members["journal.jsonl"].splitlines(keepends=True)[:-1])


def _secret(members: Members) -> None:
    members["versions.json"] = b'{"url": "https://me:hunter22@cloud/"}'


@pytest.mark.parametrize(
    ("forge", "check"),
    [
        (_flip, "verdict"),
        (_other_results, "report"),
        (_other_guideline, "journal"),
        (_unfinished, "plan"),
        (_secret, "secrets"),
    ],
)
def test_a_forged_bundle_contradicts_itself(folder: Path, tmp_path: Path, forge: Forge, check: str) -> None:
    members = unpacked(write_bundle(folder))
    forge(members)
    assert check in problems(resealed(members, tmp_path / "forged.tar.gz"))


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        (_other_results, "the same names, other bytes"),
        (_other_name, "a.subunit"),
    ],
)
def test_of_the_results_of_which_a_forged_report_speaks_the_first_odd_one_is_named(
    folder: Path, tmp_path: Path, forge: Forge, named: str
) -> None:
    members = unpacked(write_bundle(folder))
    forge(members)
    problem = problems(resealed(members, tmp_path / "forged.tar.gz"))["report"]
    assert problem.startswith("the report speaks of other results than those in the bundle (")
    assert named in problem


@pytest.mark.parametrize(
    ("forge", "problem"),
    [
        (lambda members: members.update({"report.json": b"{}"}), "report.json is not what the manifest says"),
        (
            lambda members: members.update({"extra.txt": b""}),
            '"extra.txt" that its manifest does not name',
        ),
        (
            lambda members: members.update({"../../etc/passwd": b"x"}),
            'member 9, "../../etc/passwd": its name is not a path',
        ),
        (lambda members: members.pop("report.json"), 'lacks "report.json", which its manifest names'),
        (
            lambda members: members.pop("manifest.json"),
            "it does not begin with manifest.json",
        ),
        (lambda members: members.update({"manifest.json": b"[]"}), "its manifest is not that of a bundle"),
        (lambda members: members.update({"manifest.json": b"{" * 100_000}), "the manifest of odd.tar.gz is no JSON"),
    ],
)
def test_an_archive_that_is_not_what_it_says_is_refused(
    folder: Path, tmp_path: Path, forge: Forge, problem: str
) -> None:
    members = unpacked(write_bundle(folder))
    forge(members)
    with pytest.raises(FormatError) as caught:
        read_bundle(packed(members, tmp_path / "odd.tar.gz"))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"version": 2}, 'is a bundle of version "2"; this Certmark reads version 1'),
        ({"format": "other"}, "is no bundle of certmark"),
        ({"members": [{"path": "../x", "kind": "stream", "size": 0, "sha256": "0" * 64}]}, "that no bundle has"),
        ({"members": [{"path": "x", "kind": "stream", "size": -1, "sha256": "0" * 64}]}, "that no bundle has"),
        ({"members": [{"path": "x", "kind": "stream", "size": 1 << 50, "sha256": "0" * 64}]}, "more than a run has"),
        ({"members": [{"path": "x", "kind": "odd", "size": 0, "sha256": "0" * 64}]}, "not that of a bundle"),
        ({"members": [{"path": "x", "kind": "stream", "size": 0, "sha256": "0" * 64}] * 2}, "names x twice"),
    ],
)
def test_a_manifest_of_nonsense_is_refused(folder: Path, tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    members = unpacked(write_bundle(folder))
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | change).encode()
    with pytest.raises(InvalidBundle) as caught:
        read_bundle(packed(members, tmp_path / "odd.tar.gz"))
    assert problem in str(caught.value)


def test_a_link_in_the_place_of_a_member_is_refused(folder: Path, tmp_path: Path) -> None:
    members = unpacked(write_bundle(folder))
    path = tmp_path / "link.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(members["manifest.json"])
        archive.addfile(entry, io.BytesIO(members["manifest.json"]))
        link = tarfile.TarInfo("journal.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(UnreadableResults, match=r'"journal\.jsonl": it is no plain file'):
        read_bundle(str(path))


Told = tuple[Verification, dict[str, bytes], tuple[Evidence, ...]]


def told(path: str) -> Told:
    """What a bundle says of itself when it is checked, and its content."""
    with read_bundle(path) as bundle:
        content = {member.path: bundle.content(member.path) for member in bundle.manifest.members}
        found = verify_bundle(path)._replace(computed=None)  # a verdict equals itself only
        return found, content, bundle.evidence()


@example(damage=[(-1, 7)], part=1)  # behind the last member
@example(damage=[(300, 7)], part=1)  # between the header of the first member and its content
@settings(max_examples=60)
@given(
    damage=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=3),
    part=st.sampled_from([1, 2, 10]),
)
def test_a_damaged_bundle_is_refused_in_a_sentence_or_reads_the_same(
    folder: Path, damage: list[tuple[int, int]], part: int
) -> None:
    sound = write_bundle(folder)
    damaged = bytearray(gzip.decompress(Path(sound).read_bytes()))
    for place, byte in damage:
        damaged[place % len(damaged)] = byte
    path = folder.parent / "damaged.tar"
    path.write_bytes(damaged[: len(damaged) // part])
    try:
        found = told(str(path))
    except FormatError as refusal:
        assert is_a_sentence(str(refusal))  # noqa: PT017 - a bundle that reads the same would do as well
        return
    if found[0].holds:
        assert found == told(sound)
    else:
        assert all(is_a_sentence(check.problem) for check in found[0].checks if check.problem is not None)


def is_a_sentence(text: str) -> bool:
    return bool(text) and text.isprintable()


def test_nothing_may_follow_the_end_of_a_bundle(folder: Path) -> None:
    sound = write_bundle(folder)
    damaged = bytearray(gzip.decompress(Path(sound).read_bytes()))
    damaged[-1] = 7
    path = folder.parent / "damaged.tar"
    path.write_bytes(damaged)
    with pytest.raises(UnreadableResults, match="something follows the end"):
        told(str(path))
    assert told(sound)[0].holds


CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"


def with_cloud(folder: Path, cloud: str) -> Path:
    journal = folder / "journal.jsonl"
    text = journal.read_text(encoding="utf-8")
    journal.write_text(text.replace('"details": {', f'"details": {{"cloud_identity": "{cloud}", ', 1), encoding="utf-8")
    return folder


def test_the_identity_of_the_cloud_is_in_manifest_and_journal(folder: Path, tmp_path: Path) -> None:
    path = write_bundle(with_cloud(folder, CLOUD))
    with read_bundle(path) as bundle:
        assert bundle.manifest.cloud == CLOUD
    assert problems(path) == {}
    members = unpacked(path)
    members["manifest.json"] = members["manifest.json"].replace(b"RegionOne", b"RegionTwo")
    assert "it is of the cloud" in problems(resealed(members, tmp_path / "other.tar.gz"))["journal"]


def test_a_cloud_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidBundle, match="has a slip in it"):
        read_bundle(write_bundle(with_cloud(folder, CLOUD.replace("-gv", "-gw"))))


def test_users_are_told_without_their_passwords_and_these_are_looked_for(folder: Path) -> None:
    accounts = folder / "suite" / "accounts.yaml"
    accounts.write_text("- username: demo\n  password: user-password-1\n  project_name: demo\n", encoding="utf-8")
    told = unpacked(write_bundle(folder))["configuration/accounts.yaml"].decode()
    assert told.startswith("- username: demo\n  password: removed-")
    assert "user-password-1" not in told
    with (folder / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(b"user-password-1")
    with pytest.raises(SecretsInside, match=r"the value of password 1 of accounts\.yaml stands in"):
        write_bundle(folder)
    accounts.write_text("a: [", encoding="utf-8")
    with pytest.raises(InvalidBundle, match=r"accounts\.yaml in the run's folder is no YAML"):
        write_bundle(folder)
