"""A judgement made again from what is on record of it: guideline, program, waivers, day, policy and hosts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.domain.guidelines import ComponentReference, Guideline, Level, Program, ProgramKind
from certmark.domain.policies import NONE_FAILED, STRICT
from certmark.domain.replays import NoSuchGuideline
from certmark.domain.results import Outcome, Results
from certmark.domain.verdict_values import HostVerdict, Standing, Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Scope, Waiver
from certmark.evidence.rejudging import JudgementTerms, guidelines_in, judge_again, rejudged_listed, terms_of
from certmark.formats.errors import FormatError
from certmark.formats.results.report.document import write_report
from certmark.formats.results.report.forms import form_of
from certmark.formats.results.report.parsing import parse_report
from certmark.formats.results.report.reading import read_judgement
from support.build import TODAY, U1, U2, attempt, capability, evidence, guideline, required

DNS = Program(
    "DNS", ProgramKind.ADD_ON, "", (ComponentReference("dns", None),), (ComponentReference("all", "u"),), (), ()
)
HOST = guideline(capability("boot", required("h.A.test", U1)), identity="2099.01")
ADD_ON = guideline(
    capability("zones", required("d.B.test", U2)),
    components={"dns": [(Level.REQUIRED, "zones")]},
    programs=(DNS,),
    identity="dns.2099.01",
)
EVIDENCE = evidence(attempt(f"h.A.test[id-{U1}]", Outcome.FAILED), attempt(f"d.B.test[id-{U2}]"))
OF_HOST = HostVerdict("all", "u", "2099.01", "Powered Cloud", Standing.FAIL)


def problem_of(report: bytes, guidelines: list[Guideline]) -> str | None:
    """Why the report's results, judged as it says, do not give its verdict."""
    try:
        return rejudged_listed(parse_report(report), guidelines).problem
    except FormatError as error:
        return str(error)


def judged() -> Verdict:
    return judge(ADD_ON, DNS, Results([EVIDENCE]), as_of=TODAY, hosts=[HOST])


def report(verdict: Verdict | None = None) -> bytes:
    return write_report(verdict or judged(), (EVIDENCE,), evaluator="1")


def terms(data: bytes) -> JudgementTerms:
    found = read_judgement(data)
    assert found is not None
    return terms_of(found)


@pytest.mark.parametrize("at_hand", [(ADD_ON, HOST), (HOST, ADD_ON)])
def test_an_add_ons_report_is_judged_again_with_its_host(at_hand: tuple[Guideline, ...]) -> None:
    again = judge_again(Results([EVIDENCE]), terms(report()), at_hand)
    assert again.hosts == (OF_HOST,)
    assert report(again) == report()


def test_a_report_that_says_something_else_of_its_host_is_found() -> None:
    forged = report().replace(
        b'"program":"Powered Cloud","standing":"fail"', b'"program":"Powered Cloud","standing":"pass"'
    )
    assert forged != report()
    assert problem_of(report(), [ADD_ON, HOST]) is None
    assert problem_of(forged, [ADD_ON, HOST]) == "judged again, its hosts.standing is not what the report says"


def test_a_host_whose_guideline_is_not_at_hand_is_not_held_against_a_report() -> None:
    assert problem_of(report(), [ADD_ON]) is None
    alone = judge(ADD_ON, DNS, Results([EVIDENCE]), as_of=TODAY)
    assert problem_of(report(alone), [ADD_ON, HOST]) is None


def test_of_several_that_may_be_the_host_the_one_on_record_judges() -> None:
    newer = guideline(capability("boot", required("d.B.test", U2)), identity="2100.01")
    assert judge_again(Results([EVIDENCE]), terms(report()), [newer, ADD_ON, HOST]).hosts == (OF_HOST,)


