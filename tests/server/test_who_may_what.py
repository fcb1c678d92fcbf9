"""Every route, every role, things of one's own and of others: asked for one by one, from the table of routes.

What is expected follows from the rules (`domain.permissions`) and from what somebody is to the thing; what happens
is what the handler does, with what stands before it. Who may not is told 401, 403, or that there is no such thing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from certmark.domain.certification.steps import DossierKind
from certmark.domain.orders.terms import OrderTerms
from certmark.domain.permissions import DEFAULT_RULES, OF_VENDOR, Right, Role, with_everybody
from certmark.domain.products import ProductKind
from certmark.domain.subscriptions import Condition
from certmark.server import ids
from certmark.server.api.errors import problem_of
from certmark.server.api.receiving import allowed
from certmark.server.api.routes import Answer, Content, Route, Stream
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import EVERYTHING, STRANGER, Asker, TokenScope
from certmark.server.opening import add_identity
from certmark.server.services import (
    claims,
    live,
    members,
    offices,
    opinions,
    orders,
    products,
    publishing,
    queries,
    runners,
    runs,
    sessions,
    subscriptions,
    tokens,
    uploads,
    vendors,
)
from certmark.server.services.certification import applications, cases
from certmark.server.services.certification.applications import DraftChange, NewApplication
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.holders import new_holder
from certmark.server.services.products import ProductChange
from certmark.server.services.publishing import Jobs
from certmark.server.services.questions import Question
from certmark.server.services.runners import AboutRunner
from certmark.server.services.runs import AboutRun
from certmark.server.services.tokens import A_DAY
from certmark.server.services.vendors import VendorChange
from certmark.server.store import keys as stored_keys
from certmark.server.store import runs as stored
from certmark.server.store.certification import applications as stored_applications
from certmark.server.store.certification.applications import StoredReviewer
from certmark.server.store.keys import StoredKey
from support.certification import planted_certificate

pytestmark = [pytest.mark.enable_socket, pytest.mark.thorough]
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
CLOUDS = ("cloud:000g40r40m30e209185gr38e-gv/RegionOne", "cloud:000g40r40m30e209185gr38e-gv/RegionTwo")
DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
PUBLIC_ONLY = {Right.SEE_PUBLIC_VENDOR, Right.SEE_PUBLIC_PRODUCT, Right.SEE_SHARED_RUN}
OWN = {Right.SEE_OWN_RUN, Right.EDIT_OWN_RUN}
ENDS = {"delete_run", "attach_run", "detach_run", "end_live", "delete_upload", "withdraw_invitation"}
ENDS |= {"start_order", "cancel_order", "put_progress_of_assignment", "end_assignment", "remove_runner"}
ENDS |= {"revoke_token", "end_session", "remove_key", "remove_publisher"}
ENDS |= {
    "remove_subscription",
    "withdraw_nomination",
    "revoke_vendor_token",
    "remove_vendor_key",
    "remove_vendor_publisher",
}
"""After these the thing is another one, or gone: each is asked of a new one."""
QUESTIONS = ("marketplace", "logo", "bare-metal", "kubernetes")
SECRETS = {"token", "session", "key", "publisher", "subscription", "nomination"}
ORDERED = {"order", "runner", "assignment"}
OF_AN_OWNER = {"list_orders", "add_order", "list_runners", "claim_assignment"}
"""Of a vendor that the query names, or of the programme."""
"""Of whom they are, and of nobody else: whoever has the right has it to their own."""
CI = {"repository_id": "1", "repository_owner_id": "2"}
ANSWERS = {"show_impact", "show_evidence_of_clouds"}
"""A draft is sent along with the question; nothing changes."""
NOT_ATTESTED = {"show_proof", "get_receipt", "get_revealed_values"}
"""Who may see the run is told that it has none, or that nothing of it is revealed to them."""


class Thing(NamedTuple):
    """What is asked for."""

    name: str
    whose: str
    """Of which vendor or person."""
    rights: frozenset[Right]
    """That can open it, as it is."""
    words: dict[str, str]
    """For the path."""


class World:
    """Two vendors, each with people in every role; the programme's people; strangers. All is private but what is said."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services, self.file = services, folder / "r.xml"
        self.file.write_bytes(RESULTS)
        self._numbers = itertools.count()
        self.people: dict[str, tuple[Asker, str, frozenset[Role]]] = {"anonymous": (STRANGER, "", frozenset())}
        self._add("user", "", frozenset())
        for role in (Role.REVIEWER, Role.OFFICE, Role.OPERATOR):
            self._add(role.value, "", frozenset({role}))
            offices.appoint(services, role.value, frozenset({role}), "Programme")
        self.vendor: dict[str, bytes] = {}
        self.product: dict[str, bytes] = {}
        self.version: dict[str, bytes] = {}
        for letter in "AB":
            self._found(letter)
        office = self.asker("programme office")
        self.query = queries.save(services, office, Question("status:fail"), {}).short
        self.agreement = vendors.publish_agreement(services, office, "Mark", "1", RESULTS).digest

    def asker(self, name: str) -> Asker:
        return self.people[name][0]

    def written(self, name: str) -> str:
        return ids.written(self.asker(name).identity or bytes(16))

    def _add(self, name: str, vendor: str, roles: frozenset[Role]) -> Asker:
        asker = Asker(add_identity(self.services, name), name, EVERYTHING)
        self.people[name] = (asker, vendor, roles)
        return asker

    def _found(self, letter: str) -> None:
        services, office = self.services, self.asker("programme office")
        lead = self._add(f"administrator of {letter}", letter, frozenset({Role.MEMBER, Role.ADMINISTRATOR}))
        vendor = self.vendor[letter] = vendors.register(services, lead, letter, "").row.id
        for role in (Role.MEMBER, Role.DESIGNATE, Role.DEPUTY):
            asker = self._add(f"{role.value} of {letter}", letter, frozenset({Role.MEMBER, role}))
            word = members.invite(services, lead, vendor, is_administrator=False, days=1).word
            members.accept(services, asker, word)
            if role is not Role.MEMBER:
                members.appoint(services, office, vendor, role, person(asker), reason="letter")
        vendors.ask(services, lead, vendor, None, is_asked=True)
        vendors.decide(services, office, vendor, None, is_approved=True, reason="known")
        product = products.add(services, lead, vendor, name="Cloud", kind=ProductKind.PUBLIC_CLOUD, description="")
        self.product[letter] = product.row.id
        self.version[letter] = products.add_version(services, lead, product.row.id, "1", list(CLOUDS)).row.id

    def roles(self, name: str, thing: Thing) -> frozenset[Role]:
        """What somebody is to a thing."""
        asker, vendor, roles = self.people[name]
        found = roles if vendor == thing.whose[-1:] else roles - OF_VENDOR
        if thing.whose == name:
            found |= {Role.OWNER}
        return with_everybody(found, is_known=asker.identity is not None)

    def sent(self, who: Asker, *, is_public: bool = False) -> bytes:
        about = AboutRun(name="r.xml", subject=CLOUDS[0], is_public=is_public)
        run = runs.receive(self.services, who, self.file, about)
        with self.services.database.write() as transaction:
            stored.attest(transaction, run, b"{}")
        return run.id

    def attached(self, letter: str, *, is_official: bool = False, is_public: bool = False) -> bytes:
        run = self.sent(self.asker(f"member of {letter}"), is_public=is_public)
        claims.attach(self.services, self.asker(f"member of {letter}"), run, self.version[letter])
        if is_official:
            claims.make_official(self.services, self.asker(f"designate of {letter}"), run, None, is_official=True)
        return run

    def dossier(self, letter: str, route: Route) -> dict[str, str]:
        """A draft, a certificate or a grievance of a vendor, and the step that their designate may take."""
        services, member = self.services, self.asker(f"member of {letter}")
        version = self.version[letter]
        if "certificate" in route.in_path:
            made = planted_certificate(services, self.vendor[letter], self.product[letter], version)
            return {"certificate": ids.written(made), "event": "withdraw"}
        if "case" in route.in_path:
            said = {"test": f"a.B.{next(self._numbers)}", "reason": "x"}
            subject = CaseSubject(version=version)
            filer = self.asker(f"deputy of {letter}")
            case = cases.file(services, filer, DossierKind.GRIEVANCE, subject, said, "openstack-powered")
            return {"case": ids.written(case.row.id), "event": "withdraw"}
        new = NewApplication(version, "openstack-powered", "compute", "2026.11")
        draft = applications.draft(services, member, new).row
        run = ids.written(self.attached(letter))
        applications.edit(services, member, draft.id, DraftChange(runs=[run]), None)
        with services.database.write() as transaction:
            who = person(self.asker("reviewer"))
            stored_applications.assign(transaction, draft.id, StoredReviewer(who, "", "Programme", 1))
        return {"application": ids.written(draft.id), "event": "discard", "run": run}

    def words_of(self, letter: str, route: Route) -> dict[str, str]:
        """What the path names, of a vendor."""
        member = self.asker(f"designate of {letter}" if route.name == "remove_member" else f"member of {letter}")
        found = {
            "vendor": ids.written(self.vendor[letter]),
            "product": ids.written(self.product[letter]),
            "version": ids.written(self.version[letter]),
            "person": ids.written(person(member)),
        }
        if "invitation" in route.in_path:
            lead = self.asker(f"administrator of {letter}")
            made = members.invite(self.services, lead, self.vendor[letter], is_administrator=False, days=1)
            found["invitation"] = made.invitation.digest.hex()
        for name in ORDERED & set(route.in_path):
            found[name] = self.ordered(name, letter, route)
        for name in SECRETS & set(route.in_path):
            found[name] = self.secret(name, self.asker(f"administrator of {letter}"), self.vendor[letter])
        return found

    def ordered(self, name: str, letter: str, route: Route) -> str:
        """A new order of a vendor, what is to be done of it, or who does it."""
        services, lead, vendor = self.services, self.asker(f"administrator of {letter}"), self.vendor[letter]
        cloud = f"cloud-{next(self._numbers)}"
        order = orders.add(services, lead, vendor, OrderTerms("nightly", cloud, "compute"), "by hand", 60).order.id
        if name == "assignment" or route.name == "cancel_order":
            orders.start(services, lead, order)
        if name == "order":
            return ids.written(order)
        found = runners.claim(services, lead, vendor, AboutRunner(cloud, (), (cloud,), "1")).found
        if found is not None:
            return ids.written(found.assignment.id)
        return ids.written(next(one.id for one in runners.listed(services, lead, vendor) if one.name == cloud))

    def secret(self, name: str, asker: Asker, vendor: bytes | None = None) -> str:
        """A new token, session, key or publisher of somebody, or of a vendor of theirs: how it is called."""
        services = self.services
        if name == "token":
            return tokens.make(services, asker, "", A_DAY, [TokenScope.READ], vendor)[1].digest.hex()
        url = "https://example.org/hook"
        if name == "subscription":
            return ids.written(subscriptions.subscribe(services, asker, self.query, url, Condition.CHANGED, 0).id)
        if name == "nomination":
            self.sent(asker)
            return ids.written(opinions.nominate(services, asker, f"x.{next(self._numbers)}", url, "x").id)
        if name == "publisher":
            return ids.written(publishing.add(services, asker, Jobs("hub", CI, ""), vendor).id)
        with services.database.write() as transaction:
            if name == "session":
                sessions.begin(services, transaction, asker, ("none", "", ""))
            else:
                owner = new_holder(services, transaction, asker, vendor).identity
                digest = next(self._numbers).to_bytes(32)
                stored_keys.add(transaction, StoredKey(digest, owner, "ssh-ed25519 AAAA", 1, 1))
                return digest.hex()
        return ids.written(sessions.own(services, asker)[0].id)

    def things(self, route: Route) -> Iterator[Thing]:
        """What can be asked for, of one vendor and of the other, in every state that matters."""
        may = frozenset(route.may)
        if SECRETS & set(route.in_path) and route.path.startswith(("/account/", "/subscriptions/", "/nominations/")):
            for owner in ("member of A", "member of B"):
                words = {name: self.secret(name, self.asker(owner)) for name in route.in_path}
                yield Thing("own", owner, may, words)
            return
        if {"application", "certificate", "case"} & set(route.in_path):
            for letter in "AB":
                words = self.dossier(letter, route)
                yield Thing("its own", letter, self._opening(route), words)
            return
        if not {"vendor", "product", "version", "run", "live", "upload", *ORDERED} & set(route.in_path):
            if route.name in OF_AN_OWNER:
                yield from (
                    Thing("private", letter, may, {"vendor": ids.written(self.vendor[letter])}) for letter in "AB"
                )
                yield Thing("the programme's", "", may, {})
                return
            words = {"guideline": "2026.11", "key": "size", "agreement": self.agreement.hex(), "short": self.query}
            words |= {"questionnaire": "interoperability", "programme": "scs", "rulebook": "2026.1"}
            yield Thing("anything", "", may, words)
            return
        for letter in "AB":
            if "run" in route.in_path:
                yield from self._runs(letter, may)
            elif {"live", "upload"} & set(route.in_path):
                yield self._open(letter, route, may)
            else:
                yield Thing("private", letter, may - PUBLIC_ONLY, self.words_of(letter, route))

    def _opening(self, route: Route) -> frozenset[Right]:
        """What opens it as it is: nothing of it is public but a certificate, and each step has one right."""
        moved = {
            "move_application": Right.EDIT_APPLICATION,
            "move_certificate": Right.COMMIT_APPLICATION,
            "move_case": Right.EDIT_APPLICATION,
        }
        if route.name in moved:
            return frozenset({moved[route.name]})
        return frozenset(route.may) - ({Right.SEE_REGISTER} if "case" in route.in_path else set())

    def _runs(self, letter: str, may: frozenset[Right]) -> Iterator[Thing]:
        owner, private = f"member of {letter}", may - PUBLIC_ONLY
        official = {Right.SEE_OFFICIAL_RUN, Right.VERIFY_RUN}
        for name, whose, rights, run in (
            ("sent", owner, private & OWN, self.sent(self.asker(owner))),
            ("attached", letter, private - OWN - official, self.attached(letter)),
            ("official", letter, private - OWN, self.attached(letter, is_official=True)),
            ("shared", letter, may - OWN - {Right.SEE_OFFICIAL_RUN}, self.attached(letter, is_public=True)),
        ):
            yield Thing(name, whose, rights, {"run": ids.written(run)})

    def _open(self, letter: str, route: Route, may: frozenset[Right]) -> Thing:
        """What goes on yet is who's only who began it."""
        owner = self.asker(f"member of {letter}")
        if "live" in route.in_path:
            word = ids.written(live.begin(self.services, owner, {}, is_public=False).id)
            return Thing("going on", f"member of {letter}", may - PUBLIC_ONLY, {"live": word})
        about = AboutRun(name="r.xml")
        word = ids.written(uploads.begin(self.services, owner, about, len(RESULTS)).id)
        return Thing("open", f"member of {letter}", may, {"upload": word})


