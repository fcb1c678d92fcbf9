"""The accounts that the tests act as: do they sign in, with which roles, and are there enough of every kind."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.cloud.accounts_file import Account, staff_of
from certmark.cloud.authentication import NotSignedIn, sign_in
from certmark.cloud.client import Client
from certmark.cloud.doctor.account_roles import can_be, is_privileged, is_staffed, roles_of
from certmark.cloud.doctor.causes import remedy_for_keystone
from certmark.cloud.doctor.kinds import FATAL, NOTE, WARNING, find
from certmark.cloud.doctor.target import UNNAMED, ExaminedCloud, Naming
from certmark.cloud.doctor.transport import Clock, clock_of
from certmark.cloud.needs import Needs
from certmark.domain.accounts_needed import NeededUsers
from certmark.domain.advice import Action
from certmark.domain.capacity import capped_sentence, concurrency_for
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import are, counted, some

_REFUSALS = frozenset({401, 403, 404})


class SignedIn(NamedTuple):
    """An account that signed in."""

    account: Account
    user: str
    """The user's id: one user may stand under several entries."""
    project: str
    """The project's id."""
    roles: tuple[str, ...]
    """As the cloud has them."""
    clock: Clock | None = None
    """Keystone's against ours, by the moment at which it issued the token."""
    client: Client | None = None
    """Through which it is signed in still, for whoever looks further."""


class SignInRefused(NamedTuple):
    """An account that did not."""

    account: Account
    problem: str
    is_answer: bool = True
    """Keystone refused it; else it could not be asked."""


def enter(cloud: ExaminedCloud, account: Account, seconds: float) -> Client | SignInRefused:
    """Sign in as `account`, with its own password and nothing else; `seconds` for each answer."""
    domain = cloud.options.get("auth.default_credentials_domain_name") or "Default"
    session = cloud.connection.session
    try:
        return sign_in(account, cloud.address, beside=session, domain=domain, seconds=seconds)
    except NotSignedIn as error:
        if error.status in _REFUSALS:
            return SignInRefused(account, _why_refused(error.status, account))
        return SignInRefused(account, str(error), is_answer=False)


def signed_in(account: Account, client: Client, before: float) -> SignedIn:
    """Who signed in since `before`, in seconds of the epoch."""
    clock = clock_of(client.issued, before, time.time())
    return SignedIn(account, client.user_id, client.project_id, client.roles, clock, client)


def _why_refused(status: int | None, account: Account) -> str:
    place = f" in the project {account.project}" if account.project else ""
    if status == 401:
        return f"Keystone refuses {account.username}{place}: wrong password, unknown user or project, or no role there"
    return f"Keystone refuses {account.username}{place} ({status})"


# ---------------------------------------------------------------- what follows from it


def judge_people(
    people: Sequence[SignedIn | SignInRefused], needs: Needs, options: Mapping[str, str], naming: Naming = UNNAMED
) -> Iterable[CloudFinding]:
    """Findings on given accounts; `options`: of the configuration. Whom Keystone refused does not count."""
    usable = _usable(people)
    findings = [
        *_refused([person for person in people if isinstance(person, SignInRefused)], needs, len(people), naming),
        *_lacking([person for person in people if isinstance(person, SignedIn)], needs),
        *_twice(people),
        *_kinds(usable, needs, options, naming),
        *([*_capacity(usable, needs, naming)] or _together(usable, needs, options, naming)),
    ]
    yield from findings
    if not findings:
        yield find(
            "accounts",
            f"{counted(len(people), 'account signs in', 'accounts sign in')}{_how_many(people, needs)}",
        )


def as_many_as_find_users(people: Sequence[SignedIn | SignInRefused], needs: Needs) -> Needs:
    """What the tests need with so many classes at a time as find users: a run begins no more."""
    return needs._replace(workers=min(needs.workers, _classes(_usable(people), needs)))


def _usable(people: Sequence[SignedIn | SignInRefused]) -> list[SignedIn | SignInRefused]:
    """Without those whom Keystone refused; of those that could not be asked nothing is known."""
    return [person for person in people if not is_refused(person)]


def is_refused(person: SignedIn | SignInRefused) -> bool:
    """Whether Keystone does not let the account in."""
    return isinstance(person, SignInRefused) and person.is_answer


def _classes(people: Sequence[SignedIn | SignInRefused], needs: Needs) -> int:
    """How many at a time find users."""
    return concurrency_for(staff_of(person.account for person in people), needs.users or _AT_LEAST)


def _how_many(people: Sequence[SignedIn | SignInRefused], needs: Needs) -> str:
    if needs.users is None:
        return ""
    return f", enough for {counted(_classes(people, needs), 'class', 'classes')} at a time"


def _refused(refused: Sequence[SignInRefused], needs: Needs, count: int, naming: Naming) -> Iterable[CloudFinding]:
    answered = [person for person in refused if person.is_answer]
    if answered:
        names = [person.account.username for person in answered]
        problem = answered[0].problem if len(answered) == 1 else f"{len(answered)} of {count} accounts are refused"
        yield find(
            "account-refused",
            problem,
            where=some(names),
            why="every class that is given this user fails in set-up",
            mend="correct or remove the entry",
            advice=naming.advice(Action.CHECK_ACCOUNTS, naming.accounts_file) if naming.accounts_file else None,
            tests=needs.tests,
        )
    untried = [person for person in refused if not person.is_answer]
    if untried:
        who = some([person.account.username for person in untried])
        yield find(
            "account-refused", f"{who} could not be tried: {untried[0].problem}", severity=WARNING,
            where=who, why="whether they can sign in is not known", mend=remedy_for_keystone(untried[0].problem),
        )  # fmt: skip


