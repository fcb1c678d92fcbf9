"""Whether a bundle is whole and says the same throughout; who made it is for signatures to say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline
from certmark.domain.identity import class_of, split
from certmark.domain.policies import InvalidPolicy, Policy, policy_from
from certmark.domain.results import ContradictoryResults, Evidence, Results
from certmark.domain.sentences import sentence
from certmark.evidence.bundle import layout
from certmark.evidence.bundle.journals import is_of_bundle, of_bundle
from certmark.evidence.bundle.layout import JOURNAL, PUBLIC, BundleMember, Manifest, MemberKind, kind_of
from certmark.evidence.bundle.reading import Bundle, guidelines_of
from certmark.evidence.rejudging import Computed, rejudged
from certmark.evidence.secrets.acceptance import AcceptedSecret
from certmark.evidence.secrets.redaction import Disclosure, marks_in
from certmark.evidence.secrets.search import PlacedSecret, is_among, leaks_in, look_through
from certmark.evidence.secrets.texts import mapped_part
from certmark.formats.documents.comparison import DocumentForm, first_difference
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError, InvalidBundle, excerpt
from certmark.formats.results.report.document import evidence_document
from certmark.formats.results.report.forms import form_of
from certmark.formats.results.report.parsing import FORMAT, VERSION
from certmark.formats.results.report.reading import Judgement, judgement_in
from certmark.formats.run_circumstances import OUTAGE, journal_lines
from certmark.formats.run_endings import Ending, endings_in, left_in
from certmark.formats.run_record import RunRecord, read_run_record
from certmark.formats.secrets.known import KnownSecrets

_SELECTION = "configuration/tests.txt"
_OF_EARLY_VERSIONS = frozenset({"python", "platform", "machine"})
"""What early bundles told of the machine on which they were written."""
_AS_THEY_ARE = frozenset({MemberKind.GUIDELINE, MemberKind.JUDGING})
"""Members from which nothing is ever removed."""


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
        except (FormatError, ContradictoryResults, InvalidPolicy, ValueError) as error:
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
        self._found: dict[str, list[PlacedSecret]] = {}

    @cached_property
    def lines(self) -> list[Mapping[str, Any]]:
        """Of the journal."""
        return journal_lines(self.bundle.content(JOURNAL))

    @cached_property
    def record(self) -> RunRecord:
        """With which the journal begins."""
        return read_run_record(self.lines[0] if self.lines else None)

    @cached_property
    def guideline_file(self) -> str | None:
        """The name of the file that judges; None: every guideline may be it."""
        if not self.manifest.is_recorded:
            return self.record.guideline.file
        judgement = judgement_in(self.bundle.report)
        digest = None if judgement is None else judgement.guideline_sha256
        files = (member.path for member in self.manifest.members if member.sha256 == digest)
        return next((path.rpartition("/")[2] for path in files if path.startswith("guideline/")), None)

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
        """Of the report. Early ones lie beside early journals only: what came later is compared to the last word."""
        found = form_of(self.bundle.report, is_masked=bool(self.masked))
        is_early = not self.manifest.is_recorded and not is_of_bundle(self.lines)
        return found if is_early else found._replace(may_lack=frozenset(), in_other_words=frozenset())

    def found_in(self, member: BundleMember) -> list[PlacedSecret]:
        """What looks like a secret in a member; where findings were accepted, it is looked through once."""
        found = self._found.get(member.path)
        if found is None:
            with mapped_part(*self.bundle.extent(member.path)) as content:
                found = list(look_through(content, KnownSecrets({})))
            if any(one.member == member.path for one in self.manifest.accepted):
                self._found[member.path] = found
        return found

    @cached_property
    def guidelines(self) -> tuple[Guideline, ...]:
        """Those in the bundle."""
        return guidelines_of(self.bundle)


def _manifest(case: _Case) -> str:
    """It says what it would say if it were written for these members, and nothing else."""
    bundle, manifest = case.bundle, case.manifest
    ours = {"format": layout.FORMAT, "version": layout.VERSION, **manifest.document()}
    differing = first_difference(bundle.manifest_document, ours)
    if differing is not None:
        raise _Contradiction(f"its {excerpt(differing)} is not what Certmark writes")
    guideline = case.guideline_file
    for member in manifest.members:
        if member.kind is not kind_of(member.path, guideline):
            raise _Contradiction(f"{excerpt(member.path)} is not of the kind {member.kind.value}")
        if member.original is not None and (member.kind is not MemberKind.STREAM or member.original == member.sha256):
            raise _Contradiction(f"nothing is masked in {excerpt(member.path)}")
    _check_removals(case)
    _check_accepted(case)
    return f"{len(manifest.removals)} removed values, each in a member of the bundle"


def _check_removals(case: _Case) -> None:
    """What was removed from a text stands there as a mark; of a stream, only that something was removed is known."""
    told: dict[str, set[str]] = {}
    for removal in case.manifest.removals:
        told.setdefault(removal.member, set()).add(removal.digest)
    if len(set(case.manifest.removals)) < len(case.manifest.removals):
        raise _Contradiction("a removed value stands there twice")
    for member in case.manifest.members:
        digests = told.pop(member.path, set())
        if member.kind is MemberKind.STREAM:
            differs = bool(digests) is not bool(member.original)
        else:
            differs = member.kind not in _AS_THEY_ARE and digests != marks_in(case.bundle.content(member.path))
        if differs:
            raise _Contradiction(f"what was removed from {excerpt(member.path)} is not what is missing there")
    left = told.keys() - {layout.MANIFEST}
    if left:
        raise _Contradiction(f"it speaks of {excerpt(min(left))}, which is not in the bundle")


def _versions(case: _Case) -> str:
    """The suite is the one of the journal, and Certmark the one of the manifest."""
    if case.manifest.is_recorded:
        if case.bundle.json(layout.VERSIONS) != {"certmark": case.manifest.evaluator}:
            raise _Contradiction("it says what nobody can know of recorded results")
        return "of Certmark only: nobody knows the suite"
    suite = case.record.suite
    ours = {
        "certmark": case.manifest.evaluator,
        "suite": {"name": suite.name, "version": suite.version},
        "distributions": dict(suite.distributions),
    }
    told = case.bundle.json(layout.VERSIONS)
    if not is_of_bundle(case.lines):
        told = {key: value for key, value in told.items() if key not in _OF_EARLY_VERSIONS}
    differing = first_difference(told, ours)
    if differing is not None:
        raise _Contradiction(f"its {excerpt(differing)} is not what the journal and the manifest say")
    return f"{suite.name} {suite.version}, as the journal says"


RECORDED = "it is of recorded results: there is no journal and no configuration, so that nobody sees what was asked"


def _journal(case: _Case) -> str:
    if case.manifest.is_recorded:
        named = layout.name_of_recorded(case.manifest.members)
        if case.manifest.run != named:
            raise _Contradiction(f"there is none, so that the run is {named}, and not {excerpt(case.manifest.run)}")
        return RECORDED
    record, manifest = case.record, case.manifest
    if is_of_bundle(case.lines):
        _check_form(case)
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
        if end.stream not in streams and end.ending is Ending.ENDED and not is_of_bundle(case.lines):
            raise _Contradiction(f"{end.group} ended in {excerpt(end.stream)}, which is not in the bundle")
    return f"{len(ends)} classes ended, in {len(streams)} streams"


def _check_form(case: _Case) -> None:
    """It is what a bundle's journal has, no more and no less; its names are those of members."""
    streams = {member.path.partition("/")[2] for member in case.manifest.of(MemberKind.STREAM)}
    differing = first_difference(list(case.lines), of_bundle(case.lines, streams))
    if differing is not None:
        raise _Contradiction(f"its {excerpt(differing)} is not what Certmark writes")
    record, judging = case.record, {member.path for member in case.manifest.of(MemberKind.JUDGING)}
    for name in (record.judging.policy_file, record.judging.waivers_file, record.judging.waiver_signers_file):
        if name is not None and f"guideline/{name}" not in judging:
            raise _Contradiction(f"the run was judged with {excerpt(name)}, which is not in the bundle")
    judgement = judgement_in(case.bundle.report)
    if judgement is None:
        return
    told = {
        "guideline": (record.guideline.id, judgement.guideline),
        "program": (record.guideline.program, judgement.program),
        "policy": (_policy_on_record(case, judgement), judgement.policy),
        "waivers": (record.judging.waivers_file is not None, bool(judgement.waivers)),
    }
    for what, (here, there) in told.items():
        if here != there and (what != "waivers" or there):
            raise _Contradiction(f"its {what} is not the one of the report")


