"""Queries that somebody follows, looked at again when the history changed; what is new is written into the outbox.

1. What was seen and what is told of it are kept in one transaction: nothing is told twice or lost, whoever dies.
2. Each query is asked once, however many follow it; nothing is asked while no run was added or taken away, but for
   whether too much time has passed.
3. A subscription answers for what its owner may see: if that is not shared runs any more, it rests.
4. A query that can be answered no more is paused, and says why.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from certmark.corpus.bits import Indices, flags_of, indices_of
from certmark.corpus.history import Snapshot
from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Right
from certmark.domain.queries.tree import Word
from certmark.domain.subscriptions import AnswerChange, Condition, RunOverview, is_stale, news
from certmark.domain.verdict_values import Standing
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import notices, queries, questions
from certmark.server.services.context import Services
from certmark.server.services.moments import moment_of
from certmark.server.services.queries import SavedQuery
from certmark.server.services.questions import AskedQuestion
from certmark.server.store import subscriptions
from certmark.server.store.subscriptions import StoredSubscription

EVERY = 30.0
"""Seconds between two looks."""
_AT_ONCE = 500
_MOST_CLOUDS = 2000
"""Of a query, by their names: of others no verdict is followed."""
_TOLD = 50
"""Clouds that one delivery names."""
_LOOKED: WeakKeyDictionary[Any, tuple[Snapshot, set[bytes]]] = WeakKeyDictionary()
"""By the database: the history as this process looked at it last, and for which subscriptions."""
_STANDINGS = (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_JUDGED)


def watch(services: Services) -> int:
    """Look at all that is followed; how much was told. Raises CannotProceed."""
    told, snapshot = 0, None
    looked: set[bytes] = set()
    answers: dict[str, AskedQuestion | InvalidRequest] = {}
    for one in _followed(services):
        owner = owner_of(services, one)
        if not owner.has(Right.SEE_SHARED_RUN):
            continue
        if snapshot is None:
            snapshot = services.history.caught_up(owner)
            before, looked_before = _LOOKED.get(services.database, (None, looked))
            looked = looked_before if before is snapshot else looked
            _LOOKED[services.database] = snapshot, looked
        if one.id in looked and not _ages(services, one):
            continue
        if one.query not in answers:
            answers.clear()  # they come by their queries
            answers[one.query] = _answer(services, owner, queries.read(one.query, one.content))
        told += _look(services, one, answers[one.query])
        looked.add(one.id)
    return told


def _ages(services: Services, one: StoredSubscription) -> bool:
    """Whether time alone makes a difference by now."""
    if one.condition != Condition.STALE.value:
        return False
    seen = unpacked(one.seen)
    return is_stale(seen.newest, one.number, services.clock()) != seen.is_stale


def _followed(services: Services) -> Iterator[StoredSubscription]:
    behind = ("", b"")
    while True:
        with services.database.read() as transaction:
            found = subscriptions.followed(transaction, behind, _AT_ONCE)
        yield from found
        if len(found) < _AT_ONCE:
            return
        behind = (found[-1].query, found[-1].id)


def owner_of(services: Services, subscription: StoredSubscription) -> Asker:
    """Rule 3."""
    return Asker(subscription.identity, "", frozenset(), "worker", services.rules)


def _answer(services: Services, owner: Asker, query: SavedQuery) -> AskedQuestion | InvalidRequest:
    try:
        return questions.ask(services, owner, query.question)
    except InvalidRequest as error:
        return error


def _look(services: Services, one: StoredSubscription, answer: AskedQuestion | InvalidRequest) -> bool:
    """Rule 1: whether something is told."""
    if isinstance(answer, InvalidRequest):
        with services.database.write() as transaction:
            subscriptions.pause(transaction, one.id, f"its query cannot be answered any more: {str(answer)[:300]}")
        return False
    condition = Condition(one.condition)
    before, now = unpacked(one.seen), seen_of(answer, condition, one.number, services.clock())
    if before == now:
        return False
    found = news(condition, before, now)
    with services.database.write() as transaction:
        if subscriptions.see(transaction, one, packed(now)) and found is not None:
            data = _told(services, one, found)
            key = f"{one.id.hex()} {one.revision}"
            type_ = f"query.{condition.value}"
            notices.write_webhook(services, transaction, one.url, type_, data, key=key, subscription=one.id)
            return True
    return False


def seen_of(asked: AskedQuestion, condition: Condition, number: int, now: int) -> RunOverview:
    """What there is to say of the runs that answer, as far as it matters for a condition."""
    snapshot = asked.snapshot
    runs = indices_of(asked.runs)
    created = snapshot.created[runs]
    newest = int(created.max()) if len(created) else 0
    found = RunOverview(len(runs), int(created.sum(dtype=np.int64)) if len(created) else 0, newest, {})
    match condition:
        case Condition.CHANGED:
            return found._replace(clouds=_verdicts(asked, runs))
        case Condition.FAILING:
            return found._replace(failing=frozenset(_failing(asked, runs, number)))
        case Condition.STALE:
            return found._replace(is_stale=is_stale(newest, number, now))


def _by_clouds(asked: AskedQuestion, runs: Indices) -> tuple[Indices, Indices]:
    """The runs of known clouds, those of one together and the older ones first; and the cloud of each."""
    snapshot = asked.snapshot
    codes = snapshot.codes_of(Word.CLOUD)[runs]
    names = snapshot.words_of(Word.CLOUD)
    is_named = codes != (names.index("") if "" in names else -1)
    runs, codes = runs[is_named], codes[is_named]
    order = np.lexsort((runs, snapshot.created[runs], codes))
    return runs[order], codes[order].astype(np.int64)


def _verdicts(asked: AskedQuestion, runs: Indices) -> dict[str, str]:
    runs, clouds = _by_clouds(asked, runs)
    if not len(runs):
        return {}
    last = np.append(clouds[1:] != clouds[:-1], True)
    standings = np.zeros(asked.snapshot.runs, np.int8)
    for code, words in enumerate(asked.standings()):
        standings[flags_of(words, asked.snapshot.runs)] = code
    names = asked.snapshot.words_of(Word.CLOUD)
    found = {
        names[cloud]: _STANDINGS[int(standings[run])].value
        for cloud, run in zip(clouds[last].tolist(), runs[last].tolist(), strict=True)
    }
    return dict(sorted(found.items())[:_MOST_CLOUDS])


def _failing(asked: AskedQuestion, runs: Indices, number: int) -> Iterator[str]:
    """Clouds whose newest so many runs failed."""
    runs, clouds = _by_clouds(asked, runs)
    if not len(runs):
        return
    failed = flags_of(asked.standings().failed, asked.snapshot.runs)[runs]
    ends = np.flatnonzero(np.append(clouds[1:] != clouds[:-1], True))
    starts = np.append(0, ends[:-1] + 1)
    names = asked.snapshot.words_of(Word.CLOUD)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start + 1 >= number and failed[end - number + 1 : end + 1].all():
            yield names[int(clouds[end])]


def _told(services: Services, one: StoredSubscription, found: AnswerChange) -> dict[str, object]:
    """The data of a delivery."""
    return {
        **about(services, one),
        "runs": {"before": found.before, "now": found.now},
        "newest": moment_of(found.newest).strftime("%Y-%m-%dT%H:%M:%SZ") if found.newest else None,
        "clouds": [change._asdict() for change in found.clouds[:_TOLD]],
        "failing": list(found.failing[:_TOLD]),
        "left_out": max(0, len(found.clouds) - _TOLD) + max(0, len(found.failing) - _TOLD),
    }


def about(services: Services, one: StoredSubscription) -> dict[str, object]:
    """Which subscription a delivery is of, and where its query is looked at."""
    query = queries.read(one.query, one.content)
    return {
        "subscription": ids.written(one.id),
        "condition": one.condition,
        "number": one.number,
        "query": {
            "short": query.short,
            "q": query.question.query,
            "guideline": query.question.guideline,
            "program": query.question.program,
            "address": f"{services.settings.public_url or ''}/queries/{query.short}",
        },
    }


def packed(seen: RunOverview) -> bytes:
    """As it is kept."""
    said = seen._asdict() | {"clouds": dict(seen.clouds), "failing": sorted(seen.failing)}
    return zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 6)


def unpacked(data: bytes) -> RunOverview:
    """As it was kept."""
    said = json.loads(zlib.decompress(data))
    return RunOverview(**said | {"failing": frozenset(said["failing"])})
