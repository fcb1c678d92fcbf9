"""`certmark guideline list|show|tests`: whole outputs, exit statuses, refusals."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main

U1, U2 = (f"{number:08x}-1111-4111-8111-111111111111" for number in (1, 2))
SERVERS = "suite.servers.test_servers.Servers"


class Said:
    """What a command wrote, and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def certmark(capsys: pytest.CaptureFixture[str], assets: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(assets / "guideline" / "sound")

    def run(*words: str) -> Said:
        try:
            status = main(["guideline", *words])
        except SystemExit as ended:
            status = int(str(ended.code))
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


def test_list_without_a_guideline_lists_the_shipped_ones(certmark: Any) -> None:
    said = certmark("list")
    assert (said.status, said.err) == (Exit.OK, "")
    assert [line.split()[:2] for line in said.out.splitlines()[1:]] == [["2026.11", "draft"], ["scs-0128", "draft"]]
    ids = [guideline["id"] for guideline in certmark("list", "--json").document["guidelines"]]
    assert ids == ["2026.11", "scs-0128"]


def test_list_shows_programs_and_components(certmark: Any) -> None:
    said = certmark("list", "schema_2.0.json")
    assert said.status == Exit.OK
    assert said.err == "certmark: 2099.01: odd in it: 11; certmark guideline show tells what\n"
    assert [line.rstrip() for line in said.out.splitlines()] == [
        "2099.01: schema 2.0, status draft, releases zebra, aardvark.",
        "",
        "Programs, with their required capabilities and tests",
        "  PROGRAM                     KIND      OTHER WORDS  COMPONENTS        REQUIRED  TESTS  NOT FLAGGED",
        "  OpenStack Powered Platform  platform  platform     servers, objects  3         4      2",
        "  OpenStack Powered Storage   platform  object       objects           1         0      0",
        "  Profile of the Arctic       platform  arctic       servers, ice      2         4      2",
        "",
        "Components, with their capabilities by level",
        "  COMPONENT  REQUIRED  ADVISORY  DEPRECATED  REMOVED",
        "  servers    2         1         0           1",
        "  objects    1         0         0           0",
    ]


def test_list_as_json_has_the_same_and_more(certmark: Any) -> None:
    said = certmark("list", "add_on_2.0.json", "--json")
    assert said.document["programs"] == [
        {
            "name": "Names",
            "kind": "add-on",
            "words": ["names"],
            "components": ["os_powered_names"],
            "requires": ["servers"],
            "capabilities": {"required": 1, "advisory": 0, "deprecated": 0, "removed": 0},
            "required_tests": 1,
            "counted_tests": 1,
        }
    ]


def test_show_summarises_and_tells_flags_with_their_reasons(certmark: Any) -> None:
    said = certmark("show", "schema_1.6.json")
    assert said.status == Exit.OK
    assert said.err == 'certmark: 2098.07: 1 ids carry attributes, such as "id-…,smoke"; the uuid is read\n'
    lines = [line.rstrip() for line in re.sub(r"[0-9a-f]{64}", "<digest>", said.out).splitlines()]
    assert lines == [
        "2098.07: 3 capabilities.",
        "  FIELD            VALUE",
        "  schema           1.6",
        "  status           approved",
        "  replaces         2098.01",
        "  releases         zebra",
        "  target approval  2098-07-01",
        "  cut-off          74 of 100",
        "  policy           strict: Every counted test must pass; a test that was skipped or did not run leaves a gap.",
        "  programs         platform, compute, object",
        "  tests from       http://example.org/suite",
        "  sha256           <digest>",
        "",
        "Capabilities",
        "  CAPABILITY      LEVEL       TESTS  FLAGGED  PROJECT  WHAT",
        "  servers-create  required    2      1        nova     Create servers",
        "  servers-lock    deprecated  1      0        nova     Lock servers",
        "  objects-put     required    1      0        swift    Put objects",
        "",
        "Flagged tests, which count for nobody",
        "  [D401] It races, http://example.org/bug/1 / Mend it. (2098-08-01)",
        f"    {SERVERS}.test_create_twice",
    ]


def test_show_of_a_capability_lists_its_tests(certmark: Any) -> None:
    said = certmark("show", "schema_1.6.json", "--capability", "servers-create", "--quiet")
    assert (said.status, said.err) == (Exit.OK, "")
    assert said.out.splitlines() == [
        "",
        "servers-create: required, nova",
        "Create servers",
        "  2 tests",
        f"    {SERVERS}.test_create",
        f"      id-{U1}",
        "      alias suite.servers.test_basic.Servers.test_create",
        f"    {SERVERS}.test_create_twice",
        f"      id-{U2}",
        "      flagged: [D401] It races, http://example.org/bug/1 / Mend it. (2098-08-01)",
    ]


def test_show_of_a_program_is_what_it_asks_for_at_its_level(certmark: Any) -> None:
    said = certmark("show", "schema_1.6.json", "-p", "object", "--json")
    assert said.document["program"] == "object"
    assert [(item["key"], item["level"]) for item in said.document["capabilities"]] == [
        ("objects-put", "required"),
        ("servers-create", "advisory"),
    ]


def test_show_tells_what_is_undefined_or_unplaced(certmark: Any) -> None:
    said = certmark("show", "schema_2.0.json", "--full")
    assert "servers-gone: removed\nIt is not defined in this document.\n" in said.out
    assert "objects-lost: in no component, swift\n" in said.out
    table = {line.split()[0]: line.split()[1:] for line in said.out.splitlines() if line.startswith("  ")}
    assert table["servers-gone"] == ["removed", "-", "-", "-", "not", "defined", "in", "this", "document"]
    document = certmark("show", "schema_2.0.json", "--json").document
    assert (len(document["guideline"]["remarks"]), len(said.err.splitlines())) == (11, 11)
    assert {"key": "servers-gone", "level": "removed", "defined": False} in document["capabilities"]


def test_show_as_json_has_every_test(certmark: Any) -> None:
    document = certmark("show", "schema_1.6.json", "-c", "servers-create", "--json").document
    assert document["capabilities"][0]["tests"][1] == {
        "name": f"{SERVERS}.test_create_twice",
        "uuid": U2,
        "written_id": f"id-{U2}",
        "aliases": [],
        "flag": {
            "reason": "[D401] It races, http://example.org/bug/1",
            "code": "D401",
            "action": "Mend it.",
            "date": "2098-08-01",
            "spelling": "flagged",
        },
        "suite": None,
        "any_of": None,
        "credentials": [],
        "required_since": None,
    }


@pytest.mark.parametrize(
    ("switches", "lines"),
    [
        ([], ["suite.servers.test_basic.Servers.test_create", f"{SERVERS}.test_create"]),
        (["--no-aliases"], [f"{SERVERS}.test_create"]),
        (["--no-aliases", "--flagged"], [f"{SERVERS}.test_create", f"{SERVERS}.test_create_twice"]),
        (["--no-aliases", "--level", "deprecated"], [f"{SERVERS}.test_lock"]),
        (["--no-aliases", "--level", "required, deprecated"], [f"{SERVERS}.test_create", f"{SERVERS}.test_lock"]),
        (["--no-aliases", "--level", "all"], [f"{SERVERS}.test_create", f"{SERVERS}.test_lock"]),
        (["--format", "ids", "--flagged"], [f"id-{U1}", f"id-{U2}"]),
        (["--format", "regex", "--no-aliases"], [r"^suite\.servers\.test_servers\.Servers\.test_create(\[|$)"]),
        (
            ["--format", "refstack"],
            [f"suite.servers.test_basic.Servers.test_create[id-{U1}]", f"{SERVERS}.test_create[id-{U1}]"],
        ),
    ],
)
def test_tests_prints_the_list_that_a_suite_needs(certmark: Any, switches: list[str], lines: list[str]) -> None:
    said = certmark("tests", "schema_1.6.json", "--program", "compute", "--quiet", *switches)
    assert (said.status, said.err, said.out.splitlines()) == (Exit.OK, "", lines)


def test_tests_as_json_tells_what_was_asked(certmark: Any) -> None:
    document = certmark("tests", "schema_1.2.json", "-p", "object", "--json").document
    del document["guideline"]["sha256"]
    assert document == {
        "format": "certmark-guideline-tests",
        "version": 1,
        "guideline": {"id": "2098.01"},
        "program": "object",
        "levels": ["required"],
        "flagged": False,
        "aliases": True,
        "tests": [
            {"name": "suite.objects.test_objects.Objects.test_put", "uuid": None, "written_id": None, "alias_of": None}
        ],
    }


def test_the_only_program_need_not_be_named(certmark: Any) -> None:
    said = certmark("tests", "conformance-v9.2.yaml", "--format", "regex")
    assert (said.status, said.err) == (Exit.OK, "")
    assert said.out.splitlines()[0] == r"^Ice\ should\ melt(\[|$)"


def test_tests_without_ids_are_counted_where_only_ids_are_listed(certmark: Any) -> None:
    said = certmark("tests", "list.lst", "--format", "ids")
    assert said.out.splitlines() == [f"id-{U1}", "id-00000004-1111-4111-8111-111111111111"]
    assert said.err == "certmark: 3 tests have no id and are not in the list; take the form names or regex\n"


def test_nothing_to_run_is_not_a_success(certmark: Any) -> None:
    said = certmark("tests", "schema_1.2.json", "-p", "dns")
    assert (said.status, said.out) == (Exit.INCOMPLETE, "")
    assert said.err == 'certmark: "dns" asks for no test at these levels\n'


LISTED = (
    '"OpenStack Powered Platform" (platform), "OpenStack Powered Storage" (object), "Profile of the Arctic" (arctic)'
)


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["tests", "-p", "x"], Exit.USAGE, f"there is no program 'x' in 2099.01; it has {LISTED}"),
        (["tests", "-p", "po"], Exit.USAGE, f"'po' fits several programs in 2099.01; it has {LISTED}"),
        (["tests"], Exit.USAGE, f"2099.01 has several programs; name one with --program: {LISTED}"),
        (["show", "-c", "x"], Exit.USAGE, 'there is no capability "x" in 2099.01'),
        (
            ["show", "-p", "object", "-c", "servers-create"],
            Exit.USAGE,
            'there is no capability "servers-create" in "OpenStack Powered Storage"',
        ),
    ],
)
def test_a_question_that_fits_nothing_is_answered_with_what_there_is(
    certmark: Any,
    words: list[str],
    status: Exit,
    message: str,
) -> None:
    said = certmark(words[0], "schema_2.0.json", *words[1:], "--quiet")
    assert (said.status, said.out, said.err) == (status, "", f"certmark: {message}\n")


