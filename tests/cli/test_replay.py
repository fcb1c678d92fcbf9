"""`certmark replay`: old evidence under other rules, and what changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import write_bundle
from support.recorded_run import NAMES, record_run, stream_of

FIRST, SECOND = (name.partition("[")[0] for name in NAMES)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return record_run(tmp_path / "run", stream=stream_of(failing=NAMES[0]))


def guideline(folder: Path, *tests: str) -> str:
    path = folder / "other.txt"
    path.write_text("".join(f"{test}\n" for test in tests), encoding="utf-8")
    return str(path)


def replayed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = main(["replay", *words, "--json", "--quiet"])
    out = capsys.readouterr().out
    return status, json.loads(out) if out else {}


@pytest.mark.parametrize("form", ["report", "bundle", "folder", "folder without a bundle"])
def test_the_same_judgement_comes_out_again(run: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = {"report": run / "report.json", "bundle": Path(write_bundle(run, run.parent / "b.tar.gz"))}.get(form, run)
    if form == "folder":
        write_bundle(run)
    words = ["-g", str(run / "guideline" / "list.txt")] if form == "report" else []
    status, told = replayed(capsys, str(path), *words)
    assert status == Exit.FAIL
    assert told["before"] == told["after"]
    assert (told["capabilities"], told["tests"], told["not_repeatable"]) == ([], [], [])


def test_another_guideline_changes_the_verdict_and_says_by_what(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = guideline(tmp_path, SECOND, "a.Third.test")
    status, told = replayed(capsys, str(run), "-g", other)
    assert status == Exit.INCOMPLETE
    assert (told["before"]["standing"], told["after"]["standing"]) == ("fail", "incomplete")
    assert [(test["name"], test["counted"]) for test in told["tests"]] == [
        ("a.Third.test", ["not asked for", "missing"]),
        (FIRST, ["failed", "not asked for"]),
    ]
    main(["replay", str(run), "-g", other])
    text = capsys.readouterr().out
    assert text.startswith(
        "FAIL before, INCOMPLETE now: the verdict changes; 1 capability and 2 tests judged otherwise.\n"
    )
    assert "now leaving a gap: 1" in text
    assert "no longer asked for: 1" in text
    assert "failed → not asked for" in text


def test_a_waiver_of_today_is_tried_on_evidence_of_then(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "waivers.json"
    entry = {"test": FIRST, "reason": "r", "granted-by": "g", "expires": "2027-01-01"}
    path.write_text(json.dumps({"product": "p", "waivers": [entry]}))
    status, told = replayed(capsys, str(run), "--waivers", str(path))
    assert status == Exit.OK
    assert told["tests"][0]["counted"] == ["failed", "waived"]
    assert "PASS with 1 waiver" in told["after"]["sentence"]
    assert replayed(capsys, str(run), "--waivers", str(path), "--as-of", "2027-01-02")[0] == Exit.FAIL


def test_waivers_of_then_stay_unless_they_are_left_out(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, report = tmp_path / "waivers.json", tmp_path / "report.json"
    entry = {"test": FIRST, "reason": "r", "granted-by": "g", "expires": "2027-01-01"}
    path.write_text(json.dumps({"product": "p", "waivers": [entry]}))
    listed = str(run / "guideline" / "list.txt")
    stream = str(run / "streams" / "w0-a1.subunit")
    judged = ["judge", stream, "-g", listed, "--as-of", "2026-11-22", "--waivers", str(path), "-o", str(report)]
    assert main(judged) == Exit.OK
    assert replayed(capsys, str(report), "-g", listed)[0] == Exit.OK
    status, told = replayed(capsys, str(report), "-g", listed, "--no-waivers")
    assert status == Exit.FAIL
    assert told["tests"][0]["counted"] == ["waived", "failed"]


def test_a_report_that_claims_more_than_its_evidence_gives_is_told(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = run / "report.json"
    text = report.read_text(encoding="utf-8")
    report.write_text(
        text.replace('"standing":"fail"', '"standing":"pass"').replace('"counted":"failed"', '"counted":"passed"')
    )
    status, told = replayed(capsys, str(report), "-g", str(run / "guideline" / "list.txt"))
    assert status == Exit.FAIL
    assert told["not_repeatable"][:2] == [
        "the report says pass, and its own evidence, guideline and policy give fail",
        f"the report counts {FIRST} otherwise than its own evidence gives",
    ]
    assert "it was judged by certmark 0; this is " in told["not_repeatable"][2]


def test_a_guideline_that_is_not_at_hand_is_said(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = str(run / "report.json")
    assert replayed(capsys, report)[0] == Exit.USAGE
    main(["replay", report])
    assert "the guideline list of then is not at hand (SHA-256" in capsys.readouterr().err
    status, told = replayed(capsys, report, "-g", guideline(tmp_path, SECOND))
    assert status == Exit.OK
    assert "is not at hand, so that its judgement was taken as the report tells it" in told["not_repeatable"][0]


def test_evidence_that_stops_in_the_middle_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run / "report.json"
    report.write_text(
        report.read_text()
        .replace('"truncated":false', '"truncated":true')
        .replace('"passes_only":false', '"passes_only":true')
    )
    _, told = replayed(capsys, str(report), "-g", str(run / "guideline" / "list.txt"))
    assert [doubt.partition(":")[0] for doubt in told["not_repeatable"]] == [
        "the evidence names passed tests only",
        "the evidence stops in the middle",
    ]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--waivers", "w", "--no-waivers"], Exit.USAGE),
        (["--program", "nothing"], Exit.USAGE), (["--policy", "nothing"], Exit.USAGE),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(run: Path, words: list[str], status: Exit) -> None:
    assert main(["replay", str(run), *words]) == status


def test_a_day_that_is_none_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["replay", str(run), "--as-of", "tomorrow"])
    assert caught.value.code == Exit.USAGE
    assert "'tomorrow' is not a date like 2026-11-21" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not JSON"), ("[]", "it is no object"), ("x", "is not JSON"),
        ('{"format":"certmark-report","version":1,"judgement":null,"evidence":[]}', "was never judged"),
    ],
)  # fmt: skip
def test_what_was_never_judged_is_refused(
    tmp_path: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)
    assert main(["replay", str(path)]) == Exit.UNREADABLE
    assert said in capsys.readouterr().err


def test_a_judgement_of_another_shape_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run / "report.json"
    whole = json.loads(report.read_text())
    for key, value in (("capabilities", 1), ("capabilities", [{}]), ("totals", None), ("program", {"name": "x"})):
        report.write_text(json.dumps({**whole, "judgement": {**whole["judgement"], key: value}}))
        status = main(["replay", str(report), "-g", str(run / "guideline" / "list.txt")])
        assert status in {Exit.UNREADABLE, Exit.FAIL}
        assert "Traceback" not in capsys.readouterr().err


def test_old_evidence_of_a_real_cloud_under_a_newer_guideline(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, old = tmp_path / "report.json", str(shared / "guidelines" / "2020.06.json")
    stream = str(shared / "runs" / "compute-dynamic-1" / "results.subunit")
    main(["judge", stream, "-g", old, "-p", "OpenStack Powered Compute", "-o", str(report), "--quiet"])
    status, told = replayed(capsys, str(report), "-g", "2026.11")
    assert status == Exit.FAIL
    assert (told["before"]["guideline"], told["after"]["guideline"]) == ("2020.06", "2026.11")
    weighing = [test for test in told["tests"] if not set(test["counted"]) <= {"shown", "not asked for"}]
    assert ("flagged", "passed") in {tuple(test["counted"]) for test in weighing}