def _policy_on_record(case: _Case, judgement: Judgement) -> Policy:
    """By which the run was to be judged; the guideline's own where nobody said."""
    record = case.record.judging
    if record.policy_file is not None:
        return policy_from(parse_json(case.bundle.content(f"guideline/{record.policy_file}"), "policy", InvalidBundle))
    if record.policy is not None:
        return policy_from(record.policy)
    own = (one.policy for one in case.guidelines if one.sha256 == judgement.guideline_sha256)
    return next(own, judgement.policy)


def _planned(case: _Case) -> str:
    """What was to be run has an answer in the results."""
    if case.manifest.is_recorded:
        return "nobody sees which tests were to be run"
    rounds = [line["groups"] for line in case.lines if line["what"] == "plan"]
    groups = {str(group[0]) for groups in rounds for group in groups}
    if not groups:
        raise _Contradiction("no class was planned, so nobody knows what was to be run")
    for one in rounds:
        names = [*(group[0] for group in one), *(test for group in one for test in group[1])]
        if len(set(names)) < len(names):
            raise _Contradiction("a class or a test was planned twice in one round")
    selected = case.bundle.content(_SELECTION).decode("utf-8", "replace").split() if case.bundle.has(_SELECTION) else ()
    planned = {str(test) for groups in rounds for group in groups for test in group[1]}
    if planned ^ set(selected):
        odd = min(planned ^ set(selected))
        raise _Contradiction(f"it is not of the tests that were selected ({excerpt(odd, 120)})")
    tests = ((str(group[0]), str(test)) for groups in rounds for group in groups for test in group[1])
    if any(name != class_of(split(test).name) for name, test in tests):
        raise _Contradiction("it has a test in another class than its own")
    touched = {str(one["class"]) for line in case.lines if line["what"] == OUTAGE for one in line["classes"]}
    strangers = ({end.group for end in endings_in(case.lines)} | touched) - groups
    if strangers:
        raise _Contradiction(f"{excerpt(min(strangers), 120)} came to an end and was not planned")
    left = left_in(case.lines)
    if left:
        raise _Contradiction(f"{len(left)} classes that were to be run never came to an end, {left[0]} among them")
    return f"{len(groups)} classes were planned and came to an end"


