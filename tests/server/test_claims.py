"""Whose a run is: private, given to a product, official, verified, counted; who sees and changes it then."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.permissions import AccessRules, Right, Role
from certmark.domain.products import ProductKind
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.opening import add_identity
from certmark.server.services import claims, listings, members, products, runs, vendors
from certmark.server.services.claims import RunChange
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, Outdated, WrongState
from certmark.server.services.keys import FRESH, OLD
from certmark.server.services.offices import appoint
from certmark.server.services.runs import AboutRun
from certmark.server.services.vendors import VendorChange
from certmark.server.store import attestations, keys
from certmark.server.store import runs as stored_runs
from certmark.server.store.attestations import AcceptedAttestation
from certmark.server.store.keys import StoredKey
from certmark.server.store.listings import RunFilter
from certmark.trust.keys.files import FileSigner, new_key
from certmark.trust.keys.keys import Algorithm, digest_of_id

pytestmark = pytest.mark.enable_socket
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
FOREIGN = "no key of its vendor or of a member signed its attestation"
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'


class Scene:
    """A vendor with an administrator, a designate and a plain member; the office, a reviewer; a version of a product."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services, self.folder = services, folder
        names = ("admin", "designate", "member", "office", "reviewer", "other")
        people = {name: Asker(add_identity(services, name), name, EVERYTHING) for name in names}
        self.admin, self.designate, self.member = people["admin"], people["designate"], people["member"]
        self.office, self.reviewer, self.other = people["office"], people["reviewer"], people["other"]
        appoint(services, "office", frozenset({Role.OFFICE}), "")
        appoint(services, "reviewer", frozenset({Role.REVIEWER}), "Another company")
        self.vendor = vendors.register(services, self.admin, "Example", "").row.id
        for who in (self.designate, self.member):
            word = members.invite(services, self.admin, self.vendor, is_administrator=False, days=1).word
            members.accept(services, who, word)
        assert self.designate.identity is not None
        members.appoint(services, self.office, self.vendor, Role.DESIGNATE, self.designate.identity, reason="letter")
        product = products.add(
            services, self.admin, self.vendor, name="Cloud", kind=ProductKind.PUBLIC_CLOUD, description=""
        )
        self.version = products.add_version(services, self.admin, product.row.id, "1", [CLOUD]).row.id

    def approve(self) -> None:
        vendors.ask(self.services, self.admin, self.vendor, None, is_asked=True)
        vendors.decide(self.services, self.office, self.vendor, None, is_approved=True, reason="known")

    def sent(self, who: Asker, *, subject: str | None = CLOUD, **about: object) -> bytes:
        file = self.folder / "r.xml"
        file.write_bytes(RESULTS)
        return runs.receive(self.services, who, file, AboutRun(name="r.xml", subject=subject, **about)).id  # type: ignore[arg-type]  # as a test says

    def sees(self, who: Asker, run: bytes) -> bool:
        try:
            runs.show(self.services, who, run)
        except NotFound:
            return False
        return True


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> Scene:
    return Scene(services, tmp_path)


def test_a_run_goes_from_its_sender_to_the_vendor_to_the_office_and_stays_as_it_is(scene: Scene) -> None:
    services = scene.services
    run = scene.sent(scene.member)
    everybody = (scene.admin, scene.designate, scene.office, scene.reviewer, scene.other, STRANGER)
    assert not any(scene.sees(who, run) for who in everybody)
    with pytest.raises(NotFound):
        claims.attach(services, scene.admin, run, scene.version)
    shown = claims.attach(services, scene.member, run, scene.version)
    assert not shown.is_claimed, "the vendor is not approved"
    assert [scene.sees(who, run) for who in everybody] == [True, True, False, False, False, False]
    with pytest.raises(WrongState, match="is unclaimed"):
        claims.make_official(services, scene.designate, run, None, is_official=True)
    scene.approve()
    shown = claims.show(services, scene.member, run)
    assert shown.is_claimed
    assert shown.claim is not None
    for who in (scene.admin, scene.member):
        with pytest.raises(NotPermitted, match="make-official"):
            claims.make_official(services, who, run, None, is_official=True)
    with pytest.raises(Outdated):
        claims.make_official(services, scene.designate, run, shown.claim.revision - 1, is_official=True)
    official = claims.make_official(services, scene.designate, run, shown.claim.revision, is_official=True).claim
    assert official is not None
    assert official.official_by == "designate"
    assert [scene.sees(who, run) for who in everybody] == [True, True, True, True, False, False]
    assert [row.id for row in claims.official(services, scene.reviewer, None, 5)[0]] == [run]
    assert claims.official(services, scene.other, None, 5)[0] == []
    with pytest.raises(NotPermitted, match="verify-run"):
        claims.verify(services, scene.reviewer, run, None, "fine")
    verified = claims.verify(services, scene.office, run, official.revision, "All is there.").claim
    assert verified is not None
    assert (verified.verified_by, verified.reason) == ("office", "All is there.")
    assert runs.show(services, scene.admin, run)[0].digest.hex() in (verified.digests or "")
    for change in (
        lambda: runs.delete(services, scene.admin, run),
        lambda: claims.edit(services, scene.admin, run, RunChange(tags={})),
        lambda: claims.detach(services, scene.admin, run),
        lambda: claims.attach(services, scene.admin, run, scene.version),
        lambda: claims.make_official(services, scene.designate, run, None, is_official=False),
    ):
        with pytest.raises(WrongState, match="stays as it is"):
            change()
    claims.unverify(services, scene.office, run, None, "by mistake")
    claims.make_official(services, scene.designate, run, None, is_official=False)
    runs.delete(services, scene.admin, run)
    actions = [deed.action for deed in vendors.past(services, scene.admin, scene.vendor, before=None, most=6)]
    assert actions == [
        "run.delete",
        "run.official_no_more",
        "run.verified_no_more",
        "run.verify",
        "run.official",
        "vendor.approve",
    ]


