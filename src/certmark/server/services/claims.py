"""Whose a run is: its sender's until it is given to a version of a product, then its vendor's.

1. A run is private until it is shared. Only its owner attaches it, and only to a product of a vendor of theirs.
2. From then on the vendor's members see it, and those who may edit the vendor's runs change it; who sent it does not.
3. It counts for a cloud and product only where the vendor is approved, the version names the cloud, and, if it is
   attested, a key of the vendor or of a member signed that; else it is unclaimed. Keys count as they are when a run
   is attached or attested: who leaves later takes nothing along.
4. The designate makes it official, for the company; then reviewers and the programme office see it.
5. The office verifies what is official, on digests that are kept with the reason: from then on it stays as it is.
6. What is verified is never deleted, and nothing on which an application for a certificate rests; everything else its
   owners delete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from certmark.domain.permissions import OF_VENDOR, Right, Role
from certmark.domain.vocabularies import TagVocabulary
from certmark.formats.vocabulary import read_vocabulary
from certmark.server import ids
from certmark.server.asking import ANONYMOUS, Asker, TokenScope
from certmark.server.services.changes import changed, changing, check_revision, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, WrongState
from certmark.server.services.keys import FRESH
from certmark.server.services.products import version_seen
from certmark.server.services.vendors import seen as vendor_seen
from certmark.server.store import (
    access,
    attestations,
    claims,
    history,
    keys,
    listings,
    membership,
    products,
    retirements,
    runs,
    vendors,
)
from certmark.server.store.certification import applications
from certmark.server.store.claims import StoredClaim, TagCount
from certmark.server.store.database import Transaction
from certmark.server.store.listings import Cursor
from certmark.server.store.products import ProductRow, StoredVersion
from certmark.server.store.runs import RunRow
from certmark.server.store.vendors import VendorState
from certmark.trust.keys.keys import digest_of_id

_TOGETHER = "somebody else changed whose the run is at the same time; look again"
CITED = "an application for a certificate rests on this run: take it out of the draft, or keep it as it is"
_FROZEN = "the programme office verified this run: it stays as it is"


class RunChange(NamedTuple):
    """What of a run is to be otherwise; None: as it is."""

    is_public: bool | None = None
    tags: Mapping[str, str] | None = None


class ShownClaim(NamedTuple):
    """Whose a run is, as somebody sees it."""

    run: RunRow
    claim: StoredClaim | None
    """None: it is who sent it, or nobody's."""
    version: StoredVersion | None
    """None: who asks may not see the product."""
    product: ProductRow | None
    sees_reasons: bool
    due: int | None = None
    """When it is deleted for its age; None: nobody plans that."""

    @property
    def is_claimed(self) -> bool:
        """Rule 3."""
        return self.claim is not None and self.claim.is_declared

    @property
    def lacks(self) -> list[str]:
        """What is missing, where it is not."""
        return [] if self.claim is None else list(_lacks(self.claim))


def _lacks(claim: StoredClaim) -> Iterator[str]:
    if not claim.is_approved:
        yield "its vendor is not approved"
    if not claim.names_cloud:
        yield "the version does not name its cloud"
    if claim.is_foreign:
        yield "no key of its vendor or of a member signed its attestation"


@cache
def vocabulary() -> TagVocabulary:
    """The tags by which shared runs are counted."""
    file = files("certmark.data").joinpath("tags.yaml")
    return read_vocabulary(file.read_bytes(), file.name)


