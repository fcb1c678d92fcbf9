"""Tests of a suite that no guideline tracks, grouped into capabilities that one could have.

1. Looked at are tests of an API: `api` or `functional` stands in the module's path, and neither
   `scenario` nor `serial_tests` does.
2. A test asks for an administrator if it lies under an `admin` package or one of its class's
   credentials is an administrator's. Those come last.
3. A test is tracked if a guideline has its id; by name or alias only where that guideline gives
   the test no id.
4. A candidate capability is one resource, as the test's class names it, else its module: creating, reading,
   listing, changing and deleting it are one candidate, and any other operation is one of its own. A class of
   `Actions` is about no resource: there each operation is a candidate.
5. A test's operation is the call in its body whose words the test's name shares most, the first of equals;
   where the body calls none, that of its helpers; where nobody calls any, its class.
6. No candidate is what one service passes on to another and its API has ended since a microversion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.attempts import decide
from certmark.domain.coverage import service_of
from certmark.domain.guidelines import Guideline
from certmark.domain.identity import Identity, class_of, method_of, split
from certmark.domain.results import Attempt, Outcome, Results
from certmark.domain.surveys import Survey, SurveyedTest


class PassHistory(NamedTuple):
    """What became of a test in stored runs."""

    runs: int = 0
    """Runs that speak of it."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def words(self) -> str:
        """For people; empty where no run speaks of it."""
        parts = ((self.passed, "passed"), (self.failed, "failed"), (self.skipped, "skipped"))
        told = ", ".join(f"{word} in {count}" for count, word in parts if count)
        return f"{told or 'not finished'} of {self.runs} run{'' if self.runs == 1 else 's'}" if self.runs else ""


class UntrackedTest(NamedTuple):
    """A test in no guideline."""

    name: str
    uuid: str | None
    tags: tuple[str, ...]
    surveyed: SurveyedTest
    is_admin: bool
    is_negative: bool
    is_slow: bool
    is_second_user: bool
    """It needs a user of another project."""
    history: PassHistory

    @property
    def key(self) -> str:
        """What makes it one test under several names."""
        return self.uuid or self.name

    @property
    def is_plain(self) -> bool:
        """Neither negative nor slow nor with a second user: the first to look at."""
        return not (self.is_negative or self.is_slow or self.is_second_user)


class Candidate(NamedTuple):
    """A capability that a guideline could have."""

    key: str
    """A proposed key, as guidelines word them: `compute-servers-rescue`."""
    service: str
    operation: str
    """`servers_client.rescue_server`; a class's name where no call was found."""
    tests: tuple[UntrackedTest, ...]
    """Plain ones first, then by name."""

    @property
    def plain(self) -> int:
        """Distinct plain tests."""
        return distinct(test for test in self.tests if test.is_plain)


class Gaps(NamedTuple):
    """What no guideline tracks."""

    tracked: int
    """Distinct ids in the guidelines."""
    guidelines: tuple[str, ...]
    api: tuple[UntrackedTest, ...]
    """All tests of an API, tracked ones too."""
    untracked: tuple[UntrackedTest, ...]
    candidates: tuple[Candidate, ...]
    """Of tests without an administrator: by service, the most plain tests first."""
    admin: tuple[Candidate, ...]
    """Of tests with one."""
    in_guideline: tuple[str, ...] = ()
    """Keys of the tests of an API that the guideline itself has."""


def distinct(tests: Iterable[UntrackedTest]) -> int:
    """Distinct ids, names where there is none."""
    return len({test.key for test in tests})


