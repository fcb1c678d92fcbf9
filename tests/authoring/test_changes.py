"""What an author means, decided by the rules of the process."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from certmark.authoring.changes.approval import Approve, Supersede
from certmark.authoring.changes.capabilities import AddCapability, RenameCapability
from certmark.authoring.changes.editable import EditableGuideline, Forbidden, IntendedChange
from certmark.authoring.changes.flags import FlagTest, UnflagTest
from certmark.authoring.changes.levels import Demote, Deprecate, Promote, Remove
from certmark.authoring.changes.next_guideline import CutNext
from certmark.authoring.changes.opening import GuidelineFile, read_guideline
from certmark.authoring.changes.sections import PlaceSection
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.guidelines import Level
from certmark.formats.gap_reports import CandidateTest, GapCandidate
from support.lint_documents import LIST, RESIZE, SHOW, before, encoded, old, sound

DAY = dt.date(2099, 6, 10)
FLAG = FlagTest(test=SHOW, code="D401", reason="It is broken.", action="Mend it.", date=DAY)
CANDIDATE = GapCandidate("rescue", "compute", (CandidateTest("suite.a.B.test_c", None, is_admin=False),))
ADD = AddCapability(key="rescue", candidate=CANDIDATE, description="to rescue")
NEXT = CutNext(month="2099.12", releases=("a", "b", "c"))
APPROVE = Approve(by=("Ada",), date=DAY, reference="minutes")
SECTION = PlaceSection(project="glance", level=Level.ADVISORY, guidance="the API")


def opened(document: Any, name: str = "2099.06.json") -> GuidelineFile:
    return read_guideline(encoded(document), Path(name), name)


def done(document: Any, change: IntendedChange, predecessor: Any = None, name: str = "2099.06.json") -> Any:
    """The document after the change."""
    file = opened(document, name)
    former = None if predecessor is None else opened(predecessor, "2098.12.json").model
    return json.loads(file.edited(change.plan(EditableGuideline(file.model, former)).operations))


def ready() -> dict[str, Any]:
    """A draft whose advisory capability scores enough."""
    document = sound()
    document["capabilities"]["resize"]["achievements"] = ["atomic", "future"]
    return document


def at(level: str, key: str = "resize") -> dict[str, Any]:
    """The guideline before, in which a capability stands at a level."""
    document = before()
    lists = document["components"]["servers"]["capabilities"]
    for found in lists.values():
        if key in found:
            found.remove(key)
    if level:
        lists[level].append(key)
    return document


def test_what_becomes_required_is_so_since_this_guideline() -> None:
    after = done(ready(), Promote("resize"), at("advisory"))
    assert after["components"]["servers"]["capabilities"]["required"] == ["list", "resize"]
    assert after["components"]["servers"]["capabilities"]["advisory"] == []
    assert after["capabilities"]["resize"]["required_since"] == "2099.06"


def test_what_was_required_and_is_again_keeps_its_month() -> None:
    draft = ready()
    lists = draft["components"]["servers"]["capabilities"]
    lists["deprecated"], lists["advisory"] = ["resize"], []
    draft["capabilities"]["resize"]["required_since"] = "2097.06"
    assert done(draft, Promote("resize"), at("required"))["capabilities"]["resize"]["required_since"] == "2097.06"


def test_a_working_copy_waits_for_its_month() -> None:
    draft = ready()
    draft["metadata"]["id"] = "next"
    after = done(draft, Promote("resize"), at("advisory"), "next.json")
    assert "required_since" not in after["capabilities"]["resize"]
    month = CutNext(month="2099.12", releases=("a", "b", "c"))
    cut = done(after, month, at("advisory"), "next.json")
    assert cut["capabilities"]["resize"]["required_since"] == "2099.12"
    assert cut["metadata"]["os_trademark_approval"]["replaces"] == "2098.12"


def with_change(**changes: Any) -> dict[str, Any]:
    document = ready()
    document["capabilities"]["resize"] |= changes
    return document


@pytest.mark.parametrize(
    ("document", "change", "former", "sentence"),
    [
        (ready(), Promote("resize"), at(""), "must be advisory in one guideline before it is required"),
        (with_change(admin=True), Promote("resize"), at("advisory"), "needs an administrator"),
        (with_change(tests={}), Promote("resize"), at("advisory"), "has no test that counts"),
        (with_change(achievements=["future"]), Promote("resize"), at("advisory"), "scores 4, below the cut-off of 10"),
        (ready(), Demote("list"), before(), "what was required is deprecated"),
        (ready(), Remove("list"), before(), "must be deprecated there before it can go"),
        (ready(), Remove("list"), at("", "list"), "must be deprecated first"),
        (before(), FlagTest(test=LIST, code="D401", reason=" ", action="x", date=DAY), None, "a flag needs a reason"),
        (before(), FlagTest(test=LIST, code="D401", reason="x", action="", date=DAY), None, "a flag needs an action"),
        (before(), ADD, None, "no test comes in after approval (2021A; D2.2 of 2017A)"),
        (before(), RenameCapability("list", "lists"), None, "D1.1"),
        (before(), APPROVE, None, "only a draft or what is in review is approved"),
        (ready(), Supersede(later=()), None, "only an approved guideline is superseded"),
        (before(), Supersede(later=("2099.06",)), None, "only 2099.06 is at hand"),
        (before(), CutNext(month="2098.12", releases=("a",)), None, "is not older than 2098.12"),
        (ready(), PlaceSection(project="glance", level=Level.REQUIRED, guidance="x"), before(), "must be advisory"),
        (ready(), PlaceSection(project="nova", level=Level.REMOVED), before(), "must be deprecated there"),
    ],
)  # fmt: skip
def test_the_process_forbids(document: Any, change: IntendedChange, former: Any, sentence: str) -> None:
    with pytest.raises(Forbidden) as refusal:
        done(document, change, former)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Promote("resiz"), 'has no capability "resiz" (did you mean resize?)'),
        (Promote("resize", "nowhere"), 'it has no component "nowhere"; name one of servers'),
        (Promote("list"), "list is required already"),
        (Demote("resize"), "resize is advisory, not required"),
        (UnflagTest(SHOW), "is not flagged in 2099.06"),
        (UnflagTest("test_nothing"), 'has no test "test_nothing"'),
        (RenameCapability("list", "resize"), "has a capability"),
        (RenameCapability("list", "a list"), "is no key of a capability"),
        (PlaceSection(project="glance", level=Level.ADVISORY), "say what it designates"),
        (PlaceSection(project="nova", level=Level.REQUIRED), "is required already"),
        (CutNext(month="2099.13", releases=("a",)), "is no month"),
        (CutNext(month="2099.12", releases=()), "name the releases"),
        (Approve(by=("Ada",), date=DAY, reference="x", errors=2), "has 2 errors"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(change: IntendedChange, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        done(sound(), change)
    assert sentence in str(refusal.value)


def test_what_was_removed_before_goes_altogether() -> None:
    draft = ready()
    lists = draft["components"]["servers"]["capabilities"]
    lists["removed"], lists["advisory"] = ["resize"], []
    after = done(draft, Remove("resize"), at("removed"))
    assert after["components"]["servers"]["capabilities"]["removed"] == []
    assert "resize" not in after["capabilities"]


def test_a_test_of_several_capabilities_is_flagged_in_all() -> None:
    document = sound()
    document["capabilities"]["resize"]["tests"][SHOW] = {"idempotent_id": "id-00000001-1111-4111-8111-111111111111"}
    after = done(document, FLAG)
    assert [after["capabilities"][key]["tests"][SHOW]["flagged"]["date"] for key in ("list", "resize")] == [
        "2099-06-10", "2099-06-10",
    ]  # fmt: skip


def test_old_schemas_are_changed_in_their_own_words() -> None:
    draft = old()
    draft["status"] = "draft"
    draft["capabilities"]["resize"] = copy.deepcopy(draft["capabilities"]["list"])
    del draft["capabilities"]["resize"]["required-since"]
    draft["capabilities"]["resize"]["tests"] = {RESIZE: {"idempotent_id": "id-x"}}
    draft["components"]["compute"]["advisory"] = ["resize"]
    after = done(draft, Promote("resize"), name="2016.08.json")
    assert after["components"]["compute"]["required"] == ["list", "resize"]
    assert after["capabilities"]["resize"]["required-since"] == "2016.08"
    after = done(draft, SECTION, name="2016.08.json")
    assert after["designated-sections"]["advisory"]["glance"] == {"guidance": "the API", "sections": {}}
    after = done(old(), CutNext(month="2017.01", releases=("a", "b", "c")), name="2016.08.json")
    assert (after["id"], after["status"], after["replaces"]) == ("2017.01", "draft", "2016.08")
    assert after["target_approval"] == "2017-01-01"


def test_a_schema_without_entries_for_tests_says_so() -> None:
    document = old()
    document["schema"] = "1.2"
    with pytest.raises(InvalidRequest, match="lists names of tests only"):
        done(document, UnflagTest(SHOW), name="2016.08.json")


CHANGES: tuple[IntendedChange, ...] = (
    Promote("resize"), Demote("list"), Deprecate("list"), Remove("resize"), FLAG, UnflagTest(SHOW), ADD,
    RenameCapability("list", "lists"), SECTION, NEXT, APPROVE, Supersede(later=("a", "b")),
)  # fmt: skip


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from places(item, (*path, step))


@pytest.mark.thorough
@pytest.mark.parametrize("strange", [None, [], {}, "x", 7, [{}]])
def test_a_strange_document_is_refused_or_changed_and_never_a_defect(strange: Any) -> None:
    tried = 0
    for path in list(places(sound()))[::4]:
        document = sound()
        holder: Any = document
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = strange
        try:
            file = opened(document)
        except InvalidInput:
            continue
        for change in CHANGES:
            with suppress(InvalidRequest, InvalidInput):
                file.edited(change.plan(EditableGuideline(file.model, opened(before()).model)).operations)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize(("month", "clause"), [("2021.05", "(2017A D1.1)"), ("2021.06", "(2021A; D1.1 of 2017A)")])
def test_a_refusal_names_the_process_that_held_in_the_month_of_the_guideline(month: str, clause: str) -> None:
    document = before()
    document["metadata"]["id"] = month
    with pytest.raises(Forbidden) as refusal:
        done(document, Deprecate("list"), name=f"{month}.json")
    assert clause in str(refusal.value)


def remarks_of(document: Any, change: IntendedChange) -> tuple[str, ...]:
    return change.plan(EditableGuideline(opened(document).model)).remarks


def test_what_a_flag_takes_away_is_counted_with_tests_of_which_any_one_is_enough() -> None:
    document = sound()
    tests = document["capabilities"]["list"]["tests"]
    count = len(tests)
    assert remarks_of(document, FLAG)[0].endswith(f"{count} → {count - 1} tests count")
    tests[SHOW]["any_of"] = "way"
    assert remarks_of(document, FLAG)[0].endswith(f"{count} → {count - 1} tests count")
    tests[LIST]["any_of"] = "way"
    assert remarks_of(document, FLAG)[0].endswith(f"{count - 1} tests count, as before")


def test_a_test_is_known_by_its_alias_as_well() -> None:
    document = sound()
    document["capabilities"]["list"]["tests"][SHOW]["aliases"] = ["suite.of.today.Servers.test_show_anew"]
    for named in ("suite.of.today.Servers.test_show_anew", "test_show_anew"):
        change = FlagTest(test=named, code="D401", reason="It is broken.", action="Mend it.", date=DAY)
        assert "flagged" in done(document, change)["capabilities"]["list"]["tests"][SHOW]


@pytest.mark.parametrize(
    ("section", "remark"),
    [
        (PlaceSection(project="nova", level=Level.DEPRECATED), "the section of nova: required → deprecated"),
        (PlaceSection(project="nova", level=Level.REQUIRED, guidance="x"), "nova stays required, with this guidance"),
        (SECTION, "the section of glance: new → advisory"),
    ],
)
def test_where_a_section_goes_is_said(section: PlaceSection, remark: str) -> None:
    assert remark in remarks_of(sound(), section)[0]


def test_the_next_one_says_which_title_it_still_has() -> None:
    text = """metadata: {id: "2099.06", schema: "3.0", title: "Shop, June 2099", status: approved}
components: {}
capabilities: {}
"""
    file = read_guideline(text.encode(), Path("2099.06.yaml"), "2099.06.yaml")
    assert '2099.12: its title is still "Shop, June 2099"' in NEXT.plan(EditableGuideline(file.model)).remarks


def test_a_section_at_another_level_keeps_its_comments() -> None:
    text = """metadata: {id: "2099.06", schema: "3.0"}
components: {shop: {capabilities: {}, designated_sections: {required: [cart]}}}
capabilities: {}
designated_sections:
  cart:
    required:  # since 2098
      guidance: all of it  # but the tests
"""
    file = read_guideline(text.encode(), Path("2099.06.yaml"), "2099.06.yaml")
    plan = PlaceSection(project="cart", level=Level.DEPRECATED, guidance="the rest").plan(EditableGuideline(file.model))
    after = file.edited(plan.operations)
    assert "    deprecated:  # since 2098\n      guidance: the rest  # but the tests\n" in after
