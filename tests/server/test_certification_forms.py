"""Every step of every machine as a form: it asks what the machine asks, and reads what a browser sends."""

from __future__ import annotations

import pytest

from certmark.domain.certification.machines import FILING, MACHINES
from certmark.domain.certification.steps import DossierKind, DossierStep, FieldKind, Turn
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.web.certification.dossiers import event_lines, turn
from certmark.server.web.certification.step_forms import (
    answers_of,
    answers_type,
    consequences,
    fields_form,
    step_form,
    step_link,
)
from certmark.server.web.forms import FormOption, _Mistaken, _read

STEPS = [
    pytest.param(kind, step, id=f"{kind.value}-{step.event}")
    for kind, found in MACHINES.items()
    for step in found.steps
]
_GOOD = {
    FieldKind.TEXT: ("Two\nlines", "Two\nlines"),
    FieldKind.LINE: ("a line", "a line"),
    FieldKind.DAY: ("2027-01-31", "2027-01-31"),
    FieldKind.RUN: ("01a22378-0009-737a-9629-c1bee3400d61", "01a22378-0009-737a-9629-c1bee3400d61"),
    FieldKind.TESTS: ("a.b\n c.d ", ["a.b", "c.d"]),
    FieldKind.REGIONS: ("RegionOne\n\nRegionTwo", ["RegionOne", "RegionTwo"]),
    FieldKind.PERSON: ("Ada", "Ada"),
    FieldKind.FLAG: ("yes", True),
}
_DAY = 86_400_000_000


@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_a_form_asks_what_the_step_asks_and_reads_what_is_sent(kind: DossierKind, step: DossierStep) -> None:
    form = step_form(step, f"/certification/{kind.value}s/1", 7)
    assert [(one.name, one.label, one.is_optional) for one in form.fields] == [
        (one.name, one.label, one.is_optional) for one in step.fields
    ]
    assert (form.path, form.revision) == (f"/certification/{kind.value}s/1/{step.event}", 7)
    given = {one.name: (one.choices[-1],) * 2 if one.choices else _GOOD[one.kind] for one in step.fields}
    filled = form.of(**{name: sent for name, (sent, _) in given.items()})
    assert answers_of(_read(filled, answers_type(step.fields))) == {name: read for name, (_, read) in given.items()}


@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_what_must_be_told_is_missed_and_what_may_be_left_out_is_not(kind: DossierKind, step: DossierStep) -> None:
    empty = step_form(step, f"/{kind.value}", 1)
    empty = empty.of(**{one.name: "" for one in empty.fields})
    must = {one.name for one in step.fields if not (one.is_optional or one.kind is FieldKind.FLAG)}
    if must:
        with pytest.raises(_Mistaken) as refused:
            _read(empty, answers_type(step.fields))
        assert set(refused.value.problems) == must
    else:
        assert set(answers_of(_read(empty, answers_type(step.fields)))) <= {"is_anonymous", "no_conflict"}


@pytest.mark.parametrize("kind", FILING)
def test_a_case_is_filed_by_a_form_of_the_same_kind(kind: DossierKind) -> None:
    asked = FILING[kind][1]
    form = fields_form(asked, "/x", "File it", "/")
    assert [one.name for one in form.fields] == [one.name for one in asked]


@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_a_step_that_asks_nothing_is_a_button_unless_it_cannot_be_taken_back(
    kind: DossierKind, step: DossierStep
) -> None:
    assert kind in DossierKind
    assert step_link(step, "/x").is_button == (not step.fields and not step.is_grave)
    assert ("It cannot be taken back." in consequences(step)) == step.is_grave
    assert ("Then it is nobody's turn any more." in consequences(step)) == (step.owner is Turn.NOBODY)


def test_answers_that_mean_nothing_are_told_at_their_fields() -> None:
    step = MACHINES[DossierKind.CHALLENGE].step("noticed", "extend")
    form = step_form(step, "/x", 1).of(until="31.1.2027", reason="a\x07b")
    with pytest.raises(_Mistaken) as refused:
        _read(form, answers_type(step.fields))
    assert refused.value.problems == {
        "until": "Until must be a day like 2026-11-30.",
        "reason": "Reason: there is a character in it that is not printed; take it out.",
    }


def test_an_address_fills_fields_in_and_a_page_can_narrow_them_to_choices() -> None:
    step = MACHINES[DossierKind.APPLICATION].step("in review", "tick")
    options = (FormOption("names", "Names"), FormOption("evidence", "Evidence"))
    item, answer, text = step_form(step, "/x", 1, {"item": options}, {"item": "evidence", "text": "t" * 5000}).fields
    assert (item.kind, item.options, item.value) == ("choice", options, "evidence")
    assert (answer.kind, answer.value) == ("choice", "yes")
    assert text.value == "t" * 1000


@pytest.mark.parametrize(
    ("owner", "due", "is_final", "sentence"),
    [
        ("vendor", 10 * _DAY, False, "It is the turn of the vendor, until 1970-01-10."),
        ("reviewers", 3 * _DAY, False, "It is the turn of the reviewers, since 1970-01-03: 3 days overdue."),
        (
            "programme office",
            5 * _DAY,
            False,
            "It is the turn of the programme office, since 1970-01-05: 1 day overdue.",
        ),
        ("clock", 10 * _DAY, False, "It waits for its day, 1970-01-10."),
        ("vendor", None, False, "It is the turn of the vendor."),
        ("nobody", None, True, "Nothing more is to be done."),
    ],
)
def test_whose_turn_it_is_and_by_when(owner: str, due: int | None, is_final: bool, sentence: str) -> None:
    found = turn(owner, due, 5 * _DAY + 1, is_final=is_final)
    assert found.sentence == sentence
    assert found.is_overdue == ("overdue" in sentence)


def test_what_happened_is_told_in_the_words_of_the_machine() -> None:
    (line,) = event_lines(
        DossierKind.APPLICATION,
        [
            CertificationEvent(
                0,
                b"",
                1,
                None,
                None,
                "reviewer",
                "ask",
                "waiting",
                "",
                {"text": "Which release?", "test": "a.b", "digests": {"x": 1}},
                False,
            )
        ],
    )
    assert (line.who, line.label, line.test) == ("the reviewer", "Ask the vendor", "a.b")
    assert [(one.label, one.text) for one in line.told] == [("Text", "Which release?")]
