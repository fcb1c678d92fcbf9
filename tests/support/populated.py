"""A server with a history: people in every role, vendors, clouds of many months, runs in every state, hostile words.

It is made by the services themselves, with a clock that stands where each thing happened. `Names` says what stands
where, so that a table of addresses can name it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from certmark.domain.orders.assignments import AssignmentEnd, AssignmentState
from certmark.domain.orders.terms import OrderTerms
from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.domain.subject_identities import SubjectIdentity
from certmark.formats.guideline import load
from certmark.server import ids
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.jobs.working import work_once
from certmark.server.opening import add_identity
from certmark.server.services import (
    claims,
    guidelines,
    live,
    members,
    offices,
    opinions,
    orders,
    products,
    questionnaires,
    runners,
    runs,
    sessions,
    vendors,
)
from certmark.server.services.certification.telling import Concerned, tell
from certmark.server.services.context import Services
from certmark.server.services.orders import OrderChange
from certmark.server.services.products import ProductChange
from certmark.server.services.runners import AboutRunner
from certmark.server.services.runs import AboutRun
from certmark.server.services.vendors import VendorChange
from certmark.server.store import guidelines as stored_guidelines
from certmark.server.store.guidelines import Revision
from certmark.server.store.orders import PROGRAMME
from support.certifying import certify
from support.stories import (
    HOSTILE_NAMES,
    Case,
    all_failing,
    hostile_cases,
    hostile_upload,
    junit,
    life,
    tests_of,
    written,
)

VOTED = "tempest.api.object_storage.test_container_acl.ObjectTestACLs.test_read_object_with_rights"
"""A test on which people voted."""
NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
"""When these sites are looked at."""
EXAMPLES = Path(__file__).parents[2] / "examples"
OBJECT, COMPUTE = "Interoperable Object Storage", "Interoperable Compute"
Names = dict[str, str]
"""By what they are called in a table of addresses: ids, and words of cookies as `session_ROLE`."""
ROLES = ("anonymous", "user", "member", "administrator", "designate", "reviewer", "office", "operator")


def micros(moment: dt.datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp()) * 1_000_000


def cloud(number: int, region: str = "RegionOne") -> str:
    """An identity."""
    return str(SubjectIdentity(f"{number:024}", region))


class Populating:
    """Fills a server; what it made stands in `names`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._moment = micros(NOW)
        self.services = dataclasses.replace(services, clock=lambda: self._moment)
        self.names: Names = {}
        self.people: dict[str, Asker] = {"anonymous": STRANGER}

    def at(self, moment: dt.datetime) -> None:
        """What follows happens then."""
        self._moment = micros(moment)

    def add_people(self) -> None:
        """One in each role; those of a vendor become its members."""
        for role in ROLES[1:]:
            self.people[role] = Asker(add_identity(self.services, f"{role} person"), f"{role} person", EVERYTHING)
        for office in (Role.REVIEWER, Role.OFFICE, Role.OPERATOR):
            name = "office" if office is Role.OFFICE else office.value
            offices.appoint(self.services, f"{name} person", frozenset({office}), "Interop programme")

    def sign_in(self) -> None:
        """Everybody, now."""
        for role in ROLES[1:]:
            with self.services.database.write() as transaction:
                self.names[f"session_{role}"] = sessions.begin(
                    self.services, transaction, self.people[role], ("none", "", "a browser")
                )

    def add_vendor(self, key: str, name: str, *, lead: str = "office", state: str = "public", **words: str) -> bytes:
        """One of the state new, asked, approved or public, with a product and a version with two clouds."""
        services, asker, office = self.services, self.people[lead], self.people["office"]
        vendor = vendors.register(services, asker, name, words.get("about", "Runs clouds for others.")).row.id
        if state != "new":
            vendors.ask(services, asker, vendor, None, is_asked=True)
        if state in {"approved", "public"}:
            vendors.decide(services, office, vendor, None, is_approved=True, reason="known to the programme")
        if state == "public":
            vendors.edit(services, asker, vendor, VendorChange(is_public=True), None)
        self.names[f"vendor_{key}"] = ids.written(vendor)
        return vendor

    def add_product(self, key: str, lead: str, vendor: bytes, name: str, clouds: Sequence[str]) -> bytes:
        """With one version, whose id is the answer."""
        services, asker = self.services, self.people[lead]
        product = products.add(
            services, asker, vendor, name=name, kind=ProductKind.PUBLIC_CLOUD, description="A public cloud."
        ).row.id
        products.edit(services, asker, product, ProductChange(is_public=True), None)
        version = products.add_version(services, asker, product, "2026.2", list(clouds)).row.id
        self.names |= {f"product_{key}": ids.written(product), f"version_{key}": ids.written(version)}
        return version

    def send(self, key: str, content: bytes | Path, who: str = "user", **about: Any) -> bytes:
        """A run; its id."""
        file = self.services.scratch / "upload"
        file.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        name = "results.xml" if isinstance(content, bytes) else content.name
        said: dict[str, Any] = {"name": name, "is_public": True, "guideline": "2026.11"}
        run = runs.receive(self.services, self.people[who], file, AboutRun(**(said | about)))
        if key:
            self.names[key] = ids.written(run.id)
        return run.id

    def add_history(self, key: str, number: int, kind: str, program: str, count: int, **about: Any) -> None:
        """A cloud that is tested every few days until now; its newest runs are `KEY_last` and `KEY_before`."""
        tests = tests_of(load("2026.11"), program)
        self.names[f"cloud_{key}"] = cloud(number)
        days = about.pop("days", 3)
        for run, cases in enumerate(life(tests, count, kind)):
            moment = NOW - dt.timedelta(days=days * (count - 1 - run), hours=number)
            self.at(moment + dt.timedelta(minutes=40))
            name = {count - 1: f"{key}_last", count - 2: f"{key}_before", 0: f"{key}_first"}.get(run, "")
            self.send(name, junit(cases, moment), program=program, subject=cloud(number), region="RegionOne", **about)
        self.at(NOW)

    def add_revisions(self) -> None:
        """An earlier guideline, which was approved, and a later text of the one that ships along."""
        with self.services.database.read() as transaction:
            shipped = guidelines.revision_of(self.services, "2026.11")
            text = stored_guidelines.content(transaction, shipped.digest).decode()
        self.names["revision_shipped"] = shipped.digest.hex()
        for identity, content in (("2026.05", earlier(text)), ("2026.11", text.encode() + b"\n")):
            digest = hashlib.sha256(content).digest()
            status = "approved" if identity == "2026.05" else "draft"
            with self.services.database.write() as transaction:
                stored_guidelines.add(
                    transaction, Revision(digest, identity, status, "an example", self._moment), content
                )
            self.names[f"revision_{identity.replace('.', '_')}"] = digest.hex()


