"""From one guideline to the next without an editor: every step is a command, and its change as small as its intent."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.lint_documents import LIST, RESIZE, SHOW, UUIDS, before, sound

FLAG = {"reason": "[D401] It is broken.", "action": "Mend it.", "date": "2098-12-24"}
NEW = "suite.servers.test_servers.Servers.test_rescue"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a guideline that was approved, one of its tests flagged."""
    document = before()
    document["capabilities"]["list"]["tests"][SHOW]["flagged"] = FLAG
    document["capabilities"]["resize"]["achievements"] = ["atomic", "future"]
    (tmp_path / "2098.12.json").write_text(json.dumps(document, indent=4) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().err.replace("certmark: ", "")


def changed(path: Path, *words: str, status: Exit = Exit.OK) -> str:
    """What `certmark guideline` with these words changes in a file: lines taken out and put in, without their margin."""
    old = path.read_text() if path.exists() else ""
    assert main(["guideline", *words]) == status
    return hunks(old, path.read_text())


def hunks(old: str, new: str) -> str:
    """The lines of a diff, without their margin."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    return "\n".join(f"{line[0]}{line[1:].strip()}" for line in lines if line[0] in "+-")


def cut(folder: Path) -> Path:
    words = ["next", "--from", "2098.12.json", "--month", "2099.06", "--releases", "2098.1,2098.2,2099.1"]
    assert main(["guideline", *words]) == Exit.OK
    return folder / "2099.06.json"


def test_the_next_guideline_is_a_draft_without_flags_and_says_what_counts_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new = cut(folder)
    assert said(capfd).splitlines() == [
        "2099.06: 1 → 2 tests must pass: 1 test counts again (1 flag left behind)",
        f"counts again: {SHOW}",
        "wrote 2099.06.json",
    ]
    assert hunks((folder / "2098.12.json").read_text(), new.read_text()).splitlines() == [
        '-"id": "2098.12",',
        '+"id": "2099.06",',
        '-"source": "https://example.org/2098.12.json",',
        '+"source": "https://example.org/2099.06.json",',
        '-"target_approval": "2098.12",',
        '+"target_approval": "2099.06",',
        '-"2097.2",',
        '-"2098.2"',
        '+"2098.2",',
        '+"2099.1"',
        '-"status": "approved"',
        '+"status": "draft",',
        '+"replaces": "2098.12"',
        "-],",
        '-"flagged": {',
        '-"reason": "[D401] It is broken.",',
        '-"action": "Mend it.",',
        '-"date": "2098-12-24"',
        "-}",
        "+]",
    ]


def test_each_step_to_the_dated_guideline_is_one_command_and_one_small_change(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new = cut(folder)
    day = ["--date", "2099-06-10"]
    gaps = folder / "gaps.json"
    gaps.write_text(json.dumps(gap_report()))

    flag = ["--code", "D402", "--reason", "A bug.", "--action", "Wait.", *day]
    assert changed(new, "flag", "2099.06.json", "test_show", *flag) == (
        '-]\n+],\n+"flagged": {\n+"reason": "[D402] A bug.",\n+"action": "Wait.",\n+"date": "2099-06-10"\n+}'
    )
    assert changed(new, "unflag", "2099.06.json", UUIDS[1]).splitlines() == [
        "-],",
        '-"flagged": {',
        '-"reason": "[D402] A bug.",',
        '-"action": "Wait.",',
        '-"date": "2099-06-10"',
        "-}",
        "+]",
    ]
    assert changed(new, "promote", "2099.06.json", "resize").splitlines() == [
        '-"list"',
        "-],",
        '-"advisory": [',
        '+"list",',
        '+"advisory": [],',
        '+"required_since": "2099.06",',
    ]
    assert changed(new, "deprecate", "2099.06.json", "list").splitlines() == [
        '-"list",',
        '-"deprecated": [],',
        '+"deprecated": [',
        '+"list"',
        "+],",
    ]
    add = ["--gaps", str(gaps), "--from-gap", "compute-servers-rescue", "--description", "to rescue"]
    assert changed(new, "add", "2099.06.json", "rescue", *add).splitlines() == [
        '-"advisory": [],',
        '+"advisory": [',
        '+"rescue"',
        "+],",
        "+}",
        "+}",
        "+},",
        '+"rescue": {',
        '+"achievements": [],',
        '+"admin": false,',
        '+"description": "to rescue",',
        '+"project": "nova",',
        '+"tests": {',
        '+"suite.servers.test_servers.Servers.test_rescue": {',
        '+"idempotent_id": "id-00000005-1111-4111-8111-111111111111"',
    ]
    assert changed(new, "rename", "2099.06.json", "rescue", "servers-rescue").splitlines() == [
        '-"rescue"',
        '+"servers-rescue"',
        '-"rescue": {',
        '+"servers-rescue": {',
    ]
    section = ["--level", "advisory", "--guidance", "the API"]
    assert changed(new, "section", "2099.06.json", "glance", *section).splitlines() == [
        "+],",
        '+"advisory": [',
        '+"glance"',
        "+},",
        '+"glance": {',
        '+"advisory": {',
        '+"guidance": "the API",',
        '+"sections": {}',
        "+}",
    ]
    approve = ["--by", "Ada Example", "--reference", "https://example.org/minutes", *day]
    assert changed(new, "approve", "2099.06.json", *approve) == '-"status": "draft",\n+"status": "approved",'
    assert "2099.06 is approved by the approval committee (Ada Example) on 2099-06-10" in said(capfd)
    assert main(["guideline", "lint", "2099.06.json"]) == Exit.OK


def gap_report() -> dict[str, Any]:
    tests = [{"name": NEW, "uuid": UUIDS[5]}]
    candidate = {"key": "compute-servers-rescue", "service": "compute", "operation": "x", "tests": tests}
    return {"format": "certmark-coverage", "version": 1, "gaps": {"candidates": [candidate], "with_administrator": []}}


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        (["promote", "2098.12.json", "resize"], "2021A; D1.1 of 2017A"),
        (["deprecate", "2098.12.json", "list"], "D1.1"),
        (["unflag", "2098.12.json", "test_show"], "HACKING D311"),
        (["rename", "2098.12.json", "list", "lists"], "D1.1"),
        (["section", "2098.12.json", "nova", "--level", "advisory"], "D1.1"),
        (["remove", "2099.06.json", "list"], "A4.5"),
        (["demote", "2099.06.json", "list"], "A4.5"),
        (["section", "2099.06.json", "nova", "--level", "removed"], "A3.1"),
        (["section", "2099.06.json", "cinder", "--level", "required", "--guidance", "all"], "A3.2"),
        (["approve", "2098.12.json", "--by", "Ada", "--reference", "x"], "C6.3"),
        (["supersede", "2098.12.json"], "C6"),
        (["supersede", "2099.06.json"], "C6.3"),
        (["next", "--from", "2098.12.json", "--month", "2098.11", "--releases", "a,b,c"], "D4.1"),
    ],
)
def test_what_the_process_forbids_is_refused_with_its_clause_and_nothing_is_written(
    words: list[str], clause: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cut(folder)
    contents = {path: path.read_bytes() for path in folder.iterdir()}
    capfd.readouterr()
    assert main(["guideline", *words]) == Exit.FAIL
    assert clause in said(capfd)
    assert {path: path.read_bytes() for path in folder.iterdir()} == contents


def test_a_capability_that_scores_below_the_cut_off_is_not_promoted(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    new = cut(folder)
    document = json.loads(new.read_text())
    document["capabilities"]["resize"]["achievements"] = ["atomic"]
    new.write_text(json.dumps(document))
    assert main(["guideline", "promote", "2099.06.json", "resize"]) == Exit.FAIL
    assert "resize scores 6, below the cut-off of 10" in said(capfd)


def test_a_dry_run_shows_the_change_and_writes_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    new = cut(folder)
    content = new.read_bytes()
    assert main(["guideline", "promote", "2099.06.json", "resize", "--dry-run"]) == Exit.OK
    out = capfd.readouterr().out
    assert out.startswith("--- a/2099.06.json\n+++ b/2099.06.json\n@@")
    assert '+            "required_since": "2099.06",\n' in out
    assert new.read_bytes() == content


def test_a_flag_goes_into_two_files_or_none(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    new = cut(folder)
    flag = ["--code", "D402", "--reason", "A bug.", "--action", "Wait.", "--date", "2099-06-10"]
    assert main(["guideline", "flag", "2098.12.json", "test_list", *flag, "--also", "2099.06.json"]) == Exit.OK
    for path in (new, folder / "2098.12.json"):
        assert json.loads(path.read_text())["capabilities"]["list"]["tests"][LIST]["flagged"]["date"] == "2099-06-10"
    content = new.read_bytes()
    assert main(["guideline", "flag", "2099.06.json", "test_show", *flag, "--also", "2098.12.json"]) == Exit.USAGE
    assert "flagged already: [D401] It is broken." in said(capfd)
    assert new.read_bytes() == content


def test_an_approval_is_signed_so_that_ssh_can_check_it(folder: Path) -> None:
    from certmark.trust.keys.signatures import read_ssh_signature

    cut(folder)
    assert main(["key", "new", "--no-passphrase", "-o", "ada"]) == Exit.OK
    words = ["--by", "Ada", "--reference", "minutes", "--date", "2099-06-10", "--key", "ada"]
    assert main(["guideline", "approve", "2099.06.json", *words]) == Exit.OK
    signature = read_ssh_signature((folder / "2099.06.json.sig").read_bytes())
    signature.verify((folder / "2099.06.json").read_bytes())
    assert signature.namespace == "certmark"


def test_what_is_new_in_a_draft_goes_altogether_and_a_promotion_is_taken_back(folder: Path) -> None:
    new = cut(folder)
    content = new.read_text()
    assert main(["guideline", "promote", "2099.06.json", "resize"]) == Exit.OK
    assert main(["guideline", "demote", "2099.06.json", "resize"]) == Exit.OK
    assert json.loads(new.read_text()) == json.loads(content)
    (folder / "gaps.json").write_text(json.dumps(gap_report()))
    words = ["--gaps", "gaps.json", "--from-gap", "compute-servers-rescue", "--description", "to rescue"]
    assert main(["guideline", "add", "2099.06.json", "rescue", *words]) == Exit.OK
    assert main(["guideline", "remove", "2099.06.json", "rescue"]) == Exit.OK
    assert json.loads(new.read_text()) == json.loads(content)


def test_a_guideline_is_superseded_by_two_later_ones(folder: Path) -> None:
    for identity in ("2099.06", "2099.12"):
        document = sound()
        document["metadata"]["id"] = identity
        document["metadata"]["os_trademark_approval"]["status"] = "approved"
        (folder / f"{identity}.json").write_text(json.dumps(document))
    assert changed(folder / "2098.12.json", "supersede", "2098.12.json") == (
        '-"status": "approved"\n+"status": "superseded"'
    )


@pytest.mark.parametrize("name", ["2099.06.yaml", "2099.06.json"])
def test_a_new_guideline_is_empty_and_read_by_everything(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--program", "Servers", "--component", "servers", "--releases", "2098.1,2098.2,2099.1"]
    assert main(["guideline", "new", name, *words]) == Exit.OK
    assert main(["guideline", "show", name]) == Exit.OK
    assert "2099.06" in capfd.readouterr().out
    assert main(["guideline", "new", name, *words]) == Exit.USAGE


def test_what_a_coverage_leaves_one_remedy_for_is_done(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    new = cut(folder)
    (folder / "suite.txt").write_text(
        f"{LIST}[id-{UUIDS[0]}]\nsuite.servers.test_servers.Servers.test_details[id-{UUIDS[1]}]\n{RESIZE}[id-{UUIDS[2]}]\n"
    )
    hunk = changed(new, "coverage", "2099.06.json", "--list", "suite.txt", "--apply")
    assert hunk == (
        f'-"{SHOW}": {{\n+"suite.servers.test_servers.Servers.test_details": {{\n-"suite.Old.test_show"\n'
        f'+"suite.Old.test_show",\n+"{SHOW}"'
    )
    assert "1 test done; 0 tests have to be decided by somebody" in said(capfd)
    (folder / "suite.txt").write_text("other.test_x.X.test_y\n")
    assert changed(new, "coverage", "2099.06.json", "--list", "suite.txt", "--apply", status=Exit.FAIL) == ""
    (folder / "suite.txt").write_text(f"{LIST}[id-{UUIDS[0]}]\n")
    hunk = changed(new, "coverage", "2099.06.json", "--list", "suite.txt", "--apply", status=Exit.FAIL)
    assert "test_details" in hunk
    assert RESIZE not in hunk
    assert f"{RESIZE}: without it resize would have no test" in said(capfd)


def test_two_scorers_sheets_become_one_and_what_was_not_taken_stays(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cut(folder)
    assert (
        main(["guideline", "score", "new", "2099.06.json", "resize", "--last", "2098.12.json", "-o", "blank.json"]) == 0
    )
    blank = json.loads((folder / "blank.json").read_text())
    marks = blank["capabilities"][0]["marks"]
    assert {mark["mark"] for mark in marks.values()} == {"?"}
    for name, future in (("ann", "1"), ("bob", "0")):
        marks["atomic"] = {"mark": "1", "scorer": name}
        marks["future"] = {"mark": future, "scorer": name, "evidence": f"{name} thinks so"}
        blank["name"] = name
        (folder / f"{name}.json").write_text(json.dumps(blank))
    capfd.readouterr()
    assert main(["guideline", "score", "agree", "ann.json", "bob.json"]) == Exit.FAIL
    assert capfd.readouterr().out == "resize.future: 1 and 0\n1 mark agreed, 0 decided, 1 open.\n"
    decide = ["--decide", "resize.future=1", "-o", "agreed.json"]
    assert main(["guideline", "score", "agree", "ann.json", "bob.json", *decide]) == Exit.USAGE
    assert main(["guideline", "score", "agree", "ann.json", "bob.json", *decide, "--by", "Cleo"]) == Exit.OK
    (row,) = json.loads((folder / "agreed.json").read_text())["capabilities"]
    assert row["marks"]["atomic"] == {"mark": "1", "scorer": "ann, bob"}
    assert row["marks"]["future"]["scorer"] == "Cleo"
    assert row["marks"]["future"]["evidence"] == (
        "decided by Cleo: ann said 1 (ann thinks so); bob said 0 (bob thinks so)"
    )


def test_the_real_guideline_of_2020_is_continued_with_its_add_on(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = shared / "guidelines"
    words = ["--from", f"{source}/2020.06.json", "--add-ons", f"{source}/add-ons/dns.2020.06.json", "-o", "."]
    when = ["--month", "2026.11", "--releases", "2025.2,2026.1,2026.2"]
    assert main(["guideline", "next", *words, *when]) == Exit.OK
    assert "2026.11: 273 → 284 tests must pass: 11 tests count again (11 flags left behind)" in said(capfd)
    old, new = ((path / name).read_bytes() for path, name in ((source, "2020.06.json"), (tmp_path, "2026.11.json")))
    assert len(hunks(old.decode(), new.decode()).splitlines()) < 80
    add_on = json.loads((tmp_path / "dns.2026.11.json").read_text())
    (host,) = add_on["add-ons"]["DNS"]["required_platform_components"]
    assert host["source"].endswith("/2026.11.json")


FORMAT_3 = Path(__file__).parents[1] / "assets" / "guideline" / "sound" / "format_3.yaml"


def test_format_3_is_written_in_its_own_words_and_keeps_its_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    former = FORMAT_3.read_text().replace("references/below-cutoff", "process/weights-changed")
    (tmp_path / "2027.10.yaml").write_text(former)
    words = ["next", "--from", "2027.10.yaml", "--month", "2028.04", "--releases", "2027.1,2027.2,2028.1"]
    assert main(["guideline", *words]) == Exit.OK
    new = tmp_path / "2028.04.yaml"
    assert "2028.04: 3 → 4 tests must pass" in said(capfd)
    assert hunks(former, new.read_text()).splitlines() == [
        "-id: 2027.10",
        "+id: 2028.04",
        "-source: https://example.org/guidelines/2027.10.yaml",
        "-status: approved",
        "-target_approval: 2027.10",
        "-replaces: 2027.05",
        "-releases: [2026.2, 2027.1]",
        "+source: https://example.org/guidelines/2028.04.yaml",
        "+status: draft",
        "+target_approval: 2028.04",
        "+replaces: 2027.10",
        '+releases: ["2027.1", "2027.2", "2028.1"]',
        "-approval:",
        "-- authority: Board of directors",
        "-by: [Ada Example, Bo Example]",
        "-date: 2027-10-12",
        "-reference: https://example.org/minutes/2027-10-12",
        "-flag:",
        "-code: D401",
        "-reason: It races, https://example.org/bug/1",
        "-action: Mend the test.",
        "-date: 2027-09-01",
    ]
    flag = ["--code", "D401", "--reason", "It races.", "--action", "Mend it.", "--date", "2028-04-02"]
    assert changed(new, "flag", new.name, "[ice] stays cold", *flag).splitlines() == [
        "+flag:", "+code: D401", "+reason: It races.", "+action: Mend it.", '+date: "2028-04-02"',
    ]  # fmt: skip
    assert changed(new, "rename", new.name, "ice-crush", "ice-crushed").splitlines() == [
        "-advisory: [ice-crush]",
        "+advisory: [ice-crushed]",
        "-ice-crush:",
        "+ice-crushed:",
    ]
    assert changed(new, "deprecate", new.name, "ice-crushed").splitlines() == [
        "-advisory: [ice-crushed]",
        "+advisory: []",
        "+deprecated:",
        "+- ice-crushed",
        '+ice-crushed: "2028.04"',
    ]
    approve = ["--by", "Ada Example", "--reference", "https://example.org/minutes/2028-04-20", "--date", "2028-04-20"]
    assert changed(new, "approve", new.name, *approve).splitlines() == [
        "-status: draft",
        "+status: approved",
        "+approval:",
        "+- authority: the approval committee",
        "+by:",
        "+- Ada Example",
        '+date: "2028-04-20"',
        "+reference: https://example.org/minutes/2028-04-20",
    ]
    assert main(["guideline", "show", new.name]) == Exit.OK


def test_what_is_refused_is_not_told_as_done(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cut(folder)
    said(capfd)
    words = ["flag", "2099.06.json", SHOW, "--code", "D401", "--reason", "r", "--action", "a", "--also", "nowhere.json"]
    assert main(["guideline", *words]) == Exit.UNREADABLE
    assert said(capfd) == "nowhere.json: No such file or directory\n"
    words = ["next", "--from", "2098.12.json", "--month", "2099.12", "--releases", "a,b,c", "--add-ons", "nowhere.json"]
    assert main(["guideline", *words]) == Exit.UNREADABLE
    assert said(capfd) == "nowhere.json: No such file or directory\n"


@pytest.mark.usefixtures("folder")
def test_a_new_guideline_needs_the_name_of_a_program(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "new", "2099.12.yaml", "--program", " ", "--releases", "2099.1"]) == Exit.USAGE
    assert said(capfd) == "name the program: what a product can be certified for\n"
