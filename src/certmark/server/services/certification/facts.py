"""What the checks of an application look at of runs: its own, the others of the version, those of an add-on's hosts.

1. Whatever weighs is judged now, by the guideline and program of the application; nothing that a sender says is taken
   for a verdict.
2. Of the other runs of the version those are judged that could weigh: of the same regions, and not older than the
   oldest run of the application. The rest is listed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from certmark.domain.certification.application_facts import ApplicationRun, RunAttestation
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.certification.standings import A_DAY
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.evidence_doubts import EvidenceDoubt
from certmark.domain.guidelines import Guideline, Level
from certmark.domain.programs import components_of, find_program
from certmark.domain.verdict_values import Standing
from certmark.server import ids
from certmark.server.services.certification.judging import RunFinding, judge_run, revision_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotReadYet
from certmark.server.services.moments import moment_of
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store import attestations, claims, runs
from certmark.server.store.certification import attached, certificates
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.database import Transaction
from certmark.server.store.runs import ReadingState, RunRow
from certmark.trust.envelopes import read_envelope

_MOST, _MOST_JUDGED = 200, 10
_RELEASE = re.compile(r"\S+ v?\d+(\.\d+)*\Z")
"""A suite's name and a version without a mark of development, of a commit or of a packager."""
_NOT_JUDGED = (InvalidRequest, InvalidInput, NotFound, NotReadYet, CannotProceed)
_WORST = (Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_APPLICABLE, Standing.NOT_JUDGED, Standing.PASS)


class JudgedFacts(NamedTuple):
    """What was found outside of a transaction, for judging takes longer than a database waits."""

    runs: tuple[RunFinding, ...]
    """Of the application."""
    others: tuple[RunFinding, ...] = ()
    listed: tuple[RunRow, ...] = ()
    """Other runs that were not judged."""
    hosts: dict[str, Standing] = {}  # noqa: RUF012 - a NamedTuple's default is never changed
    projects: tuple[str, ...] = ()


def judged(services: Services, row: ApplicationRow, found: Iterable[RunFinding], rulebook: Rulebook) -> JudgedFacts:
    """Rules 1 and 2."""
    own = tuple(found)
    others, listed = _others(services, row, own, rulebook)
    return JudgedFacts(own, others, listed, _hosts(services, row, own, rulebook), projects_asked(services, row))


def _others(
    services: Services, row: ApplicationRow, own: tuple[RunFinding, ...], rulebook: Rulebook
) -> tuple[tuple[RunFinding, ...], tuple[RunRow, ...]]:
    since = (row.submitted or services.clock()) - rulebook.run_age_days * A_DAY
    with services.database.read() as transaction:
        known = attached.since(transaction, row.version, since, _MOST)
    cited = {one.run.id for one in own}
    rest = [one for one in known if one.id not in cited]
    oldest, regions = min((_finished(one.run) for one in own), default=0), set(row.content.get("regions", ()))
    weighing = [one for one in rest if own and _finished(one) > oldest and _is_near(one.subject, regions)]
    judged = [finding for one in weighing[:_MOST_JUDGED] if (finding := _judged(services, row, one, rulebook))]
    done = {one.run.id for one in judged}
    return tuple(judged), tuple(one for one in rest if one.id not in done)


def _finished(run: RunRow) -> int:
    return run.ended or run.created


def _is_near(subject: str | None, regions: set[str]) -> bool:
    return subject is not None and subject.partition("/")[0] in {one.partition("/")[0] for one in regions}


def _judged(services: Services, row: ApplicationRow, run: RunRow, rulebook: Rulebook) -> RunFinding | None:
    if run.state is not ReadingState.READ:
        return None
    try:
        revision = revision_of(services, row.guideline, row.revision_digest)
        return judge_run(services, run.id, revision, row.program, rulebook.policy)
    except _NOT_JUDGED:
        return None


def _hosts(
    services: Services, row: ApplicationRow, own: tuple[RunFinding, ...], rulebook: Rulebook
) -> dict[str, Standing]:
    """How the same runs stand for the programs on which an add-on sits, or what the version is certified for."""
    program = rulebook.program(row.program)
    if program is None or not program.hosts:
        return {}
    with services.database.read() as transaction:
        held = certificates.TABLE.every(transaction, "of_version", row.version)
    certified = {one.program for one in held if one.state == "active" and one.valid_until > services.clock()}
    found = {word: Standing.PASS for word in program.hosts if word in certified}
    for word in program.hosts:
        if word not in found and (standing := _host(services, row, own, word, rulebook)) is not None:
            found[word] = standing
    return found


