"""Old private runs: deleted where the operator says so, never without notice, never what somebody else rests on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.server.admin import retention_list
from certmark.server.asking import Asker
from certmark.server.jobs.working import work_once
from certmark.server.services import claims, jobs, offices, products, retention, runs, vendors
from certmark.server.services.claims import RunChange
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.retention import NOTICE_DAYS
from certmark.server.services.runs import AboutRun
from certmark.server.settings import SettingError, read_settings
from certmark.server.store import accounts, audit, notices
from certmark.server.store.accounts import StoredAccount
from server.conftest import somebody

pytestmark = pytest.mark.enable_socket
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
LARGE = b"<testsuite>" + b"".join(b'<testcase classname="a.B" name="c%d"/>' % n for n in range(9000)) + b"</testsuite>"
DAYS = 90


class Scene:
    """A server that deletes after 90 days, and whose day a test sets."""

    def __init__(self, services: Services, ada: Asker, folder: Path) -> None:
        self._start, self.days = services.clock(), 0.0
        settings = dataclasses.replace(services.settings, retention_days=DAYS)
        self.services = dataclasses.replace(services, settings=settings, clock=self.now)
        self.ada, self._file = ada, folder / "r.xml"

    def now(self) -> int:
        return self._start + int(self.days * 86_400_000_000)

    def sent(self, *, is_public: bool = False, content: bytes = RESULTS) -> bytes:
        self._file.write_bytes(content)
        return runs.receive(self.services, self.ada, self._file, AboutRun(name="r.xml", is_public=is_public)).id

    def at(self, days: float) -> int:
        """What is deleted on this day."""
        self.days = days
        return retention.keep_to_it(self.services)

    def is_there(self, run: bytes) -> bool:
        try:
            runs.show(self.services, self.ada, run)
        except NotFound:
            return False
        return True

    def mails(self) -> list[tuple[str, str, str]]:
        with self.services.database.read() as transaction:
            return [(one.recipient, one.subject, one.body) for one in notices.unsent(transaction)]


@pytest.fixture
def scene(services: Services, ada: Asker, tmp_path: Path) -> Scene:
    assert ada.identity is not None
    with services.database.write() as transaction:
        accounts.add(
            transaction, StoredAccount(ada.identity, "https://id.example", "1", "ada", "ada@example.org", 1, 1)
        )
    return Scene(services, ada, tmp_path)


def test_nothing_is_deleted_for_its_age_unless_the_operator_says_so(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    scene = Scene(services, ada, tmp_path)
    run = scene.sent()
    scene.services = dataclasses.replace(scene.services, settings=services.settings)
    assert scene.at(4000) == 0
    assert scene.is_there(run)
    assert retention.planned(scene.services) == []


def test_an_owner_is_told_before_and_the_run_goes_with_an_entry(scene: Scene) -> None:
    run, large = scene.sent(), scene.sent(content=LARGE)
    assert scene.at(DAYS - NOTICE_DAYS - 1) == 0
    assert scene.mails() == []
    assert scene.at(DAYS - NOTICE_DAYS) == 0
    assert scene.at(DAYS - NOTICE_DAYS) == 0, "once is enough"
    ((recipient, subject, body),) = scene.mails()
    assert (recipient, subject) == ("ada@example.org", "2 of your runs will be deleted")
    assert "after 90 days" in body
    assert {one.id for one in retention.planned(scene.services)} == {run, large}
    shown = claims.show(scene.services, scene.ada, run)
    assert shown.due == shown.run.created + DAYS * 86_400_000_000
    assert scene.at(DAYS - 1) == 0
    digest = runs.show(scene.services, scene.ada, large)[0].evidence
    assert digest is not None
    assert scene.at(DAYS + 1) == 2
    assert not scene.is_there(run)
    assert not scene.services.evidence.has(digest)
    with scene.services.database.read() as transaction:
        found = [(one.action, one.identity, one.request) for one in audit.entries(transaction, 2)]
    assert found == [("run.retire", None, "worker")] * 2


def test_where_the_setting_comes_later_the_notice_still_comes_first(scene: Scene) -> None:
    run = scene.sent()
    assert scene.at(1000) == 0
    assert scene.at(1000 + NOTICE_DAYS - 0.5) == 0
    assert scene.is_there(run)
    assert scene.at(1000 + NOTICE_DAYS) == 1


def test_what_is_shared_or_attached_stays_and_is_told_of_anew(scene: Scene) -> None:
    services, office = scene.services, somebody(scene.services, "office")
    offices.appoint(services, "office", frozenset({Role.OFFICE}), "")
    vendor = vendors.register(services, scene.ada, "Example", "").row.id
    product = products.add(services, scene.ada, vendor, name="Cloud", kind=ProductKind.APPLIANCE, description="").row
    version = products.add_version(services, scene.ada, product.id, "1", [CLOUD]).row.id
    public, attached, later, again = scene.sent(is_public=True), scene.sent(), scene.sent(), scene.sent()
    claims.attach(services, scene.ada, attached, version)
    scene.at(DAYS)
    claims.edit(services, scene.ada, later, RunChange(is_public=True))
    claims.edit(services, scene.ada, again, RunChange(is_public=True))
    assert scene.at(DAYS + NOTICE_DAYS) == 0
    claims.edit(services, scene.ada, again, RunChange(is_public=False))
    assert scene.at(DAYS + NOTICE_DAYS) == 0
    assert scene.at(DAYS + 2 * NOTICE_DAYS) == 1
    assert [scene.is_there(one) for one in (public, attached, later, again)] == [True, True, True, False]
    assert office.identity


def test_where_the_setting_is_taken_back_nothing_is_deleted(scene: Scene) -> None:
    run, settings = scene.sent(), scene.services.settings
    scene.at(DAYS)
    scene.services = dataclasses.replace(scene.services, settings=dataclasses.replace(settings, retention_days=0))
    assert scene.at(DAYS + NOTICE_DAYS) == 0
    assert claims.show(scene.services, scene.ada, run).due is None


def test_a_worker_does_it_each_day(scene: Scene) -> None:
    run = scene.sent()
    jobs.begin_regular(scene.services)
    for days in (0, DAYS - 1, DAYS + NOTICE_DAYS):
        scene.days = days
        work_once(scene.services)
    assert not scene.is_there(run)


@pytest.mark.parametrize("words", ["29", "x", "36501", "-1"])
def test_a_number_of_days_that_leaves_no_time_for_a_notice_is_refused(words: str) -> None:
    with pytest.raises(SettingError, match="retention_days must be"):
        read_settings(None, {}, retention_days=words)


def test_the_operator_sees_what_is_deleted_next(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.sent()
    data, url = scene.services.settings.data, scene.services.settings.database_url
    settings = read_settings(None, {}, data=str(data), database_url=url, retention_days="30")
    assert retention_list.run(settings, None) == 0  # type: ignore[arg-type]  # it has no arguments
    assert capsys.readouterr().out == ""
    scene.at(DAYS)
    assert retention_list.run(settings, None) == 0  # type: ignore[arg-type]  # likewise
    assert capsys.readouterr().out.split("\t")[1:3] == ["ada", "r.xml"]
