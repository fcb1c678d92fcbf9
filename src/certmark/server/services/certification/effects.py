"""What a step does besides: numbers, frozen digests, certificates, what follows for other things.

Each takes the row as it will be kept, and gives it changed. What an effect does to another application, certificate
or case is a step of that one's own machine, by the same person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from certmark.domain.certification.rulebooks import ApplicationTrack
from certmark.domain.certification.standings import A_DAY
from certmark.domain.certification.steps import DossierKind
from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.services.certification import checking, proving, rules
from certmark.server.services.certification.fields import end_of_day
from certmark.server.services.certification.guards import last_proposal
from certmark.server.services.certification.numbers import certificate_number, number_of
from certmark.server.services.certification.taking import AnyRow, Place, Taking
from certmark.server.services.errors import WrongState
from certmark.server.store import claims, history
from certmark.server.store.certification import applications, names
from certmark.server.store.certification.applications import ApplicationRow, StoredReviewer
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.certificates import CertificateRow

Follow = Callable[[Taking, Place, bytes, str, Mapping[str, Any]], AnyRow | None]
"""Take a step of another thing, if it is in a state for it."""
RowT = TypeVar("RowT", ApplicationRow, CertificateRow, CaseRow)
Effect = Callable[[Taking, Any, Follow], Any]


def _with(row: RowT, **more: Any) -> RowT:
    changed: RowT = row._replace(content={**row.content, **more})
    return changed


def _submit(taking: Taking, row: ApplicationRow, follow: Follow) -> ApplicationRow:
    """Everything on which the decision will rest is frozen by its digest."""
    _make_official(taking, row)
    frozen = _basis(taking, row)
    taking.detail.update(frozen)
    if row.supersedes is not None:
        follow(taking, Place.APPLICATIONS, row.supersedes, "supersede", {})
    guideline = next((bytes.fromhex(one.guideline) for one in taking.findings.runs), row.revision_digest)
    is_automatic = (track := taking.findings.track or row.track) == ApplicationTrack.AUTOMATIC.value
    return _with(row, frozen=frozen)._replace(
        number=row.number or number_of(taking, "A"),
        submitted=taking.now,
        promised=rules.deadline(taking.rulebook, "decision_days", taking.now),
        due=taking.now if is_automatic else row.due,
        revision_digest=guideline,
        rulebook=taking.rulebook.version,
        track=track,
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of what an application says, as JSON with sorted keys."""
    kept = {name: value for name, value in content.items() if name != "frozen"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _make_official(taking: Taking, row: ApplicationRow) -> None:
    """Its runs are the company's results from now on, which reviewers and the office see."""
    for word in row.content.get("runs", ()):
        run = ids.read(word)
        claim = claims.one(taking.transaction, run)
        if claim is None or claim.version != row.version:
            raise WrongState(f"the run {word} does not belong to this version any more; attach it, or take another one")
        if claim.official is None:
            claims.make_official(taking.transaction, run, taking.now, taking.identity)
            for subject in (run, row.vendor):
                history.note(
                    taking.transaction, taking.asker, "run.official", subject, taking.now, detail={"run": word}
                )


def _promise(taking: Taking, row: ApplicationRow, _: Follow) -> ApplicationRow:
    """The office's time goes on; where the vendor had the turn, it stood still meanwhile."""
    before: ApplicationRow = taking.row
    promised = before.promised or rules.deadline(taking.rulebook, "decision_days", taking.now)
    if before.state == "waiting":
        promised += taking.now - before.since
    return row._replace(promised=promised, due=promised)


def _assign(taking: Taking, row: ApplicationRow, _: Follow) -> ApplicationRow:
    organisation, _bits = names.office_of(taking.transaction, taking.person)
    applications.assign(taking.transaction, row.id, StoredReviewer(taking.person, "", organisation, taking.now))
    return _named(taking, row)


def _unassign(taking: Taking, row: ApplicationRow, _: Follow) -> ApplicationRow:
    applications.unassign(taking.transaction, row.id, taking.person)
    return _named(taking, row)


def _named(taking: Taking, row: RowT) -> RowT:
    """An event names people by their ids: whoever goes stays a number in it."""
    taking.detail["reviewer"] = taking.person.hex()
    return row


def _seat(taking: Taking, row: CaseRow, _: Follow) -> CaseRow:
    return _named(taking, row)


def _closed(taking: Taking, row: ApplicationRow, _: Follow) -> ApplicationRow:
    """What was revealed to reviewers is gone."""
    applications.conceal(taking.transaction, row.id)
    return row


def _grant(taking: Taking, row: ApplicationRow, follow: Follow) -> ApplicationRow:
    agreement = taking.rulebook.agreement
    if agreement is not None and not checking.is_agreed(taking.transaction, row.vendor, taking.rulebook):
        raise WrongState(f'the newest version of "{agreement}" must be accepted before a certificate is granted')
    certificate = _certificate(taking, row)
    Place.CERTIFICATES.table.add(taking.transaction, certificate)
    taking.detail.update(_basis(taking, row), certificate=certificate.number)
    if row.predecessor is not None:
        follow(taking, Place.CERTIFICATES, row.predecessor, "supersede", {"successor": certificate.number})
    proving.certify(taking.services, taking.transaction, certificate, "grant")
    return _with(_closed(taking, row, follow), certificate=certificate.number)


def _basis(taking: Taking, row: ApplicationRow) -> dict[str, Any]:
    """Everything on which a decision rests."""
    return {
        "runs": [one.digests for one in taking.findings.runs],
        "content": digest_of(row.content),
        "waivers": list(row.content.get("waivers", ())),
        "rulebook": taking.rulebook.citation,
    }


def _certificate(taking: Taking, row: ApplicationRow) -> CertificateRow:
    content, until = row.content, checking.end_of_validity(taking.transaction, row, taking.rulebook, taking.now)
    if "until" in taking.values:
        wanted = end_of_day(taking.values["until"])
        if not taking.now < wanted <= until:
            raise InvalidRequest("until must lie behind today, and not behind the day that the rulebook sets")
        until = wanted
    kept = ("names", "regions", "statement", "waivers")
    return CertificateRow(
        id=ids.new_id(taking.now),
        number=certificate_number(taking),
        application=row.id,
        vendor=row.vendor,
        product=row.product,
        version=row.version,
        programme=row.programme,
        program=row.program,
        guideline=row.guideline,
        rulebook=taking.rulebook.version,
        valid_from=taking.now,
        valid_until=until,
        state="active",
        revision=1,
        since=taking.now,
        due=until,
        created=taking.now,
        content={name: content[name] for name in kept if name in content}
        | {
            "conditions": taking.values.get("conditions", ""),
            "guideline": "" if row.revision_digest is None else row.revision_digest.hex(),
            "runs": [one.digests for one in taking.findings.runs],
            "track": row.track,
            "sentences": [one.sentence for one in taking.findings.runs],
        },
        predecessor=row.predecessor,
    )


def _looked_at(row: CertificateRow) -> CertificateRow:
    """The clock looks at it at its end, or when the time for a cure is over."""
    if row.state not in {"active", "suspended"}:
        return row._replace(due=None)
    cure = row.content.get("cure_by")
    return row._replace(due=row.valid_until if cure is None else min(cure, row.valid_until))


def _suspend(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    code = taking.values.get("code", "asked for by its holder")
    return _looked_at(_with(row, code=code, cure_by=rules.deadline(taking.rulebook, "cure_days", taking.now)))


def _reinstate(_taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    return _looked_at(_with(row, code="", cure_by=None))


def _cure_over(_taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    return _looked_at(_with(row, cure_by=None))


def _narrow(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    gone = set(taking.values["regions"])
    return _with(row, regions=[one for one in row.content["regions"] if one not in gone])


def _extend_certificate(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    return _looked_at(row._replace(valid_until=end_of_day(taking.values["until"])))


def _rename(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    called = dict(row.content.get("names", {}))
    former = [*row.content.get("former", ()), called.get("product", "")]
    return _with(row, names={**called, "product": taking.values["name"]}, former=former)


def _void_run(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    return _with(row, void=sorted({*row.content.get("void", ()), taking.values["run"]}))


def _revoke(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    proposal = last_proposal(taking.events)
    said: Mapping[str, Any] = {} if proposal is None else proposal.detail
    invalid = end_of_day(str(said["invalid_from"])) - A_DAY if "invalid_from" in said else taking.now
    taking.detail.update({name: said[name] for name in ("code", "invalid_from") if name in said})
    return _looked_at(_with(row, code=said.get("code", "other"), invalid_from=invalid))


def _ended(taking: Taking, row: CertificateRow, _: Follow) -> CertificateRow:
    if "successor" in taking.values:
        row = _with(row, successor=taking.values["successor"])
    return _looked_at(row)


def _until(taking: Taking, row: CaseRow, _: Follow) -> CaseRow:
    until = end_of_day(taking.values["until"])
    return row._replace(due=until, until=until if taking.kind is DossierKind.WAIVER else row.until)


def _uphold_challenge(taking: Taking, row: CaseRow, follow: Follow) -> CaseRow:
    if row.certificate is not None:
        reason = f"{row.number}: {taking.values['reason']}"
        follow(taking, Place.CERTIFICATES, row.certificate, "suspend", {"code": "not cured", "reason": reason})
    return row


def _overturn(taking: Taking, row: CaseRow, follow: Follow) -> CaseRow:
    """What was refused goes back to its review; what was granted or revoked, the office decides anew."""
    if row.application is not None:
        follow(taking, Place.APPLICATIONS, row.application, "reopen", {})
    return row


def _each(events: Iterable[str], effect: Effect) -> dict[str, Effect]:
    return dict.fromkeys(events, effect)


EFFECTS: Mapping[DossierKind, Mapping[str, Effect]] = {
    DossierKind.APPLICATION: {
        "submit": _submit,
        "assign": _assign,
        "unassign": _unassign,
        **_each(("complete", "answer", "object", "reopen"), _promise),
        **_each(("grant", "grant-simply", "grant-automatically"), _grant),
        **_each(("refuse", "withdraw", "lapse", "supersede", "discard"), _closed),
    },
    DossierKind.CERTIFICATE: {
        **_each(("suspend", "pause"), _suspend),
        "reinstate": _reinstate,
        "cure-over": _cure_over,
        "narrow": _narrow,
        "extend": _extend_certificate,
        "rename": _rename,
        "void-run": _void_run,
        "revoke": _revoke,
        **_each(("withdraw", "supersede", "expire"), _ended),
    },
    DossierKind.CHALLENGE: {"extend": _until, "uphold": _uphold_challenge},
    DossierKind.APPEAL: {"seat": _seat, "overturn": _overturn},
    DossierKind.WAIVER: {"put-in-force": _until},
}
