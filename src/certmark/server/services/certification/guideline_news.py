"""Guidelines that come after the one of a certificate: can it be renewed without a run, and what would a draft break?

1. Of an approved guideline of the same family each holder is told once, whether the runs of the certificate meet it.
2. Of a draft a holder is told only where these runs would not pass: once for each text of the draft.
3. What came before the certificate was granted is no news.
4. The runs are judged as any decision judges them (`judging`); some of them at each look, so that no look takes long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.server import ids
from certmark.server.services import programmes
from certmark.server.services.certification.granted import names_of, runs_of
from certmark.server.services.certification.judging import RunFinding, judge_runs
from certmark.server.services.certification.telling import Concerned, path_of, tell, was_told
from certmark.server.services.context import Services
from certmark.server.services.library import Library, every_revision, library_with
from certmark.server.services.moments import moment_of
from certmark.server.store.certification import certificates, reminders
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.guidelines import Revision

_FOR_EVER = 1 << 62
_AT_ONCE = 50
"""Judgements of one look."""


class ComingGuideline(NamedTuple):
    """A guideline that came after a certificate."""

    row: CertificateRow
    revision: Revision
    is_draft: bool

    @property
    def event(self) -> str:
        """What is told of it."""
        return "draft breaks" if self.is_draft else "guideline approved"

    @property
    def key(self) -> str:
        """Rules 1 and 2."""
        return f"{self.row.id.hex()} {self.revision.digest.hex() if self.is_draft else self.revision.id}"


def tell_of_guidelines(services: Services) -> None:
    """Tell every holder of what is new to them. Rules 1 to 4."""
    left = _AT_ONCE
    for new in _new(services):
        seen = "guideline news", new.key
        if services.sealed.get(seen) is not None:
            continue
        if left <= 0:
            return
        left -= 1
        _look(services, new)
        services.sealed.keep(seen, True, 200)


def _new(services: Services) -> Iterator[ComingGuideline]:
    """Rule 3."""
    with services.database.read() as transaction:
        ending = list(reminders.ending(transaction, services.clock(), _FOR_EVER))
        rows = [certificates.TABLE.anybodys(transaction, one.id) for one in ending]
    if not ending:
        return
    around = library_with(services, every_revision(services))
    for row in filter(None, rows):
        for guideline in _later(row.guideline, around):
            revision = around.revision(guideline)
            is_approved = (guideline.status or "").strip().casefold() == "approved"
            if revision.created > row.created and (is_approved or guideline.is_draft):
                yield ComingGuideline(row, revision, guideline.is_draft)


def _later(named: str, around: Library) -> list[Guideline]:
    """What comes after a guideline in its family."""
    for family in around.families:
        places = [place for place, one in enumerate(family.guidelines) if one.id == named]
        if places:
            return list(family.guidelines[places[-1] + 1 :])
    return []


def _look(services: Services, new: ComingGuideline) -> None:
    row, revision = new.row, new.revision
    with services.database.read() as transaction:
        if was_told(transaction, new.event, new.key):
            return
    answer = _answer(services, new)
    if answer is None:
        return
    values = {
        "name": f"{row.number}, {names_of(row).title}",
        "guideline": revision.id,
        "answer": answer,
        "day": moment_of(revision.created).date().isoformat(),
    }
    with services.database.write() as transaction:
        to = Concerned(vendor=row.vendor)
        tell(services, transaction, new.event, path_of("certificates", row.id), to, values, new.key)


def _answer(services: Services, new: ComingGuideline) -> str | None:
    """What the holder is told; None: nothing."""
    row = new.row
    try:
        rulebook = programmes.rulebook_cited(services, row.programme, row.rulebook)
        runs = [ids.read(run) for run in runs_of(row)]
        found = judge_runs(services, runs, new.revision, row.program, rulebook.policy)
    except (CannotProceed, InvalidInput, InvalidRequest) as error:
        return None if new.is_draft else f"no, because {error}"
    failing = _worst(found)
    if new.is_draft:
        return None if failing is None else failing.sentence
    if failing is not None:
        return f"no, because its runs do not pass it: {failing.sentence}"
    if not found or not rulebook.renewal_without_run:
        return "no, because the programme renews nothing without a run" if found else "no, because no run of it is here"
    return f"yes, its runs pass it; they may not be older than {rulebook.renewal_evidence_months} months then"


def _worst(found: list[RunFinding]) -> RunFinding | None:
    """The first that does not pass."""
    return next((one for one in found if not one.is_pass), None)
