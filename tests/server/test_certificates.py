"""Certificates of a server: signed, logged, listed, shown; and checked from outside with the command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.domain.certification.status_lists import ListedState
from certmark.server.asking import STRANGER
from certmark.server.jobs.working import work_once
from certmark.server.opening import create, services_of
from certmark.server.services.certification import issuing, listing
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import log as stored_log
from certmark.server.store.certification import proofs
from certmark.server.store.certification.certificates import TABLE
from certmark.server.web.table import pages_of
from certmark.trust.certificates.envelopes import opened_certificate
from certmark.trust.keys.files import load_private
from support.certified import Register, signing_settings
from support.populated import NOW
from support.server import answering

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def world(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    folder = tmp_path_factory.mktemp("register")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CERTMARK_HOME", str(folder / "home"))
        given = signing_settings(folder)
        settings = read_settings(None, {}, data=str(folder / "data"), database_url=module_url, **given)
        create(settings)
        with services_of(settings) as services:
            yield Register(services)


@pytest.fixture
def register(world: Register) -> Register:
    """One for all tests, at the same moment; each makes certificates of its own."""
    world.at(NOW)
    return world


def work(services: Services) -> None:
    while work_once(services):
        pass


def test_what_is_granted_is_signed_logged_and_listed(register: Register) -> None:
    row = register.grant()
    services = register.services
    work(services)
    with services.database.read() as transaction:
        kept = TABLE.anybodys(transaction, row.id)
        receipt = proofs.receipt_of(transaction, row.id)
        listed = listing.newest(transaction)
    assert kept is not None
    assert kept.envelope is not None
    _, document = opened_certificate(kept.envelope, "it")
    assert document.title == "Acme, Acme Cloud 2026.2 in RegionOne"
    assert document.decision.rulebook == "openstack-powered 2026.1"
    assert [one.answer for one in document.statement] == ["KVM and Ceph", "Debian 13"]
    assert document.standing.value == "pass"
    assert receipt is not None
    assert listed is not None
    assert listed.rows[row.number].state is ListedState.ACTIVE
    assert issuing.issue(services, row.id) is False


def test_every_change_and_the_clock_make_another_edition(register: Register) -> None:
    row = register.grant("OSP-2026-0002")
    services = register.services
    work(services)
    assert listing.renew(services) is False
    with services.database.read() as transaction:
        before = listing.newest(transaction)
    register.move(row, "suspended", code="not cured")
    work(services)
    register.at(NOW + dt.timedelta(hours=7))
    assert listing.renew(services) is True
    with services.database.read() as transaction:
        listed = listing.newest(transaction)
    assert before is not None
    assert listed is not None
    assert listed.number == before.number + 2
    assert listed.rows[row.number].state is ListedState.SUSPENDED
    assert listed.rows[row.number].reason == "not cured"


def client_of(register: Register) -> TestClient:
    return TestClient(Starlette(routes=pages_of(register.services, lambda _: STRANGER)))


def test_all_forms_of_a_certificate_and_of_the_register_answer(register: Register) -> None:
    row = register.grant("OSP-2026-0003")
    work(register.services)
    client = client_of(register)
    base = f"/certificates/{row.number}"
    page = client.get(base).text
    assert "is certified for OpenStack Powered Object Storage under guideline" in page
    assert "What this does not say" in page
    assert "KVM and Ceph" in page
    assert "Debian 13" in page
    assert client.get("/certificates/none").status_code == 404
    status = client.get(f"{base}/status.json").json()
    assert (status["certificate"]["state"], status["standing"]["word"]) == ("active", "certified")
    badge = client.get(f"{base}/badge.svg")
    assert "certified 2026.11" in badge.text
    assert badge.headers["cache-control"] == "public, max-age=300"
    assert client.get(f"{base}/badge.svg", headers={"if-none-match": badge.headers["etag"]}).status_code == 304
    assert client.get(f"{base}/badge.json").json()["schemaVersion"] == 1
    assert "unknown" in client.get("/certificates/none/badge.svg").text
    assert row.number in client.get("/register").text
    assert client.get(f"/register.json?q={row.number}").json()["certificates"][0]["word"] == "certified"
    assert (
        client.get(f"/register.csv?q={row.number}")
        .text.splitlines()[1]
        .startswith(f"{row.number},Acme,Acme Cloud,2026.2")
    )
    assert row.number in client.get("/register.atom").text
    assert client.get(f"{base}/tests.csv").text.count(",passed,") > 3


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("programme=openstack-powered&program=object&vendor=acm&region=regionone&guideline=2026.11", 1),
        ("state=in force", 1),
        ("capability=objectstore-object-create", 1),
        ("state=expired", 0),
        ("vendor=nobody", 0),
        ("capability=none-such", 0),
        ("programme=scs", 0),
    ],
)
def test_the_register_is_filtered(register: Register, query: str, count: int) -> None:
    with register.services.database.read() as transaction:
        known = TABLE.numbered(transaction, STRANGER, "OSP-2026-0004")
    row = known or register.grant("OSP-2026-0004")
    found = client_of(register).get(f"/register.json?q={row.number}&{query}").json()
    assert len(found["certificates"]) == count


def test_what_ended_stays_and_is_told_as_such(register: Register) -> None:
    first, second = register.grant("OSP-2026-0005"), register.grant("OSP-2026-0006")
    work(register.services)
    register.move(first, "revoked", code="evidence forged", invalid_from=first.valid_from)
    client = client_of(register)
    listed = {one["number"]: one["word"] for one in client.get("/register.json").json()["certificates"]}
    assert (listed[first.number], listed[second.number]) == ("revoked", "certified")
    page = client.get(f"/certificates/{first.number}").text
    assert "This certificate is not in force: revoked on 2026-11-28" in page
    assert "may not be used now" in page
    register.at(NOW + dt.timedelta(days=400))
    assert "expired" in client.get(f"/certificates/{second.number}/badge.svg").text
    assert client.get(f"/certificates/{second.number}/status.json").json()["standing"]["in_force"] is False


def test_before_it_is_signed_a_page_says_so(register: Register) -> None:
    row = register.grant("OSP-2026-0007", is_signed=False)
    client = client_of(register)
    assert "The signed document is not there yet" in client.get(f"/certificates/{row.number}").text
    assert client.get(f"/certificates/{row.number}.json").status_code == 404


def test_a_customer_checks_it_with_the_command(
    register: Register, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = register.grant("OSP-2026-0008")
    services = register.services
    work(services)
    key = Path(str(services.settings.certificate_key))
    public = tmp_path / "office.pub"
    public.write_text(load_private(key).public.line + "\n")
    with services.database.read() as transaction:
        head = stored_log.head(transaction)
    assert head is not None

    with answering(Starlette(routes=pages_of(services, lambda _: STRANGER))) as url:
        command = ["verify", f"{url}/certificates/{row.number}", "--key", str(public), "--log-key", head.key]
        assert main([*command, "--as-of", "2026-11-28"]) == Exit.CERTIFIED
        told = capsys.readouterr().out
        assert "CERTIFIED: Acme, Acme Cloud 2026.2 in RegionOne" in told
        assert "received 2026-11-28" in told
        assert main([*command, "--as-of", "2026-12-05"]) == Exit.UNCHECKED
        register.move(row, "suspended", code="not cured")
        work(services)
        assert main([*command, "--as-of", "2026-11-28"]) == Exit.ENDED
        assert "suspended since 2026-11-28" in capsys.readouterr().out