def test_who_sent_a_run_and_leaves_the_vendor_does_not_take_it_along(scene: Scene) -> None:
    services = scene.services
    run = scene.sent(scene.member)
    claims.attach(services, scene.member, run, scene.version)
    with pytest.raises(NotPermitted, match="edit-vendor-run"):
        runs.delete(services, scene.member, run)
    assert scene.member.identity is not None
    members.remove(services, scene.member, scene.vendor, scene.member.identity)
    assert not scene.sees(scene.member, run)
    assert listings.runs_like(services, scene.member, RunFilter(), behind=None, most=5).runs == []
    assert listings.clouds(services, scene.member, is_public=False, behind="", most=5) == ([], None)
    assert [row.id for row in claims.of_vendor(services, scene.admin, scene.vendor, None, 5)[0]] == [run]
    with pytest.raises(NotFound):
        claims.of_vendor(services, scene.member, scene.vendor, None, 5)
    claims.detach(services, scene.admin, run)
    assert scene.sees(scene.member, run)
    assert not scene.sees(scene.admin, run)


def test_a_run_is_attached_only_to_a_product_of_ones_own_vendor(scene: Scene) -> None:
    services = scene.services
    run = scene.sent(scene.other)
    with pytest.raises(NotFound, match="no version"):
        claims.attach(services, scene.other, run, scene.version)
    scene.approve()
    vendors.edit(services, scene.admin, scene.vendor, VendorChange(is_public=True), None)
    product = products.version(services, scene.admin, scene.version).row.product
    products.edit(services, scene.admin, product, products.ProductChange(is_public=True), None)
    with pytest.raises(NotPermitted, match="attach-run"):
        claims.attach(services, scene.other, run, scene.version)


@pytest.mark.parametrize("subject", [None, CLOUD.replace("RegionOne", "RegionTwo")])
def test_a_run_of_a_cloud_that_the_version_does_not_name_is_unclaimed(scene: Scene, subject: str | None) -> None:
    scene.approve()
    run = scene.sent(scene.admin, subject=subject)
    assert not claims.attach(scene.services, scene.admin, run, scene.version).is_claimed


def attested(scene: Scene, run: bytes, signer: FileSigner) -> None:
    """As a server keeps an attestation that was verified."""
    found = AcceptedAttestation(signer.public.blob[-32:], (signer.public.id,), (), 1, None)
    with scene.services.database.write() as transaction:
        row = stored_runs.one(transaction, scene.admin, run) or stored_runs.one(transaction, scene.member, run)
        assert row is not None
        stored_runs.attest(transaction, row, b"{}")
        attestations.accept(transaction, run, found)
        claims.weigh(transaction, run)


def known_key(scene: Scene, signer: FileSigner, whose: Asker, proof: int = FRESH) -> None:
    digest, identity = digest_of_id(signer.public.id), whose.identity
    assert identity is not None
    with scene.services.database.write() as transaction:
        keys.add(transaction, StoredKey(digest, identity, signer.public.line, proof, 1))


@pytest.mark.parametrize(
    ("whose", "proof", "lacks"),
    [
        ("member", FRESH, []),
        ("designate", FRESH, []),
        ("other", FRESH, [FOREIGN]),
        ("reviewer", FRESH, [FOREIGN]),
        ("member", OLD, [FOREIGN]),
        (None, FRESH, [FOREIGN]),
    ],
)
def test_an_attested_run_counts_where_a_key_of_the_vendor_or_a_member_signed_it(
    scene: Scene, whose: str | None, proof: int, lacks: list[str]
) -> None:
    services, signer = scene.services, new_key(Algorithm.ED25519)
    scene.approve()
    if whose is not None:
        known_key(scene, signer, getattr(scene, whose), proof)
    before, after = scene.sent(scene.member), scene.sent(scene.member)
    attested(scene, before, signer)
    shown = claims.attach(services, scene.member, before, scene.version)
    claims.attach(services, scene.member, after, scene.version)
    attested(scene, after, signer)
    again = claims.show(services, scene.admin, after)
    assert [(one.is_claimed, one.lacks) for one in (shown, again)] == [(not lacks, lacks)] * 2
    if lacks:
        with pytest.raises(WrongState, match=FOREIGN):
            claims.make_official(services, scene.designate, before, None, is_official=True)


