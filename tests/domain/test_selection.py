from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.guidelines import Guideline, Level
from certmark.domain.programs import find_program
from certmark.domain.selection import IncludeList, ListForm, SelectedTest, expression, lines, refstack_lines, select
from certmark.formats.guideline import load
from support.build import FLAG, PROGRAM, U1, U2, U3, capability, guideline, required

REQUIRED = (Level.REQUIRED,)
GUIDELINE = guideline(
    capability("a", required("m.C.test_b", U2, "m.Old.test_b"), required("m.C.test_a", U1)),
    capability("b", required("m.C.test_b", U2), required("m.C.test_f", U3, "m.Old.test_f", flag=FLAG)),
    capability("c", required("m.C.test_c")),
    levels={"c": Level.ADVISORY},
)


def names(guideline_: Guideline, **switches: bool) -> list[str]:
    asked = {"flagged": False, "aliases": True} | switches
    return [test.name for test in select(guideline_, PROGRAM, REQUIRED, **asked)]


def test_tests_are_selected_in_the_order_of_the_document_with_their_aliases() -> None:
    assert select(GUIDELINE, PROGRAM, REQUIRED, flagged=False, aliases=True) == (
        SelectedTest("m.C.test_b", U2, f"id-{U2}", None),
        SelectedTest("m.Old.test_b", U2, f"id-{U2}", "m.C.test_b"),
        SelectedTest("m.C.test_a", U1, f"id-{U1}", None),
        SelectedTest("m.C.test_b", U2, f"id-{U2}", None),
    )


def test_flagged_tests_and_aliases_come_as_asked() -> None:
    plain = ["m.C.test_b", "m.C.test_a", "m.C.test_b"]
    assert names(GUIDELINE, aliases=False) == plain
    assert names(GUIDELINE, aliases=False, flagged=True) == [*plain, "m.C.test_f"]
    assert names(GUIDELINE, flagged=True)[-2:] == ["m.C.test_f", "m.Old.test_f"]


def test_levels_are_a_union() -> None:
    asked = select(GUIDELINE, PROGRAM, tuple(Level), flagged=False, aliases=False)
    assert [test.name for test in asked] == ["m.C.test_b", "m.C.test_a", "m.C.test_b", "m.C.test_c"]
    assert select(GUIDELINE, PROGRAM, (), flagged=True, aliases=True) == ()


def test_a_capability_at_two_levels_stands_in_both_lists() -> None:
    twice = guideline(
        capability("a", required("test_a")), components={"all": [(Level.REQUIRED, "a"), (Level.ADVISORY, "a")]}
    )
    for levels in ((Level.REQUIRED,), (Level.ADVISORY,), tuple(Level)):
        assert [test.name for test in select(twice, PROGRAM, levels, flagged=False, aliases=False)] == ["test_a"]


def test_what_the_document_does_not_define_selects_nothing() -> None:
    lost = guideline(components={"other": [(Level.REQUIRED, "a")]})
    assert select(lost, PROGRAM, REQUIRED, flagged=True, aliases=True) == ()
    dangling = guideline(components={"all": [(Level.REQUIRED, "a")]})
    assert select(dangling, PROGRAM, REQUIRED, flagged=True, aliases=True) == ()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (ListForm.NAMES, ["m.C.test_a", "m.C.test_b", "m.C.test_c", "m.Old.test_b"]),
        (ListForm.IDS, [f"id-{U1}", f"id-{U2}"]),
        (
            ListForm.REGEX,
            [r"^m\.C\.test_a(\[|$)", r"^m\.C\.test_b(\[|$)", r"^m\.C\.test_c(\[|$)", r"^m\.Old\.test_b(\[|$)"],
        ),
        (
            ListForm.REFSTACK,
            [
                f"m.C.test_a[id-{U1}]",
                f"m.C.test_b[id-{U2}]",
                f"m.C.test_b[id-{U2}]",
                "m.C.test_c",
                f"m.Old.test_b[id-{U2}]",
            ],
        ),
    ],
)
def test_each_form_has_its_lines(form: ListForm, expected: list[str]) -> None:
    assert lines(select(GUIDELINE, PROGRAM, tuple(Level), flagged=False, aliases=True), form) == expected


@pytest.mark.parametrize("form", list(ListForm))
def test_nothing_selected_is_no_line(form: ListForm) -> None:
    assert lines((), form) == []


@pytest.mark.parametrize(
    ("name", "suite", "others"),
    [
        ("m.C.test_a", f"m.C.test_a[id-{U1},smoke]", f"m.C.test_ab[id-{U1}]"),
        ("m.C.test_a", "m.C.test_a", "xm.C.test_a"),
        ("m.C.test_a", "m.C.test_a", "mxC.test_a"),
        ("m.C.test_a(ipv6)", f"m.C.test_a[id-{U1}](ipv6)", f"m.C.test_a[id-{U1}](ipv4)"),
        ("m.C.test_a(ipv6)", "m.C.test_a(ipv6)", "m.C.test_a"),
        ("[sig-a] Pods (slow) run [Conformance]", "[sig-a] Pods (slow) run [Conformance]", "[sig-a] Pods"),
        ("m.C.test_#1", "m.C.test_#1", "m.C.test_#2"),
    ],
)
def test_an_expression_finds_the_suites_test_and_no_other(name: str, suite: str, others: str) -> None:
    found = re.compile(expression(name))
    assert (bool(found.search(suite)), bool(found.search(others))) == (True, False)


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1))
def test_an_expression_finds_its_own_name_and_has_no_comment_sign(name: str) -> None:
    assert re.search(expression(name), name)
    assert "#" not in expression(name)