def earlier(text: str) -> bytes:
    """A guideline as it may have been half a year before: less was required, one flag less, one capability more."""
    found = json.loads(text)
    found["metadata"]["id"] = "2026.05"
    found["metadata"] |= {
        "target_approval": "2026.05",
        "status": "approved",
        "replaces": "2025.11",
    }
    storage = found["components"]["object_storage"]["capabilities"]
    storage["advisory"] += [storage["required"].pop(), storage["required"].pop(0)]
    storage["deprecated"] = [storage["advisory"].pop(0)]
    for capability in list(found["capabilities"].values())[:40]:
        for test in capability["tests"].values():
            test.pop("flag", None)
    return json.dumps(found, indent=4).encode()


def populate(services: Services) -> Names:
    """Everything; what there is, by name."""
    world = Populating(services)
    world.at(NOW - dt.timedelta(days=200))
    world.add_people()
    world.add_revisions()
    _vendors(world)
    _histories(world)
    _states(world)
    _hostile(world)
    _said(world)
    certify(world, NOW)
    _orders(world)
    world.sign_in()
    return world.names


def _vendors(world: Populating) -> None:
    acme = world.add_vendor("acme", "Acme Clouds", lead="administrator")
    for name in ("member", "designate"):
        made = members.invite(world.services, world.people["administrator"], acme, is_administrator=False, days=1)
        members.accept(world.services, world.people[name], made.word)
    designate = world.people["designate"].identity
    assert designate is not None
    members.appoint(world.services, world.people["office"], acme, Role.DESIGNATE, designate, reason="their letter")
    world.add_product("acme", "administrator", acme, "Acme Public Cloud", [cloud(1), cloud(1, "RegionTwo")])
    borealis = world.add_vendor("borealis", "Borealis", lead="user")
    world.add_product("borealis", "user", borealis, "Borealis Stack", [cloud(2)])
    world.add_vendor("waiting", "Waiting Hosts", lead="user", state="asked")
    world.add_vendor("new", "Newcomer", lead="user", state="new")


