"""`certmark judge` as a person runs it: a real process on real streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PASS, BROKEN, COMPUTE = (
    str(EXAMPLES / name)
    for name in ("object-storage-pass.subunit", "object-storage-broken.subunit", "compute.subunit.gz")
)


def certmark(*words: str, stdin: bytes | None = None, **options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "certmark", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=PATIENCE, **options)  # type: ignore[call-overload,no-any-return]  # options of subprocess.run


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param([PASS, "-p", "object"], 0, id="pass"),
        pytest.param([BROKEN, "-p", "object"], 1, id="fail"),
        pytest.param([PASS, "-p", "compute"], 4, id="incomplete: most tests did not run"),
        pytest.param([PASS, "-p", "databases"], 2, id="no such program"),
        pytest.param([PASS, "-p", "powered"], 2, id="ambiguous program"),
        pytest.param([PASS], 2, id="no program named"),
        pytest.param([PASS, "-p", "object", "--policy", "lenient"], 2, id="no such policy"),
        pytest.param([PASS, "-p", "object", "--as-of", "yesterday"], 2, id="no date"),
        pytest.param([PASS, "-p", "object", "-o", "report.docx"], 2, id="no such form"),
        pytest.param([PASS, "-p", "object", "-f", "json", "-f", "html"], 2, id="two forms, one standard output"),
        pytest.param(["no-such-file", "-p", "object"], 3, id="no such file"),
        pytest.param([str(ROOT), "-p", "object"], 3, id="a directory without results"),
        pytest.param([PASS, "-g", PASS, "-p", "object"], 3, id="a guideline that is none"),
        pytest.param([PASS, "-g", "2099.01", "-p", "object"], 3, id="a guideline that does not ship"),
        pytest.param([str(ROOT / "pyproject.toml"), "-p", "object"], 3, id="results that are none"),
        pytest.param(["--help"], 0, id="help"),
        pytest.param([], 2, id="nothing"),
    ],
)
def test_the_exit_status_tells_how_it_ended(words: list[str], status: int) -> None:
    done = certmark("judge", *words)
    assert done.returncode == status, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    if status in {2, 3}:
        assert done.stdout == b""
        assert len(done.stderr.decode().strip().splitlines()) == 1


def test_an_unknown_program_is_answered_with_the_list() -> None:
    message = certmark("judge", PASS, "-p", "databases").stderr.decode()
    assert "Interoperable Object Storage" in message
    assert "Interoperable Compute" in message


def test_json_goes_to_standard_output_and_names_every_digest() -> None:
    report = json.loads(certmark("judge", BROKEN, "-p", "object", "--json").stdout)
    judgement = report["judgement"]
    assert judgement["standing"] == "fail"
    assert len(judgement["guideline"]["sha256"]) == len(report["evidence"][0]["sha256"]) == 64
    assert report["evidence"][0]["name"] == "object-storage-broken.subunit"


def test_a_report_can_be_judged_again_to_the_same_verdict(tmp_path: Path) -> None:
    day = ("--as-of", "2026-11-21")
    first = certmark("judge", COMPUTE, "-p", "compute", "--json", *day).stdout
    (tmp_path / "report.json").write_bytes(first)
    again = certmark("judge", str(tmp_path / "report.json"), "-p", "compute", "--json", *day).stdout
    assert json.loads(again)["judgement"] == json.loads(first)["judgement"]


def test_several_reports_are_written_at_once(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("r.html", "r.json", "r.xml", "r.md", "r.txt")]
    words = [word for file in files for word in ("-o", str(file))]
    done = certmark("judge", PASS, "-p", "object", "--quiet", *words)
    assert done.returncode == 0
    assert all(file.stat().st_size for file in files)
    assert done.stdout.splitlines() == files[-1].read_bytes().splitlines()[:1]
    assert done.stderr == b""
    assert not list(tmp_path.glob("*.partial"))


def test_standard_input_may_be_the_results() -> None:
    day = ("--as-of", "2026-11-21", "--json")
    done = certmark("judge", "-", "-p", "object", *day, stdin=Path(PASS).read_bytes())
    assert done.returncode == 0, done.stderr.decode()
    told, of_file = json.loads(done.stdout), json.loads(certmark("judge", PASS, "-p", "object", *day).stdout)
    assert told["judgement"] == of_file["judgement"]
    assert [piece["name"] for piece in told["evidence"]] == ["standard input"]


def test_a_pipe_gets_no_colour() -> None:
    assert b"\x1b" not in certmark("judge", BROKEN, "-p", "object").stdout


def test_a_test_can_be_explained_by_a_part_of_its_name() -> None:
    text = certmark("judge", BROKEN, "-p", "object", "--explain", "test_get_object_using_temp_url").stdout.decode()
    assert "its class has one: setUpClass (tempest.api.object_storage.test_object_temp_url.ObjectTempUrlTest)" in text


def test_a_waiver_is_named_and_an_expired_one_is_told(tmp_path: Path) -> None:
    failing = "tempest.api.volume.test_volumes_actions.VolumesActionsTest.test_volume_upload"
    waivers = tmp_path / "waivers.json"
    waiver = {"test": failing, "reason": "bug 1", "granted-by": "office", "expires": "2026-11-21"}
    waivers.write_text(json.dumps({"product": "Example Cloud", "waivers": [waiver]}))
    words = ("judge", COMPUTE, "-p", "compute", "--waivers", str(waivers), "--as-of")
    held, expired = certmark(*words, "2026-11-21"), certmark(*words, "2026-11-22")
    assert (held.returncode, expired.returncode) == (4, 1)
    assert b"1 waiver" in held.stdout
    assert b"xpired" in expired.stdout


def test_refstacks_own_verdict_can_be_asked_for(shared: Path) -> None:
    guideline = str(shared / "guidelines" / "2020.06.json")
    run = str(shared / "runs" / "object-dynamic" / "results.subunit")
    done = certmark("judge", run, "-g", guideline, "-p", "object", "--policy", "refstack-2020")
    assert done.returncode == 0
    assert b"YES" in done.stdout


def test_the_run_and_the_guideline_of_the_first_page(shared: Path) -> None:
    run = str(shared / "runs" / "compute-dynamic-1" / "results.subunit")
    guideline = str(shared / "guidelines" / "2020.06.json")
    done = certmark("judge", run, "--guideline", guideline, "--program", "OpenStack Powered Compute")
    assert done.returncode == 1
    text = done.stdout.decode()
    assert "test_volume_upload" in text
    assert "10 tests: tempest.api.image.v2.test_images.ListUserImagesTest: Image format enforcement" in text


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", ["v1.28/kops", "v1.29/eks", "v1.29/elastx"])
def test_a_kubernetes_vendors_results_pass_their_conformance_list(shared: Path, vendor: str) -> None:
    release = vendor.partition("/")[0]
    guideline = shared / "kubernetes" / f"conformance-{release}.yaml"
    done = certmark("judge", str(shared / "kubernetes" / vendor / "junit_01.xml.gz"), "-g", str(guideline))
    assert done.returncode == 0, done.stderr.decode()


def test_a_plain_list_is_a_guideline_whose_rule_is_that_none_failed(shared: Path) -> None:
    run = str(shared / "runs" / "compute-dynamic-1" / "results.subunit")
    done = certmark("judge", run, "-g", str(shared / "scs" / "tempest-tests-non-admin.lst"), "--json", "-q")
    judgement = json.loads(done.stdout)["judgement"]
    assert judgement["policy"]["name"] == "none-failed"
    assert judgement["totals"]["tests"] == 258
