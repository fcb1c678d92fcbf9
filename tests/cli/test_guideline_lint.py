"""`certmark guideline lint`: whole outputs, exit statuses, refusals."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from certmark.authoring.lint.checks import LintReport
from certmark.authoring.lint.rules import RULES
from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.findings import LintFinding, Severity
from certmark.reporting.lint.view import LintView
from certmark.reporting.terminal import print_blocks
from support.lint_documents import LIST, SHOW, UUIDS, before, encoded, sound

FORMAT_3 = Path(__file__).parents[1] / "assets" / "guideline" / "sound" / "format_3.yaml"


class Said(NamedTuple):
    """What a command wrote, and how it ended."""

    status: int
    out: str
    err: str


class Lint(Protocol):
    """`certmark guideline lint` with these words."""

    def __call__(self, *words: str) -> Said: ...


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        try:
            status = main(["guideline", "lint", *words])
        except SystemExit as ended:
            status = int(str(ended.code))
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


def put(name: str, document: Any) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document if isinstance(document, bytes) else encoded(document))


def faulty() -> dict[str, Any]:
    """Two warnings, one of which is mended, and an error."""
    document = sound()
    tests = document["capabilities"]["list"]["tests"]
    tests[LIST]["idempotent_id"] = UUIDS[0]
    document["capabilities"]["list"]["owner"] = "me"
    document["capabilities"]["resize"]["tests"] = {}
    return document


def test_findings_are_lines_that_editors_follow(lint: Lint) -> None:
    put("2099.06.json", faulty())
    put("2098.12.json", before())
    said = lint("2099.06.json")
    assert (said.status, said.err) == (Exit.FAIL, "")
    assert said.out.splitlines() == [
        f'2099.06.json:74:28: warning ids/prefix: the id "{UUIDS[0]}" is not written as id- and a uuid [--fix]',
        '2099.06.json:83:7: error structure/unknown-key: the key "owner" is unknown; known are achievements, admin, required_since, description, project, tests',
        "2099.06.json:85:5: warning references/without-tests: capability resize has no test",
        "1 error, 2 warnings in 1 file; 1 of them can be mended [--fix].",
    ]


def test_a_sound_guideline_is_ok_and_its_predecessor_is_found_beside_it(lint: Lint) -> None:
    put("folder/2099.06.json", sound())
    put("folder/2098.12.json", before())
    assert lint("folder/2099.06.json") == (Exit.OK, "0 errors, 0 warnings in 1 file.\n", "")


def test_notes_weigh_only_if_asked(lint: Lint) -> None:
    put("2099.06.json", sound())
    assert (
        lint("2099.06.json").out == "0 errors, 0 warnings in 1 file; 1 of less weight (--severity note tells them).\n"
    )
    said = lint("2099.06.json", "--severity", "note")
    assert (said.status, said.out.splitlines()[-1]) == (Exit.FAIL, "0 errors, 0 warnings, 1 note in 1 file.")


def test_errors_alone_can_be_asked_for(lint: Lint) -> None:
    document = sound()
    document["capabilities"]["resize"]["tests"] = {}
    put("2099.06.json", document)
    assert lint("2099.06.json", "--severity", "error").status == Exit.OK


def test_rules_are_selected_and_ignored(lint: Lint) -> None:
    put("2099.06.json", faulty())
    assert [line.split()[2] for line in lint("2099.06.json", "--select", "ids,structure").out.splitlines()[:-1]] == [
        "ids/prefix:",
        "structure/unknown-key:",
    ]
    said = lint("2099.06.json", "--ignore", "ids", "--ignore", "unknown-key,references/without-tests")
    assert said.status == Exit.OK


def test_a_folder_is_searched_and_what_is_no_guideline_is_passed_over(lint: Lint) -> None:
    put("all/2099.06.json", sound())
    put("all/deep/2098.12.json", before())
    put("all/package.json", {"name": "x"})
    put("all/.hidden/x.json", b"{")
    said = lint("all")
    assert said.out.endswith("in 2 files; 1 of less weight (--severity note tells them).\n")
    assert said.err == "certmark: passed over, for they are no guidelines: 1\n"


def test_long_lists_are_summed_up_first_and_told_in_full_when_asked(lint: Lint) -> None:
    document = sound()
    tests = {
        f"suite.a.B.test_{number}": {"idempotent_id": f"{number:08x}-1111-4111-8111-222222222222"}
        for number in range(70)
    }
    document["capabilities"]["resize"]["tests"] = tests
    put("2099.06.json", document)
    put("2098.12.json", before())
    lines = lint("2099.06.json").out.splitlines()
    assert lines[0] == "0 errors, 70 warnings in 1 file; 70 of them can be mended [--fix]."
    assert [line.split()[:4] for line in lines if "ids/prefix" in line] == [["ids/prefix", "warning", "70", "1"]]
    assert len(lint("2099.06.json", "--full").out.splitlines()) == 71


def test_fix_mends_in_place_and_tells_the_rest(lint: Lint) -> None:
    put("2099.06.json", faulty())
    before_it = Path("2099.06.json").read_text(encoding="utf-8")
    said = lint("2099.06.json", "--fix")
    assert said.err == "certmark: mended 1 in 1 file\n"
    assert [line.split()[2] for line in said.out.splitlines()[:-1]] == [
        "structure/unknown-key:",
        "references/without-tests:",
    ]
    after = Path("2099.06.json").read_text(encoding="utf-8")
    assert after == before_it.replace(f'"{UUIDS[0]}"', f'"id-{UUIDS[0]}"')
    assert list(Path().iterdir()) == [Path("2099.06.json")]


def test_a_dry_run_shows_the_changes_and_writes_nothing(lint: Lint) -> None:
    put("2099.06.json", faulty())
    content = Path("2099.06.json").read_bytes()
    said = lint("2099.06.json", "--fix", "--dry-run")
    assert said.status == Exit.FAIL
    assert f'+          "idempotent_id": "id-{UUIDS[0]}"\n' in said.out
    assert Path("2099.06.json").read_bytes() == content


def test_a_baseline_lets_only_new_findings_weigh_also_when_lines_move(lint: Lint) -> None:
    put("2099.06.json", faulty())
    assert lint("2099.06.json", "--write-baseline", "known/base.json").status == Exit.USAGE  # no such folder
    said = lint("2099.06.json", "--write-baseline", "base.json")
    assert (said.status, said.err) == (Exit.OK, "certmark: wrote base.json: 4 known findings\n")
    put("2099.06.json", b"\n\n" + encoded(faulty()))
    assert lint("2099.06.json", "--baseline", "base.json").out == "0 errors, 0 warnings in 1 file; 4 known.\n"
    worse = faulty()
    worse["capabilities"]["list"]["tests"][SHOW]["aliases"] = [SHOW]
    put("2099.06.json", worse)
    said = lint("2099.06.json", "--baseline", "base.json")
    assert (said.status, said.out.split()[2]) == (Exit.FAIL, "aliases/self:")
    put("2099.06.json", sound())
    assert "3 entries of base.json are found no longer" in lint("2099.06.json", "--baseline", "base.json").err


def test_an_earlier_revision_shows_what_changed_after_approval(lint: Lint) -> None:
    earlier = sound()
    earlier["metadata"]["os_trademark_approval"]["status"] = "approved"
    later = sound()
    del later["capabilities"]["list"]["tests"][SHOW]
    put("before.json", earlier)
    put("2099.06.json", later)
    out = lint("2099.06.json", "--predecessor", "before.json").out
    assert "2099.06.json:63:5: error process/test-removed" in out


def test_machines_get_json_sarif_junit_and_annotations(lint: Lint) -> None:
    put("2099.06.json", faulty())
    assert json.loads(lint("2099.06.json", "--json").out)["counts"] == {
        "error": 1,
        "warning": 2,
        "note": 1,
        "known": 0,
        "accepted": 0,
    }
    assert len(json.loads(lint("2099.06.json", "--format", "sarif").out)["runs"][0]["results"]) == 4
    assert lint("2099.06.json", "--format", "github").out.count("::warning ") == 2
    said = lint("2099.06.json", "--format", "junit", "-o", "lint.xml")
    assert (said.status, "1 error, 2 warnings in 1 file" in said.out) == (Exit.FAIL, True)
    assert Path("lint.xml").read_text(encoding="utf-8").count("<failure ") == 3


def test_several_reports_are_written_by_their_endings_and_the_findings_are_shown(lint: Lint) -> None:
    put("2099.06.json", faulty())
    names = [f"lint.{ending}" for ending in ("txt", "md", "html", "json", "sarif", "xml")]
    said = lint("2099.06.json", *(word for name in names for word in ("-o", name)))
    assert (said.status, said.err.splitlines()) == (Exit.FAIL, [f"certmark: wrote {name}" for name in names])
    text, markdown, page, data, sarif, junit = (Path(name).read_text(encoding="utf-8") for name in names)
    assert said.out == text
    assert markdown.count("ids/prefix") == page.count("ids/prefix") == junit.count('name="ids/prefix') == 1
    assert json.loads(data)["format"] == "certmark-findings"
    assert json.loads(sarif)["version"] == "2.1.0"


def test_a_rule_is_explained(lint: Lint) -> None:
    said = lint("--explain", "ids/prefix")
    assert said.status == Exit.OK
    assert said.out.splitlines()[0] == "ids/prefix (warning): an id is not written as id- and a uuid in lower case."
    assert [line.split(":")[0].split(" --")[0].strip() for line in said.out.splitlines()[2:4]] == ["source", "example"]
    assert lint("--explain", "sections").out.count("source:") == 3


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), Exit.USAGE, "name a guideline or a folder of them"),
        (("x.json", "--dry-run"), Exit.USAGE, "--dry-run goes with --fix"),
        (("x.json", "--select", "nonsense"), Exit.USAGE, 'there is no rule "nonsense"; groups are structure'),
        (("--explain", "nonsense"), Exit.USAGE, 'there is no rule "nonsense"'),
        (("empty",), Exit.UNREADABLE, "there is no guideline in empty"),
        (("sound.json", "--baseline", "nowhere.json"), Exit.UNREADABLE, "nowhere.json: No such file"),
        (("sound.json", "--baseline", "other.json"), Exit.UNREADABLE, "other.json is no baseline"),
        (("sound.json", "--predecessor", "nowhere.json"), Exit.UNREADABLE, "nowhere.json: No such file"),
        (("sound.json", "--predecessor", "broken.json"), Exit.USAGE, "broken.json is no guideline in JSON"),
    ],
)
def test_refusals_are_one_sentence(words: tuple[str, ...], status: Exit, said: str, lint: Lint) -> None:
    Path("empty").mkdir()
    put("other.json", {"name": "x"})
    put("broken.json", b"{")
    put("sound.json", sound())
    answer = lint(*words)
    assert answer.status == status
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith(f"certmark: {said}")


UNREADABLE = [
    (
        "list.yaml",
        b"- testname: x\n  codename: y\n",
        1,
        1,
        "there are rules for guidelines in JSON, for format 3 and for plain lists",
    ),
    ("other.json", b'{"name": "x"}', 1, 1, "it is no guideline: it has neither"),
    ("list.json", b"[1]", 1, 1, "it is no guideline: it is a list"),
    ("packed.json", gzip.compress(b"{}", mtime=0), 1, 1, "it is not text in UTF-8 but packed with gzip"),
    ("sixteen.json", "{}".encode("utf-16"), 1, 1, "it is not text in UTF-8 but in UTF-16; save it in UTF-8"),
    (
        "latin.json",
        b'{"a": 1,\n "b": "\xe9"}',
        2,
        8,
        "it is not text in UTF-8 (byte 0xE9 in line 2, column 8, in Latin-1 é)",
    ),
    ("bytes.lst", b"\x00\xff" * 9, 1, 1, "it is not text in UTF-8: it has bytes that no text has"),
    ("nowhere.json", None, 1, 1, "there is no such file"),
]


@pytest.mark.parametrize(("name", "data", "line", "column", "said"), UNREADABLE, ids=[case[0] for case in UNREADABLE])
def test_what_cannot_be_read_is_a_finding_in_every_form(
    name: str, data: bytes | None, line: int, column: int, said: str, lint: Lint
) -> None:
    if data is not None:
        put(name, data)
    words = ("--select", "ids")  # whatever rules are chosen
    text = lint(name, *words)
    assert (text.status, text.err) == (Exit.UNREADABLE, "")
    assert text.out.startswith(f"{name}:{line}:{column}: error structure/unreadable: {said}")
    (found,) = json.loads(lint(name, "--json", *words).out)["findings"]
    assert (found["file"], found["line"], found["column"]) == (name, line, column)
    (result,) = json.loads(lint(name, "--format", "sarif", *words).out)["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (result["ruleId"], region) == ("structure/unreadable", {"startLine": line, "startColumn": column})
    assert lint(name, "--format", "github", *words).out.startswith(f"::error file={name},line={line},col={column},")
    assert lint(name, "--format", "junit", *words).out.count("<failure ") == 1


def test_a_folder_without_guidelines_still_gives_reports_that_machines_can_read(lint: Lint) -> None:
    Path("empty").mkdir()
    said = lint("empty", "--format", "sarif")
    assert (said.status, json.loads(said.out)["runs"][0]["results"]) == (Exit.UNREADABLE, [])


def test_one_unreadable_file_does_not_hide_what_is_wrong_with_others(lint: Lint) -> None:
    put("2099.06.json", faulty())
    said = lint("nowhere.json", "2099.06.json")
    assert (said.status, said.out.splitlines()[-1]) == (
        Exit.UNREADABLE,
        "2 errors, 2 warnings in 2 files; 1 of less weight (--severity note tells them); 1 of them can be mended [--fix].",
    )


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., None]:
    """Git in the folder of the test, without a person's settings."""
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    names = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    for who in ("AUTHOR", "COMMITTER"):
        names |= {f"GIT_{who}_NAME": "a person", f"GIT_{who}_EMAIL": "person@example.org"}

    def run(*words: str) -> None:
        subprocess.run(["git", *words], cwd=tmp_path, env=names, check=True, capture_output=True)

    return run


