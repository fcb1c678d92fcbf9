"""`certmark guideline score` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.formats.guideline.shipped import path_of_shipped

SURVEY = Path(__file__).parents[1] / "assets" / "survey" / "tempest-47.0.0.json.gz"
SHIPPED = path_of_shipped("2026.11")
SHEET = """Scores
a-get:  [1,1,1] [1,1,1] [1,1,1] [1,1,1] [1] [100]*
a-put:  [0,1,1] [0,1,1] [1,1,1] [0,1,1] [1] [72]
a-set:  [1,1,1] [1,1,1] [1,1,1] [1,1,1] [0] [0]
A note.
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.txt"
    path.write_text(SHEET)
    return path


def test_a_worksheet_is_summed_up_and_exits_0(sheet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "score", str(sheet)]) == Exit.OK
    out = capfd.readouterr().out
    assert "3 capabilities under 2016.08 (cut-off 74 of 100): 1 in, 1 out, 1 vetoed." in out
    assert "-2" in out


def test_reports_are_written_by_their_endings_and_a_conversion_tells_no_contradiction(
    sheet: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sheet.write_text(SHEET.replace("[72]", "[70]"))
    names = [str(tmp_path / name) for name in ("a.md", "a.json", "a.html", "a.txt")]
    assert main(["guideline", "score", str(sheet), *(word for name in names for word in ("-o", name))]) == Exit.FAIL
    assert all("its marks give 72" in Path(name).read_text(encoding="utf-8") for name in names)
    assert main(["guideline", "score", str(sheet), "-o", str(tmp_path / "a.csv")]) == Exit.OK
    assert main(["guideline", "score", str(sheet), "-o", str(tmp_path / "a.xml")]) == Exit.USAGE
    assert "tells no format; use .txt, .json, .html, .htm, .md, .csv" in capfd.readouterr().err


def test_the_sets_of_criteria_are_listed_for_people_and_programs(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "score", "--list-criteria"]) == Exit.OK
    assert "2016.08: cut-off 74 of 100" in capfd.readouterr().out
    assert main(["guideline", "score", "--list-criteria", "--json"]) == Exit.OK
    sets = {item["id"]: item for item in json.loads(capfd.readouterr().out)["sets"]}
    assert (sets["2016.08"]["cutoff"], sets["2016.08"]["weights"]["deployed"]) == (74, 8)


def test_what_if_names_those_that_change_sides(sheet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "score", str(sheet), "--what-if", "complete=10", "--json"]) == Exit.OK
    document = json.loads(capfd.readouterr().out)
    crossing = [flip["capability"] for flip in document["what_if"] if flip["crosses"]]
    assert crossing == ["a-put"]


