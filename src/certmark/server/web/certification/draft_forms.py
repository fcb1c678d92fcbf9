"""The draft of an application as a form: what the rulebook asks, region by region, and answers to what is not met.

Fields are made as those of steps are (`step_forms`), so that they are drawn, read and refused in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from certmark.domain.certification.checks import ApplicationCheck
from certmark.domain.certification.rulebooks import Rulebook, StatementQuestion
from certmark.domain.certification.steps import FieldKind, StepField
from certmark.server.web.certification.step_forms import Options
from certmark.server.web.forms import FormOption

NOT_COVERED, WITHOUT_RUN = "not", "none"
_RUN, _ASKED, _ANSWER = "run_", "asked_", "answer_"
_FIXED = (
    StepField("contacts", "Contacts: mail addresses of those whom we ask", FieldKind.REGIONS, is_optional=True),
    StepField("release", "Release of the software of the cloud", FieldKind.LINE, is_optional=True),
    StepField("waivers", "Numbers of waivers that the verdict counts", FieldKind.REGIONS, is_optional=True),
)


def draft_fields(
    rulebook: Rulebook, projects: Sequence[str], clouds: Sequence[str], checks: Iterable[ApplicationCheck]
) -> tuple[StepField, ...]:
    """What a draft asks."""
    return (
        *(StepField(f"{_RUN}{place}", f"Run for {cloud}") for place, cloud in enumerate(clouds)),
        *_FIXED,
        *(
            StepField(f"{_ASKED}{word}", _question(word, one), is_optional=True)
            for word, one in asked_words(rulebook, projects)
        ),
        *(
            StepField(f"{_ANSWER}{one.word}", f"Not met, {one.sentence}: why, nevertheless?", is_optional=True)
            for one in checks
            if one.is_answerable
        ),
    )


def asked_words(rulebook: Rulebook, projects: Sequence[str]) -> list[tuple[str, StatementQuestion]]:
    """By which words a statement answers, with the question of each."""
    found: list[tuple[str, StatementQuestion]] = []
    for one in rulebook.questions:
        words = [f"{one.word}/{project}" for project in projects] if one.is_for_each_project else [one.word]
        found += [(word, one) for word in words]
    return found


def _question(word: str, one: StatementQuestion) -> str:
    _, _, project = word.partition("/")
    return f"{project}: {one.question} ({one.clause})" if project else f"{one.question} ({one.clause})"


def run_options(clouds: Sequence[str], runs: Iterable[tuple[str, str, str]]) -> dict[str, Options]:
    """For each cloud the runs (id, cloud, words) that were made there, or none; or that it is not applied for."""
    there = list(runs)
    without = (
        FormOption(NOT_COVERED, "not in this application"),
        FormOption(WITHOUT_RUN, "in it, without a run of its own"),
    )
    return {
        f"{_RUN}{place}": (*(FormOption(run, words) for run, where, words in there if where == cloud), *without)
        for place, cloud in enumerate(clouds)
    }


def draft_values(content: Mapping[str, Any], clouds: Sequence[str], runs: Mapping[str, str]) -> dict[str, Any]:
    """What stands in a draft, by the names of its fields; `runs` says at which cloud each run was made."""
    regions = set(content.get("regions", ()))
    at = {runs.get(run): run for run in content.get("runs", ())}
    found: dict[str, Any] = {
        f"{_RUN}{place}": at.get(cloud, WITHOUT_RUN) if cloud in regions else NOT_COVERED
        for place, cloud in enumerate(clouds)
    }
    found |= {name: list(content.get(name, ())) for name in ("contacts", "waivers")}
    found["release"] = content.get("release") or ""
    found |= {f"{_ASKED}{word}": text for word, text in content.get("statement", {}).items()}
    found |= {f"{_ANSWER}{word}": text for word, text in content.get("answers", {}).items()}
    return found


def draft_content(answers: Mapping[str, Any], clouds: Sequence[str]) -> dict[str, Any]:
    """What a draft says then, as its service takes it."""
    chosen = {cloud: answers.get(f"{_RUN}{place}", NOT_COVERED) for place, cloud in enumerate(clouds)}
    return {
        "regions": [cloud for cloud, run in chosen.items() if run != NOT_COVERED],
        "runs": [run for run in chosen.values() if run not in {NOT_COVERED, WITHOUT_RUN}],
        "contacts": answers.get("contacts", []),
        "waivers": answers.get("waivers", []),
        "release": answers.get("release", ""),
        "statement": _of(answers, _ASKED),
        "answers": _of(answers, _ANSWER),
    }


def _of(answers: Mapping[str, Any], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): str(text) for name, text in answers.items() if name.startswith(prefix)}