def _report(case: _Case) -> str:
    report, manifest = case.bundle.report, case.manifest
    told = {(_stream_of(piece["name"]), piece["sha256"]) for piece in report["evidence"]}
    # The report was made of the streams as they were; secrets of what the tests made may be masked in them since.
    streams = {
        member.path.partition("/")[2]: member.original or member.sha256 for member in manifest.of(MemberKind.STREAM)
    }
    if told != set(streams.items()):
        odd = min({name for name, _ in told} ^ streams.keys(), default="the same names, other bytes")
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


def _stream_of(name: str) -> str:
    """The file that a piece of evidence is of: a tarball has a piece for each of its plugins."""
    return name.partition(", plugins/")[0].rpartition("/")[2]


def _compare_evidence(case: _Case) -> None:
    """What the report says beside its judgement is what the streams say, all of it."""
    report = case.bundle.report
    known = [evidence_document(piece) for piece in case.evidence]
    if len(known) != len(report["evidence"]):
        raise _Contradiction("it lists other pieces of evidence than there are streams")
    # Of a masked stream the digest was compared with the manifest's.
    known = [
        one | {"sha256": other["sha256"]} if _stream_of(one["name"]) in case.masked else one
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
    accepted, used = case.manifest.accepted, 0
    for member in case.manifest.members:
        found, is_public = case.found_in(member), member.kind in PUBLIC
        leaks = leaks_in(found, member.path, accepted=accepted, is_public=is_public)
        if leaks:
            raise _Contradiction(f"{leaks[0].what} stands in {leaks[0].member}")
        used += len(leaks_in(found, member.path, is_public=is_public)) if accepted else 0
    overruled = f"; {used} accepted by the operator as none: {_reasons(accepted)}" if accepted else ""
    return f"none was found; {len(case.manifest.removals)} were removed{overruled}"


def _check_accepted(case: _Case) -> None:
    """What was accepted stands there, each finding accepted once; why and by whom is the operator's word."""
    accepted = case.manifest.accepted
    if len({(one.member, one.what, one.digest, one.salt) for one in accepted}) < len(accepted):
        raise _Contradiction("a finding was accepted twice")
    members = {member.path: member for member in case.manifest.members}
    for one in accepted:
        if one.member not in members or not is_among(case.found_in(members[one.member]), one):
            raise _Contradiction(f"nothing stands in {excerpt(one.member)} that was accepted as {excerpt(one.what)}")


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


_CHECKS: dict[str, Callable[[_Case], str]] = {
    "manifest": _manifest,
    "versions": _versions,
    "journal": _journal,
    "plan": _planned,
    "report": _report,
    "verdict": _verdict,
    "secrets": _secrets,
}
