"""What people who sent runs think of tests: votes, and nominations of tests that no guideline tracks.

1. Who votes or nominates has sent a run, and it is here; one vote for each person and test.
2. Everybody sees how many voted, and why; nobody is told who.
3. What a guideline asks for is voted on; everything else can be nominated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from certmark.domain.opinions import Nomination, TallyOfVotes, Vote, checked_nomination, checked_reason
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import tests_over_time
from certmark.server.services.asked_tests import asking_for
from certmark.server.services.changes import require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, OverQuota, Taken, WrongState
from certmark.server.services.moments import moment_of
from certmark.server.services.tests_over_time import HistoryOfTest
from certmark.server.store import audit, opinions
from certmark.server.store.database import Transaction
from certmark.server.store.opinions import StoredNomination

SHOWN = 20
"""Reasons beside a test."""
MOST = 100
"""Nominations of one person."""


class OpinionsOnTest(NamedTuple):
    """How people voted on a test, and how who asks did."""

    test: str
    """What votes know it by."""
    number_for: int
    number_against: int
    newest: list[Vote]
    own: Vote | None
    may_vote: bool


def key_of(found: HistoryOfTest) -> str:
    """What votes know a test by: its id, else its name."""
    return found.uuids[0] if found.uuids else found.name


def on_test(services: Services, asker: Asker, found: HistoryOfTest) -> OpinionsOnTest:
    """Rule 2. Raises NotPermitted."""
    key, name = key_of(found), found.name
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_STATISTICS)
        votes = opinions.of_test(transaction, key, name)
        may_vote = asker.identity is not None and opinions.sent_any(transaction, asker.identity)
    number, newest = sum(one.is_for for one in votes.values()), list(votes.values())[:SHOWN]
    return OpinionsOnTest(key, number, len(votes) - number, newest, votes.get(asker.identity or b""), may_vote)


def vote(services: Services, asker: Asker, test: str, reason: str, *, is_for: bool) -> OpinionsOnTest:
    """Vote on a test, or change one's vote. Raises NotFound, InvalidRequest, NotPermitted or WrongState."""
    found = tests_over_time.show(services, asker, test)
    new = Vote(is_for, checked_reason(reason), services.clock())
    with services.database.write() as transaction:
        identity = _voter(transaction, asker)
        opinions.put(transaction, identity, key_of(found), new)
        audit.note(transaction, asker, "vote.put", key_of(found), new.moment)
    return on_test(services, asker, found)


def take_back(services: Services, asker: Asker, test: str) -> None:
    """Vote no more, if one did. Raises NotFound or NotPermitted."""
    found = tests_over_time.show(services, asker, test)
    with services.database.write() as transaction:
        require(transaction, asker, Right.GIVE_OPINION)
        for key in {key_of(found), found.name}:
            opinions.remove(transaction, asker.identity or b"", key)
        audit.note(transaction, asker, "vote.remove", key_of(found), services.clock())


def nominate(services: Services, asker: Asker, test: str, link: str, reason: str) -> StoredNomination:
    """Name a test that no guideline tracks. Raises InvalidRequest, NotPermitted, WrongState, Taken or OverQuota."""
    now = services.clock()
    nomination = checked_nomination(test, link, reason, now)
    asked = asking_for(services, [nomination.test])
    if asked:
        raise WrongState(f"{asked[0].guideline} asks for that test already; vote on it instead")
    with services.database.write() as transaction:
        new = StoredNomination(ids.new_id(now), _voter(transaction, asker), nomination)
        if opinions.number_nominated(transaction, new.identity) >= MOST:
            raise OverQuota(f"you nominated {MOST} tests, and that is as many as one may")
        if not opinions.nominate(transaction, new):
            raise Taken("you nominated that test already; take it back first if there is more to say")
        audit.note(transaction, asker, "nomination.add", ids.written(new.id), now)
    return new


def withdraw(services: Services, asker: Asker, nomination: bytes) -> None:
    """Take a nomination back. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        require(transaction, asker, Right.GIVE_OPINION)
        if not opinions.withdraw(transaction, asker.identity or b"", nomination):
            raise NotFound("there is no nomination of yours with this id")
        audit.note(transaction, asker, "nomination.remove", ids.written(nomination), services.clock())


def nominated(services: Services, asker: Asker) -> list[StoredNomination]:
    """All nominations, the newest first; whose they are is not for others. Raises NotPermitted."""
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_STATISTICS)
        return opinions.nominated(transaction)


class AllOpinions(NamedTuple):
    """Everything that people said, for whoever scores."""

    votes: list[TallyOfVotes]
    nominations: list[Nomination]


def export(services: Services, asker: Asker) -> AllOpinions:
    """All votes by tests, and all nominations. Raises NotPermitted."""
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_STATISTICS)
        votes, named = opinions.every_vote(transaction), opinions.nominated(transaction)
    tallies = [_tally(test, [vote for _, vote in group]) for test, group in groupby(votes, key=lambda one: one[0])]
    return AllOpinions(tallies, [one.nomination for one in named])


def table(services: Services, asker: Asker) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    """Columns and rows: a vote or a nomination in each. Raises NotPermitted."""
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_STATISTICS)
        votes, named = opinions.every_vote(transaction), opinions.nominated(transaction)
    rows: list[Sequence[object]] = [
        (_day(one.moment), test, "for" if one.is_for else "against", one.reason, "") for test, one in votes
    ]
    rows += [(_day(one.moment), one.test, "nominated", one.reason, one.link) for _, _, one in named]
    return ("day", "test", "opinion", "reason", "link"), rows


def _day(moment: int) -> str:
    return moment_of(moment).date().isoformat()


def _tally(test: str, votes: Iterable[Vote]) -> TallyOfVotes:
    votes = list(votes)
    number = sum(one.is_for for one in votes)
    reasons = tuple(f"{'+' if one.is_for else '-'} {' '.join(one.reason.split())}" for one in votes)
    return TallyOfVotes(test, number, len(votes) - number, reasons)


def _voter(transaction: Transaction, asker: Asker) -> bytes:
    """Rule 1."""
    require(transaction, asker, Right.GIVE_OPINION)
    if asker.identity is None or not opinions.sent_any(transaction, asker.identity):
        raise WrongState("who votes or nominates has run tests: send a run first")
    return asker.identity
