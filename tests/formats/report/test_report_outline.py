from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from certmark.domain.policies import NONE_FAILED, REFSTACK_2020, STRICT, Policy
from certmark.domain.programs import find_program
from certmark.domain.results import Results
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.guideline import load
from certmark.reporting.blocks import Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.verdict.outline import outline
from support import build
from support.build import PROGRAM, U1, attempt, capability, guideline, required, results
from support.rendering import FORMATS, rendered

A, B = "suite.mod.ClassA.test_one", "suite.mod.ClassB.test_one"


def test_of_an_id_that_several_results_carry_the_others_are_named() -> None:
    judged = build.verdict(
        guideline(capability("boot", required(A, U1))), results(attempt(f"{A}[id-{U1}]"), attempt(f"{B}[id-{U1}]"))
    )
    title = "1 test with an id that several results carry"
    assert ItemGroup(title, (Item(A, (f"also {B}",)),), Tone.QUIET) in outline(judged, full=True)


@pytest.mark.parametrize(("policy", "told"), [(STRICT, True), (REFSTACK_2020, False)])
def test_what_was_found_by_name_is_told_but_under_refstack_which_knew_no_ids(policy: Policy, *, told: bool) -> None:
    document = guideline(capability("boot", required(A, U1)), programs=(PROGRAM._replace(target="platform"),))
    judged = build.verdict(document, results(attempt(A)), policy=policy)
    assert (Heading("How tests were found") in outline(judged)) is told


@pytest.mark.parametrize(("name", "ending"), [("text", "txt"), ("markdown", "md"), ("junit", "xml")])
def test_everything_that_a_report_can_say_is_said(everything: Verdict, assets: Path, name: str, ending: str) -> None:
    expected = (assets / "report" / f"everything.{ending}").read_bytes()
    assert rendered(name, everything, evaluator="1.2.3", full=True).decode() == expected.decode()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_form_is_utf8_and_ends_with_one_newline(hostile: Verdict, nothing: Verdict, name: str) -> None:
    for verdict in (hostile, nothing):
        text = rendered(name, verdict, evaluator="1.2.3").decode()
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_an_unknown_form_is_refused(everything: Verdict) -> None:
    with pytest.raises(ValueError, match="pdf"):
        rendered("pdf", everything, evaluator="1.2.3")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("passed", "PASS; 1 of 1 required capability passed; 1 of 1 counted test passed."),
        ("failed", "FAIL; 1 of 1 required capability failed; 0 of 1 counted test passed, 1 failed."),
        (
            "skipped",
            "INCOMPLETE; 1 of 1 required capability is incomplete; 0 of 1 counted test passed, 1 left a gap.",
        ),
        ("", "INCOMPLETE; 1 of 1 required capability is incomplete; 0 of 1 counted test passed, 1 left a gap."),
    ],
)
def test_the_sentence_says_the_verdict_and_its_numbers(
    one_test: Callable[[str], Verdict], outcome: str, said: str
) -> None:
    assert sentence(one_test(outcome)) == f"Powered Things under the draft guideline 2026.11: {said}"


def test_the_sentence_on_nothing_is_no_success(nothing: Verdict) -> None:
    assert sentence(nothing) == (
        "Powered Things under the draft guideline 2026.11: NOT APPLICABLE; it requires no capability; "
        "0 of 0 counted tests passed."
    )


def test_a_policy_that_is_not_strict_is_named(everything_under: Callable[[Policy], Verdict]) -> None:
    assert "under the policy none-failed" in sentence(everything_under(NONE_FAILED))


def test_what_the_policy_sets_aside_is_shown_without_weight(everything_under: Callable[[Policy], Verdict]) -> None:
    groups = [block for block in outline(everything_under(NONE_FAILED)) if isinstance(block, ItemGroup)]
    assert ItemGroup("1 test (set aside by the policy): disabled", (_item("t.List.test_skip"),), Tone.QUIET) in groups


def _item(name: str) -> Item:
    return Item(name, ("in things-list",))


def test_refstack_numbers_are_said_as_its_page_did(everything_under: Callable[[Policy], Verdict]) -> None:
    blocks = outline(everything_under(REFSTACK_2020))
    words = "RefStack: compliance with 2026.11: NO, 3 of 13 = 23.1 %, must-pass 3 of 12"
    assert blocks[blocks.index(Heading("RefStack")) + 1] == Sentence(words, Tone.BAD)