def _histories(world: Populating) -> None:
    acme = {"vendor": "Acme Clouds", "product": "Acme Public Cloud", "version": "2026.2"}
    nightly = {"deployment-tool": "kolla-ansible", "size": "50-199", "ci": "nightly"}
    world.add_history("acme", 1, "broken", OBJECT, 24, **acme, tags=nightly, who="member")
    borealis = {"vendor": "Borealis", "product": "Borealis Stack", "version": "11"}
    world.add_history("borealis", 2, "wavering", OBJECT, 16, **borealis, tags={"size": "2-9"}, days=7)
    world.add_history("cirrus", 3, "steady", OBJECT, 6, vendor="Cirrus", product="Cirrus", days=20)
    world.add_history("dust", 4, "poor", COMPUTE, 10, vendor="Dust", product="Dust Devil", days=11)
    world.add_history("ember", 5, "mended", COMPUTE, 8, vendor="Ember", product="Ember", days=14)


def _states(world: Populating) -> None:
    """Runs in every state of which a page has something else to say."""
    world.at(NOW - dt.timedelta(hours=5))
    world.send("run_passed", EXAMPLES / "object-storage-pass.subunit", program=OBJECT, subject=cloud(6))
    world.send("run_broken", EXAMPLES / "object-storage-broken.subunit", program=OBJECT, subject=cloud(6))
    world.send("run_compute", EXAMPLES / "compute.subunit.gz", program=COMPUTE, subject=cloud(7))
    cut = (EXAMPLES / "object-storage-broken.subunit").read_bytes()[:100_000]
    world.send("run_cut", cut, program=OBJECT, subject=cloud(6), name="cut-off.subunit")
    required = [written(test) for test in tests_of(load("2026.11"), COMPUTE)]
    world.send("run_all_failing", junit(all_failing(required, 1500), NOW), subject=cloud(8), program=COMPUTE)
    world.send("run_private", EXAMPLES / "object-storage-pass.subunit", program=OBJECT, is_public=False)
    world.send("run_unjudged", junit([Case("own.suite.Test.test_a")], NOW), guideline=None)
    # What is large is kept and read by a job: one is read never, one cannot be.
    later = dataclasses.replace(world.services.settings, largest_read_at_once=10)
    world.services = dataclasses.replace(world.services, settings=later)
    world.send("run_unreadable", b"no results at all, " * 20, name="notes.txt", guideline=None)
    work_once(world.services)
    world.send("run_unread", EXAMPLES / "object-storage-pass.subunit", program=OBJECT)
    _claimed(world)
    going = live.begin(world.services, world.people["user"], {"program": OBJECT, "vendor": "Borealis"}, is_public=True)
    told = b'{"planned": 58, "done": 12, "passed": 11, "failed": 1, "sentence": "12 of 58"}'
    live.progress(world.services, world.people["user"], going.id, told.decode())
    world.names["live"] = ids.written(going.id)


def _claimed(world: Populating) -> None:
    member, designate = world.people["member"], world.people["designate"]
    world.services = dataclasses.replace(world.services, settings=world._services.settings)  # noqa: SLF001 - as it was
    version = ids.read(world.names["version_acme"])
    for key, is_public in (("run_official", False), ("run_verified", True)):
        run = world.send(
            key,
            EXAMPLES / "object-storage-pass.subunit",
            "member",
            program=OBJECT,
            subject=cloud(1),
            is_public=is_public,
        )
        claims.attach(world.services, member, run, version)
        claims.make_official(world.services, designate, run, None, is_official=True)
        if key == "run_verified":
            claims.verify(world.services, world.people["office"], run, None, "looked at the evidence")


