"""Whether a bundle is whole and says the same throughout; who made it is for signatures to say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline
from certmark.domain.results import ContradictoryResults, Evidence, Results
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Verdict
from certmark.evidence.bundle.layout import JOURNAL, Manifest, MemberKind
from certmark.evidence.bundle.reading import Bundle, guidelines_of
from certmark.evidence.rejudging import rejudged
from certmark.evidence.secrets.redaction import Disclosure
from certmark.evidence.secrets.search import find_leaks
from certmark.evidence.times import TimeSpan, span_of
from certmark.formats.documents.comparison import DocumentForm, first_difference
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.results.report.document import evidence_document
from certmark.formats.results.report.forms import form_of
from certmark.formats.results.report.parsing import FORMAT, VERSION
from certmark.formats.results.report.reading import judgement_in
from certmark.formats.run_circumstances import journal_lines
from certmark.formats.run_endings import Ending, endings_in, left_in
from certmark.formats.run_record import RunRecord, read_run_record


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    problem: str | None
    """None where it holds."""
    detail: str = ""
    """What holds, in a few words."""


class Computed(NamedTuple):
    """What was computed from the raw results: all that may be shown of a verdict."""

    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def span(self) -> TimeSpan:
        """When the first test began and the last one ended."""
        return span_of(self.evidence)

    @property
    def formats(self) -> tuple[str, ...]:
        """Of the raw results, each once."""
        return tuple(dict.fromkeys(piece.format for piece in self.evidence))


class Verification(NamedTuple):
    """What a look at a bundle found."""

    checks: tuple[Check, ...]
    computed: Computed | None = None
    """None where the results could not be judged again."""

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return all(check.problem is None for check in self.checks)


def verify(bundle: Bundle, *, without: Collection[str] = ()) -> Verification:
    """Every check on `bundle` but for those named; that members are as the manifest says was checked in reading it."""
    members = len(bundle.manifest.members)
    checks = [Check("members", None, f"{members} members are what the manifest says")]
    case = _Case(bundle)
    for name, check in _CHECKS.items():
        if name in without:
            continue
        try:
            checks.append(Check(name, None, check(case)))
        except _Contradiction as error:
            checks.append(Check(name, str(error)))
        except (FormatError, ContradictoryResults, ValueError) as error:
            checks.append(Check(name, str(error)))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            checks.append(Check(name, f"it has another shape than a run's ({type(error).__name__})"))
    return Verification(tuple(checks), case.computed)


class _Contradiction(Exception):
    """Two members of the bundle contradict each other."""


class _Case:
    """A bundle, with what several checks look at: each is made once."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.manifest = bundle.manifest
        self.computed: Computed | None = None

    @cached_property
    def lines(self) -> list[Mapping[str, Any]]:
        """Of the journal."""
        return journal_lines(self.bundle.content(JOURNAL))

    @cached_property
    def record(self) -> RunRecord:
        """With which the journal begins."""
        return read_run_record(self.lines[0] if self.lines else None)

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the streams tell."""
        return self.bundle.evidence()

    @cached_property
    def masked(self) -> frozenset[str]:
        """The names of streams in which secrets of what the tests made are masked."""
        streams = self.manifest.of(MemberKind.STREAM)
        return frozenset(member.path.partition("/")[2] for member in streams if member.original)

    @cached_property
    def form(self) -> DocumentForm:
        """Of the report."""
        return form_of(self.bundle.report, is_masked=bool(self.masked))

    @cached_property
    def guidelines(self) -> tuple[Guideline, ...]:
        """Those in the bundle."""
        return guidelines_of(self.bundle)


def _journal(case: _Case) -> str:
    record, manifest = case.record, case.manifest
    if record.run != manifest.run:
        raise _Contradiction(f"it is of run {excerpt(record.run)}, the manifest of {excerpt(manifest.run)}")
    cloud = None if record.identity is None else record.identity.id
    if cloud != manifest.cloud:
        raise _Contradiction(f"it is of the cloud {excerpt(str(cloud))}, the manifest of {manifest.cloud}")
    digests = {member.sha256 for member in manifest.of(MemberKind.GUIDELINE)}
    if record.guideline.sha256 not in digests:
        raise _Contradiction("the guideline in the bundle is not the one that the run was begun with")
    ends = tuple(endings_in(case.lines))
    streams = {member.path.partition("/")[2] for member in manifest.of(MemberKind.STREAM)}
    for end in ends:
        # A class that could not begin wrote nothing; its stream may be empty and left out.
        if end.stream not in streams and end.ending is Ending.ENDED:
            raise _Contradiction(f"{end.group} ended in {excerpt(end.stream)}, which is not in the bundle")
    return f"{len(ends)} classes ended, in {len(streams)} streams"


def _planned(case: _Case) -> str:
    """What was to be run has an answer in the results."""
    groups = {str(group[0]) for line in case.lines if line["what"] == "plan" for group in line["groups"]}
    if not groups:
        raise _Contradiction("no class was planned, so nobody knows what was to be run")
    left = left_in(case.lines)
    if left:
        raise _Contradiction(f"{len(left)} classes that were to be run never came to an end, {left[0]} among them")
    return f"{len(groups)} classes were planned and came to an end"


def _report(case: _Case) -> str:
    report, manifest = case.bundle.report, case.manifest
    told = {piece["name"].rpartition("/")[2]: piece["sha256"] for piece in report["evidence"]}
    # The report was made of the streams as they were; secrets of what the tests made may be masked in them since.
    streams = {
        member.path.partition("/")[2]: member.original or member.sha256 for member in manifest.of(MemberKind.STREAM)
    }
    if told != streams:
        odd = min(told.keys() ^ streams.keys(), default="the same names, other bytes")
        raise _Contradiction(f"the report speaks of other results than those in the bundle ({excerpt(odd)})")
    _compare_evidence(case)
    judgement = judgement_in(report)
    if judgement is None:
        raise _Contradiction("the report has no verdict")
    if judgement.guideline_sha256 not in {member.sha256 for member in manifest.of(MemberKind.GUIDELINE)}:
        raise _Contradiction("the report names another guideline than the one in the bundle")
    missing = set(judgement.hosts) - {guideline.id for guideline in case.guidelines}
    if missing:
        raise _Contradiction(
            f"a host is judged under the guideline {excerpt(min(missing))}, which is not in the bundle"
        )
    return f"it speaks of these {len(streams)} streams and this guideline"


def _compare_evidence(case: _Case) -> None:
    """What the report says beside its judgement is what the streams say, all of it."""
    report = case.bundle.report
    known = [evidence_document(piece) for piece in case.evidence]
    if len(known) != len(report["evidence"]):
        raise _Contradiction("it lists other pieces of evidence than there are streams")
    # Of a masked stream the digest was compared with the manifest's.
    known = [
        one | {"sha256": other["sha256"]} if one["name"] in case.masked else one
        for one, other in zip(known, report["evidence"], strict=True)
    ]
    # Which version it was is the sender's word.
    evaluator = {"name": "certmark", "version": str(report["evaluator"]["version"])}
    ours = {"format": FORMAT, "version": VERSION, "evaluator": evaluator, "judgement": None, "evidence": known}
    differing = first_difference({**report, "judgement": None}, ours, case.form)
    if differing is not None:
        raise _Contradiction(f"its {excerpt(differing)} is not what the streams say")


def _verdict(case: _Case) -> str:
    found = rejudged(case.bundle.report, Results(case.evidence), case.guidelines, case.form)
    if found.verdict is not None:
        case.computed = Computed(found.verdict, case.evidence)
    if found.problem is not None:
        raise _Contradiction(found.problem)
    assert found.verdict is not None  # noqa: S101 - for the type checker
    return sentence(found.verdict)


def _secrets(case: _Case) -> str:
    for member in case.manifest.members:
        with case.bundle.source(member.path).open() as stream:
            found = find_leaks(stream, member.path, {})
        if found:
            raise _Contradiction(f"{found[0].what} stands in {found[0].member}")
    return f"none was found; {len(case.manifest.removals)} were removed"


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


_CHECKS: dict[str, Callable[[_Case], str]] = {
    "journal": _journal,
    "plan": _planned,
    "report": _report,
    "verdict": _verdict,
    "secrets": _secrets,
}
