"""What an attestation says: the facts of a run and of its verdict, each told by the bytes that it comes from.

`facts_of_bundle` and `facts_of_report` derive them. A signer's software derives them to sign, a verifier's derives
them again from what is at hand, and compares. What version 1 derives must therefore never change:
docs/reference/attestation.md lists the fields, data/schemas/certmark-attestation-1.json is their JSON Schema.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.evidence.artifacts import OpenedReport, SignedTarget
from certmark.evidence.bundle.layout import JOURNAL, REPORT, VERSIONS
from certmark.evidence.times import span_in
from certmark.formats.errors import InvalidBundle, UnreadableResults
from certmark.trust.attestations.statements import TEST_RESULT, VERDICT, Statement, Subject
from certmark.trust.keys.keys import PublicKey

if TYPE_CHECKING:
    from certmark.evidence.bundle.reading import Bundle
    from certmark.formats.run_record import RunRecord


class Product(NamedTuple):
    """What the signer says that the cloud is."""

    vendor: str
    name: str
    version: str | None = None


Facts = Mapping[str, Any]
"""The fields of the predicate that follow from the bytes."""

OF_THE_SIGNER = ("product", "signed", "signer")
"""The fields of the predicate that only the signer can know."""
OF_THE_VERDICT = ("guideline", "policy", "waivers", "verdict")
"""The fields that a verdict is made with, and itself."""


def facts_of_bundle(bundle: Bundle, target: SignedTarget) -> Facts:
    """The facts of a bundle that was read from the file `target`. Raises FormatError."""
    with _shaped(target.name):
        return _of_bundle(bundle, target)


def facts_of_report(report: OpenedReport, name: str = REPORT) -> Facts:
    """The facts of a report alone: what a bundle would say beyond it is null. Raises FormatError."""
    with _shaped(name):
        return _of_report(report)


@contextmanager
def _shaped(name: str) -> Iterator[None]:
    """A stranger's document may have any shape."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidBundle(f"{name} has another shape than what Certmark writes; send it again") from error


def _of_bundle(bundle: Bundle, target: SignedTarget) -> Facts:
    report = _read(bundle.report, bundle.content(REPORT))
    record = _record(bundle)
    versions = bundle.json(VERSIONS)
    suite = versions.get("suite", {}) if isinstance(versions, dict) else {}
    if not isinstance(suite, dict):
        raise InvalidBundle(f"{target.name}: its {VERSIONS} has another shape than a run's; send it again")
    return {
        **_facts_of(report),
        "cloud": _cloud(record, bundle.manifest.cloud),
        "run": {**span_in(report.parsed).document(), "id": bundle.manifest.run},
        "suite": {
            "name": suite.get("name"),
            "version": suite.get("version"),
            "packages": versions.get("distributions"),
        },
        "configuration": None if record is None else {"fingerprint": record.fingerprint or None},
        "bundle": {"sha256": target.sha256, "size": target.size},
        "report": _named(report),
        "evidence": [member.document() for member in bundle.manifest.members],
    }


def _of_report(opened: OpenedReport) -> Facts:
    report = _read(opened.parsed, opened.data)
    return {
        **_facts_of(report),
        "cloud": None,
        "run": {**span_in(report.parsed).document(), "id": None},
        "suite": None,
        "configuration": None,
        "bundle": None,
        "report": _named(report),
        "evidence": [
            {"path": piece["name"], "kind": "stream", "size": piece["size"], "sha256": piece["sha256"]}
            for piece in report.evidence
        ],
    }


def verdict_statement(
    facts: Facts, target: SignedTarget, product: Product | None, signer: PublicKey, signed: datetime
) -> Statement:
    """Our statement: `facts` of `target`, as `signer` says at the time `signed`."""
    subjects = [Subject(target.name, target.sha256)]
    if target.sha256 != facts["report"]["sha256"]:
        subjects.append(Subject(REPORT, facts["report"]["sha256"]))
    predicate = {
        "product": None if product is None else product._asdict(),
        **facts,
        "signed": signed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "signer": {"keyid": signer.id, "key": signer._replace(comment="").line},
    }
    return Statement(tuple(subjects), VERDICT, predicate)