def test_long_lists_are_cut_and_say_so(many: Verdict) -> None:
    group = next(block for block in outline(many, hint="--full shows all") if isinstance(block, ItemGroup))
    assert group.title == "25 tests: HTTP 503"
    assert len(group.items) == 11
    assert group.items[-1].text == "… and 15 more (--full shows all)"


def test_full_cuts_nothing(many: Verdict) -> None:
    group = next(block for block in outline(many, full=True) if isinstance(block, ItemGroup))
    assert len(group.items) == 25


def test_passing_capabilities_are_a_line_unless_all_are_asked_for(everything: Verdict) -> None:
    assert [len(_first_table(everything, full=full).rows) for full in (False, True)] == [4, 7]


def _first_table(verdict: Verdict, *, full: bool) -> Table:
    return next(block for block in outline(verdict, full=full) if isinstance(block, Table))


def test_a_clean_pass_says_little(one_test: Callable[[str], Verdict]) -> None:
    verdict = one_test("passed")
    assert outline(verdict) == (
        Sentence(sentence(verdict), Tone.GOOD),
        Heading("Required capabilities"),
        Sentence("1 capability passes.", Tone.GOOD),
        Heading("What was judged, and by what"),
        ItemGroup(
            "SHA-256 of guideline and evidence",
            (
                Item(f"{verdict.guideline.sha256}  the draft guideline 2026.11"),
                Item(f"{'e' * 64}  results.subunit"),
            ),
            Tone.QUIET,
        ),
    )


def test_untrusted_text_steers_no_terminal(hostile: Verdict) -> None:
    for name in ("text", "markdown", "json"):
        text = rendered(name, hostile, evaluator="1.2.3").decode()
        assert not {character for character in text if not character.isprintable()} - {"\n", "\u200b", "\ufe0f"}


def test_untrusted_text_makes_no_markup_in_markdown(hostile: Verdict) -> None:
    text = rendered("markdown", hostile, evaluator="1.2.3").decode()
    for mark in ("<script", "@all", " #1", "http://", "\n# ["):
        assert mark not in text
    assert not re.search(r"(?<!\\)[]`*_[]", text)


@pytest.mark.shared
def test_a_real_run_is_told_in_a_sentence(shared: Path) -> None:
    verdict = _real(shared, "compute-dynamic-1", "OpenStack Powered Compute")
    assert sentence(verdict) == (
        "OpenStack Powered Compute under guideline 2020.06: FAIL; 1 of 60 required capabilities failed, "
        "6 are incomplete; 203 of 217 counted tests passed, 1 failed, 13 left a gap; not counted: 11 flagged; "
        "1 of 228 tests was found under other names."
    )


@pytest.mark.shared
def test_a_broken_run_is_one_failure_with_request_ids(shared: Path) -> None:
    verdict = _real(shared, "object-broken-server-stopped", "OpenStack Powered Storage")
    text = rendered("text", verdict, evaluator="1.2.3", full=True).decode()
    assert "\nFailures\n  26 tests: " in text
    assert (text.count("; 1 request: tx"), text.count(" requests: tx")) == (21, 5)
    assert "2 tests: tempest.api.object_storage.test_object_temp_url.ObjectTempUrlTest: " in text


def _real(shared: Path, run: str, program: str) -> Verdict:
    guideline = load(str(shared / "guidelines" / "2020.06.json"))
    evidence = read_evidence(str(shared / "runs" / run / "results.subunit"), digest=True)
    return judge(guideline, find_program(guideline, program), Results(list(evidence)), as_of=date(2026, 11, 21))


def test_an_alias_that_only_one_capability_names_is_a_miss_of_the_other(alias_in_one_place: Verdict) -> None:
    text = rendered("text", alias_in_one_place, evaluator="1.2.3").decode()
    assert "1 test: passed under a name that is an alias in another capability only\n" in text
    assert b'<failure message="passed under a name' in rendered("junit", alias_in_one_place, evaluator="1.2.3")


def test_the_program_of_an_add_on_may_require_itself(everything: Verdict) -> None:
    """It is judged once as its own host, and not again and again."""
    assert [host.component for host in everything.hosts] == ["things", "os_powered_compute"]


def test_many_causes_are_cut_and_results_without_ids_disclosed(twelve_causes: Verdict) -> None:
    sentences = [block.text for block in outline(twelve_causes, hint="--full shows all") if isinstance(block, Sentence)]
    assert sentences[1:] == [
        "… and 2 more with 2 tests (--full shows all)",
        "12 tests were found by name: the results do not know the id.",
    ]
