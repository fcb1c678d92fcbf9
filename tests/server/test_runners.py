"""Real runners against a server: what is due is tested once, by one of them, whatever becomes of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.orders.assignments import GRACE, LEASE, OrderAssignment
from certmark.domain.orders.terms import OrderTerms
from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker, TokenScope
from certmark.server.opening import add_identity, create, identifying, services_of
from certmark.server.services import offices, orders, runs, tokens
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import runners
from certmark.server.store.orders import PROGRAMME
from support.fake_cloud import FakeCloud
from support.fake_cloud import serving as cloud_serving
from support.runners import GOOD, SLOW, RunnerFolder, kill, know
from support.server import answering
from support.waiting import wait_until

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
DEAD = "http://127.0.0.1:9/v3"


class World:
    """A server, the programme's office, and a machine with credentials."""

    def __init__(self, services: Services, url: str, folder: Path, cloud: FakeCloud) -> None:
        self.services = services
        self.office = Asker(add_identity(services, "office"), "office", EVERYTHING)
        offices.appoint(services, "office", frozenset({Role.OFFICE}), "")
        self.runners = RunnerFolder(folder, url)
        self.cloud = cloud
        self.token = tokens.make(services, self.office, "runner", tokens.A_DAY, tokens.OF_RUNNERS)[0]

    def add(self, name: str, url: str, tests: str = GOOD, **more: Any) -> None:
        """A cloud of the runners, whose list of tests the server knows."""
        know(self.services, self.runners.write(name, url, tests, **more))

    def order(self, name: str, *labels: str, **more: object) -> bytes:
        """A standing order that was started by hand."""
        terms = OrderTerms(f"test {name}", name, name, labels=labels)._replace(**more)  # type: ignore[arg-type]
        order = orders.add(self.services, self.office, PROGRAMME, terms, "by hand", 60).order.id
        return orders.start(self.services, self.office, order).order.id

    def last(self, order: bytes) -> OrderAssignment:
        """What came of it."""
        return orders.show(self.services, self.office, order).assignments[0]

    def pass_time(self, microseconds: int) -> None:
        """The server's clock goes on; nobody else's does."""
        before = self.services.clock
        object.__setattr__(self.services, "clock", lambda: before() + microseconds)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = read_settings(
        None, {}, data=str(tmp_path / "data"), listen="127.0.0.1:1", public_url="https://example.org"
    )
    create(settings)
    folder = tmp_path / "runner"
    folder.mkdir()
    with (
        services_of(settings) as services,
        cloud_serving() as cloud,
        answering(application(services, identifying(services))) as url,
    ):
        yield World(services, url, folder, cloud)


def test_what_is_due_is_tested_and_what_cannot_be_is_skipped_with_its_reason(world: World) -> None:
    add, url = world.add, world.cloud.url
    add("good", url)
    add("twin", url, "toy.passing.Other.test_a\n")  # the same cloud by another name
    add("bad", f"{url}/bad", "toy.passing.Good.test_a\ntoy.troubles.Fails.test_fails\n")
    add("dead", DEAD)
    add("resting", url, available=False, reason="moves house", until="2199-01-01")
    made = {name: world.order(name) for name in ("good", "twin", "bad", "dead", "resting")}
    elsewhere, asks_more = world.order("elsewhere"), world.order("good", "large")
    said = world.runners.drained("one", world.token)
    came_to = {
        name: (one.state.value, one.result and one.result.value)
        for name, one in zip(made, map(world.last, made.values()), strict=True)
    }
    assert came_to == {
        "good": ("done", "pass"),
        "twin": ("done", "pass"),
        "bad": ("done", "fail"),
        "dead": ("skipped", None),
        "resting": ("skipped", None),
    }, said
    assert world.last(made["dead"]).reason == f"{DEAD} does not answer: Connection refused"
    assert world.last(made["resting"]).reason == "set aside by its owner: moves house, until 2199-01-01"
    assert {world.last(one).state.value for one in (elsewhere, asks_more)} == {"due"}
    run = world.last(made["good"]).run
    assert run is not None
    assert runs.show(world.services, world.office, run)[0].standing == "pass"
    world.runners.drained("two", world.token, "--labels", "large,eu")
    assert world.last(asks_more).result == world.last(made["good"]).result
    left = [path.name for path in (world.runners.folder / "home-one" / "runners" / "one").iterdir()]
    assert [name for name in left if name != "lock"] == []