def person(asker: Asker) -> bytes:
    assert asker.identity is not None
    return asker.identity


@pytest.fixture(scope="module")
def world(lasting: Services, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(lasting, tmp_path_factory.mktemp("world"))


def asked_with(route: Route, thing: Thing, world: World) -> tuple[Any, list[Any]]:
    """Parameters and body with which nothing changes, where that can be; what changes anyway is in ENDS."""
    letter = thing.whose[-1:] if thing.whose[-1:] in world.vendor else "A"
    lead, member = world.asker(f"administrator of {letter}"), world.asker(f"member of {letter}")
    words: dict[str, Any] = {
        "name": "x",
        "size": 1,
        "offset": 0,
        "index": 0,
        "first": 1,
        "second": 1,
        "test": "a.B.c",
        "by": "cloud",
        "before": thing.words.get("run"),
        "if_match": '"999"',
        **thing.words,
    }
    if route.name == "publish_agreement":
        words |= {"name": "Mark", "version": "1"}
    names = {field.name: field.required for field in msgspec.structs.fields(route.parameters)}
    asked = {name: words[name] for name in names if (names[name] or name == "if_match") and name in words}
    if route.name in OF_AN_OWNER and "vendor" in thing.words:
        asked["vendor"] = thing.words["vendor"]
    if "of" in names:
        asked["of"] = "public"
    nowhere = ids.written(bytes(16))
    bodies: dict[str, dict[str, Any]] = {
        "register_vendor": {"name": "New"},
        "decide_on_vendor": {"approve": True, "reason": "x"},
        "merge_vendor": {"into": ids.written(world.vendor["B" if letter == "A" else "A"]), "reason": "x"},
        "put_member": {"administrator": False},
        "hand_over_vendor": {"to": ids.written(person(lead))},
        "appoint_designate": {
            "role": "deputy",
            "person": ids.written(person(world.asker(f"deputy of {letter}"))),
            "reason": "x",
        },
        "accept_invitation": {"word": "x"},
        "accept_agreement": {"sha256": world.agreement.hex()},
        "add_product": {"name": "Cloud", "kind": "appliance"},
        "add_version": {"name": "1"},
        "attach_run": {"version": ids.written(world.version[letter])},
        "make_official": {"official": True},
        "verify_run": {"verified": True, "reason": "x"},
        "put_progress": {"planned": 1},
        "save_query": {"q": "status:fail"},
        "subscribe": {"query": world.query, "url": "https://example.org/hook", "condition": "changed"},
        "edit_subscription": {"paused": False},
        "draft_application": {"version": nowhere, "programme": "scs", "program": "x", "guideline": "x"},
        "renew_certificate": {"certificate": nowhere},
        "file_case": {"kind": "appeal", "application": nowhere, "values": {"grounds": "x"}},
        "move_certificate": {"values": {"reason": "x"}},
        "vote": {"is_for": True, "reason": "x"},
        "nominate_test": {"test": "x.y", "link": "https://example.org/", "reason": "x"},
        "answer_questionnaire": {"answers": dict.fromkeys(QUESTIONS, "yes") | {"object-storage": "swift"}},
        "add_order": {"terms": {"name": "n", "cloud": "c", "program": "p"}, "schedule": "by hand"},
        "claim_assignment": {"name": "r", "clouds": []},
        "put_progress_of_assignment": {"attempt": 1},
        "end_assignment": {"attempt": 1, "state": "skipped"},
        "edit_runner": {"drained": False},
    }
    key = {"key": "none", "challenge": "none", "signature": "none"}
    bodies["take_over_account"] = key
    for kind in ("", "_vendor"):
        bodies[f"make{kind}_token"] = {"label": "x"}
        bodies[f"add{kind}_key"] = key
        bodies["take_over_account"] = key
        bodies[f"add{kind}_publisher"] = {"ci": "hub", "claims": {}}
    assert member is not lead
    more: list[Any] = []
    if route.body is not None:
        more = [msgspec.convert(bodies.get(route.name, {}), route.body)]
    elif route.takes_body:
        more = [world.file]
    return msgspec.convert(asked, route.parameters, strict=False), more


def answer_to(world: World, route: Route, asker: Asker, thing: Thing) -> HTTPStatus:
    """What whoever asks is told, with the checks that stand before a handler."""
    asked, more = asked_with(route, thing, world)
    try:
        allowed(route, asker)
        offices.check(world.services, asker, route.may)
        answer = route.handler(world.services, asker, asked, *more)
        if isinstance(answer, Stream):
            b"".join(answer.pieces)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        is_there = problem.status == HTTPStatus.NOT_FOUND and "that you may see" not in problem.detail
        if route.name in NOT_ATTESTED and is_there:
            return HTTPStatus.OK
        return HTTPStatus(problem.status)
    assert answer is None or isinstance(answer, Answer | Content | Stream | msgspec.Struct)
    return route.status


def test_every_route_says_which_right_it_needs() -> None:
    assert [route.name for route in ROUTES if not route.may] == []
    for route in ROUTES:
        changes = [right for right in route.may if not right.value.startswith("see-")]
        if route.method != "GET" and route.name not in {"accept_invitation", *ANSWERS}:
            assert changes, f"{route.name} changes something, and any right to see would do"
            assert route.scope is not None, f"{route.name} changes something, and strangers could"


# Whoever erases their data is gone: tests of people ask for that.
@pytest.mark.parametrize("route", [one for one in ROUTES if one.name != "erase_own_data"], ids=lambda route: route.name)
def test_who_has_a_right_to_a_thing_may_and_nobody_else(world: World, route: Route) -> None:
    wrong = []
    for number, name in enumerate(world.people):
        if number == 0 or route.name in ENDS:
            things = list(world.things(route))
        for thing in things:
            roles = world.roles(name, thing)
            found = answer_to(world, route, world.asker(name), thing)
            is_list = thing.name == "anything"
            denied = DENIED - {HTTPStatus.NOT_FOUND} if is_list else DENIED
            rights = thing.rights
            # A list shows what one may see: those who may see something of some vendor or of their own may ask.
            if is_list and world.asker(name).identity is not None:
                roles |= {role for right in rights for role in DEFAULT_RULES.roles(right) & (OF_VENDOR | {Role.OWNER})}
            may = any(DEFAULT_RULES.allow(right, roles) for right in rights)
            if route.scope is not None and world.asker(name).identity is None:
                may = False
            may &= thing.name != "own" or thing.whose == name
            # Whoever is a member may leave.
            may |= route.name == "remove_member" and thing.words["person"] == world.written(name)
            if (found not in denied) != may or (not may and found < 400):
                wrong.append(f"{name}, {thing.name} of {thing.whose}: {found} where it {'may' if may else 'may not'}")
    assert wrong == []


def test_lists_show_nobody_what_they_may_not_see(world: World) -> None:
    services = world.services
    shown = {ids.written(world.attached("A", is_public=True))}
    hidden = {ids.written(one) for letter in "AB" for one in (world.vendor[letter], world.product[letter])}
    hidden |= {ids.written(world.attached("A")), ids.written(world.sent(world.asker("member of B")))}
    seen_by: dict[str, str] = {}
    for name, (asker, _, _) in world.people.items():
        found = b""
        for route in ROUTES:
            if (
                route.method == "GET"
                and not route.in_path
                and route.answer is not None
                # Of a test, of a program; what is certified is public.
                and route.name not in {"show_history", "list_blockers", "list_certificates"}
            ):
                asked, _ = asked_with(route, Thing("anything", "", frozenset(route.may), {}), world)
                try:
                    allowed(route, asker)
                    answer = route.handler(services, asker, asked)
                except (NotPermitted, NotFound):
                    continue
                found += msgspec.json.encode(answer.body if isinstance(answer, Answer) else answer)
        seen_by[name] = found.decode()
    for name in ("anonymous", "user"):
        assert not [one for one in hidden if one in seen_by[name]], name
        assert all(one in seen_by[name] for one in shown), name
    for letter, other in ("AB", "BA"):
        for role in ("member", "administrator", "designate", "deputy"):
            text = seen_by[f"{role} of {letter}"]
            assert ids.written(world.vendor[letter]) in text
            assert ids.written(world.vendor[other]) not in text
            assert ids.written(world.product[other]) not in text


def test_what_is_public_is_seen_by_everybody_and_only_that(world: World) -> None:
    services, lead = world.services, world.asker("administrator of A")
    vendors.edit(services, lead, world.vendor["A"], VendorChange(is_public=True), None)
    products.edit(services, lead, world.product["A"], ProductChange(is_public=True), None)
    seeing = [
        route for route in ROUTES if {"vendor", "product", "version"} & set(route.in_path) and route.method == "GET"
    ]
    for route in seeing:
        words = world.words_of("A", route)
        found = answer_to(world, route, STRANGER, Thing("public", "A", frozenset(route.may), words))
        is_open = bool(PUBLIC_ONLY & set(route.may))
        assert (found == HTTPStatus.OK) == is_open, route.name
    vendors.edit(services, lead, world.vendor["A"], VendorChange(is_public=False), None)
    assert re.match("show", seeing[0].name)
