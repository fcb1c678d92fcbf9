"""The Python API: what `import certmark` gives. Every name here keeps its meaning within a major version.

Refusals are raised in three families by who must act: `InvalidRequest`, `InvalidInput`, `CannotProceed`;
their root is `Refusal`. Nothing here prints, and nothing needs a network.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

from certmark.app.inputs.guidelines import policy_of, program_of
from certmark.app.inputs.results import results_of
from certmark.app.inputs.waivers import waivers_of
from certmark.app.trust.verifying import TrustRequest, VerifyRequest
from certmark.app.trust.verifying import verify as verify_request
from certmark.authoring.lint.checks import LintOptions, LintReport, check
from certmark.domain import verdicts
from certmark.domain.coverage import cover
from certmark.domain.covered_tests import Coverage
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest, Refusal
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.policies import Policy
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.sentences import sentence
from certmark.domain.surveys import Survey
from certmark.domain.verdict_values import CapabilityVerdict, Standing, Verdict
from certmark.domain.waivers import Waiver
from certmark.formats import guideline as guidelines
from certmark.formats.surveys import load_survey as read_survey_file
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form
from certmark.reporting.views import render as render_view
from certmark.trust.verification.verification import VerificationResult
from certmark.version import __version__

StrPath = str | os.PathLike[str]


def load_guideline(source: StrPath = guidelines.DEFAULT) -> Guideline:
    """The guideline in a file (gzip or not), or the one of that id that ships along.

    Interop guidelines of the schemas 1.0 to 2.0, Kubernetes' conformance list and plain lists of tests.
    Its programs are `guideline.programs`. Raises InvalidInput.
    """
    return guidelines.load(os.fspath(source))


def read_results(*sources: StrPath, digests: bool = False) -> Results:
    """Everything in `sources` as the results of one run: files, directories, folders of runs, bundles.

    subunit v1 and v2, JUnit XML, Sonobuoy tarballs, RefStack uploads, reports of Certmark; several are attempts.
    `digests` computes the SHA-256 of each piece. Raises InvalidInput or OSError.
    """
    return results_of([os.fspath(source) for source in sources], digest=digests)


def read_waivers(source: StrPath, *, signers: StrPath | None = None, product: str | None = None) -> tuple[Waiver, ...]:
    """The waivers in a file, signed or not; approved by `signers` (a file of allowed signers) where it is named.

    Raises InvalidRequest where they are of another `product`, InvalidInput or OSError.
    """
    return waivers_of(os.fspath(source), None if signers is None else os.fspath(signers), product)


def load_policy(source: StrPath) -> Policy:
    """A policy by its name (`strict`, `none-failed`, `refstack-2020`), or from a JSON file.

    Raises InvalidRequest, InvalidInput or OSError.
    """
    found = policy_of(os.fspath(source))
    assert found is not None  # noqa: S101 - for the type checker: a name was given
    return found


def judge(
    guideline: Guideline,
    results: Results,
    program: Program | str | None = None,
    *,
    waivers: Sequence[Waiver] = (),
    as_of: dt.date | None = None,
    policy: Policy | None = None,
    hosts: Sequence[Guideline] = (),
) -> Verdict:
    """Whether `results` meet `program` of `guideline` on the day `as_of`, and why not.

    The very function that the command line uses (`certmark.domain.verdicts`, which states its rules). `program` is
    a value, a name or a unique part of one; None: the only one there is. `as_of` None: today, in UTC. `policy` None:
    the guideline's. `hosts` may define the host components of an add-on. Raises InvalidRequest for no such program.
    """
    chosen = program if isinstance(program, Program) else program_of(guideline, program)
    day = as_of or dt.datetime.now(dt.UTC).date()
    return verdicts.judge(guideline, chosen, results, waivers, as_of=day, policy=policy, hosts=hosts)


def render(verdict: Verdict, form: str = "text", *, full: bool = False) -> bytes:
    """`verdict` as a report in UTF-8: `text`, `json`, `junit`, `html` or `markdown`.

    `full` shows long lists whole in text and Markdown. Raises InvalidRequest for another form.
    """
    known = [one.value for one in VerdictView.forms]
    if form not in known:
        raise InvalidRequest(f"a verdict has no form {form!r}; there are {', '.join(known)}")
    return render_view(VerdictView(verdict, evaluator=__version__, full=full), Form(form))


def verify(
    file: StrPath,
    *,
    keys: Sequence[StrPath] = (),
    allowed_signers: StrPath | None = None,
    policy: StrPath | None = None,
    attestation: StrPath | None = None,
    as_of: dt.date | None = None,
) -> VerificationResult:
    """Something signed (an attestation, a bundle, a report), checked step by step, offline.

    `keys`, `allowed_signers` (OpenSSH's form) or `policy` say who may sign; without them nobody is trusted, and the
    result does not hold. `result.findings.holds` is the answer, `result.findings.steps` has every reason: what does
    not hold is a result, not an exception. Raises InvalidRequest, InvalidInput or OSError for what is not there.
    """
    trust = TrustRequest(
        keys=[os.fspath(key) for key in keys],
        allowed_signers=None if allowed_signers is None else os.fspath(allowed_signers),
        policy=None if policy is None else os.fspath(policy),
        as_of=as_of,
    )
    beside = None if attestation is None else os.fspath(attestation)
    return verify_request(VerifyRequest(file=os.fspath(file), trust=trust, attestation=beside))


def lint(*sources: StrPath, since: str | None = None, today: dt.date | None = None) -> LintReport:
    """What is wrong with guidelines, at file and line: files, folders of them, ids of shipped ones.

    `since` is a revision of git with which each file is compared, too; `today` the day after which a flag's date is
    still to come (default: today, in UTC). `report.findings` has everything,
    `report.weighing` what is a warning or worse. Raises InvalidRequest, InvalidInput, CannotProceed or OSError.
    """
    return check(
        [os.fspath(source) for source in sources],
        LintOptions(since=since, today=today or dt.datetime.now(dt.UTC).date()),
    )


def load_survey(source: StrPath) -> Survey:
    """The tests of a suite, as `certmark guideline coverage --save` kept them, or a plain list of their names.

    For `cover(guideline, survey)`. Raises InvalidInput or OSError.
    """
    return read_survey_file(str(Path(source)))


__all__ = [
    "Attempt",
    "CannotProceed",
    "CapabilityVerdict",
    "Coverage",
    "Evidence",
    "Guideline",
    "InvalidInput",
    "InvalidRequest",
    "Level",
    "LintReport",
    "Outcome",
    "Policy",
    "Program",
    "Refusal",
    "Results",
    "Standing",
    "Survey",
    "Verdict",
    "VerificationResult",
    "Waiver",
    "cover",
    "judge",
    "lint",
    "load_guideline",
    "load_policy",
    "load_survey",
    "read_results",
    "read_waivers",
    "render",
    "sentence",
    "verify",
]
