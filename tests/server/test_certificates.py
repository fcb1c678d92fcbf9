"""Certificates of a server: signed, logged, listed, shown; and checked from outside with the command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.certification.status_lists import ListedState
from certmark.server.jobs.working import work_once
from certmark.server.opening import create, services_of
from certmark.server.services.certification import issuing, listing
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store.certification import proofs
from certmark.server.store.certification.certificates import TABLE
from certmark.trust.certificates.envelopes import opened_certificate
from support.certified import Register, signing_settings
from support.populated import NOW


@pytest.fixture
def register(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    given = signing_settings(tmp_path)
    settings = read_settings(None, {}, data=str(tmp_path / "data"), database_url=database_url, **given)
    create(settings)
    with services_of(settings) as services:
        yield Register(services)


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
    assert document.title == "Acme Acme Cloud 2026.2 in RegionOne"
    assert document.decision.rulebook == "openstack-powered 2026.1"
    assert [one.answer for one in document.statement] == ["KVM and Ceph", "Debian 13"]
    assert document.standing.value == "pass"
    assert receipt is not None
    assert listed is not None
    assert listed.rows[row.number].state is ListedState.ACTIVE
    assert issuing.issue(services, row.id) is False


def test_every_change_and_the_clock_make_another_edition(register: Register) -> None:
    row = register.grant()
    services = register.services
    work(services)
    assert listing.renew(services) is False
    register.move(row, "suspended", code="not cured")
    work(services)
    register.at(NOW + dt.timedelta(hours=7))
    assert listing.renew(services) is True
    with services.database.read() as transaction:
        listed = listing.newest(transaction)
    assert listed is not None
    assert (listed.number, listed.rows[row.number].state) == (3, ListedState.SUSPENDED)
    assert listed.rows[row.number].reason == "not cured"
