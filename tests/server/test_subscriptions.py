"""Who follows a query is told by a signed webhook what is new: once, whoever dies, until nobody answers any more."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.subscriptions import AnswerChange, CloudChange, Condition, RunOverview, checked, news
from certmark.formats.guideline.reading import read
from certmark.server import ids
from certmark.server.jobs.working import work_once
from certmark.server.services import deliveries, queries, runs, subscriptions, watching
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, OverQuota
from certmark.server.services.questions import Question
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store import notices as stored
from certmark.server.store import queries as stored_queries
from certmark.server.store import subscriptions as kept
from certmark.server.store.guidelines import Revision
from certmark.server.store.queries import StoredQuery
from server.conftest import newcomer
from server.test_corpus_api import junit
from support.lint_documents import LIST, SHOW, encoded, sound
from support.loopback import free_port
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
A_DAY = 24 * 3600 * 10**6
SEEN = RunOverview(3, 30, 10, {"a": "pass", "b": "fail"})


@pytest.mark.parametrize(
    ("condition", "before", "now", "told"),
    [
        (Condition.CHANGED, SEEN, SEEN, None),
        (Condition.CHANGED, SEEN, SEEN._replace(mark=31), AnswerChange(Condition.CHANGED, 3, 3, newest=10)),
        (
            Condition.CHANGED,
            SEEN,
            SEEN._replace(runs=4, clouds={"a": "fail", "c": "pass"}),
            AnswerChange(
                Condition.CHANGED,
                3,
                4,
                (
                    CloudChange("a", "pass", "fail"),
                    CloudChange("b", "fail", None),
                    CloudChange("c", None, "pass"),
                ),
                newest=10,
            ),
        ),
        (Condition.FAILING, SEEN, SEEN._replace(runs=9), None),
        (
            Condition.FAILING,
            SEEN._replace(failing=frozenset("a")),
            SEEN._replace(failing=frozenset("abc")),
            AnswerChange(Condition.FAILING, 3, 3, failing=("b", "c"), newest=10),
        ),
        (Condition.FAILING, SEEN._replace(failing=frozenset("a")), SEEN, None),
        (Condition.STALE, SEEN, SEEN._replace(is_stale=True), AnswerChange(Condition.STALE, 3, 3, newest=10)),
        (Condition.STALE, SEEN._replace(is_stale=True), SEEN._replace(is_stale=True), None),
        (Condition.STALE, SEEN._replace(is_stale=True), SEEN, None),
    ],
)
def test_what_is_new(condition: Condition, before: RunOverview, now: RunOverview, told: AnswerChange | None) -> None:
    assert news(condition, before, now) == told


def test_how_many_runs_or_days_are_meant() -> None:
    assert (checked(Condition.CHANGED, 7), checked(Condition.FAILING, 3), checked(Condition.STALE, 365)) == (0, 3, 365)
    for condition, number in ((Condition.FAILING, 0), (Condition.STALE, 366), (Condition.FAILING, 51)):
        with pytest.raises(InvalidRequest):
            checked(condition, number)


class Receiver:
    """A webhook that takes what is signed with its secret, and says what it is told to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 204
        self.secret = ""
        self.got: list[tuple[str, Any]] = []
        self.posts = 0

    def take(self, headers: Any, body: bytes) -> int:
        self.posts += 1
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        found = f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
        assert headers["webhook-signature"] == found
        if self.status == 204:
            self.got.append((headers["webhook-id"], json.loads(body)))
        return self.status


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(webhook.take(self.headers, body))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    webhook = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class World:
    """A server whose clock can be turned, somebody who follows, and clouds that are tested."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.now = services.clock()
        settings = dataclasses.replace(services.settings, fetch_private=True)
        self.services = dataclasses.replace(services, settings=settings, clock=lambda: self.now)
        self.ada = newcomer(services, "ada")
        self._file = folder / "results.xml"
        self.query = f'vendor:"{self.ada.name}"'
        now = sound()
        now["metadata"]["id"] = "2098.12"
        here = read(encoded(now), "2098.12.json")
        with services.database.write() as transaction:
            guidelines.add(transaction, Revision(bytes.fromhex(here.sha256), here.id, "", "a test", 1), here.data)

    def run(self, cloud: str, *, passes: bool = True, is_public: bool = True) -> bytes:
        self.now += 1_000_000
        self._file.write_bytes(junit(LIST, SHOW, failed=() if passes else (SHOW,)))
        about = AboutRun(
            name="r.xml",
            subject=cloud,
            is_public=is_public,
            guideline="2098.12",
            program="servers",
            vendor=self.ada.name,
        )
        return runs.receive(self.services, self.ada, self._file, about).id

    def follow(self, receiver: Receiver, condition: Condition, number: int = 0) -> bytes:
        short = queries.save(self.services, self.ada, Question(self.query), {}).short
        found = subscriptions.subscribe(self.services, self.ada, short, receiver.url, condition, number)
        receiver.secret = found.secret
        return found.id

    def work(self, seconds: float = watching.EVERY) -> None:
        self.now += int(seconds * 1e6)
        watching.watch(self.services)
        work_once(self.services)

    def last(self, subscription: bytes) -> stored.Notice:
        return subscriptions.log(self.services, self.ada, subscription)[1][0]


@pytest.fixture
def world(lasting: Services, tmp_path: Path) -> World:
    return World(lasting, tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_a_change_is_told_once_and_signed(world: World, receiver: Receiver) -> None:
    world.run("one")
    subscription = world.follow(receiver, Condition.CHANGED)
    world.work()
    assert receiver.got == []  # what was there is not told
    world.run("one", passes=False)
    world.run("two")
    world.run("hidden", is_public=False)
    world.work()
    world.work()
    assert [said["type"] for _, said in receiver.got] == ["query.changed"]
    data = receiver.got[0][1]["data"]
    assert data["runs"] == {"before": 1, "now": 3}
    assert data["clouds"] == [
        {"cloud": "one", "before": "pass", "now": "fail"},
        {"cloud": "two", "before": None, "now": "pass"},
    ]
    assert data["query"]["q"] == world.query
    assert data["subscription"] == ids.written(subscription)
    found = world.last(subscription)
    assert (f"msg_{found.id.hex()}", found.attempts, found.answer) == (receiver.got[0][0], 1, "it was taken")


def test_failures_in_a_row_are_told_once_until_one_run_does_not_fail(world: World, receiver: Receiver) -> None:
    world.run("one", passes=False)
    world.follow(receiver, Condition.FAILING, 2)
    for passes, told in ((False, 1), (False, 1), (True, 1), (False, 1), (False, 2)):
        world.run("one", passes=passes)
        world.work()
        assert len(receiver.got) == told, passes
    assert receiver.got[0][1]["data"]["failing"] == ["one"]


def test_that_nothing_came_for_days_is_told_once(world: World, receiver: Receiver) -> None:
    world.run("one")
    world.follow(receiver, Condition.STALE, 2)
    for seconds, told in ((86_400, 0), (86_400, 1), (86_400, 1)):
        world.work(seconds)
        assert len(receiver.got) == told
    world.run("one")
    world.work()
    world.work(3 * 86_400)
    assert [said["type"] for _, said in receiver.got] == ["query.stale", "query.stale"]


def test_what_does_not_get_through_is_tried_again_then_paused_and_goes_on_where_it_stopped(
    world: World, receiver: Receiver
) -> None:
    subscription = world.follow(receiver, Condition.CHANGED)
    receiver.status = 500
    world.run("one")
    world.work()
    for pause in deliveries.PAUSES:
        assert world.last(subscription).problem is None
        world.work(pause + 1)
    assert receiver.posts == len(deliveries.PAUSES) + 1
    assert world.last(subscription).problem == "given up after 8 attempts: the webhook answers 500"
    paused = subscriptions.one(world.services, world.ada, subscription)
    assert paused.paused == "deliveries do not get through: the webhook answers 500"
    world.run("two")
    world.work()
    assert receiver.posts == len(deliveries.PAUSES) + 1
    receiver.status = 204
    subscriptions.pause(world.services, world.ada, subscription, is_paused=False)
    world.work()
    assert [change["cloud"] for change in receiver.got[0][1]["data"]["clouds"]] == ["two"]


def test_who_says_that_it_is_gone_is_asked_no_more(world: World, receiver: Receiver) -> None:
    subscription = world.follow(receiver, Condition.CHANGED)
    receiver.status = 410
    subscriptions.try_out(world.services, world.ada, subscription)
    world.work()
    assert receiver.posts == 1
    assert "it is gone for good" in (subscriptions.one(world.services, world.ada, subscription).paused or "")


def test_a_worker_that_dies_loses_nothing_and_tells_nothing_twice(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = world.follow(receiver, Condition.CHANGED)
    world.run("one")
    real = kept.see

    def die(*_: object) -> bool:
        raise CannotProceed("killed")

    monkeypatch.setattr(kept, "see", die)
    with pytest.raises(CannotProceed):
        watching.watch(world.services)
    monkeypatch.setattr(kept, "see", real)
    before = subscriptions.one(world.services, world.ada, subscription)
    assert watching.watch(world.services) == 1
    with world.services.database.write() as transaction:
        assert not kept.see(transaction, before, before.seen)  # another worker saw the same, and is too late
    world.work()
    assert len(receiver.got) == 1


def test_a_subscription_is_its_owners_and_bounded(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = world.follow(receiver, Condition.CHANGED)
    other = newcomer(world.services, "bob")
    with pytest.raises(NotFound):
        subscriptions.log(world.services, other, subscription)
    with pytest.raises(NotFound):
        subscriptions.remove(world.services, other, subscription)
    monkeypatch.setattr(subscriptions, "MOST", 1)
    with pytest.raises(OverQuota):
        world.follow(receiver, Condition.CHANGED)
    monkeypatch.setattr(queries, "MOST", 1)
    with pytest.raises(OverQuota):
        queries.save(world.services, world.ada, Question("status:fail"), {})
    subscriptions.remove(world.services, world.ada, subscription)
    assert subscriptions.own(world.services, world.ada) == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "https://a@example.org/",
        "https://127.0.0.1/x",
        "x y",
        "https://[::1/",
        f"https://{'a' * 70}.org/",
    ],
)
def test_no_webhook_goes_where_this_server_fetches_nothing(world: World, url: str) -> None:
    closed = dataclasses.replace(world.services, settings=read_settings(None, {}))
    short = queries.save(world.services, world.ada, Question(world.query), {}).short
    with pytest.raises(InvalidRequest):
        subscriptions.subscribe(closed, world.ada, short, url, Condition.CHANGED, 0)


def test_a_query_that_can_be_answered_no_more_is_paused(world: World, receiver: Receiver) -> None:
    subscription = world.follow(receiver, Condition.CHANGED)
    with world.services.database.write() as transaction:
        found = kept.one(transaction, subscription)
        assert found is not None
        kept.remove(transaction, subscription)
        content = '{"guideline":"2026.11","program":"object","q":"capability:gone=fail"}'
        stored_queries.add(transaction, StoredQuery("abcdefghijkl", content, found.identity, 1))
        kept.add(transaction, found._replace(query="abcdefghijkl"))
    watching.watch(world.services)
    assert "cannot be answered any more: there is no capability" in (
        subscriptions.one(world.services, world.ada, subscription).paused or ""
    )


def test_the_receiver_of_the_how_to_takes_what_is_signed_and_nothing_else(world: World) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/follow-results.md").read_text(encoding="utf-8")
    program = page.partition("```python\n")[2].partition("```")[0]
    port = free_port()
    hook = Receiver(f"http://127.0.0.1:{port}/")
    subscription = world.follow(hook, Condition.CHANGED)
    environment = {**os.environ, "CERTMARK_WEBHOOK_SECRET": hook.secret}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as receiving_program:
        try:
            wait_until(lambda: _answers(port))
            forged = requests.post(hook.url, data=b"{}", headers={"webhook-id": "x"}, timeout=30)
            assert forged.status_code == 401
            subscriptions.try_out(world.services, world.ada, subscription)
            world.work(1)
            assert world.last(subscription).answer == "it was taken"
            assert receiving_program.stdout is not None
            assert receiving_program.stdout.readline() == f"query.test {world.query} None\n"
        finally:
            receiving_program.kill()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
