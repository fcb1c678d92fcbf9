"""Whether a bundle is whole and says the same throughout; who made it is for signatures to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from certmark.domain.results import Results
from certmark.evidence.bundle.layout import JOURNAL, PUBLIC, REPORT, Manifest, MemberKind
from certmark.evidence.bundle.reading import Bundle, guidelines_of
from certmark.evidence.rejudging import contradiction, first_difference, judge_again, terms_of
from certmark.evidence.secrets.acceptance import AcceptedSecret
from certmark.evidence.secrets.redaction import Disclosure
from certmark.evidence.secrets.search import leaks_in, look_through
from certmark.evidence.secrets.texts import mapped_part
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.results.report.document import evidence_document
from certmark.formats.results.report.reading import Judgement, read_judgement, read_report
from certmark.formats.run_record import read_run_record
from certmark.formats.secrets.known import KnownSecrets


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    problem: str | None
    """None where it holds."""
    detail: str = ""
    """What holds, in a few words."""


class Verification(NamedTuple):
    """What a look at a bundle found."""

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return all(check.problem is None for check in self.checks)


def verify(bundle: Bundle, *, without: Collection[str] = ()) -> Verification:
    """Every check on `bundle` but for those named; that members are as the manifest says was checked in reading it."""
    members = len(bundle.manifest.members)
    checks = [Check("members", None, f"{members} members are what the manifest says")]
    for name, check in _CHECKS.items():
        if name in without:
            continue
        try:
            checks.append(Check(name, None, check(bundle)))
        except _Contradiction as error:
            checks.append(Check(name, str(error)))
        except (FormatError, ValueError) as error:
            checks.append(Check(name, str(error)))
        except (KeyError, TypeError, AttributeError) as error:
            checks.append(Check(name, f"it has another shape than a run's ({type(error).__name__})"))
    return Verification(tuple(checks))


class _Contradiction(Exception):
    """Two members of the bundle contradict each other."""


def _journal(bundle: Bundle) -> str:
    lines = [json.loads(line) for line in bundle.content(JOURNAL).splitlines()]
    record = read_run_record(lines[0])
    if record.run != bundle.manifest.run:
        raise _Contradiction(f"it is of run {excerpt(record.run)}, the manifest of {excerpt(bundle.manifest.run)}")
    cloud = None if record.identity is None else record.identity.id
    if cloud != bundle.manifest.cloud:
        raise _Contradiction(f"it is of the cloud {excerpt(str(cloud))}, the manifest of {bundle.manifest.cloud}")
    digests = {member.sha256 for member in bundle.manifest.of(MemberKind.GUIDELINE)}
    if record.guideline.sha256 not in digests:
        raise _Contradiction("the guideline in the bundle is not the one that the run was begun with")
    ended = [line for line in lines if line["what"] == "ended"]
    streams = {member.path.partition("/")[2] for member in bundle.manifest.of(MemberKind.STREAM)}
    for line in ended:
        # A class that could not begin wrote nothing; its stream may be empty and left out.
        if line["stream"] not in streams and line["ending"] == "ended":
            raise _Contradiction(f"{line['group']} ended in {excerpt(line['stream'])}, which is not in the bundle")
    return f"{len(ended)} classes ended, in {len(streams)} streams"


def _planned(bundle: Bundle) -> str:
    """What was to be run has an answer in the results."""
    lines = [json.loads(line) for line in bundle.content(JOURNAL).splitlines()]
    groups = {group[0]: group[1] for line in lines if line["what"] == "plan" for group in line["groups"]}
    ended = {line["group"] for line in lines if line["what"] == "ended"}
    left = [name for name in groups if name not in ended]
    if left:
        raise _Contradiction(f"{len(left)} classes that were to be run never came to an end, {left[0]} among them")
    return f"{len(groups)} classes were planned and came to an end"


def _report(bundle: Bundle) -> str:
    data = bundle.content(REPORT)
    told = {piece.name.rpartition("/")[2]: piece.sha256 for piece in read_report(data)}
    # The report was made of the streams as they were; secrets of what the tests made may be masked in them since.
    streams = {
        member.path.partition("/")[2]: member.original or member.sha256
        for member in bundle.manifest.of(MemberKind.STREAM)
    }
    if told != streams:
        odd = min(told.keys() ^ streams.keys(), default="the same names, other bytes")
        raise _Contradiction(f"the report speaks of other results than those in the bundle ({excerpt(odd)})")
    _compare_evidence(bundle)
    judgement = _judgement(data)
    if judgement.guideline_sha256 not in {member.sha256 for member in bundle.manifest.of(MemberKind.GUIDELINE)}:
        raise _Contradiction("the report names another guideline than the one in the bundle")
    missing = set(judgement.hosts) - {guideline.id for guideline in guidelines_of(bundle)}
    if missing:
        raise _Contradiction(
            f"a host is judged under the guideline {excerpt(min(missing))}, which is not in the bundle"
        )
    return f"it speaks of these {len(streams)} streams and this guideline"


def _compare_evidence(bundle: Bundle) -> None:
    """What the report lists of each stream is what the stream says, all of it."""
    masked = {member.path.partition("/")[2] for member in bundle.manifest.of(MemberKind.STREAM) if member.original}
    raw = {piece.name.rpartition("/")[2]: evidence_document(piece) for piece in bundle.evidence()}
    for piece in bundle.json(REPORT)["evidence"]:
        name = piece["name"].rpartition("/")[2]
        known = raw[name] | {key: piece[key] for key in ("name", "sha256")}  # these were compared by their own rule
        if name in masked:  # the report was made before secrets of what the tests made were masked
            told, known = ({**one, "size": 0, "attempts": _undetailed(one["attempts"])} for one in (piece, known))
        else:
            told = piece
        differing = first_difference(told, known)
        if differing is not None:
            raise _Contradiction(f"its {excerpt(differing)} of {excerpt(name)} is not what the stream says")


def _undetailed(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in attempt.items() if key != "detail"} for attempt in attempts]


def _verdict(bundle: Bundle) -> str:
    terms = terms_of(_judgement(bundle.content(REPORT)))
    guidelines = guidelines_of(bundle)
    verdict = judge_again(Results(bundle.evidence()), terms, guidelines)
    told = bundle.json(REPORT)["judgement"]
    problem = contradiction(told, verdict, guidelines)
    if problem is not None:
        raise _Contradiction(problem)
    return str(told["sentence"])


def _judgement(report: bytes) -> Judgement:
    judgement = read_judgement(report)
    if judgement is None:
        raise _Contradiction("the report has no verdict")
    return judgement


def _secrets(bundle: Bundle) -> str:
    accepted, used = bundle.manifest.accepted, 0
    for member in bundle.manifest.members:
        with mapped_part(*bundle.extent(member.path)) as content:
            found = list(look_through(content, KnownSecrets({})))
        is_public = member.kind in PUBLIC
        leaks = leaks_in(found, member.path, accepted=accepted, is_public=is_public)
        if leaks:
            raise _Contradiction(f"{leaks[0].what} stands in {leaks[0].member}")
        used += len(leaks_in(found, member.path, is_public=is_public))
    overruled = f"; {used} accepted by the operator as none: {_reasons(accepted)}" if accepted else ""
    return f"none was found; {len(bundle.manifest.removals)} were removed{overruled}"


def _reasons(accepted: Collection[AcceptedSecret]) -> str:
    return "; ".join(f"{one.what} in {one.member}, {excerpt(one.reason)}, says {excerpt(one.by)}" for one in accepted)


def check_disclosures(shown: Collection[Disclosure], manifest: Manifest) -> Check:
    """Whether everything that is `shown` is what was removed from the bundle."""
    removed = {removal.digest for removal in manifest.removals}
    for disclosure in shown:
        if disclosure.digest not in removed:
            return Check("revealed", f"{disclosure.digest[:12]} stands for nothing that was removed from this bundle")
        if not disclosure.holds:
            return Check("revealed", f"what is shown for {disclosure.digest[:12]} is not what stood there")
    if not shown:
        return Check("revealed", "nothing is shown in it")
    return Check("revealed", None, f"{len(shown)} of {len(removed)} removed values are what stood there")


_CHECKS: dict[str, Callable[[Bundle], str]] = {
    "journal": _journal,
    "plan": _planned,
    "report": _report,
    "verdict": _verdict,
    "secrets": _secrets,
}