def test_result_statement(facts: Facts, target: SignedTarget, report: Mapping[str, Any]) -> Statement:
    """The public projection: which tests passed, were waived and failed (in-toto's test-result/v0.1)."""
    with _shaped(target.name):
        passed, warned, failed = _sorted_tests(report["judgement"]["capabilities"])
    word = {"pass": "WARNED" if warned else "PASSED"}.get(facts["verdict"]["standing"], "FAILED")
    configuration = [
        {"name": f"guideline/{facts['guideline']['id']}", "digest": {"sha256": facts["guideline"]["sha256"]}},
        *(
            {"name": item["path"], "digest": {"sha256": item["sha256"]}}
            for item in facts["evidence"]
            if item["kind"] in {"configuration", "selection", "versions"}
        ),
    ]
    predicate = {
        "result": word,
        "configuration": configuration,
        "passedTests": passed,
        "warnedTests": warned,
        "failedTests": failed,
    }
    return Statement((Subject(target.name, target.sha256),), TEST_RESULT, predicate)


def _sorted_tests(capabilities: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str], list[str]]:
    """The counted tests of required capabilities: passed, waived, and all others; each once."""
    found: dict[str, dict[str, None]] = {"passed": {}, "warned": {}, "failed": {}}
    for capability in capabilities:
        if capability["level"] != "required":
            continue
        for test in capability["tests"]:
            name = test["name"] if test["uuid"] is None else f"{test['name']}[id-{test['uuid']}]"
            if test["waiver"] is not None:
                found["warned"][name] = None
            elif test["flag"] is None and test["state"] == "passed":
                found["passed"][name] = None
            elif test["flag"] is None:
                found["failed"][name] = None
    passed, warned, failed = (list(names) for names in found.values())
    return passed, warned, failed


class _Report(NamedTuple):
    """A report, parsed once: that of a large run has some megabytes."""

    data: bytes
    parsed: Mapping[str, Any]
    said: Mapping[str, Any]
    """The judgement as it stands there: what is signed of it is signed word for word."""
    evaluator: str
    evidence: list[dict[str, Any]]


def _read(report: Mapping[str, Any], data: bytes) -> _Report:
    said = report["judgement"]
    if said is None:
        raise UnreadableResults("the report was not judged; judge its results under a guideline first")
    evidence = report["evidence"]
    if not isinstance(said, dict) or not isinstance(evidence, list):
        raise TypeError("evidence")
    return _Report(data, report, said, report["evaluator"]["version"], evidence)


def _named(report: _Report) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(report.data).hexdigest(), "size": len(report.data)}


def _facts_of(report: _Report) -> dict[str, Any]:
    said, guideline = report.said, report.said["guideline"]
    return {
        "guideline": {
            "id": guideline["id"],
            "schema": guideline["schema"],
            "status": guideline["status"],
            "sha256": guideline["sha256"],
            "program": said["program"]["name"],
        },
        "policy": said["policy"],
        "waivers": [_waiver(waiver) for waiver in said["waivers"]],
        "verdict": {key: said[key] for key in ("standing", "sentence", "as_of", "totals")},
        "evaluator": {"name": "certmark", "version": report.evaluator},
    }


def _waiver(waiver: Mapping[str, Any]) -> dict[str, Any]:
    """A waiver with its content's digest: the same words have the same one, wherever they stand."""
    content = {key: value for key, value in waiver.items() if key not in {"use", "tests"}}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")
    return {**waiver, "sha256": hashlib.sha256(canonical).hexdigest()}


def _cloud(record: RunRecord | None, subject: str | None) -> Mapping[str, Any] | None:
    """Which cloud or cluster; runs of early versions, and those of none, say nothing.

    Of a run as it found out; of recorded results as whoever bundled them says. The other id of
    history, the MD5 of a host name, can be guessed back and is never signed.
    """
    found = record.identity if record is not None else None
    text = subject if record is None else (found.id if found is not None else None)
    if text is None:
        return None
    from certmark.domain.subject_identities import InvalidSubjectIdentity, parse_subject

    try:
        identity = parse_subject(text)
    except InvalidSubjectIdentity as error:
        raise InvalidBundle(f"{JOURNAL}: {error}; send it again") from error
    return {
        "identity": text,
        "region": identity.region,
        "legacy": {"catalog_id": found.catalog_id if found is not None else None},
    }


def _record(bundle: Bundle) -> RunRecord | None:
    """What was asked of the run; None for recorded results."""
    if bundle.manifest.is_recorded:
        return None
    from certmark.formats.run_record import InvalidRunRecord, record_in  # a door: a report pays for no journal

    try:
        return record_in(bundle.content(JOURNAL))
    except (KeyError, InvalidRunRecord) as error:
        raise InvalidBundle(
            f"{bundle.name}: its {JOURNAL} does not begin with what was asked; send it again"
        ) from error