def approved() -> dict[str, Any]:
    document = sound()
    document["metadata"]["os_trademark_approval"]["status"] = "approved"
    return document


def test_since_compares_each_file_with_its_revision_in_git(
    lint: Lint, git: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("all/2098.12.json", before())
    put("all/2099.06.json", approved())
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "approved")
    changed = approved()
    tests = changed["capabilities"]["list"]["tests"]
    tests["suite.x.Y.test_new"] = tests.pop(LIST)
    changed["metadata"]["scoring"]["criteria"]["atomic"]["weight"] = 7
    put("all/2099.06.json", changed)
    put("all/dns.2099.06.json", sound() | {"metadata": sound()["metadata"] | {"id": "dns.2099.06"}})  # not in git yet
    monkeypatch.setenv("GIT_DIR", ".git")  # as in a hook
    said = lint("all", "--since", "HEAD", "--select", "process/weights-after-draft,test-added,test-removed", "-q")
    assert said == Said(
        Exit.FAIL,
        "all/2099.06.json:9:7: error process/weights-after-draft: other weights than its earlier revision:"
        " atomic 6 to 7\n"
        f"all/2099.06.json:63:5: error process/test-removed: {LIST} was taken out of list after approval;"
        " flag it instead\n"
        "all/2099.06.json:79:9: error process/test-added: suite.x.Y.test_new was added to list after approval\n"
        "3 errors, 0 warnings in 3 files.\n",
        "",
    )