def test_a_false_total_is_told_and_exits_1(sheet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sheet.write_text(SHEET.replace("[72]", "[70]"))
    assert main(["guideline", "score", str(sheet)]) == Exit.FAIL
    assert "1 row of sheet.txt claims a total of 70, and its marks give 72: a-put" in capfd.readouterr().out


def test_two_scorers_are_held_side_by_side(sheet: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.txt"
    other.write_text(SHEET.replace("a-put:  [0,1,1]", "a-put:  [1,1,1]").replace("[72]", "[80]*"))
    assert main(["guideline", "score", str(sheet), str(other)]) == Exit.FAIL
    out = capfd.readouterr().out
    assert "3 capabilities in both, 2 with the same marks; 1 change sides" in out
    assert "deployed 0/1" in out


def test_of_three_scorers_one_sees_who_stands_alone(
    sheet: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b").mkdir()
    same, other, page = tmp_path / "b" / "sheet.txt", tmp_path / "other.txt", tmp_path / "page.html"
    same.write_text(SHEET)
    other.write_text(SHEET.replace("a-put:  [0,1,1]", "a-put:  [1,1,1]").replace("[72]", "[80]*"))
    names = [str(sheet), str(same), str(other)]
    assert main(["guideline", "score", *names]) == Exit.FAIL
    out = capfd.readouterr().out
    head = out.index("All of them")
    assert out[head : out.index("\n\n", head)].splitlines()[2:] == [
        f"  1  {sheet}{' ' * (len(str(same)) - len(str(sheet)))}  100 %  100 %  97 %",
        f"  2  {same}  100 %  100 %  97 %",
        f"  3  other.txt{' ' * (len(str(same)) - 9)}  97 %   97 %   100 %",
        "1 capability is in by some of them and not by others.",
        "  CAPABILITY  1       2       3",
        "  a-put       72 out  72 out  80 in",
    ]
    main(["guideline", "score", *names, "-o", str(page)])
    text = page.read_text()
    assert "In by some and not by others: 1" in text
    assert text.count('class="scroll"') == text.count('class="scroll" tabindex="0" role="region" aria-labelledby=')


def test_open_marks_and_names_like_formulas_go_through_a_table_and_back(sheet: Path, tmp_path: Path) -> None:
    table, marks, again = tmp_path / "table.csv", tmp_path / "marks.json", tmp_path / "again.csv"
    main(["guideline", "score", str(sheet), "-o", str(table)])
    header = table.read_text().splitlines()[0]
    table.write_text(f"{header}\n'=cmd|x,1,?,*,1,1,1,1,1,1,1,1,1,1,?\n'-1+2,0\n")
    assert main(["guideline", "score", str(table), "-f", "marks", "-o", str(marks)]) == Exit.OK
    assert [row["capability"] for row in json.loads(marks.read_text())["capabilities"]] == ["=cmd|x", "-1+2"]
    assert main(["guideline", "score", str(table), "-o", str(again)]) == Exit.OK
    assert again.read_bytes() == table.read_bytes()


def test_documented_is_what_the_api_reference_has_a_heading_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pages = tmp_path / "reference"
    (pages / "v3").mkdir(parents=True)
    (pages / "v3" / "tokens.html").write_text("<h1>Tokens</h1><h2 id='x'>Auth <code>tokens</code></h2>")
    (pages / "servers.rst").write_text("List servers\n============\n\nShow a server\n-------------\n")
    (pages / "flavors.md").write_text("## List flavors\n\n### Show flavor ###\n")
    words = ["guideline", "score", "2026.11", "--evidence", "--api-reference", str(pages)]
    assert main([*words, "--survey", str(SURVEY), "--json", "-q"]) in {Exit.OK, Exit.FAIL}
    found = {item["capability"]: item for item in json.loads(capfd.readouterr().out)["evidence"]}
    told = {item["evidence"] for item in found.values() if item["criterion"] == "doc"}
    assert any(word.startswith("the API reference describes all") for word in told)
    assert any("has no heading for" in word for word in told)
    assert main([*words, "--last", "2026.11"]) == Exit.USAGE
    assert "--api-reference needs --survey FILE" in capfd.readouterr().err


def test_marks_carry_their_scorer_and_go_through_every_form(sheet: Path, tmp_path: Path) -> None:
    marks, table, again = tmp_path / "marks.json", tmp_path / "table.csv", tmp_path / "again.txt"
    assert main(["guideline", "score", str(sheet), "-f", "marks", "--scorer", "Ann", "-o", str(marks)]) == Exit.OK
    assert json.loads(marks.read_text())["capabilities"][0]["marks"]["doc"]["scorer"] == "Ann"
    assert main(["guideline", "score", str(marks), "-o", str(table)]) == Exit.OK
    assert main(["guideline", "score", str(sheet), "-f", "sheet", "-o", str(again)]) == Exit.OK
    assert again.read_text() == SHEET
    assert table.read_text().splitlines()[1:] == [
        "a-get,1,1,1,1,1,1,1,1,1,1,1,1,1,100*",
        "a-put,0,1,1,0,1,1,1,1,1,0,1,1,1,72",
        "a-set,0",
    ]


def test_a_guidelines_achievements_are_scored_and_written_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    marks, written = tmp_path / "marks.json", tmp_path / "new.json"
    main(["guideline", "score", "2026.11", "-f", "marks", "-o", str(marks)])
    document = json.loads(marks.read_text())
    document["capabilities"][0]["marks"]["doc"] = {"mark": "1", "evidence": "the API reference"}
    marks.write_text(json.dumps(document))
    main(["guideline", "score", str(marks), "--into", "2026.11", "-o", str(written)])
    key = document["capabilities"][0]["capability"]
    assert "doc" in json.loads(written.read_text())["capabilities"][key]["achievements"]
    assert capfd.readouterr().err == f"certmark: wrote {marks}\ncertmark: wrote {written}\n"


def test_clients_and_tools_are_proposed_from_what_is_called(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["guideline", "score", "2026.11", "--evidence", "--api-use", "--json"]) == Exit.OK
    document = json.loads(capfd.readouterr().out)
    assert {found["criterion"] for found in document["evidence"]} == {"clients", "tools"}
    assert len(document["evidence"]) == 2 * len(document["capabilities"])


def test_evidence_is_proposed_from_the_last_guideline(capfd: pytest.CaptureFixture[str]) -> None:
    main(["guideline", "score", "2026.11", "--evidence", "--last", "2026.11", "--json"])
    document = json.loads(capfd.readouterr().out)
    assert {found["criterion"] for found in document["evidence"]} == {"sticky"}
    assert len(document["evidence"]) == len(document["capabilities"])


def test_evidence_of_runs_is_judged_as_everywhere(capfd: pytest.CaptureFixture[str]) -> None:
    run = str(Path(__file__).parents[2] / "examples" / "compute.subunit.gz")
    main(["guideline", "score", "2026.11", "--evidence", "--runs", run, "--json"])
    found = [item for item in json.loads(capfd.readouterr().out)["evidence"] if item["criterion"] == "deployed"]
    assert found
    assert all("of 1 clouds; too few to tell" in item["evidence"] for item in found)


def test_the_heat_map_says_everything_without_colour_or_scripts(sheet: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    main(["guideline", "score", str(sheet), "-o", str(page)])
    text = page.read_text()
    assert text.count("<script") == 1
    assert "script-src &#39;sha256-" in text
    assert text.count('aria-label="met"') == 12 + 9 + 12
    assert 'aria-label="72, out"' in text


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ([], Exit.USAGE, "name what to score"),
        (["{sheet}", "--what-if", "glory=3"], Exit.USAGE, "is not understood"),
        (["{sheet}", "--criteria", "none"], Exit.USAGE, "is no set of criteria"),
        (["{sheet}", "--evidence", "--last", "2026.11"], Exit.USAGE, "evidence needs a guideline among the scores"),
        (["2026.11", "--evidence"], Exit.USAGE, "--evidence needs a source"),
        (["2026.11", "--evidence", "--api-use", "{sheet}"], Exit.UNREADABLE, "is no JSON"),
        (["2026.11", "--evidence", "--api-use", "{shipped}"], Exit.UNREADABLE, 'must have "format"'),
        (["no-such"], Exit.UNREADABLE, "there is no file"),
    ],
)
def test_bad_input_is_one_sentence(
    sheet: Path, words: list[str], status: Exit, sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["guideline", "score", *(word.format(sheet=sheet, shipped=SHIPPED) for word in words)]) == status
    err = capfd.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1