def find_gaps(
    survey: Survey, tracked: Sequence[Guideline], *, guideline: Guideline | None = None, runs: Sequence[Results] = ()
) -> Gaps:
    """What of `survey` no guideline of `tracked` has; `runs` give each test its history."""
    ids, names = _tracked(tracked)
    own_ids, own_names = _tracked([guideline] if guideline is not None else [])
    found = [(split(test.full_id), test) for test in survey.tests]
    # Rule 1: tests of an API.
    api = tuple(_examine(identity, test, runs) for identity, test in found if is_api(identity.name))
    # Rule 3: tracked by id, by name only where a guideline has no id.
    untracked = tuple(test for test in api if test.uuid not in ids and test.name not in names)
    own = tuple(dict.fromkeys(test.key for test in api if test.uuid in own_ids or test.name in own_names))
    # Rule 2: those without an administrator first.
    return Gaps(
        len(ids),
        tuple(item.id for item in tracked),
        api,
        untracked,
        _candidates(test for test in untracked if not test.is_admin),
        _candidates(test for test in untracked if test.is_admin),
        own,
    )


def is_api(name: str) -> bool:
    """Rule 1: whether a test of this name is of an API."""
    parts = set(name.split(".")[:-2])
    return bool(parts & {"api", "functional"}) and not parts & {"scenario", "serial_tests"}


def _tracked(guidelines: Iterable[Guideline]) -> tuple[set[str | None], set[str]]:
    ids: set[str | None] = set()
    names: set[str] = set()
    for guideline in guidelines:
        for capability in guideline.capabilities.values():
            for test in capability.tests:
                if test.uuid is not None:
                    ids.add(test.uuid)
                else:
                    names |= {test.name, *test.aliases}
    return ids, names


def _examine(identity: Identity, test: SurveyedTest, runs: Sequence[Results]) -> UntrackedTest:
    words = f"{identity.name}.".lower()
    return UntrackedTest(
        identity.name,
        identity.uuid,
        identity.attributes,
        test,
        is_admin=".admin." in words or any(credential.is_admin for credential in test.credentials),
        is_negative="negative" in words or "negative" in identity.attributes,
        is_slow="slow" in identity.attributes,
        is_second_user=any(item.kind == "alt" or item.kind.endswith("_alt") for item in test.credentials),
        history=_history(identity.name, runs) if runs else PassHistory(),
    )


_GOOD = {Outcome.PASSED}
_NEUTRAL = {Outcome.SKIPPED, Outcome.UNFINISHED}


def _history(name: str, runs: Sequence[Results]) -> PassHistory:
    told = [run.attempts(name) or _set_up(name, run) for run in runs]
    last = [decide(attempts).attempt.outcome for attempts in told if attempts]
    passed, skipped = sum(one in _GOOD for one in last), sum(one is Outcome.SKIPPED for one in last)
    failed = sum(one not in _GOOD | _NEUTRAL for one in last)
    return PassHistory(len(last), passed, failed, skipped)


def _set_up(name: str, run: Results) -> tuple[Attempt, ...]:
    return tuple(item for item in run.set_up_of(class_of(name)) if item.outcome is not Outcome.PASSED)


def _candidates(tests: Iterable[UntrackedTest]) -> tuple[Candidate, ...]:
    groups: dict[str, list[UntrackedTest]] = {}
    for test in tests:
        if not is_ended_proxy(test.surveyed):  # Rule 6.
            groups.setdefault(candidate_of(test), []).append(test)
    found = [_candidate(key, group) for key, group in groups.items()]
    return tuple(sorted(found, key=lambda item: (item.service, -item.plain, -distinct(item.tests), item.key)))


def _candidate(key: str, group: Sequence[UntrackedTest]) -> Candidate:
    operations = Counter(operation_of(test) for test in group)
    commonest = max(operations, key=lambda word: (operations[word], word))
    return Candidate(key, service_of(group[0].name), commonest, tuple(sorted(group, key=_plain_first)))


def _plain_first(test: UntrackedTest) -> tuple[bool, str]:
    return (not test.is_plain, test.name)


def is_ended_proxy(test: SurveyedTest) -> bool:
    """Rule 6: whether the test's own calls go to what Nova passes on up to microversion 2.35 only."""
    return any(_PROXY.match(call) for call in test.calls[: test.own_calls] or test.calls)


_PROXY = re.compile(
    r"compute_(floating_ip\w*|images|networks|security_group\w*)_client\."
    r"|(volumes|snapshots)_extensions_client\.|(fixed_ips|tenant_networks|baremetal_nodes)_client\."
)


