"""`certmark bundle make`: a bundle of results that exist already."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.subject_identities import cluster_of, mint
from certmark.evidence.bundle import read_bundle, verify_bundle
from support.resealing import packed, resealed, unpacked

Captured = pytest.CaptureFixture[str]
UID = "6fd3a8e3-1f44-4a3b-9c20-0123456789ab"
OTHER_UID = "6fd3a8e3-1f44-4a3b-9c20-0123456789ac"
OWN = str(cluster_of(UUID(UID)))
CLOUD = str(mint(b"0123456789abcde").within("East"))
TESTS = ("suite.A.test_one", "suite.A.test_two")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("tests.lst").write_text("\n".join(TESTS) + "\n")
    return tmp_path


def junit(*failing: str) -> bytes:
    cases = (
        f'<testcase classname="suite.A" name="{name.rpartition(".")[2]}">{"<failure/>" if name in failing else ""}</testcase>'
        for name in TESTS
    )
    return f'<testsuite name="s">{"".join(cases)}</testsuite>'.encode()


def sonobuoy(*uids: str) -> bytes:
    out = io.BytesIO()
    items = [{"metadata": {"name": "kube-system", "uid": uid}} for uid in uids]
    members = {
        "plugins/e2e/results/global/junit_01.xml": junit(),
        "resources/cluster/core_v1_Namespaces.json": json.dumps({"items": items}).encode(),
    }
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def made(*words: str) -> Exit:
    return Exit(main(["bundle", "make", *words, "-g", "tests.lst", "-o", "made.tar.gz"]))


def subject() -> str | None:
    with read_bundle("made.tar.gz") as bundle:
        return bundle.manifest.cloud


def test_results_go_in_as_they_are_and_the_bundle_says_what_it_lacks(capsys: Captured) -> None:
    Path("results.xml").write_bytes(junit())
    assert made("results.xml", "--subject", CLOUD) == Exit.OK
    assert "recorded results: there is no journal and no configuration" in capsys.readouterr().out
    with read_bundle("made.tar.gz") as bundle:
        assert bundle.content("streams/results.xml") == junit()
        assert bundle.manifest.cloud == CLOUD
        assert [member.path for member in bundle.manifest.members] == [
            "versions.json",
            "guideline/tests.lst",
            "streams/results.xml",
            "report.json",
        ]
    assert main(["bundle", "verify", "made.tar.gz"]) == Exit.OK
    assert "there is no journal and no configuration" in capsys.readouterr().out
    assert main(["bundle", "show", "made.tar.gz"]) == Exit.OK
    assert "there is no journal and no configuration" in capsys.readouterr().out


@pytest.mark.parametrize(("failing", "status"), [((), Exit.OK), ((TESTS[0],), Exit.FAIL)])
def test_it_ends_as_a_judgement_does_and_the_bundle_judges_alike(failing: tuple[str, ...], status: Exit) -> None:
    Path("results.xml").write_bytes(junit(*failing))
    assert made("results.xml", "--subject", "cloud") == status
    assert main(["judge", "made.tar.gz", "-g", "tests.lst"]) == status
    assert main(["replay", "made.tar.gz"]) == status


def test_the_same_results_are_the_same_run_whoever_bundles_them() -> None:
    Path("results.xml").write_bytes(junit())
    Path("elsewhere.xml.gz").write_bytes(gzip.compress(junit(), mtime=0))
    runs = []
    for name in ("results.xml", "elsewhere.xml.gz"):
        Path("made.tar.gz").unlink(missing_ok=True)
        assert made(name, "--subject", CLOUD) == Exit.OK
        with read_bundle("made.tar.gz") as bundle:
            runs.append(bundle.manifest.run)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("words", [(), ("--subject", "cluster"), ("--subject", OWN)])
def test_a_cluster_is_known_by_the_uid_of_its_namespace(words: tuple[str, ...]) -> None:
    Path("tarball.tar.gz").write_bytes(sonobuoy(UID))
    assert made("tarball.tar.gz", *words) == Exit.OK
    assert subject() == OWN
    assert main(["bundle", "verify", "made.tar.gz"]) == Exit.OK


def test_a_subject_that_is_not_the_cluster_of_the_tarball_is_told(capsys: Captured) -> None:
    Path("tarball.tar.gz").write_bytes(sonobuoy(UID))
    assert made("tarball.tar.gz", "--subject", CLOUD) == Exit.OK
    assert "which is not what was named" in capsys.readouterr().err
    assert subject() == CLOUD


def test_results_of_two_clusters_are_no_bundle(capsys: Captured) -> None:
    Path("tarball.tar.gz").write_bytes(sonobuoy(UID, OTHER_UID))
    assert made("tarball.tar.gz") == Exit.USAGE
    assert "of 2 clusters" in capsys.readouterr().err
    assert not Path("made.tar.gz").exists()


def test_a_subject_is_minted_anew_where_nothing_identifies_it(capsys: Captured) -> None:
    Path("results.xml").write_bytes(junit())
    assert made("results.xml", "--subject", "cluster") == Exit.OK
    found = subject()
    assert found is not None
    assert found.startswith("cluster:")
    assert found in capsys.readouterr().err


def test_nothing_said_of_the_subject_is_told(capsys: Captured) -> None:
    Path("results.xml").write_bytes(junit())
    assert made("results.xml") == Exit.OK
    assert "nothing says which cloud or cluster was tested; name it with --subject" in capsys.readouterr().err
    assert subject() is None


@pytest.mark.parametrize(
    ("name", "content", "status", "sentence"),
    [
        ("x.xml", b"", Exit.UNREADABLE, "x.xml is empty"),
        ("x.txt", b"hello", Exit.UNREADABLE, "which is not results"),
        (
            "x.json",
            b'{"format": "certmark-report", "version": 1}',
            Exit.UNREADABLE,
            "name the results that it was made of",
        ),
        ("x.xml.gz", gzip.compress(junit(), mtime=0)[:-9], Exit.UNREADABLE, "stops in the middle"),
    ],
)
def test_what_is_no_recorded_result_is_refused(
    name: str, content: bytes, status: Exit, sentence: str, capsys: Captured
) -> None:
    Path(name).write_bytes(content)
    assert made(name) == status
    assert sentence in capsys.readouterr().err
    assert not Path("made.tar.gz").exists()


def test_a_bundle_is_not_bundled_and_not_written_over(capsys: Captured) -> None:
    Path("results.xml").write_bytes(junit())
    assert made("results.xml", "--subject", CLOUD) == Exit.OK
    content = Path("made.tar.gz").read_bytes()
    assert made("results.xml", "--subject", CLOUD) == Exit.USAGE
    assert "is there already" in capsys.readouterr().err
    assert main(["bundle", "make", "made.tar.gz", "-g", "tests.lst", "-o", "again.tar.gz"]) == Exit.UNREADABLE
    assert "is a bundle already" in capsys.readouterr().err
    assert Path("made.tar.gz").read_bytes() == content


def test_two_files_of_one_name_are_both_in_it() -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "out put.xml").write_bytes(junit())
    assert made("a/out put.xml", "b/out put.xml", "--subject", CLOUD) == Exit.OK
    with read_bundle("made.tar.gz") as bundle:
        assert bundle.content("streams/out_put.xml") == bundle.content("streams/out_put1.xml") == junit()


def test_whoever_verifies_says_that_results_alone_will_do(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    Path("results.xml").write_bytes(junit())
    assert made("results.xml", "--subject", CLOUD) == Exit.OK
    assert main(["key", "new", "--no-passphrase", "--out", "key"]) == Exit.OK
    assert main(["sign", "made.tar.gz", "--key", "key", "--vendor", "Acme", "--product", "Acme Cloud"]) == Exit.OK
    capsys.readouterr()
    words = ["verify", "made.tar.gz", "--key", "key.pub", "--guideline", "tests.lst", "--without", "day"]
    assert main(words) == Exit.INCOMPLETE
    assert "run" in capsys.readouterr().out
    assert main([*words, "--without", "run"]) == Exit.OK


def problems_of(bundle: str) -> dict[str, str]:
    """What does not hold, by the name of the check."""
    return {check.name: check.problem for check in verify_bundle(bundle).checks if check.problem is not None}


def test_a_report_in_the_place_of_raw_results_is_refused(tmp_path: Path) -> None:
    Path("results.xml").write_bytes(junit())
    assert made("results.xml") == Exit.OK
    members = unpacked("made.tar.gz")
    report = json.loads(members["report.json"])
    typed = {**report, "judgement": None, "evidence": [{**report["evidence"][0], "sha256": None}]}
    members["streams/results.xml"] = json.dumps(typed).encode()
    report["evidence"][0]["sha256"] = sha256(members["streams/results.xml"]).hexdigest()
    forged = resealed({**members, "report.json": json.dumps(report).encode()}, tmp_path / "forged.tar.gz")
    assert "results.xml is a report and no raw results" in problems_of(forged)["report"]


def test_recorded_results_bear_no_other_runs_name(tmp_path: Path) -> None:
    Path("results.xml").write_bytes(junit())
    assert made("results.xml") == Exit.OK
    members = unpacked("made.tar.gz")
    manifest = json.loads(members["manifest.json"]) | {"run": "20261118-203000-here-00ff"}
    forged = packed({**members, "manifest.json": json.dumps(manifest).encode()}, tmp_path / "forged.tar.gz")
    assert "the run is recorded-" in problems_of(forged)["journal"]


def test_recorded_results_are_compared_to_the_last_word_as_no_early_certmark_bundled_any(tmp_path: Path) -> None:
    Path("results.xml").write_bytes(junit("suite.A.test_one"))
    assert made("results.xml") == Exit.FAIL
    members = unpacked("made.tar.gz")
    report = json.loads(members["report.json"])
    judgement = report["judgement"]
    del judgement["circumstances"], judgement["policy"]["teardown"], judgement["policy"]["others"]
    judgement["sentence"] = "tests: PASS"
    forged = resealed({**members, "report.json": json.dumps(report).encode()}, tmp_path / "forged.tar.gz")
    assert "is not what the report says" in problems_of(forged)["verdict"]


def test_of_a_tarball_with_masked_secrets_each_plugin_tells_the_same_digest(tmp_path: Path) -> None:
    out, secret = io.BytesIO(), b'<failure>Body: {"adminPass": "Gc3KNjcM3chi"}</failure>'
    with tarfile.open(fileobj=out, mode="w") as archive:
        for plugin, content in {"e2e": junit(), "own": junit(TESTS[0]).replace(b"<failure/>", secret)}.items():
            entry = tarfile.TarInfo(f"plugins/{plugin}/results/global/junit_01.xml")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    Path("sonobuoy.tar").write_bytes(out.getvalue())
    assert made("sonobuoy.tar") == Exit.FAIL
    assert not problems_of("made.tar.gz")
    members = unpacked("made.tar.gz")
    report = json.loads(members["report.json"])
    report["evidence"][0]["sha256"] = "ab" * 32
    forged = resealed({**members, "report.json": json.dumps(report).encode()}, tmp_path / "forged.tar.gz")
    assert "speaks of other results" in problems_of(forged)["report"]


FORMAT_3 = """
metadata: {id: "2027.06", schema: "3.0", status: draft}
scoring: {cutoff: 1, criteria: {}}
programs: {mine: {name: Mine, kind: platform, components: [{name: core}]}}
components: {core: {capabilities: {required: [both]}, designated_sections: {}}}
capabilities:
  both: {name: Both, description: Two tests, tests: {"suite.A.test_one": {test: "junit:suite.A.test_one"}}}
