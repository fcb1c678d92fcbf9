"""A coverage as JSON, for machines; docs/reference/coverage.md says what each key means."""

from __future__ import annotations

from certmark.domain.covered_tests import Coverage, CoverageFinding, CoveredTest, Presence
from certmark.domain.gaps import Candidate, Gaps, PassHistory, UntrackedTest, by_service, distinct
from certmark.domain.surveys import Survey
from certmark.reporting.coverage.blocks import account_rows, skip_rows
from certmark.reporting.documents import Document
from certmark.reporting.guideline.showing import flag_document


def coverage_document(coverage: Coverage, gaps: Gaps | None) -> Document:
    """The whole coverage, and the gap report where it was asked for."""
    body: dict[str, object] = {
        "guideline": {"id": coverage.guideline, "stage": coverage.stage.value},
        "suite": _suite(coverage.survey),
        "before": _suite(coverage.before) if coverage.before is not None else None,
        "counts": _counts(coverage),
        "accounts": [{"accounts": words, "tests": count} for words, count in account_rows(coverage)],
        "skips": [{"condition": words, "tests": count} for words, count in skip_rows(coverage)],
        "tests": [_test(test) for test in coverage.tests],
    }
    if gaps is not None:
        body["gaps"] = _gaps(gaps)
    return Document("certmark-coverage", 1, body)


def _suite(survey: Survey) -> dict[str, object]:
    return {
        "name": survey.suite,
        "version": survey.version,
        "packages": dict(survey.packages),
        "tests": len(survey.tests),
        "is_described": survey.is_described,
        "problems": list(survey.problems),
    }


def _counts(coverage: Coverage) -> dict[str, int]:
    return {
        "names": len(coverage.tests),
        "ids": len({test.uuid for test in coverage.tests if test.uuid is not None}),
        **{presence.value.replace(" ", "_"): coverage.count(presence) for presence in Presence},
        "renamed_known_by_alias": sum(test.alias_known for test in coverage.tests),
        "to_pass": sum(test.counts for test in coverage.tests),
        "to_do": len(coverage.open),
    }


def _test(test: CoveredTest) -> dict[str, object]:
    known = test.surveyed
    return {
        "name": test.name,
        "uuid": test.uuid,
        "service": test.service,
        "capabilities": [
            {"key": place.capability, "level": place.level.value if place.level is not None else None}
            for place in test.places
        ],
        "flag": None if test.flag is None else flag_document(test.flag),
        "presence": test.presence.value,
        "names": list(test.names),
        "alias_known": test.alias_known,
        "credentials": [[item.kind, *item.roles] for item in known.credentials] if known is not None else [],
        "skips": list(known.skips) if known is not None else [],
        "findings": [_finding(finding) for finding in test.findings],
    }


def _finding(finding: CoverageFinding) -> dict[str, object]:
    return {
        "matter": finding.matter.value,
        "what": finding.what,
        "remedy": finding.remedy,
        "is_open": finding.is_open,
    }


def _gaps(gaps: Gaps) -> dict[str, object]:
    without = [test for test in gaps.untracked if not test.is_admin]
    return {
        "guidelines": list(gaps.guidelines),
        "tracked_ids": gaps.tracked,
        "names": len(without),
        "ids": distinct(without),
        "services": {name: dict(counts) for name, counts in by_service(without).items()},
        "candidates": [_candidate(candidate) for candidate in gaps.candidates],
        "with_administrator": [_candidate(candidate) for candidate in gaps.admin],
    }


def _candidate(candidate: Candidate) -> dict[str, object]:
    return {
        "key": candidate.key,
        "service": candidate.service,
        "operation": candidate.operation,
        "plain": candidate.plain,
        "tests": [_untracked(test) for test in candidate.tests],
    }


def _untracked(test: UntrackedTest) -> dict[str, object]:
    known = test.surveyed
    return {
        "name": test.name,
        "uuid": test.uuid,
        "tags": list(test.tags),
        "is_negative": test.is_negative,
        "is_slow": test.is_slow,
        "is_second_user": test.is_second_user,
        "document": known.document,
        "calls": list(known.calls),
        "own_calls": known.own_calls,
        "credentials": [[item.kind, *item.roles] for item in known.credentials],
        "services": list(known.services),
        "skips": list(known.skips),
        "file": known.file,
        "line": known.line,
        "history": _history(test.history) if test.history.runs else None,
    }


def _history(history: PassHistory) -> dict[str, int]:
    return {
        "runs": history.runs,
        "passed": history.passed,
        "failed": history.failed,
        "skipped": history.skipped,
    }