def test_refstack_did_not_see_the_key_flag_and_wrote_empty_brackets_for_no_id() -> None:
    odd = guideline(capability("a", required("m.C.test_a", None, flag=FLAG._replace(spelling="flag"))))
    assert refstack_lines(odd, PROGRAM, REQUIRED, flagged=False, aliases=True) == ["m.C.test_a[]"]
    assert refstack_lines(odd._replace(schema="1.2"), PROGRAM, REQUIRED, flagged=False, aliases=True) == ["m.C.test_a"]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "target", "switches", "counts"),
    [
        ("2020.06", "platform", (True, True), (390, 388)),
        ("2020.06", "platform", (False, True), (377, 375)),
        ("2020.06", "platform", (True, False), (286, 284)),
        ("2020.06", "platform", (False, False), (275, 273)),
        ("2018.02", "platform", (True, True), (509, 390)),
        ("2015.03", "platform", (True, True), (127, 127)),
        ("2015.03", "platform", (False, True), (118, 118)),
        ("add-ons/dns.2020.06", "dns", (True, True), (10, 10)),
    ],
)
def test_the_refstack_form_has_as_many_lines_as_refstacks_answer(
    shared: Path, name: str, target: str, switches: tuple[bool, bool], counts: tuple[int, int]
) -> None:
    read = load(str(shared / "guidelines" / f"{name}.json"))
    flagged, aliases = switches
    found = refstack_lines(read, find_program(read, target), REQUIRED, flagged=flagged, aliases=aliases)
    assert (len(found), len(set(found))) == counts
    assert found == sorted(found)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "target", "line"),
    [
        ("2015.03", "platform", "tempest.api.compute.images.test_images.ImagesTestJSON.test_delete_saving_image"),
        ("2017.01", "platform", "tempest.api.volume.NEED_TEST[]"),
        ("add-ons/dns.2020.06", "dns", r".*\[[0-9a-f-]{36}\]"),
        ("2016.01", "platform", r".*\[id-[0-9a-f-]{36},negative\]"),
    ],
)
def test_ids_stand_in_the_refstack_form_as_the_document_writes_them(
    shared: Path, name: str, target: str, line: str
) -> None:
    read = load(str(shared / "guidelines" / f"{name}.json"))
    found = refstack_lines(read, find_program(read, target), tuple(Level), flagged=True, aliases=True)
    pattern = line if "\\" in line else re.escape(line)
    assert any(re.fullmatch(pattern, one) for one in found)


def servers_answer(
    raw: dict[str, Any], components: list[str], types: list[str], *, flag: bool, alias: bool
) -> list[str]:
    """The answer as RefStack's server made it, straight from the document."""
    modern = "metadata" in raw
    keys = set()
    for name in components:
        component = raw["components"][name]
        for word in types:
            keys.update((component["capabilities"] if modern else component).get(word, []))
    found = []
    for key in keys & raw["capabilities"].keys():
        entry = raw["capabilities"][key]
        for test in entry["tests"]:
            details = entry["tests"][test] if isinstance(entry["tests"], dict) else None
            is_flagged = bool(details.get("flagged")) if details is not None else test in entry["flagged"]
            if is_flagged and not flag:
                continue
            names = [test, *(details.get("aliases", []) if details is not None and alias else [])]
            found += [f"{name}[{details.get('idempotent_id', '')}]" if details is not None else name for name in names]
    return sorted(found)


@pytest.mark.shared
@pytest.mark.parametrize("types", [["required"], ["required", "advisory"], ["deprecated", "removed"]])
@pytest.mark.parametrize("switches", [(True, True), (True, False), (False, True), (False, False)])
def test_the_refstack_form_equals_refstacks_answer_line_for_line(
    shared: Path, switches: tuple[bool, bool], types: list[str]
) -> None:
    flag, alias = switches
    files = [*shared.glob("guidelines/20*.json"), *shared.glob("guidelines/add-ons/*.json")]
    for file in [*files, shared / "guidelines/doc/source/schema/next.2.0.json"]:
        read, raw = load(str(file)), json.loads(file.read_text())
        for program in read.programs:
            components = [reference.name for reference in program.components]
            answer = servers_answer(raw, components, types, flag=flag, alias=alias)
            levels = [Level(word) for word in types]
            assert refstack_lines(read, program, levels, flagged=flag, aliases=alias) == answer, (file.name, program)


def test_an_include_list_is_the_selection_in_the_form_that_is_asked_for() -> None:
    wanted = IncludeList(GUIDELINE, PROGRAM, (Level.REQUIRED, Level.ADVISORY), aliases=False)
    assert wanted.tests == select(GUIDELINE, PROGRAM, wanted.levels, flagged=False, aliases=False)
    assert wanted.without_id == {"m.C.test_c"}
    assert wanted.lines(ListForm.NAMES) == ["m.C.test_a", "m.C.test_b", "m.C.test_c"]
    assert wanted.lines(ListForm.REFSTACK) == [f"m.C.test_a[id-{U1}]", *[f"m.C.test_b[id-{U2}]"] * 2, "m.C.test_c[]"]