def _hostile(world: Populating) -> None:
    """Words of strangers wherever they may stand; what the services refuse does not get here."""
    markup, image, formula, bidi = HOSTILE_NAMES[:4]
    said: dict[str, Any] = {
        "vendor": markup,
        "product": image,
        "version": formula,
        "region": bidi,
        "tags": {"x": markup, "y": f"{formula} {bidi}"},
    }
    world.send("run_hostile", hostile_upload(), name=f"{image}.json", subject=f"cloud {markup}", guideline=None, **said)
    world.send("run_hostile_failing", junit(hostile_cases(), NOW), subject=f"cloud {markup}", program=OBJECT, **said)
    world.send("run_long", junit([Case("suite.A." + "y" * 3_900, "failed", "<z>" * 400_000)], NOW), guideline=None)
    world.names["cloud_hostile"] = f"cloud {markup}"
    vendor = world.add_vendor("hostile", f"{markup} & Sons", lead="user", about=f"{image} {bidi} {formula}")
    world.add_product("hostile", "user", vendor, image, [cloud(9)])


def _said(world: Populating) -> None:
    """Votes, nominations, answers, and what somebody was told."""
    markup, image, formula, bidi = HOSTILE_NAMES[:4]
    services, user, member = world.services, world.people["user"], world.people["member"]
    opinions.vote(services, user, VOTED, f"Clouds differ here {markup}", is_for=True)
    opinions.vote(services, member, VOTED, f"{formula} needs an administrator", is_for=False)
    link = "https://tests.example.org/" + "long/" * 20
    nominated = opinions.nominate(services, user, f"own.{image}", link, "all could run it")
    opinions.nominate(services, member, "own.suite.Test.test_b", "https://tests.example.org/b", "It tells clouds apart")
    world.names["nomination"] = ids.written(nominated.id)
    said = dict.fromkeys(("marketplace", "logo", "bare-metal", "kubernetes"), "yes") | {"object-storage": "swift"}
    for role in ("user", "member", "designate", "reviewer", "office"):
        questionnaires.answer(services, world.people[role], "interoperability", {**said, "remarks": markup})
    with services.database.write() as transaction:
        to = Concerned(ids.read(world.names["vendor_acme"]))
        path = f"/vendors/{world.names['vendor_acme']}"
        for event, text in (("question", f"{markup} {bidi}"), ("ends today", "")):
            values = {"name": f"Acme Public Cloud {image}", "text": text, "day": "2026-12-31"}
            tell(services, transaction, event, path, to, values, event)


def _orders(world: Populating) -> None:
    """Standing orders that passed, are at work, wait, are set aside; of the programme and of a vendor."""
    services, office = world.services, world.people["office"]
    world.at(NOW - dt.timedelta(days=3))
    for name, labels in (("north", ("eu",)), ("south", ()), (HOSTILE_NAMES[0], ())):
        terms = OrderTerms(name, "north" if labels else "south", OBJECT, guideline="2026.11", labels=labels, workers=4)
        order = orders.add(services, office, PROGRAMME, terms, "daily 02:00", 240).order.id
        world.names["order_hostile" if name == HOSTILE_NAMES[0] else f"order_{name}"] = ids.written(order)
    north, south = (ids.read(world.names[f"order_{name}"]) for name in ("north", "south"))
    about = AboutRunner("runner-1", ("eu", "large"), ("north", "south"), "1.0")
    skipped = AssignmentEnd(AssignmentState.SKIPPED, None, None, "https://north.example does not answer: timed out")
    for days in (2, 1):
        world.at(NOW - dt.timedelta(days=days))
        orders.start(services, office, north)
        found = runners.claim(services, office, None, about).found
        assert found is not None
        if days == 2:
            runners.end(services, office, found.assignment.id, 1, skipped)
    world.at(NOW - dt.timedelta(hours=5))
    assert found is not None
    runners.tell(services, office, found.assignment.id, 1, "12 of 58 tests")
    orders.edit(services, office, south, OrderChange(aside="moves house", aside_until=dt.date(2099, 1, 1)), None)
    acme = ids.read(world.names["vendor_acme"])
    own = orders.add(services, world.people["administrator"], acme, OrderTerms("own", "own", OBJECT), "by hand", 60)
    world.names["order_acme"] = ids.written(own.order.id)
