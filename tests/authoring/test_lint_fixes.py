"""The safe repairs: what they change, and that nothing else changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.authoring.lint.checking import LintInput, lint, open_file
from certmark.authoring.lint.checks import difference, mend, repair
from support.lint_documents import LIST, SHOW, UUIDS, checked, encoded, sound

FLAG = {"reason": "D402 a bug", "action": "wait", "date": "2099-07-01"}


def capability(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["capabilities"]["list"]
    return found


def misspell(document: dict[str, Any]) -> None:
    found = capability(document)
    for right, wrong in (("achievements", "acheivements"), ("description", "descriptin")):
        found[wrong] = found.pop(right)
    found["required-since"] = found.pop("required_since")
    found["tests"][LIST]["idempotent-id"] = found["tests"][LIST].pop("idempotent_id")


REPAIRS: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("misspelt keys", misspell),
    ("a bare id", lambda document: capability(document)["tests"][LIST].update(idempotent_id=UUIDS[0])),
    (
        "an id in capitals",
        lambda document: capability(document)["tests"][LIST].update(idempotent_id=f"id-{UUIDS[0]}".upper()),
    ),
    (
        "an id with attributes",
        lambda document: capability(document)["tests"][LIST].update(idempotent_id=f"smoke,id-{UUIDS[0]},image"),
    ),
    ("a list for an object", lambda document: document["designated_sections"]["nova"]["required"].update(sections=[])),
    ("a cut-off in quotes", lambda document: document["metadata"]["scoring"].update(cutoff_score="10")),
    ("an empty achievement", lambda document: document["capabilities"]["resize"].update(achievements=[""])),
    (
        "a flag in the wrong key",
        lambda document: capability(document)["tests"][SHOW].update(flag={**FLAG, "reason": "[D402] é"}),
    ),
    ("a code without brackets", lambda document: capability(document)["tests"][SHOW].update(flagged=FLAG)),
]


@pytest.mark.parametrize(("what", "change"), REPAIRS, ids=[what for what, _ in REPAIRS])
def test_a_repair_mends_its_line_and_leaves_every_other_as_it_was(
    what: str, change: Callable[[dict[str, Any]], object]
) -> None:
    document = sound()
    change(document)
    data = encoded(document).replace(b"\n", b"\r\n").replace(b'"admin": ', b'"admin"  :')
    found = checked(data)
    assert found.repairs, what
    text = repair(found.file.text, found.repairs)
    assert {finding.rule.id for finding in checked(text.encode()).findings} == {"structure/line-ends"}
    places = {finding.line for finding in (repair.finding for repair in found.repairs)}
    before, after = data.decode().split("\r\n"), text.split("\r\n")
    assert len(before) - len(after) in {0, 2}  # an empty list of one item took three lines
    if len(before) == len(after):
        changed = {number for number, pair in enumerate(zip(before, after, strict=True), 1) if pair[0] != pair[1]}
        assert changed == places


def test_a_flag_in_the_wrong_key_with_a_code_without_brackets_is_mended_in_one_go() -> None:
    document = sound()
    capability(document)["tests"][SHOW]["flag"] = FLAG
    found = checked(document)
    text = repair(found.file.text, found.repairs)
    assert checked(text.encode()).findings == ()
    assert json.loads(text)["capabilities"]["list"]["tests"][SHOW]["flagged"]["reason"] == "[D402] a bug"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda document: capability(document).update(descriptin="other"), "structure/misspelt-key"),
        (
            lambda document: capability(document).update(
                achievment=capability(document).pop("achievements"), acheivements=[]
            ),
            "structure/misspelt-key",
        ),
        (lambda document: capability(document).update(admins=True), "structure/misspelt-key"),
        (lambda document: capability(document)["tests"][LIST].update(idempotent_id="id-1"), "ids/form"),
    ],
    ids=["the right key is there, too", "two slips for one key", "a short key", "no uuid"],
)
def test_what_leaves_doubt_is_for_a_person(change: Callable[[dict[str, Any]], object], rule: str) -> None:
    document = sound()
    change(document)
    found = checked(document)
    assert (found.repairs, {finding.rule.id for finding in found.findings} - {"process/score-fell"}) == ((), {rule})


def test_a_mark_of_byte_order_is_taken_out_and_kept_where_only_another_rule_mends() -> None:
    document = sound()
    capability(document)["tests"][LIST]["idempotent_id"] = UUIDS[0]
    (found,) = lint([open_file(LintInput("2099.06.json", b"\xef\xbb\xbf" + encoded(document)))])
    assert mend(found) == encoded(sound())
    others = tuple(repair for repair in found.repairs if repair.finding.rule.id != "structure/byte-order-mark")
    assert mend(found._replace(repairs=others)) == b"\xef\xbb\xbf" + encoded(sound())


def test_a_difference_shows_the_lines() -> None:
    document = sound()
    capability(document)["tests"][LIST]["idempotent_id"] = UUIDS[0]
    lines = difference(checked(document)).splitlines()
    assert [line for line in lines if line[0] in "+-"] == [
        "--- a/2099.06.json",
        "+++ b/2099.06.json",
        f'-          "idempotent_id": "{UUIDS[0]}"',
        f'+          "idempotent_id": "id-{UUIDS[0]}"',
    ]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "uncovered"),
    [
        ("2015.03", {}),
        ("2016.01", {}),
        ("2018.02", {}),
        ("2018.11", {}),
        ("add-ons/dns.2020.06", {}),
    ],
)
def test_published_guidelines_keep_all_findings_but_the_mended_ones(
    name: str, uncovered: dict[str, int], shared: Path
) -> None:
    data = (shared / "guidelines" / f"{name}.json").read_bytes()
    (found,) = lint([open_file(LintInput(f"{name}.json", data))])
    (after,) = lint([open_file(LintInput(f"{name}.json", repair(found.file.text, found.repairs).encode()))])
    assert after.repairs == ()
    left = Counter(finding.rule.id for finding in found.findings if not finding.fix)
    assert Counter(finding.rule.id for finding in after.findings) == left + Counter(uncovered)