def candidate_of(test: UntrackedTest) -> str:
    """Rule 4: the key of the candidate to which a test belongs."""
    service, operation = service_of(test.name), operation_of(test)
    resource = _resource(test.name)
    if not resource:
        return key_of(service, operation)
    known = {word.rstrip("s") for word in resource}
    verb = [word for word in operation.partition(".")[2].split("_") if word.rstrip("s") not in known]
    is_plain = not verb or verb[0] in _CRUD
    named = resource[1:] if resource[0].rstrip("s") == service.rstrip("s") and len(resource) > 1 else resource
    return _dashed("-".join([service, *named, *([] if is_plain else verb)]))


_CRUD = frozenset(("create", "show", "get", "list", "update", "delete", "add", "remove", "set", "is", "check"))
_NOISE = re.compile(r"tests?|json|negative|api|basic|operations?|ops|other|min|max|under|base|user|ip?v6|v?\d+|[a-z]")
_WORDS = re.compile(r"I[Pp][vV]6|[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|[vV]?\d+")
_ACTIONS = "actions"


def _resource(name: str) -> tuple[str, ...]:
    """The words of what a test's class is about, else those of its module; none where it is about actions."""
    parts = name.split(".")
    for text in (parts[-2:-1] or [""])[0], (parts[-3:-2] or [""])[0]:
        words = [word.lower() for word in _WORDS.findall(text)]
        if _ACTIONS in words:
            return ()
        found = tuple(word for word in words if not _NOISE.fullmatch(word) and word not in _CRUD)
        if found:
            return found
    return ()


def operation_of(test: UntrackedTest) -> str:
    """Rule 5: the operation that a test is about."""
    known = test.surveyed
    calls = known.calls[: known.own_calls] or known.calls or known.set_up
    if not calls:
        return class_of(test.name).rpartition(".")[2]
    words = _stems(method_of(test.name) + " " + class_of(test.name).rpartition(".")[2])
    return max(calls, key=lambda call: (len(_stems(call.rpartition(".")[2]) & words), -calls.index(call)))


def _stems(text: str) -> frozenset[str]:
    """Words without the endings that tell one thing from many, and a method's other word for the same act."""
    parts = re.findall(r"[a-z]+|[A-Z][a-z]*|[0-9]+", text)
    return frozenset(_SAME.get(word, word) for part in parts for word in [part.lower().rstrip("s")])


_SAME = {"get": "show", "detail": "show", "remove": "delete", "set": "update", "add": "create"}


def key_of(service: str, operation: str) -> str:
    """A key for the capability, in the way of the guidelines' own."""
    client, _, method = operation.partition(".")
    if not method:
        return _dashed(f"{service}-{_SNAKE.sub('_', operation)}")
    resource = re.sub(r"_?client(_latest|_v\d+)?", "", client).strip("_").removeprefix(f"{service}_")
    known = {word.rstrip("s") for word in (*resource.split("_"), resource.replace("_", ""))}
    verb = [word for word in re.split(r"[_.]", method) if word.rstrip("s") not in known]
    return _dashed("-".join([service, *([resource] if resource != service else []), *verb]))


_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _dashed(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.replace("object_storage", "objectstore").lower()).strip("-")


def by_service(tests: Iterable[UntrackedTest]) -> Mapping[str, Counter[str]]:
    """Per service: distinct tests, those with an administrator, negative, slow, with a second user, and plain."""
    groups: dict[str, list[UntrackedTest]] = {}
    for test in tests:
        groups.setdefault(service_of(test.name), []).append(test)
    return {
        service: Counter(
            all=distinct(group),
            admin=distinct(test for test in group if test.is_admin),
            negative=distinct(test for test in group if test.is_negative),
            slow=distinct(test for test in group if test.is_slow),
            second_user=distinct(test for test in group if test.is_second_user),
            plain=distinct(test for test in group if test.is_plain),
        )
        for service, group in sorted(groups.items())
    }