def test_a_dead_runners_test_goes_on_where_its_folder_is_at_hand(world: World) -> None:
    world.add("slow", world.cloud.url, SLOW)
    order = world.order("slow")
    gate = {"TOY_GATE": str(world.runners.gate), "TOY_FREE": "1"}
    first = world.runners.begin("one", world.token, **gate)
    wait_until(lambda: world.runners.begun() == 2)
    kill(first)
    assert world.last(order).state.is_at_work
    world.runners.drained("two", world.token)
    assert world.last(order).attempt == 1, "its lease is not over"
    world.pass_time(LEASE + GRACE)
    world.runners.gate.touch()
    before = world.runners.begun()
    world.runners.drained("one", world.token, **gate)
    after = world.last(order)
    assert (after.attempt, after.result and after.result.value) == (2, "pass")
    assert before == 2, "what the dead one had begun died with it"


def test_two_runners_test_two_clouds_side_by_side(world: World) -> None:
    for name in ("north", "south"):
        world.add(name, f"{world.cloud.url}/{name}", SLOW if name == "north" else SLOW.replace("Slow1", "Slow3"))
    made = [world.order("north"), world.order("south")]
    words, gate = ("--drain", "--clouds-at-once", "1"), str(world.runners.gate)
    both = [world.runners.begin(name, world.token, *words, TOY_GATE=gate) for name in ("one", "two")]
    wait_until(lambda: world.runners.begun() == 2)
    assert len({world.last(order).runner for order in made}) == 2
    world.runners.gate.touch()
    said = [process.communicate()[1] for process in both]
    assert [(one.attempt, one.result and one.result.value) for one in map(world.last, made)] == [(1, "pass")] * 2, said


def test_a_cancelled_test_ends_in_order_and_its_runner_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("services.runners", "api.v2.runners"):
        monkeypatch.setattr(f"certmark.server.{module}.LEASE", 4_000_000)  # so that it is heard often
    world.add("slow", world.cloud.url, SLOW)
    order = world.order("slow")
    process = world.runners.begin("one", world.token, "--drain", TOY_GATE=str(world.runners.gate))
    wait_until(lambda: world.runners.begun() == 1)
    orders.cancel(world.services, world.office, order, "the cloud is needed")
    before = world.last(order).revision
    wait_until(lambda: world.last(order).revision >= before + 2)  # it was told by then, and asked the run to end
    world.runners.gate.touch()
    said = process.communicate()[1]
    assert (world.last(order).state.value, world.last(order).reason) == ("cancelled", "the cloud is needed"), said


@pytest.mark.parametrize("scopes", ["read submit", "read"])
def test_a_token_for_something_else_carries_out_nothing(world: World, scopes: str) -> None:

    world.add("good", world.cloud.url)
    token = tokens.make(world.services, world.office, "", tokens.A_DAY, [TokenScope(one) for one in scopes.split()])[0]
    with world.runners.begin("one", token, "--drain") as process:
        said = process.communicate()[1]
    assert process.returncode == 2
    assert "the right to run" in said


def test_the_server_is_told_names_of_clouds_and_no_more(world: World) -> None:
    secret = "do-not-tell-anybody"
    entry = {"auth": {"auth_url": f"{world.cloud.url}/v3", "username": "u", "password": secret}}
    (world.runners.folder / "north.yaml").write_text(json.dumps({"clouds": {"north": entry, "south": entry}}))
    said = world.runners.drained("one", world.token)
    with world.services.database.read() as transaction:
        (found,) = runners.of(transaction, PROGRAMME, 9)
    assert found.clouds == ("north", "south")
    database = (world.services.settings.data / "certmark.sqlite").read_bytes()
    assert secret.encode() not in database
    assert secret not in said
    assert ids.written(found.id)
