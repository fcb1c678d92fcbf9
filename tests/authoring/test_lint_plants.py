"""Mistakes that authors make, planted one by one into a draft of schema 2.0.

Each has the rule that finds it and the line on which it is told, at the severity that weighs by default;
that nothing else weighs keeps one slip of the pen from looking like many faults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from certmark.authoring.lint.checking import CheckedGuideline, LintInput, lint, open_file
from certmark.authoring.lint.history import Surroundings
from certmark.domain.findings import LintFinding, Severity

SHIPPED = Path(__file__).parents[1] / "assets" / "guideline" / "draft" / "2026.11.json"
TODAY = Surroundings(date(2026, 11, 28))
FLAVORS = "tempest.api.compute.flavors.test_flavors.FlavorsV2TestJSON.test_list_flavors"
DETAIL = f"{FLAVORS}_with_detail"
ID = "id-6e85fde4-b3cd-4137-ab72-ed5f418e8c24"
OTHER_ID = "id-e36c0eaa-dff5-4082-ad1f-3f9a80aa3f59"
CAPABILITY = '"compute-flavors-list": {'
REBOOT = '"compute-servers-reboot"'
FLAG_REASON = '"reason": "[D401] '
FLAG_DATE = '"date": "2026-11-21"'


@cache
def approved() -> str:
    """A guideline as if it had been approved."""
    return SHIPPED.read_text(encoding="utf-8").replace('"status": "draft"', '"status": "approved"')


@cache
def draft() -> str:
    """The guideline after it, in which only what must change was changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        ('"id": "2026.11"', '"id": "2027.06"'),
        ("2026.11.json", "2027.06.json"),
        ('"target_approval": "2026.11"', '"target_approval": "2027.06"'),
        ('"replaces": "2020.06"', '"replaces": "2026.11"'),
    ):
        text = text.replace(old, new)
    text = re.sub(r'"releases": \[[^\]]*\]', '"releases": ["2025.2", "2026.1", "2026.2", "2027.1"]', text)
    # A draft starts without the flags of the guideline before; those of this month are not carried over.
    return text.replace('"date": "2026-11-21"', '"date": "2027-06-21"')


Plant = Callable[[str], tuple[str | bytes, int]]
"""From the draft to the file with the mistake, and where the mistake begins."""


class Case(NamedTuple):
    """A mistake."""

    name: str
    plant: Plant
    rule: str
    word: str = ""
    """What the message says, among other things."""
    others: tuple[str, ...] = ()
    """Rules that weigh as well, for another reason."""


def put(old: str, new: str, at: str | None = None, *, after: str = "") -> Plant:
    """Write `new` for the first `old` behind `after`; the mistake stands where `at` is in `new`, else at its start."""

    def plant(text: str) -> tuple[str, int]:
        start = text.index(old, text.index(after) if after else 0)
        return text[:start] + new + text[start + len(old) :], start + (new.index(at) if at else 0)

    return plant


def cut(begin: str, end: str, at: str) -> Plant:
    """Take out everything from `begin` to `end`; it is told at `at`."""

    def plant(text: str) -> tuple[str, int]:
        first = text.index(begin)
        changed = text[:first] + text[text.index(end, first) :]
        return changed, changed.index(at) if at else 0

    return plant


def sub(pattern: str, new: str, at: str) -> Plant:
    """Write `new` for the first match; it is told at `at`."""

    def plant(text: str) -> tuple[str, int]:
        changed = re.sub(pattern, new, text, count=1, flags=re.DOTALL)
        return changed, changed.index(at)

    return plant


def encode(encoding: str, *, change: tuple[str, str] = ("", "")) -> Plant:
    """Save the file in another encoding."""
    return lambda text: (text.replace(*change, 1).encode(encoding), text.index(change[0]))


NEW_CAPABILITY = json.dumps(
    {
        "achievements": [
            "clients",
            "complete",
            "deployed",
            "discover",
            "doc",
            "foundation",
            "future",
            "stable",
            "sticky",
        ],
        "admin": False,
        "description": "x",
        "project": "nova",
        "required_since": "2027.06",
        "tests": {"tempest.api.compute.test_x.TestX.test_y": {"idempotent_id": ID[:-3] + "777"}},
    }
)


def add_required(text: str) -> tuple[str, int]:
    """A capability that is new and required."""
    text = text.replace('"required": [\n', '"required": [\n                    "compute-new-thing",\n', 1)
    text = text.replace(
        '    "capabilities": {\n        "',
        f'    "capabilities": {{\n        "compute-new-thing": {NEW_CAPABILITY},\n        "',
        1,
    )
    return text, text.index('"compute-new-thing"')


