"""Certificates in a server's register, as a grant leaves them: rows, without the steps that lead there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from certmark.formats.guideline import load
from certmark.server import ids
from certmark.server.services.certification import proving
from certmark.server.services.context import Services
from certmark.server.store.certification import applications, certificates, events
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.certification.events import CertificationEvent
from support.countersigned import log_key
from support.populated import NOW, OBJECT, Populating, cloud
from support.stories import junit, life, tests_of

A_DAY = 86_400_000_000
GUIDELINE = load("2026.11")


def signing_settings(folder: Path) -> dict[str, str]:
    """Of a server that signs certificates and keeps a log; the keys are made."""
    names = {"certificate_key": "office", "log_key": "log"}
    found = {setting: str(folder / name) for setting, name in names.items()}
    for place in found.values():
        log_key(Path(place))
    return {**found, "certificate_issuer": "Example programme", "log_origin": "example.org/log"}


class Register:
    """A server with a vendor and a product whose version passed, and certificates of it."""

    def __init__(self, services: Services) -> None:
        self.world = world = Populating(services)
        world.add_people()
        self.vendor = world.add_vendor("acme", "Acme")
        self.version = world.add_product("acme", "office", self.vendor, "Acme Cloud", [cloud(1)])
        self.product = ids.read(world.names["product_acme"])
        (cases,) = list(life(tests_of(GUIDELINE, OBJECT), 1, "steady"))[:1]
        self.run = world.send("run", junit(cases, NOW), program=OBJECT, subject=cloud(1), region="RegionOne")
        self.services = world.services

    def at(self, moment: dt.datetime) -> None:
        """What follows happens then."""
        self.world.at(moment)

    def grant(self, number: str = "OSP-2026-0001", *, is_signed: bool = True, **changes: Any) -> CertificateRow:
        """A certificate for a year; `changes` replace columns, and parts of its content."""
        services, now = self.services, self.services.clock()
        application = ApplicationRow(
            id=ids.new_id(now), number=f"A-{number}", vendor=self.vendor, product=self.product, version=self.version,
            programme="openstack-powered", program="object", guideline="2026.11", revision_digest=None,
            rulebook="2026.1", track="full", state="granted", owner="nobody", revision=3, since=now, due=None,
            promised=None, created=now, submitted=now, content={},
        )  # fmt: skip
        content = {
            "names": {"vendor": "Acme", "product": "Acme Cloud", "version": "2026.2", "kind": "public cloud"},
            "regions": [cloud(1)],
            "statement": {"system": "KVM and Ceph", "operating-systems": "Debian 13", "sections/swift": "all of it"},
            "conditions": "The add-on is tested within half a year.",
            "guideline": GUIDELINE.sha256,
            "runs": [{"run": ids.written(self.run)}],
            "track": "full",
        } | changes.pop("content", {})
        row = CertificateRow(
            id=ids.new_id(now), number=number, application=application.id, vendor=self.vendor, product=self.product,
            version=self.version, programme="openstack-powered", program="object", guideline="2026.11",
            rulebook="2026.1", valid_from=now, valid_until=now // A_DAY * A_DAY + 366 * A_DAY, state="active",
            revision=1, since=now, due=None, created=now, content=content,
        )  # fmt: skip
        row = row._replace(**changes)
        granted = CertificationEvent(
            0, application.id, now, None, None, "office", "grant", "granted", "openstack-powered 2026.1", {}, True
        )
        with services.database.write() as transaction:
            applications.TABLE.add(transaction, application)
            certificates.TABLE.add(transaction, row)
            events.add(transaction, granted)
            events.add(transaction, granted._replace(subject=row.id, event="issued", to_state="active"))
            if is_signed:
                proving.certify(services, transaction, row, proving.GRANT)
        return row

    def move(self, row: CertificateRow, state: str, **content: Any) -> CertificateRow:
        """Into another state, as a step does."""
        with self.services.database.write() as transaction:
            kept = certificates.TABLE.locked(transaction, row.id)
            assert kept is not None
            new = kept._replace(state=state, since=self.services.clock(), content={**row.content, **content})
            revision = certificates.TABLE.change(transaction, new)
            assert revision is not None
            moved = CertificationEvent(
                0, row.id, new.since, None, None, "office", state, state, "openstack-powered 2026.1", {}, True
            )
            events.add(transaction, moved)
            proving.certify(self.services, transaction, new, state)
        return new._replace(revision=revision)
