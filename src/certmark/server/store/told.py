"""What people were told, how they want to be told, and who can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from certmark.domain.notices import NoticeChoices
from certmark.domain.permissions import Role, roles_of
from certmark.server.store.database import Transaction
from certmark.server.store.schema import accounts, identities, members, notice_choices, offices, told
from certmark.server.store.statements import Row, SqlStatement


class ReachablePerson(NamedTuple):
    """Somebody, how they are reached, and how they want to be."""

    identity: bytes
    mail: str | None
    choices: NoticeChoices
    roles: frozenset[Role]


class ToldNotice(NamedTuple):
    """Something that somebody was told."""

    occurrence: bytes
    """What happened: the same for all who were told of it."""
    identity: bytes
    moment: int
    event: str
    path: str
    subject: str
    body: str
    way: str
    """mail, digest, digested or page."""


class KeptChoices(NamedTuple):
    """Choices as they are kept."""

    choices: NoticeChoices
    digested: int
    """The day of the last daily mail, counted from 1970."""
    revision: int


_CHOICES = [notice_choices.c[name] for name in ("language", "is_daily", "without")]


def _reached(name: str, source: Any, condition: ColumnElement[bool], roles: Any) -> SqlStatement:
    joined = source.outerjoin(accounts, accounts.c.identity == identities.c.id)
    joined = joined.outerjoin(notice_choices, notice_choices.c.identity == identities.c.id)
    columns = (identities.c.id, accounts.c.email, *_CHOICES, *roles)
    return SqlStatement(name, select(*columns).select_from(joined).where(condition))


_MEMBERS = _reached(
    "told.members",
    members.join(identities, identities.c.id == members.c.identity),
    members.c.vendor == bindparam("of"),
    [members.c.roles],
)
_OFFICES = _reached(
    "told.offices",
    offices.join(identities, identities.c.id == offices.c.identity),
    offices.c.roles > 0,
    [offices.c.roles],
)
_PERSON = _reached("told.person", identities, identities.c.id == bindparam("who"), [])
_COLUMNS = [told.c[name] for name in ToldNotice._fields]
_ADD = SqlStatement(
    "told.add",
    insert(told).on_conflict_do_nothing(index_elements=["occurrence", "identity"]).returning(told.c.identity),
)
_KNOWN = SqlStatement("told.known", select(told.c.identity).where(told.c.occurrence == bindparam("of")).limit(1))
_OF = SqlStatement(
    "told.of",
    select(*_COLUMNS)
    .where(told.c.identity == bindparam("whose"))
    .order_by(told.c.identity.desc(), told.c.moment.desc())
    .limit(bindparam("most")),
)
_WAITING = SqlStatement(
    "told.waiting",
    select(*_COLUMNS)
    .where(told.c.identity == bindparam("whose"), told.c.way == text("'digest'"))
    .order_by(told.c.moment)
    .limit(bindparam("most")),
)
_WAIT = SqlStatement(
    "told.who_waits",
    select(told.c.identity).where(told.c.way == text("'digest'")).distinct(),
)
_SEND = SqlStatement(
    "told.digested",
    update(told)
    .where(told.c.occurrence == bindparam("of"), told.c.identity == bindparam("whose"))
    .values(way=bindparam("now_way")),
)
_KEPT = SqlStatement(
    "notice_choices.one",
    select(*_CHOICES, notice_choices.c.digested, notice_choices.c.revision).where(
        notice_choices.c.identity == bindparam("whose")
    ),
)
_CHOOSE = insert(notice_choices)
_PUT = SqlStatement(
    "notice_choices.put",
    _CHOOSE.on_conflict_do_update(
        index_elements=["identity"],
        set_={name: _CHOOSE.excluded[name] for name in ("language", "is_daily", "without", "digested", "revision")},
    ),
)


def of_vendor(transaction: Transaction, vendor: bytes) -> list[ReachablePerson]:
    """Its members, with their roles in it."""
    return [_person(row) for row in transaction.run(_MEMBERS, of=vendor)]


def of_office(transaction: Transaction) -> list[ReachablePerson]:
    """Everybody with a role in the programme, with these."""
    return [_person(row) for row in transaction.run(_OFFICES)]


def person(transaction: Transaction, identity: bytes) -> ReachablePerson | None:
    """Somebody, whatever their roles are."""
    row = transaction.one(_PERSON, who=identity)
    return None if row is None else _person((*row, 0))


def add(transaction: Transaction, new: ToldNotice) -> bool:
    """Somebody is told; False: they were already."""
    return transaction.one(_ADD, **new._asdict()) is not None


def is_known(transaction: Transaction, occurrence: bytes) -> bool:
    """Whether anybody was told of it."""
    return transaction.one(_KNOWN, of=occurrence) is not None


def of(transaction: Transaction, identity: bytes, most: int) -> list[ToldNotice]:
    """What somebody was told, the newest first."""
    return [_told(row) for row in transaction.run(_OF, whose=identity, most=most)]


def waiting(transaction: Transaction, identity: bytes, most: int) -> list[ToldNotice]:
    """What waits for somebody's daily mail, the oldest first."""
    return [_told(row) for row in transaction.run(_WAITING, whose=identity, most=most)]


def who_waits(transaction: Transaction) -> list[bytes]:
    """Everybody for whom something waits."""
    return [bytes(row[0]) for row in transaction.run(_WAIT)]


def sent(transaction: Transaction, notices: Iterable[ToldNotice], way: str) -> None:
    """That they wait no more."""
    for one in notices:
        transaction.run(_SEND, of=one.occurrence, whose=one.identity, now_way=way)


def kept(transaction: Transaction, identity: bytes) -> KeptChoices:
    """How somebody wants to be told; as by default where they chose nothing."""
    row = transaction.one(_KEPT, whose=identity)
    return KeptChoices(NoticeChoices(), 0, 0) if row is None else KeptChoices(_choices(row), int(row[3]), int(row[4]))


def keep(transaction: Transaction, identity: bytes, new: KeptChoices) -> None:
    """From now on so."""
    choices = new.choices
    transaction.run(
        _PUT,
        identity=identity,
        language=choices.language,
        is_daily=int(choices.is_daily),
        without=" ".join(sorted(choices.without)),
        digested=new.digested,
        revision=new.revision,
    )


def _person(row: Row) -> ReachablePerson:
    return ReachablePerson(bytes(row[0]), row[1], _choices(row[2:5]), roles_of(int(row[5])))


def _choices(row: Sequence[Any]) -> NoticeChoices:
    if row[0] is None:
        return NoticeChoices()
    return NoticeChoices(row[0], bool(row[1]), frozenset(row[2].split()))


def _told(row: Row) -> ToldNotice:
    return ToldNotice(bytes(row[0]), bytes(row[1]), *row[2:])