NOT_JSON = "structure/not-json"
CASES = [
    # Names of capabilities
    Case(
        "misspelt in a component",
        put(REBOOT, '"compute-server-reboot"'),
        "references/misspelt-capability",
        "servers-reboot",
    ),
    Case(
        "misspelt where it is defined",
        put(f"{REBOOT}: {{", '"compute-servers-rebot": {'),
        "references/misspelt-capability",
        "servers-reboot",
    ),
    Case(
        "misspelt where it is advisory",
        put('"networks-floating-ips"', '"network-floating-ips"'),
        "references/misspelt-capability",
    ),
    Case(
        "a blank that does not break",
        put(REBOOT, '"compute-servers\u00a0reboot"'),
        "references/misspelt-capability",
        "U+00A0 NO-BREAK SPACE",
    ),
    Case(
        "a Cyrillic letter",
        put(REBOOT, '"c\u043empute-servers-reboot"'),
        "references/misspelt-capability",
        "U+043E CYRILLIC SMALL LETTER O",
    ),
    Case(
        "a capability twice at one level",
        put(f"{REBOOT},", f"{REBOOT},\n{REBOOT},", f"\n{REBOOT}"),
        "structure/repeated-item",
    ),
    Case(
        "a capability at two levels",
        put('"advisory": [\n', f'"advisory": [\n{REBOOT},\n', REBOOT),
        "references/two-levels",
    ),
    Case(
        "a capability's key twice",
        put('"compute-availability-zones-list": {', '"compute-list-api-versions": {'),
        "structure/repeated-key",
        others=("references/undefined-capability",),
    ),
    Case("required at once", add_required, "process/required-at-once"),
    Case(
        "dropped from its component",
        lambda text: (
            text.replace(f"                    {REBOOT},\n", "", 1),
            text.index(f"{REBOOT}: {{") - len(f"                    {REBOOT},\n"),
        ),
        "process/removed-at-once",
    ),
    Case(
        "in no component",
        lambda text: (
            text.replace('                    "compute-servers-tags",\n', "", 1),
            text.index('"compute-servers-tags": {') - len('                    "compute-servers-tags",\n'),
        ),
        "references/orphan",
    ),
    Case(
        "demoted",
        lambda text: put('"advisory": [\n', f'"advisory": [\n{REBOOT},\n', REBOOT)(
            text.replace(f"                    {REBOOT},\n", "", 1)
        ),
        "process/demoted",
        others=("process/since-not-required",),
    ),
    # Tests
    Case("the id of another test", put(ID, OTHER_ID), "ids/changed", ID),
    Case("an id with one digit off", put(ID, f"{ID[:-1]}5"), "ids/changed", ID),
    Case("an id that is a digit short", put(ID, ID[:-1]), "ids/form"),
    Case("an id in capitals without id-", put(ID, ID[3:].upper()), "ids/prefix"),
    Case(
        "no id",
        lambda text: (text.replace(f'"idempotent_id": "{ID}"', "", 1), text.index(f'"{DETAIL}"')),
        "structure/missing-key",
    ),
    Case("idempotent-id", put(f'"idempotent_id": "{ID}', f'"idempotent-id": "{ID}'), "structure/misspelt-key"),
    Case(
        "a name misspelt at its start",
        put(f'"{DETAIL}"', f'"{DETAIL.replace("tempest", "tempset")}"'),
        "ids/renamed",
        DETAIL,
    ),
    Case("a name misspelt at its end", put(f'"{DETAIL}"', f'"{DETAIL}s"'), "ids/renamed", DETAIL),
    Case(
        "a name without its class", put(f'"{DETAIL}"', f'"{DETAIL.replace("FlavorsV2TestJSON.", "")}"'), "ids/no-class"
    ),
    Case("a name with a blank at its end", put(f'"{DETAIL}"', f'"{DETAIL} "'), "ids/name", "blank"),
    Case("a name with its id in brackets", put(f'"{DETAIL}"', f'"{DETAIL}[{ID}]"'), "ids/name", "idempotent_id"),
    Case(
        "a test twice in a capability",
        put(f'"{DETAIL}"', f'"{FLAVORS}"'),
        "structure/repeated-key",
        others=("ids/changed",),
    ),
    Case(
        "a test in a second capability",
        put(
            f'"{DETAIL}"',
            '"tempest.api.compute.test_versions.TestVersions.test_list_api_versions": {"idempotent_id": "id-6c0a0990-43b6-4529-9b61-5fd8daf7c55c"}, "'
            + DETAIL
            + '"',
        ),
        "ids/second-place",
    ),
    Case(
        "an alias that is a test",
        put(f'"{OTHER_ID}"', f'"{OTHER_ID}", "aliases": ["{DETAIL}"]', f'"{DETAIL}"'),
        "aliases/is-a-test",
    ),
    Case(
        "aliases that are a text",
        put(f'"{OTHER_ID}"', f'"{OTHER_ID}", "aliases": "a.B.c"', '"a.B.c"'),
        "structure/wrong-type",
    ),
    Case(
        "a test of administrators",
        put(f'"{DETAIL}"', f'"{DETAIL.replace("compute", "compute.admin")}"'),
        "process/admin-test",
        others=("ids/renamed",),
    ),
    Case(
        "a required capability without tests",
        sub(
            r'("compute-availability-zones-list": \{.*?"tests": )\{.*?\}\s*\}',
            r"\1{}",
            '"compute-availability-zones-list": {',
        ),
        "references/required-without-tests",
    ),
    # Capabilities
    Case("a project misspelt", put('"project": "nova"', '"project": "nvoa"', '"nvoa"'), "references/project", "nova"),
    Case(
        "another service's project",
        put('"project": "nova"', '"project": "cinder"', '"cinder"'),
        "references/project",
        "nova",
    ),
    Case(
        "an achievement that is none",
        put('"discover",', '"discoverable",', after=CAPABILITY),
        "references/unknown-criterion",
        "discover",
    ),
    Case(
        "an achievement twice",
        put('"discover",\n', '"discover",\n"discover",\n', '\n"discover"', after=CAPABILITY),
        "structure/repeated-item",
    ),
    Case(
        "achievements lost",
        sub(r'("compute-flavors-list": \{\s+"achievements": )\[[^\]]*\]', r'\1["atomic"]', CAPABILITY),
        "process/score-fell",
    ),
    Case("admin as a text", put('"admin": false', '"admin": "false"', '"false"'), "structure/wrong-type"),
    Case(
        "no description",
        lambda text: (re.sub(r'"description": "List the sizes[^\n]*\n', "", text), text.index(CAPABILITY)),
        "structure/missing-key",
    ),
    Case(
        "an empty description",
        sub(r'"description": "List the sizes[^"]*"', '"description": ""', '""'),
        "structure/empty-value",
    ),
    Case(
        "no required_since",
        lambda text: (
            text.replace('            "required_since": "2016.08",\n', "", 1),
            text.index('"compute-list-api-versions": {'),
        ),
        "process/no-required-since",
    ),
    Case(
        "required_since to come",
        put('"required_since": "2016.08"', '"required_since": "2028.06"', '"2028'),
        "process/since-later",
    ),
    Case(
        "required_since where it is advisory",
        put('"compute-servers-tags": {', '"compute-servers-tags": {"required_since": "2027.06",', '"2027.06"'),
        "process/since-not-required",
    ),
    Case("required-since", put('"required_since"', '"required-since"'), "structure/misspelt-key"),
    # Scoring
    Case("weights that are more than 100", put('"weight": 6\n', '"weight": 16\n', "16"), "process/weights-sum", "110"),
    Case("a negative weight", put('"weight": 6\n', '"weight": -6\n', "-6"), "process/negative-weight"),
    Case("a weight as a text", put('"weight": 6\n', '"weight": "6"\n', '"6"'), "structure/text-for-number"),
    Case("a cut-off as a text", put('"cutoff_score": 74', '"cutoff_score": "74"', '"74"'), "structure/text-for-number"),
    Case(
        "a cut-off that nothing reaches",
        put('"cutoff_score": 74', '"cutoff_score": 740', "740"),
        "process/unreachable-cutoff",
    ),
    # Flags
    Case("a flag's key misspelt", put(FLAG_REASON, '"rson": "[D401] '), "structure/misspelt-key", "reason"),
    Case(
        "a flag's reason empty", sub(r'"reason": "\[D401\][^"]*"', '"reason": ""', '"reason": ""'), "flags/incomplete"
    ),
    Case("a flag without a code", put(FLAG_REASON, '"reason": "'), "flags/no-code"),
    Case("a flag's code unknown", put(FLAG_REASON, '"reason": "[D499] '), "flags/unknown-code"),
    Case("a date of another form", put('"date": "2027-06-21"', '"date": "21.06.2027"'), "flags/date-form"),
    Case("a day that is not", put('"date": "2027-06-21"', '"date": "2027-02-30"'), "flags/date-form"),
    Case("a day to come", put('"date": "2027-06-21"', '"date": "2062-06-21"'), "flags/in-future"),
    Case("a flag under flag", put('"flagged": {', '"flag": {'), "flags/spelling"),
    # Metadata
    Case("a release left out", put('"2025.2", "2026.1", "2026.2"', '"2025.2", "2026.2"'), "process/releases-gap"),
    Case(
        "releases of the past",
        put('"2025.2", "2026.1", "2026.2", "2027.1"', '"2023.1", "2023.2", "2024.1", "2024.2"'),
        "process/releases-backwards",
    ),
    Case(
        "a release that is not",
        put('"2026.2", "2027.1"', '"2026.2", "2026.3"', '"2026.3"'),
        "process/unknown-release",
        "2026.3",
    ),
    Case(
        "a month mistyped", put('"target_approval": "2027.06"', '"target_approval": "2027..06"'), "structure/wrong-form"
    ),
    Case(
        "a thirteenth month",
        put('"target_approval": "2027.06"', '"target_approval": "2027.13"'),
        "structure/wrong-form",
    ),
    Case("another id than the file", put('"id": "2027.06"', '"id": "2027.11"'), "references/id-and-file"),
    Case(
        "replaces what is not there",
        put('"replaces": "2026.11"', '"replaces": "2026.06"'),
        "references/wrong-replaces",
        "2026.11",
    ),
    Case("a status misspelt", put('"status": "draft"', '"status": "aproved"'), "structure/wrong-value"),
    Case("a schema that is not", put('"schema": "2.0"', '"schema": "2.1"'), "structure/unknown-schema"),
    Case("metadata misspelt", put('"metadata": {', '"metdata": {'), "structure/misspelt-key", "metadata"),
    Case(
        "capabilities misspelt",
        put(
            '    "capabilities": {\n        "compute-list',
            '    "capabilites": {\n        "compute-list',
            '"capabilites"',
        ),
        "structure/misspelt-key",
    ),
    Case("a level misspelt", put('"required": [\n', '"requird": [\n'), "structure/misspelt-key", "required"),
    Case(
        "a key twice",
        put('"schema": "2.0",', '"schema": "2.0",\n"schema": "2.0",', '\n"schema"'),
        "structure/repeated-key",
    ),
    Case(
        "no designated sections",
        cut('    "designated_sections": {\n        "', '    "test_repositories"', ""),
        "structure/missing-key",
    ),
    Case(
        "no scoring", cut('        "scoring"', '        "os_trademark_approval"', '"metadata"'), "process/no-criteria"
    ),
    Case(
        "no components",
        cut('    "components": {\n        "os', '    "capabilities": {\n        "compute-list', ""),
        "structure/missing-key",
    ),
    Case(
        "a program's component misspelt",
        put('"name": "os_powered_compute"', '"name": "os_powerd_compute"'),
        "references/undefined-component",
        "os_powered_compute",
    ),
    Case(
        "a section misspelt",
        put('"keystone",\n                    "swift"', '"keystone",\n                    "swfit"', '"swfit"'),
        "sections/undefined",
    ),
    # Texts that are no JSON
    Case("a comma before ]", put('"2027.1"]', '"2027.1",]', ","), NOT_JSON, "a comma before ]"),
    Case("a comma before }", put(f'"{OTHER_ID}"', f'"{OTHER_ID}",', ","), NOT_JSON, "a comma before }"),
    Case(
        "a comma missing",
        put('"compute-flavors-list",\n', '"compute-flavors-list"\n', '"\n'),
        NOT_JSON,
        "a comma is missing",
    ),
    Case("the last brace missing", lambda text: (text.rstrip()[:-1], len(text.rstrip()) - 1), NOT_JSON, "still open"),
    Case(
        "cut off in a text",
        lambda text: (text[: text.index("List the sizes") + 9], text.index('"List the sizes')),
        NOT_JSON,
        "no end",
    ),
    Case("a brace too many", put('"id": "2027.06",', '"id": "2027.06"},', "}"), NOT_JSON, "closes the { of line 2"),
    Case(
        "a quotation mark missing", put('"compute-flavors-list",\n', '"compute-flavors-list,\n'), NOT_JSON, "is missing"
    ),
    Case("a tab in a text", put("List the sizes", "List the\tsizes", "\t"), NOT_JSON, "a tab"),
    Case(
        "a comment with //",
        put(f"        {CAPABILITY}", f"        // sizes\n        {CAPABILITY}", "//"),
        NOT_JSON,
        "a comment",
    ),
    Case(
        "a comment at the end of a line",
        put('"schema": "2.0",', '"schema": "2.0", // the newest', "//"),
        NOT_JSON,
        "a comment",
    ),
    Case(
        "a comment with #",
        put(f"        {CAPABILITY}", f"        # sizes\n        {CAPABILITY}", "#"),
        NOT_JSON,
        "a comment",
    ),
    Case(
        "a comment with /*",
        put(f"        {CAPABILITY}", f"        /* sizes */ {CAPABILITY}", "/*"),
        NOT_JSON,
        "a comment",
    ),
    Case(
        "quotation marks of a word processor",
        put(CAPABILITY, "\u201ccompute-flavors-list\u201d: {"),
        NOT_JSON,
        "U+201C",
    ),
    Case("apostrophes", put(CAPABILITY, "'compute-flavors-list': {"), NOT_JSON, "'"),
    Case("False", put('"admin": false', '"admin": False', "False"), NOT_JSON, "JSON writes false"),
    Case(
        "a merge left unfinished",
        put(f"        {CAPABILITY}", f"<<<<<<< HEAD\n        {CAPABILITY}"),
        NOT_JSON,
        "merge",
    ),
    Case("an empty file", lambda _: ("", 0), NOT_JSON, "empty"),
    Case(
        "a repeated key and a brace too many",
        lambda _: ('{"a": {"i": 1, "i": 2}, "c": {}}}', 32),
        NOT_JSON,
        "one } too many",
    ),
    # Encodings
    Case("a mark of byte order", lambda text: ("\ufeff" + text, 0), "structure/byte-order-mark"),
    Case(
        "one line in CR LF",
        put('"compute-flavors-list",\n', '"compute-flavors-list",\r\n', "\r"),
        "structure/mixed-line-ends",
    ),
    Case("UTF-16", encode("utf-16"), "structure/unreadable", "UTF-16"),
    Case(
        "Latin-1",
        encode("latin-1", change=("List the sizes", "L\u00edst the sizes")),
        "structure/unreadable",
        "in Latin-1 \u00ed",
    ),
]
LEGAL = [
    Case("typographic marks in a text", put("List the sizes", "List the \u201csizes\u201d"), ""),
    Case("CR LF", lambda text: (text.replace("\n", "\r\n"), 0), "structure/line-ends"),
    Case("tabs", put(f"        {CAPABILITY}", f"\t\t{CAPABILITY}"), "structure/tabs"),
    Case("$schema", put("{\n", '{\n    "$schema": "https://example.org/guideline-2.0.json",\n'), ""),
]


