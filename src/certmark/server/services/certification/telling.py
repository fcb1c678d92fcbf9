"""Who is told of what becomes of applications, certificates and cases; in the transaction in which it does.

The one function that carries out every step calls `tell` once, after it has appended the event::

    tell(services, transaction, f"{kind.value}.{step.event}", path_of("applications", row.id),
         Concerned(vendor=row.vendor, contacts=..., reviewers=..., people=...),
         {"name": "Ship 3.1 for OpenStack Powered Compute 2026.11", "reason": ..., "day": ...},
         key=f"{the subject's id} {the row's new revision}")

1. A step tells what its machine says that it `tells`; what has no text in `data/notices/en.yaml` tells nobody: every
   step may call, unseen.
2. The text says who of those concerned is told: designate, deputy, administrators, contacts, reviewers, people, office.
3. Of one occurrence (event and key) each is told once, however often it is called, and whoever dies in between.
4. Everybody has it on their page; a mail goes at once, or waits for the daily one, as they chose. What commits somebody
   to act goes at once, whatever they chose. The operator's webhook has everything.
5. Mail goes through the outbox (`services.notices`): nothing is lost while it is down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from certmark.domain.certification.machines import MACHINES
from certmark.domain.errors import InvalidRequest
from certmark.domain.notices import FALLBACK, NoticeRule, NoticeTexts
from certmark.domain.permissions import Role
from certmark.formats.notices import read_notices
from certmark.server import ids
from certmark.server.services import notices
from certmark.server.services.context import Services
from certmark.server.store import told
from certmark.server.store.database import Transaction
from certmark.server.store.told import ReachablePerson, ToldNotice

_LONGEST = 200
_MEMBERS = {"designate": Role.DESIGNATE, "deputy": Role.DEPUTY, "administrators": Role.ADMINISTRATOR}


class Concerned(NamedTuple):
    """Everybody whom an application, certificate or case concerns; the text of an event says who of them is told."""

    vendor: bytes | None = None
    """Its designate, deputy and administrators are found by their roles at that moment."""
    contacts: Sequence[str] = ()
    """Mail addresses that the application names."""
    reviewers: Sequence[bytes] = ()
    """Identities of those assigned."""
    people: Sequence[bytes] = ()
    """Identities of others: who opened a case, who asked for a waiver."""


_OF_STEPS: Mapping[str, str] = {
    **{f"{kind.value}.file": "filed" for kind in MACHINES},
    **{f"{kind.value}.{step.event}": step.tells or "" for kind, machine in MACHINES.items() for step in machine.steps},
}
"""Rule 1."""


@cache
def texts() -> NoticeTexts:
    """What is said, in all languages."""
    folder = files("certmark.data").joinpath("notices")
    return read_notices((one.name, one.read_bytes()) for one in folder.iterdir() if one.name.endswith(".yaml"))


def path_of(place: str, identity: bytes) -> str:
    """Where a notice is looked up; `place` is applications, certificates or cases."""
    return f"/certification/{place}/{ids.written(identity)}"


def occurrence(event: str, key: str) -> bytes:
    """By what people are told once."""
    event = _OF_STEPS.get(event, event)
    return hashlib.sha256(f"{event}\n{key}".encode()).digest()[:16]


def was_told(transaction: Transaction, event: str, key: str) -> bool:
    """Whether anybody was told of an occurrence: then there is nothing left to tell."""
    return told.is_known(transaction, occurrence(event, key))


def tell(
    services: Services,
    transaction: Transaction,
    event: str,
    subject: str,
    to: Concerned,
    values: Mapping[str, str],
    key: str,
) -> None:
    """Tell whoever `event` is for, once `transaction` is kept.

    `event` is a step such as `application.ask`, or a notice by its name, such as `ends soon`.
    `subject` is the path of its page here (`path_of`), under which the notice is looked up.
    `values` has what the text says: always `name` (what it is about, in one line), else what is there of `reason`,
    `text` (or `question`, `answer`), `day` (ISO), `by`, `code`, `test`, `until`, `conditions`, `regions`, `decision`,
    `invalid_from`; a line of the text that names a value that is not there is left out. `key` tells this occurrence
    from every other of `event`.
    The office is found by its role. Raises nothing that the caller could do something about.
    """
    event = _OF_STEPS.get(event, event)
    rule = texts().rules.get(event)
    if rule is None:
        return
    values = {"text": values.get("question") or values.get("answer") or "", **values}
    mails = set[str]()
    for one in _people(transaction, rule, to):
        _tell_person(services, transaction, event, subject, one, values, key)
        mails.add((one.mail or "").casefold())
    if "contacts" in rule.to:
        for contact in to.contacts:
            if contact.casefold() not in mails:
                _mail(
                    services, transaction, contact, *_said(services, event, subject, FALLBACK, values), f"{event} {key}"
                )
    if services.settings.operator_webhook is not None:
        data = {"event": event, "subject": subject, "key": key, "values": dict(values)}
        type_ = f"certification.{event.replace(' ', '_')}"
        notices.write_webhook(
            services, transaction, services.settings.operator_webhook, type_, data, key=f"{event} {key}"
        )


def _people(transaction: Transaction, rule: NoticeRule, to: Concerned) -> Iterator[ReachablePerson]:
    """Rule 2, each once."""
    found: dict[bytes, ReachablePerson] = {}
    wanted = {role for word, role in _MEMBERS.items() if word in rule.to}
    if wanted and to.vendor is not None:
        found |= {one.identity: one for one in told.of_vendor(transaction, to.vendor) if wanted & one.roles}
    if "office" in rule.to:
        found |= {one.identity: one for one in told.of_office(transaction) if Role.OFFICE in one.roles}
    named = (*(to.reviewers if "reviewers" in rule.to else ()), *(to.people if "people" in rule.to else ()))
    for identity in dict.fromkeys(named):
        if identity not in found and (one := told.person(transaction, identity)) is not None:
            found[identity] = one
    yield from found.values()


def _tell_person(
    services: Services,
    transaction: Transaction,
    event: str,
    subject: str,
    to: ReachablePerson,
    values: Mapping[str, str],
    key: str,
) -> None:
    """Rules 3 and 4."""
    rule, choices = texts().rules[event], to.choices
    line, body = texts().text(event, choices.language).fill(values)
    is_mailed = to.mail is not None and (rule.commits or rule.kind not in choices.without)
    way = "page" if not is_mailed else "digest" if choices.is_daily and not rule.commits else "mail"
    new = ToldNotice(occurrence(event, key), to.identity, services.clock(), event, subject, _line(line), body, way)
    if told.add(transaction, new) and way == "mail" and to.mail is not None:
        said = _said(services, event, subject, choices.language, values)
        _mail(services, transaction, to.mail, *said, f"{event} {key}")


def _said(services: Services, event: str, subject: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a mail, with where it is looked up."""
    line, body = texts().text(event, language).fill(values)
    frame = {"name": line, "text": body, **addresses(services, subject)}
    return _line(line), texts().text("frame", language).fill(frame)[1]


def addresses(services: Services, subject: str) -> dict[str, str]:
    """Where the thing and one's choices are, for texts; nothing on a server without a public address."""
    root = services.settings.public_url
    return {} if root is None else {"address": f"{root}{subject}", "choices": f"{root}/my/notices"}


def _mail(services: Services, transaction: Transaction, to: str, subject: str, body: str, key: str) -> None:
    """Rule 5; what is no address is passed over."""
    with suppress(InvalidRequest):
        notices.write(services, transaction, to, subject, f"{body}\n", key=key)


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_LONGEST].strip() or "A notice"