@pytest.mark.parametrize("revision", ["nothing", "--help", "HEAD:all", "\x1b[31m"])
def test_a_revision_that_is_not_there_is_a_sentence(lint: Lint, git: Callable[..., None], revision: str) -> None:
    put("2099.06.json", approved())
    git("init", "-q")
    said = lint("2099.06.json", f"--since={revision}")
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert "there is no revision" in said.err
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err


def test_without_git_or_a_repository_since_says_so(lint: Lint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put("2099.06.json", approved())
    monkeypatch.setenv("PATH", str(tmp_path))
    said = lint("2099.06.json", "--since", "HEAD")
    assert (said.status, said.err) == (
        Exit.ENVIRONMENT,
        "certmark: git, which keeps the earlier revisions, is not installed; name the earlier file with --predecessor\n",
    )


def test_on_a_terminal_a_long_list_is_a_summary_with_words_beside_colours() -> None:
    rule = RULES["ids/prefix"]
    findings = tuple(LintFinding(rule, "a.json", number, 1, f"/{number}", "odd") for number in range(1, 100))
    report = LintReport(("a.json",), findings, Severity.WARNING, is_complete=True)
    file = io.StringIO()
    print_blocks(LintView(report, evaluator="1").blocks(), colour=True, file=file, width=90)
    assert "0 errors, 99 warnings in 1 file." in file.getvalue()
    assert "ids/prefix" in file.getvalue()
    assert "\x1b[" in file.getvalue()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert max(map(len, plain.splitlines())) <= 90


def test_on_a_terminal_a_finding_stays_one_line_that_editors_can_follow() -> None:
    finding = LintFinding(RULES["ids/prefix"], "a.json", 3, 7, "/x", f"{'long ' * 40}end")
    file = io.StringIO()
    view = LintView(LintReport(("a.json",), (finding,), Severity.WARNING, is_complete=True), evaluator="1")
    print_blocks(view.blocks(), colour=False, file=file, width=60)
    assert file.getvalue().splitlines()[0] == f"a.json:3:7: warning ids/prefix: {'long ' * 40}end"


def test_foreign_text_cannot_steer_a_terminal(lint: Lint) -> None:
    document = sound()
    document["capabilities"]["list"]["\x1b[31mowner\u202e"] = 1
    put("2099.06.json", document)
    out = lint("2099.06.json").out
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a.b.C.test_x\na.b.C.test_x\n", "standard-input:2:1: warning lists/repeated"),
        (FORMAT_3.read_bytes().replace(b"status: approved", b"status: aproved"), "structure/wrong-value"),
    ],
)
def test_standard_input_may_be_a_list_or_format_3(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["guideline", "lint", "-"]) == Exit.FAIL
    assert said in capsys.readouterr().out