def checked(text: str | bytes) -> CheckedGuideline:
    before = open_file(LintInput("2026.11.json", approved().encode()))
    data = text if isinstance(text, bytes) else text.encode()
    return lint([open_file(LintInput("2027.06.json", data))], beside=[before], around=Surroundings(date(2027, 7, 1)))[0]


def weighing(text: str | bytes) -> list[LintFinding]:
    return [item for item in checked(text).findings if item.rule.severity is not Severity.NOTE]


def test_nothing_weighs_in_the_draft() -> None:
    assert weighing(draft()) == []


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_mistake_is_found_on_its_line_and_nothing_else_weighs(case: Case) -> None:
    text, offset = case.plant(draft())
    found = weighing(text)
    lines = text if isinstance(text, str) else draft()
    own = [item for item in found if item.rule.id == case.rule]
    assert own, [(item.rule.id, item.line, item.message) for item in found]
    begin = offset + len(lines[offset:]) - len(lines[offset:].lstrip("\n"))
    assert own[0].line == lines.count("\n", 0, begin) + 1
    assert case.word in own[0].message
    assert {item.rule.id for item in found} == {case.rule, *case.others}


@pytest.mark.parametrize("case", LEGAL, ids=[case.name for case in LEGAL])
def test_what_is_legal_does_not_weigh(case: Case) -> None:
    text, _ = case.plant(draft())
    assert weighing(text) == []
    assert case.rule in {"", *(item.rule.id for item in checked(text).findings)}
