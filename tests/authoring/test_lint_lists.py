"""Plain lists of tests: each rule of lists, broken once, told at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.authoring.lint.checking import LintInput, lint, open_file
from certmark.authoring.lint.checks import repair
from certmark.authoring.lint.history import SuiteNames, Surroundings
from certmark.authoring.lint.sources import gather
from support.lint_documents import UUIDS

A, B = "suite.a.test_a.A.test_one", "suite.b.test_b.B.test_two"
CASES = [
    ("sound", f"{A}[id-{UUIDS[0]}]\n{B}[id-{UUIDS[1]}]\n", []),
    ("ids/form", f"{A}\n{B}[id-{UUIDS[0][:-1]}]\n", [("ids/form", 2)]),
    ("ids/differ", f"{A}[id-{UUIDS[0]}]\n{A}[id-{UUIDS[1]}]\n", [("ids/differ", 2)]),
    ("ids/no-class", "# a list\nsuite.test_a.test_one\n", [("ids/no-class", 2)]),
    ("lists/repeated", f"{A}\n{B}\n\n{A}\n", [("lists/repeated", 4)]),
    ("lists/aliases", f"{A}[id-{UUIDS[0]}]\n{B}[id-{UUIDS[0]}]\n", [("lists/aliases", 2)]),
    ("lists/empty", "# nothing\n\n", [("lists/empty", 1)]),
    ("lists/odd-line", f"{A}\n{B} \nsuite.c.*\n", [("lists/odd-line", 2), ("lists/odd-line", 3)]),
    ("lists/order", "".join(f"suite.a.A.test_{number:02}\n" for number in [*range(20), 5]), [("lists/order", 21)]),
    ("structure/line-ends", f"{A}\r\n{B}\r\n", [("structure/line-ends", 1)]),
    ("structure/look-alike", f"{A}\n{B.replace('o', chr(0x43E))}\n", [("structure/look-alike", 2)]),
    ("process/admin-test", f"{A}\nsuite.admin.test_b.B.test_c\n", [("process/admin-test", 2)]),
    ("sentences are names", "[sig-api] A pod should run [Conformance]\n[sig-api] Another one (IPv6)\n", []),
    ("structure/unreadable", "<html>\n", [("structure/unreadable", 1)]),
]


@pytest.mark.parametrize(("name", "text", "found"), CASES, ids=[case[0] for case in CASES])
def test_a_list_is_told_line_by_line(name: str, text: str, found: list[tuple[str, int]]) -> None:
    (checked,) = lint([open_file(LintInput("own.lst", text.encode()))])
    told = [(item.rule.id, item.line) for item in checked.findings]
    if name == "lists/order":
        told = [item for item in told if item[0] != "lists/repeated"]
    if name == "lists/odd-line":
        told = [item for item in told if item[0] != "ids/name"]
    assert told == found


def test_a_suite_at_hand_tells_wrong_ids_former_names_and_what_there_is_not() -> None:
    suite = SuiteNames("suite 1", [f"{A}[id-{UUIDS[0]}]", f"{B}[id-{UUIDS[1]}]"])
    text = f"{A}[id-{UUIDS[5]}]\nsuite.old.C.test_two[id-{UUIDS[1]}]\n{B}x\n"
    (checked,) = lint([open_file(LintInput("own.lst", text.encode()))], around=Surroundings(suite=suite))
    assert [(item.line, item.rule.id, item.message) for item in checked.findings] == [
        (1, "ids/changed", f"{A} has id-{UUIDS[0]} in suite 1"),
        (2, "ids/renamed", f"the id of suite.old.C.test_two stands under {B} in suite 1; make that the name"),
        (3, "ids/unknown-test", f"suite 1 has no test {B}x; {B} is meant, perhaps"),
    ]


def test_a_line_that_stands_there_twice_is_taken_out() -> None:
    (checked,) = lint([open_file(LintInput("own.lst", f"{A}\n{B}\n{A}\n".encode()))])
    assert repair(checked.file.text, checked.repairs) == f"{A}\n{B}\n"


def test_lists_in_a_folder_are_found_by_their_ending(tmp_path: Path) -> None:
    (tmp_path / "own.lst").write_text(f"{A}\n", encoding="utf-8")
    (tmp_path / "readme.txt").write_text("words\n", encoding="utf-8")
    assert [Path(file.name).name for file in gather([str(tmp_path)]).files] == ["own.lst"]


def test_the_shipped_list_has_no_error() -> None:
    gathered = gather(["scs-0128"])
    (checked,) = lint(gathered.files)
    assert {item.rule.severity.value for item in checked.findings} <= {"warning", "note"}