def test_what_a_foreign_key_signed_counts_nowhere_until_a_member_signs(scene: Scene) -> None:
    services, foreign, own = scene.services, new_key(Algorithm.ED25519), new_key(Algorithm.ED25519)
    scene.approve()
    known_key(scene, own, scene.member)
    run = scene.sent(scene.member, tags={"hypervisor": "kvm"}, is_public=True)
    claims.attach(services, scene.member, run, scene.version)
    counted = []
    for signer in (None, foreign, own):
        if signer is not None:
            attested(scene, run, signer)
        counted.append(
            [one.claimed for one in claims.statistics(services, STRANGER, "hypervisor") if one.word == "kvm"]
        )
    assert counted == [[1], [0], [1]]
    claims.make_official(services, scene.designate, run, None, is_official=True)
    with pytest.raises(WrongState, match="it is official"):
        attested(scene, run, foreign)
    assert scene.member.identity is not None
    members.remove(services, scene.member, scene.vendor, scene.member.identity)
    assert claims.show(services, scene.admin, run).is_claimed, "who leaves takes nothing along"


def test_who_sees_a_shared_run_does_not_learn_of_a_private_product(scene: Scene) -> None:
    run = scene.sent(scene.admin)
    claims.attach(scene.services, scene.admin, run, scene.version)
    claims.edit(scene.services, scene.admin, run, RunChange(is_public=True))
    shown = claims.show(scene.services, STRANGER, run)
    assert (shown.product, shown.version) == (None, None)
    assert claims.show(scene.services, scene.member, run).product is not None


def test_where_shared_runs_are_for_who_is_known_nobody_else_sees_them(scene: Scene) -> None:
    closed = AccessRules({Right.SEE_SHARED_RUN: frozenset({Role.USER})})
    run = scene.sent(scene.admin, is_public=True)
    assert scene.sees(STRANGER, run)
    stranger, other = STRANGER._replace(rules=closed), scene.other._replace(rules=closed)
    assert (scene.sees(stranger, run), scene.sees(other, run)) == (False, True)
    public = RunFilter(is_public=True)
    assert listings.runs_like(scene.services, stranger, public, behind=None, most=5).runs == []
    assert len(listings.runs_like(scene.services, other, public, behind=None, most=5).runs) == 1


def test_only_shared_runs_are_counted_by_words_of_the_vocabulary(scene: Scene) -> None:
    services = scene.services
    scene.approve()
    claimed = scene.sent(scene.admin, tags={"hypervisor": "kvm", "ci": "42"}, is_public=True)
    claims.attach(services, scene.admin, claimed, scene.version)
    scene.sent(scene.other, tags={"hypervisor": "kvm"}, is_public=True, subject=None)
    scene.sent(scene.other, tags={"hypervisor": "xen"})
    (count,) = claims.statistics(services, STRANGER, "hypervisor")
    assert count == ("kvm", 2, 1, 0, 1)
    with pytest.raises(NotFound, match="'ci' is no tag by which runs are counted"):
        claims.statistics(services, STRANGER, "ci")
    for tags in ({"hypervisor": "KVM"}, {"size": "huge"}):
        with pytest.raises(Exception, match="cannot be"):
            scene.sent(scene.other, tags=tags)
        with pytest.raises(Exception, match="cannot be"):
            claims.edit(services, scene.admin, claimed, RunChange(tags=tags))
    claims.edit(services, scene.admin, claimed, RunChange(tags={"hypervisor": "xen", "x": "y"}))
    assert runs.show(services, scene.admin, claimed)[1] == {"hypervisor": "xen", "x": "y"}


def test_runs_go_with_a_vendor_that_is_merged(scene: Scene) -> None:
    services = scene.services
    run = scene.sent(scene.admin)
    claims.attach(services, scene.admin, run, scene.version)
    other = vendors.register(services, scene.other, "Larger", "").row.id
    vendors.ask(services, scene.other, other, None, is_asked=True)
    vendors.decide(services, scene.office, other, None, is_approved=True, reason="known")
    vendors.merge(services, scene.office, scene.vendor, other, None, reason="bought")
    assert scene.sees(scene.other, run)
    runs.delete(services, scene.other, run)