@pytest.mark.parametrize("level", ["must", "required,", ""])
def test_a_level_that_there_is_not_is_a_usage_error(certmark: Any, level: str) -> None:
    said = certmark("tests", "--level", level)
    assert said.status == Exit.USAGE
    assert "there are required, advisory, deprecated, removed, informational, or all" in said.err


@pytest.mark.parametrize("verb", ["list", "show", "tests"])
def test_an_unreadable_guideline_is_one_sentence_and_status_3(certmark: Any, verb: str) -> None:
    said = certmark(verb, "../refused/a_list.json")
    assert (said.status, said.out) == (Exit.UNREADABLE, "")
    assert said.err == "certmark: a_list.json: a guideline is an object, this is a list\n"


def test_the_shipped_guideline_is_meant_where_none_is_named(certmark: Any) -> None:
    assert certmark("show").out.startswith("2026.11: ")
    assert certmark("tests", "-p", "object").out.splitlines()[0].startswith("tempest.api.")


def test_what_is_shown_cannot_steer_a_terminal(certmark: Any, tmp_path: Path) -> None:
    document = {
        "metadata": {"schema": "2.0", "id": "x\x1b[2J"},
        "platforms": {"P\x1b[2J": {"components": [{"name": "c"}]}},
        "components": {"c": {"capabilities": {"required": ["k\x07"]}}},
        "capabilities": {"k\x07": {"description": "\x1b]0;x\x07", "tests": ["a.b"]}},
    }
    (tmp_path / "odd.json").write_text(json.dumps(document))
    for words in (["list"], ["show", "--full"], ["show"], ["tests"], ["tests", "-p", "nope"]):
        said = certmark(words[0], str(tmp_path / "odd.json"), *words[1:])
        assert "\x1b" not in said.out + said.err, words
        assert "\x07" not in said.out + said.err, words