def _lacking(people: Sequence[SignedIn], needs: Needs) -> Iterable[CloudFinding]:
    """Roles that the file promises and the cloud does not give."""
    lacking: dict[str, list[str]] = {}
    for person in people:
        actual = {role.lower() for role in person.roles}
        for role in person.account.roles:
            if role.lower() not in actual:
                lacking.setdefault(role, []).append(person.account.username)
    for role, names in lacking.items():
        asked = [need for need in needs.people if role in roles_of(need)]
        project = next(person.account.project for person in people if person.account.username == names[0])
        yield find(
            "account-roles",
            f"{some(names)} {'lacks' if len(names) == 1 else 'lack'} the role {role} that the file names",
            severity=FATAL if asked else WARNING,
            where=some(names),
            why="tests that act with this role are refused",
            mend=f"openstack role add --user {names[0]} --project {project} {role}"
            + (", and likewise for the others" if len(names) > 1 else ""),
            tests=max((need.tests for need in asked), default=None),
        )


def _twice(people: Iterable[SignedIn | SignInRefused]) -> Iterable[CloudFinding]:
    count = Counter((person.account.username, person.account.project) for person in people)
    names = [name for (name, _), number in count.items() if number > 1]
    if names:
        yield find(
            "accounts-twice", f"{some(names)} {are(len(names))} listed more than once in the file",
            where=some(names), why="two classes may be given one user at a time and disturb each other",
            mend="keep one entry for each user",
        )  # fmt: skip


def _kinds(
    people: Sequence[SignedIn | SignInRefused], needs: Needs, options: Mapping[str, str], naming: Naming
) -> Iterable[CloudFinding]:
    accounts = [person.account for person in people]
    admin = options.get("identity.admin_role", "admin")
    for need in needs.people:
        able = [account for account in accounts if can_be(account, need, options, admin)]
        if able:
            continue
        roles = roles_of(need)
        wanted = f"with the role {' and '.join(roles)}" if roles else f"that the tests call {need.kind}"
        yield find(
            "accounts-role",
            f"no account {wanted} is given",
            # Names of tests tell little of their users, and a customer can do nothing about privileges.
            severity=FATAL if needs.is_surveyed and not is_privileged(need, options, admin) else WARNING,
            where="accounts",
            why="the classes that act as such a user fail in set-up or are skipped",
            mend=f"add an entry {wanted} to the accounts file",
            advice=naming.advice(Action.MAKE_ACCOUNTS),
            tests=need.tests,
        )


def _together(
    people: Sequence[SignedIn | SignInRefused], needs: Needs, options: Mapping[str, str], naming: Naming
) -> list[CloudFinding]:
    """Whether one class finds all its users at a time: different ones, those of a project in one project."""
    accounts = [person.account for person in people]
    admin = options.get("identity.admin_role", "admin")
    lacking = [
        team
        for team in needs.teams
        if all(any(can_be(account, need, options, admin) for account in accounts) for need in team)
        and not is_staffed(team, accounts, options, admin)
    ]
    if not lacking:
        return []
    worst = max(lacking, key=lambda team: team[0].tests)
    kinds = " and ".join(need.kind for need in worst)
    return [
        find(
            "accounts-few", f"one class acts as {kinds} at a time, and the accounts have no {len(worst)} such users",
            severity=FATAL, where="accounts",
            why="these classes fail in set-up, for they need different users at the same time",
            mend="name another file of accounts", advice=naming.advice(Action.MAKE_ACCOUNTS),
            tests=sum(team[0].tests for team in lacking),
        )
    ]  # fmt: skip


_AT_LEAST = NeededUsers(ordinary=1)
"""What a class takes, where nobody has read whom it acts as."""


def _capacity(people: Sequence[SignedIn | SignInRefused], needs: Needs, naming: Naming) -> Iterable[CloudFinding]:
    """Whether all classes at a time find their users."""
    staff = staff_of(person.account for person in people)
    count = needs.users or _AT_LEAST
    if 0 < staff.ordinary < count.ordinary:
        yield find(
            "accounts-few",
            f"one class needs {counted(count.ordinary, 'ordinary account')} in separate projects, and "
            f"there {are(staff.ordinary)} only {staff.ordinary}",
            severity=FATAL, where="accounts", why="these tests cannot pass",
            mend="name another file of accounts", advice=naming.advice(Action.MAKE_ACCOUNTS),
            tests=next((need.tests for need in needs.people if need.kind in {"alt", "project_alt_member"}), None),
        )  # fmt: skip
        return
    capacity = _classes(people, needs)
    if needs.workers > capacity:
        yield find(
            "accounts-few", capped_sentence(capacity, needs.workers), severity=NOTE,
            where="accounts", why="the run takes longer",
            mend=f"name accounts for {counted(needs.workers, 'class', 'classes')} at a time",
            advice=naming.advice(Action.MAKE_ACCOUNTS, str(needs.workers)),
        )  # fmt: skip


def dynamic(needs: Needs) -> CloudFinding:
    """Where the suite makes its own users."""
    return find(
        "accounts", "the suite makes its own users with an administrator's account", severity=NOTE, where="accounts",
        why="users and projects come and go in this cloud while the run goes on", tests=needs.tests,
    )  # fmt: skip


def unseen(account: Account, problem: str) -> SignInRefused:
    """An account whose look did not end."""
    return SignInRefused(account, problem, is_answer=False)