def show(services: Services, asker: Asker, run: bytes) -> ShownClaim:
    """Whose a run is. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, run)


def _shown(transaction: Transaction, asker: Asker, run: bytes) -> ShownClaim:
    row, claim = _seen(transaction, asker, run), claims.one(transaction, run)
    product = None if claim is None else products.version(transaction, asker, claim.version)
    version, product_row = (None, None) if product is None else product
    sees_reasons = product_row is not None and asker.has(
        Right.SEE_PRODUCT, access.roles(transaction, asker, product_row.vendor)
    )
    due = None if claim is not None or row.is_public else retirements.due_of(transaction, run)
    return ShownClaim(row, claim, version, product_row, sees_reasons, due)


def _seen(transaction: Transaction, asker: Asker, run: bytes) -> RunRow:
    found = runs.one(transaction, asker, run)
    if found is None:
        raise NotFound(f"there is no run {ids.written(run)} that you may see")
    return found


def to_edit(transaction: Transaction, asker: Asker, run: RunRow) -> StoredClaim | None:
    """Whose a run is that somebody changes, locked. Raises NotPermitted, or WrongState where it is verified."""
    if not asker.may(TokenScope.SUBMIT):
        raise NotPermitted("only the owner of a run may change it")
    claims.lock(transaction, run.id)
    claim = claims.one(transaction, run.id)
    if claim is not None:
        require(transaction, asker, Right.EDIT_VENDOR_RUN, claim.vendor)
    elif not _may_edit(transaction, asker, run):
        raise NotPermitted("only the owner of a run may change it")
    if claims.is_verified(transaction, run.id) if claim is None else claim.verified is not None:
        raise WrongState(_FROZEN)
    return claim


def check_not_cited(transaction: Transaction, run: bytes) -> None:
    """That no application for a certificate rests on a run, which then stays. Raises WrongState."""
    if applications.is_cited(transaction, run):
        raise WrongState(CITED)


def _may_edit(transaction: Transaction, asker: Asker, run: RunRow) -> bool:
    """Of a run that belongs to no product: who sent it, or who edits the runs of the vendor that did.

    What was sent anonymously is the programme office's to look after.
    """
    if run.owner == ANONYMOUS:
        return Role.OFFICE in access.roles(transaction, asker, None)
    if run.owner == asker.identity:
        return asker.has(Right.EDIT_OWN_RUN, {Role.OWNER})
    return asker.has(Right.EDIT_VENDOR_RUN, access.roles(transaction, asker, run.owner) & OF_VENDOR)


def edit(services: Services, asker: Asker, run: bytes, change: RunChange) -> RunRow:
    """Share a run, or not any more; give it other tags. Raises NotFound, NotPermitted, WrongState or InvalidRequest."""
    with changing(services, _TOGETHER) as transaction:
        found = _seen(transaction, asker, run)
        claim = to_edit(transaction, asker, found)
        detail: dict[str, object] = {}
        if change.is_public is not None:
            claims.share(transaction, run, is_public=change.is_public)
            detail["public"] = change.is_public
        if change.tags is not None:
            vocabulary().check(change.tags)
            claims.put_tags(transaction, run, dict(change.tags))
            detail["tags"] = dict(change.tags)
        _note(services, transaction, asker, "run.edit", found, claim, detail=detail)
        return _seen(transaction, asker, run)


def attach(services: Services, asker: Asker, run: bytes, version: bytes) -> ShownClaim:
    """Rules 1 and 2. Raises NotFound, NotPermitted or WrongState."""
    with changing(services, _TOGETHER) as transaction:
        found = _seen(transaction, asker, run)
        wanted, product = version_seen(transaction, asker, version)
        claim = to_edit(transaction, asker, found)
        require(transaction, asker, Right.ATTACH_RUN, product.vendor)
        if claim is not None and claim.vendor != product.vendor:
            raise WrongState("it belongs to another vendor; whoever may edit that one's runs gives it back first")
        if claim is None and found.owner not in {asker.identity, product.vendor}:
            raise WrongState("another vendor sent it, whose it is; attach it to a product of that one")
        if claim is not None and claim.official is not None:
            raise WrongState("it is official for another version; the designate takes that back first")
        if claim is not None:
            check_not_cited(transaction, run)
        vendor = vendors.one(transaction, asker, product.vendor)
        if vendor is not None and vendor.state is VendorState.MERGED:
            raise WrongState("this vendor was merged into another one; use that one's products")
        if claim is None:
            _add(services, transaction, asker, found, product, wanted)
        else:
            claims.put(transaction, run, version)
        attached = claims.one(transaction, run)
        attestation = attestations.of_run(transaction, run)
        if attached is not None and attestation is not None:
            weigh(transaction, attached, attestation.signers)
        detail = {"run": ids.written(run), "version": ids.written(version)}
        _note(services, transaction, asker, "run.attach", found, attached, detail=detail)
        return _shown(transaction, asker, run)


def _add(
    services: Services, transaction: Transaction, asker: Asker, run: RunRow, product: ProductRow, version: StoredVersion
) -> None:
    assert asker.identity is not None  # noqa: S101 - who is not known has no such right
    new = StoredClaim(
        run=run.id,
        vendor=product.vendor,
        version=version.row.id,
        moment=services.clock(),
        official=None,
        official_by=None,
        verified=None,
        verified_by=None,
        reason=None,
        digests=None,
        is_approved=False,
        names_cloud=False,
        is_foreign=False,
        revision=1,
    )
    claims.add(transaction, new, asker.identity)


def weigh(transaction: Transaction, claim: StoredClaim, signers: Sequence[str]) -> None:
    """Rule 3, of a run that these keys attest. Raises WrongState where it is official, and they are foreign."""
    is_foreign = not any(_speaks(transaction, signer, claim.vendor) for signer in signers)
    if is_foreign and claim.official is not None:
        raise WrongState("it is official, and no key of its vendor or of a member signed this; take one of those")
    claims.weigh(transaction, claim.run, is_foreign=is_foreign)


def _speaks(transaction: Transaction, signer: str, vendor: bytes) -> bool:
    """Whether the key with this id is the vendor's or a member's, by a proof that cannot be sent again."""
    key = keys.one(transaction, digest_of_id(signer))
    if key is None or key.proof != FRESH:
        return False
    return key.identity == vendor or any(one.identity == key.identity for one in membership.of(transaction, vendor))


def detach(services: Services, asker: Asker, run: bytes) -> None:
    """Give a run back to who sent it. Raises NotFound, NotPermitted or WrongState."""
    with changing(services, _TOGETHER) as transaction:
        found = _seen(transaction, asker, run)
        claim = to_edit(transaction, asker, found)
        if claim is None:
            raise WrongState("it belongs to no product")
        if claim.official is not None:
            raise WrongState("it is official; the designate takes that back first")
        check_not_cited(transaction, run)
        claims.remove(transaction, run)
        _note(services, transaction, asker, "run.detach", found, claim, detail={"run": ids.written(run)})


def make_official(
    services: Services, asker: Asker, run: bytes, expected: int | None, *, is_official: bool
) -> ShownClaim:
    """Rule 4. Raises NotFound, NotPermitted, WrongState or Outdated."""
    with changing(services, _TOGETHER) as transaction:
        found, claim = _claim(transaction, asker, run, Right.MAKE_OFFICIAL, expected)
        if claim.verified is not None:
            raise WrongState(_FROZEN)
        if not is_official:
            check_not_cited(transaction, run)
        if is_official and not claim.is_declared:
            raise WrongState(f"it is unclaimed: {' and '.join(_lacks(claim))}")
        since, who = (services.clock(), asker.identity) if is_official else (None, None)
        claims.make_official(transaction, run, since, who)
        action = "run.official" if is_official else "run.official_no_more"
        _note(services, transaction, asker, action, found, claim, detail={"run": ids.written(run)})
        return _shown(transaction, asker, run)


def verify(services: Services, asker: Asker, run: bytes, expected: int | None, reason: str) -> ShownClaim:
    """Rule 5. Raises NotFound, NotPermitted, WrongState or Outdated."""
    now = services.clock()
    with changing(services, "it is verified already") as transaction:
        found, claim = _claim(transaction, asker, run, Right.VERIFY_RUN, expected)
        if claim.official is None:
            raise WrongState("only an official run is verified; the designate makes it that first")
        if not claim.is_declared:
            raise WrongState(f"it is unclaimed: {' and '.join(_lacks(claim))}")
        assert asker.identity is not None  # noqa: S101 - who is not known has no such right
        digests = _digests(transaction, found)
        claims.verify(transaction, run, asker.identity, now, reason, json.dumps(digests, sort_keys=True))
        detail = {"run": ids.written(run), "digests": digests}
        _note(services, transaction, asker, "run.verify", found, claim, reason=reason, detail=detail)
        return _shown(transaction, asker, run)


def unverify(services: Services, asker: Asker, run: bytes, expected: int | None, reason: str) -> ShownClaim:
    """It was verified by mistake: history keeps both. Raises NotFound, NotPermitted, WrongState or Outdated."""
    with changing(services, _TOGETHER) as transaction:
        found, claim = _seen(transaction, asker, run), claims.one(transaction, run)
        if claim is None and claims.is_verified(transaction, run):  # it came so from RefStack
            require(transaction, asker, Right.VERIFY_RUN)
        else:
            found, claim = _claim(transaction, asker, run, Right.VERIFY_RUN, expected)
            if claim.verified is None:
                raise WrongState("it is not verified")
        claims.unverify(transaction, run)
        detail = {"run": ids.written(run)}
        _note(services, transaction, asker, "run.verified_no_more", found, claim, reason=reason, detail=detail)
        return _shown(transaction, asker, run)


def _digests(transaction: Transaction, run: RunRow) -> dict[str, str | None]:
    """What a verification rests on."""
    envelope = runs.attestation_of(transaction, run.id)
    return {
        "run": run.digest.hex(),
        "guideline": None if run.guideline is None else run.guideline.hex(),
        "attestation": None if envelope is None else hashlib.sha256(envelope).hexdigest(),
        "program": run.program,
        "standing": run.standing,
    }


def _claim(
    transaction: Transaction, asker: Asker, run: bytes, right: Right, expected: int | None
) -> tuple[RunRow, StoredClaim]:
    """A run that belongs to a vendor, locked. Raises NotFound, NotPermitted, WrongState or Outdated."""
    found = _seen(transaction, asker, run)
    revision = claims.lock(transaction, run)
    claim = claims.one(transaction, run)
    if claim is None or revision is None:
        require(transaction, asker, right)
        raise WrongState("it belongs to no product; attach it to a version of one first")
    require(transaction, asker, right, claim.vendor)
    check_revision(expected, changed(revision) - 1)
    return found, claim


def _note(
    services: Services,
    transaction: Transaction,
    asker: Asker,
    action: str,
    run: RunRow,
    claim: StoredClaim | None,
    *,
    reason: str = "",
    detail: Mapping[str, object],
) -> None:
    """In the history of the run, and of the vendor whose it is."""
    now = services.clock()
    history.note(transaction, asker, action, run.id, now, reason=reason, detail=detail)
    if claim is not None:
        history.note(transaction, asker, action, claim.vendor, now, reason=reason, detail=detail)


def note_removal(
    services: Services, transaction: Transaction, asker: Asker, run: RunRow, claim: StoredClaim | None
) -> None:
    """That a run was deleted, with the digest of what it was."""
    detail = {"run": ids.written(run.id), "sha256": run.digest.hex()}
    _note(services, transaction, asker, "run.delete", run, claim, detail=detail)


def of_vendor(
    services: Services, asker: Asker, vendor: bytes, behind: Cursor | None, most: int
) -> tuple[list[RunRow], Cursor | None]:
    """A page of the runs of a vendor that they may see, the newest first. Raises NotFound."""
    with services.database.read() as transaction:
        vendor_seen(transaction, asker, vendor)
        found = listings.of_vendor(transaction, asker, vendor, behind, most + 1)
    return found[:most], (found[most - 1].created, found[most - 1].id) if len(found) > most else None


def official(services: Services, asker: Asker, behind: Cursor | None, most: int) -> tuple[list[RunRow], Cursor | None]:
    """A page of the official runs that they may see, the newest first."""
    with services.database.read() as transaction:
        found = listings.official(transaction, asker, behind, most + 1)
    return found[:most], (found[most - 1].created, found[most - 1].id) if len(found) > most else None


def waiting(services: Services, asker: Asker, behind: bytes, most: int) -> list[RunRow]:
    """Official runs that wait to be verified, the oldest first, for who verifies. Raises NotPermitted."""
    with services.database.read() as transaction:
        require(transaction, asker, Right.VERIFY_RUN)
        return listings.unverified(transaction, asker, behind, most)


def statistics(services: Services, asker: Asker, key: str) -> list[TagCount]:
    """Shared runs by what they say for a tag of the vocabulary. Raises NotFound or NotPermitted."""
    if key not in vocabulary().words:
        there = ", ".join(vocabulary().words)
        raise NotFound(f"{key[:40]!r} is no tag by which runs are counted; there are {there}")
    with services.database.read() as transaction:
        require(transaction, asker, Right.SEE_STATISTICS)
        return claims.counts(transaction, asker, key)