def test_a_host_is_judged_by_its_own_policy_unless_one_was_imposed() -> None:
    lenient = guideline(capability("boot", required("h.A.test", U1)), identity="2099.01", policy=NONE_FAILED)
    nothing = evidence(attempt(f"d.B.test[id-{U2}]"))
    verdict = judge(ADD_ON, DNS, Results([nothing]), as_of=TODAY, hosts=[lenient])
    assert verdict.policy == STRICT
    data = write_report(verdict, (nothing,), evaluator="1")
    assert problem_of(data, [ADD_ON, lenient]) is None
    assert judge_again(Results([nothing]), terms(data), [ADD_ON, lenient]).hosts == verdict.hosts


def test_a_guideline_of_the_same_id_and_another_text_is_not_the_one() -> None:
    other = guideline(capability("zones", required("x.Y.test")), identity="dns.2099.01")
    with pytest.raises(NoSuchGuideline, match=r"the guideline dns\.2099\.01 of then is not at hand \(SHA-256"):
        judge_again(Results([EVIDENCE]), terms(report()), [other, HOST])
    assert str(problem_of(report(), [other])).startswith("the guideline dns.2099.01 of then is not at hand")


def test_waivers_and_day_are_those_on_record() -> None:
    waiver = Waiver(Scope.TEST, "h.A.test", "r", "g", TODAY)
    verdict = judge(HOST, HOST.programs[0], Results([EVIDENCE]), [waiver], as_of=TODAY)
    assert verdict.standing is Standing.NOT_APPLICABLE
    again = judge_again(Results([EVIDENCE]), terms(report(verdict)), [HOST])
    assert (again.standing, again.waivers, again.as_of) == (verdict.standing, verdict.waivers, TODAY)


def test_a_runs_folder_gives_its_guidelines_and_passes_over_what_lies_beside(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a.B.test\n", encoding="utf-8")
    (tmp_path / "policy.json").write_text(json.dumps({"name": "x"}), encoding="utf-8")
    assert [found.id for found in guidelines_in(tmp_path)] == ["list"]
    assert guidelines_in(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b'"judgement":{', b'"judgement":null,"x":{'), "the report has no verdict"),
        ((b'"standing":"pass","sentence"', b'"standing":"fail","sentence"'), "judged again, its standing is not"),
        ((b'"totals":{', b'"totals":{"more":1,'), "judged again, its totals.more is not"),
        ((b'"capabilities":[{', b'"capabilities":[1,{'), "judged again, its capabilities is not"),
        ((b'"name":"DNS"', b'"name":"Names"'), "there is no program 'Names'"),
    ],
)  # fmt: skip
def test_what_a_report_says_wrongly_is_a_sentence(change: tuple[bytes, bytes], said: str) -> None:
    forged = report().replace(*change)
    assert forged != report()
    assert str(problem_of(forged, [ADD_ON, HOST])).startswith(said)


@pytest.mark.parametrize(
    ("found", "into", "said"),
    [
        (b'"version":1,', b'"version":1.0,', 'it is of version "1.0", this Certmark reads version 1'),
        (b'"version":1,', b'"version":1,"version":1,', "a key stands twice in one object"),
    ],
)
def test_a_report_that_others_read_otherwise_is_refused(found: bytes, into: bytes, said: str) -> None:
    forged = report().replace(found, into, 1)
    assert forged != report()
    assert said in str(problem_of(forged, [ADD_ON, HOST]))


def test_a_report_without_one_part_is_no_early_one() -> None:
    """Early reports lack all that was not written then; sentences of today's are compared word for word."""
    document = json.loads(report())
    assert form_of(document).in_other_words == frozenset()
    del document["judgement"]["circumstances"]
    assert problem_of(json.dumps(document).encode(), [ADD_ON, HOST]) == (
        "judged again, its circumstances is not what the report says"
    )
    for key in ("teardown", "others"):
        del document["judgement"]["policy"][key]
    document["judgement"]["sentence"] = "PASS with honours"
    assert problem_of(json.dumps(document).encode(), [ADD_ON, HOST]) is None, "the sentence is shown nowhere"
    document["judgement"]["standing"] = "fail"
    assert problem_of(json.dumps(document).encode(), [ADD_ON, HOST]) == (
        "judged again, its standing is not what the report says"
    )