def _host(
    services: Services, row: ApplicationRow, own: tuple[RunFinding, ...], word: str, rulebook: Rulebook
) -> Standing | None:
    """The worst of the runs; the host's guideline is the add-on's own, or the one of its name behind the dot."""
    for guideline, digest in ((row.guideline, row.revision_digest), (row.guideline.partition(".")[2], None)):
        try:
            revision = revision_of(services, guideline, digest)
            found = [judge_run(services, one.run.id, revision, word, rulebook.policy) for one in own]
        except _NOT_JUDGED:
            continue
        return min((Standing(one.standing) for one in found), key=_WORST.index, default=None)
    return None


def projects_asked(services: Services, row: ApplicationRow) -> tuple[str, ...]:
    """Those of which an application states what it uses; none where its guideline cannot be read."""
    try:
        revision = revision_of(services, row.guideline, row.revision_digest)
        return projects_of(guideline_in(services, revision), row.program)
    except _NOT_JUDGED:
        return ()


def projects_of(guideline: Guideline, program: str) -> tuple[str, ...]:
    """The projects of which a program requires designated sections."""
    components = (guideline.components.get(name) for name in components_of(find_program(guideline, program)))
    placed = (one for component in components if component is not None for one in component.sections)
    return tuple(dict.fromkeys(one.subject for one in placed if one.level is Level.REQUIRED))


def own_runs(transaction: Transaction, found: JudgedFacts, version: bytes) -> tuple[ApplicationRun, ...]:
    """The runs of the application as its checks take them."""
    void = _void(transaction, version)
    return tuple(run_fact(transaction, one, version, void) for one in found.runs)


def other_runs(transaction: Transaction, found: JudgedFacts, version: bytes) -> tuple[ApplicationRun, ...]:
    """The others of the version."""
    void = _void(transaction, version)
    judged = tuple(run_fact(transaction, one, version, void) for one in found.others)
    return (*judged, *(_listed(one, void) for one in found.listed))


def _void(transaction: Transaction, version: bytes) -> frozenset[str]:
    """Runs of which the office said that they say nothing."""
    held = certificates.TABLE.every(transaction, "of_version", version)
    return frozenset(run for one in held for run in one.content.get("void", ()))


def _listed(run: RunRow, void: frozenset[str]) -> ApplicationRun:
    word = ids.written(run.id)
    return ApplicationRun(
        run=word,
        subject=run.subject,
        received=moment_of(run.created),
        began=_moment(run.began),
        ended=_moment(run.ended),
        is_void=word in void,
    )


def run_fact(
    transaction: Transaction, found: RunFinding, version: bytes, void: frozenset[str] = frozenset()
) -> ApplicationRun:
    """What the checks look at of a run that was judged now."""
    run, claim = found.run, claims.one(transaction, found.run.id)
    attested = attestations.of_run(transaction, run.id)
    is_foreign = claim is None or claim.is_foreign
    signed = RunAttestation.FOREIGN if is_foreign else RunAttestation.ACCEPTED
    return ApplicationRun(
        run=ids.written(run.id),
        subject=run.subject,
        received=moment_of(run.created),
        began=_moment(run.began),
        ended=_moment(run.ended),
        standing=Standing(found.standing),
        sentence=found.sentence,
        is_damaged=EvidenceDoubt.DAMAGED in EvidenceDoubt(run.doubts or 0),
        is_partial=found.is_partial,
        is_of_version=claim is not None and claim.version == version and claim.names_cloud,
        attestation=RunAttestation.NONE if attested is None else signed,
        suite=run.suite,
        suite_is_known=None if run.suite is None else _RELEASE.match(run.suite) is not None,
        configurations=() if attested is None else tuple(configurations(transaction, run.id)),
        is_void=ids.written(run.id) in void,
    )


def configurations(transaction: Transaction, run: bytes) -> Iterator[str]:
    """The fingerprint of the configuration under which a run was done, as its attestation says."""
    envelope = runs.attestation_of(transaction, run)
    if envelope is None:
        return
    try:
        predicate = json.loads(read_envelope(envelope).payload)["predicate"]
        found = predicate["configuration"]["fingerprint"]
    except (InvalidInput, ValueError, KeyError, TypeError):
        return
    if isinstance(found, str):
        yield found


def _moment(value: int | None) -> dt.datetime | None:
    return None if value is None else moment_of(value)