designated_sections: {}
suites: {}
"""


def test_a_guideline_in_yaml_is_read_again_as_what_it_is() -> None:
    Path("mine.yaml").write_text(FORMAT_3)
    Path("results.xml").write_bytes(junit())
    words = ["bundle", "make", "results.xml", "-g", "mine.yaml", "--subject", CLOUD, "-o", "made.tar.gz"]
    assert main(words) == Exit.OK
    assert main(["bundle", "verify", "made.tar.gz"]) == Exit.OK


def test_the_state_of_a_switch_in_the_name_of_a_test_is_no_secret() -> None:
    name = "should expand if nodeExpansion=on, csiNodeExpandSecret=on"
    Path("tests.lst").write_text(f"{name}\n")
    Path("results.xml").write_text(f'<testsuite><testcase name="{name}"/></testsuite>')
    assert made("results.xml", "--subject", CLOUD) == Exit.OK
    assert main(["bundle", "verify", "made.tar.gz"]) == Exit.OK


def test_a_bundle_that_would_not_hold_is_not_left(capsys: Captured) -> None:
    name = "logs in with adminPass=Xk7-29pQ-44zR"
    Path("tests.lst").write_text(f"{name}\n")
    Path("results.xml").write_text(f'<testsuite><testcase name="{name}"/></testsuite>')
    assert made("results.xml", "--subject", CLOUD) == Exit.UNREADABLE
    assert "no bundle is written" in capsys.readouterr().err
    assert not Path("made.tar.gz").exists()
