"""What is said in JSON of vendors, members, agreements and products: one Struct for each thing, as in `bodies`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.bodies import END, moment
from certmark.server.services.claims import ShownClaim
from certmark.server.services.members import NewInvitation
from certmark.server.services.products import ShownProduct
from certmark.server.services.vendors import ShownVendor
from certmark.server.store.agreements import StoredAcceptance, StoredAgreement
from certmark.server.store.claims import StoredClaim, TagCount
from certmark.server.store.history import Deed
from certmark.server.store.membership import StoredInvitation, StoredMember
from certmark.server.store.products import ProductRow, StoredVersion
from certmark.server.store.vendors import VendorRow

Id = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}{END}")]
Prose = Annotated[str, Meta(max_length=4000, pattern=rf"^[^\x00-\x08\x0b-\x1f\x7f]*{END}")]
"""Some sentences; lines may end in it."""
Reason = Annotated[str, Meta(min_length=1, max_length=4000, pattern=rf"^[^\x00-\x08\x0b-\x1f\x7f]*{END}")]
"""Why; those who see the history of the thing read it."""


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """Who offers products."""

    id: str
    name: str
    former_names: list[str] = []
    """Lists leave them out."""
    description: str
    state: str
    """registered, pending, refused, approved, merged."""
    reason: str | None = None
    """Of the last decision on it, for its members; lists leave it out."""
    is_public: bool
    merged_into: str | None
    """The vendor of which it is a part now."""
    created: str
    properties: dict[str, Any] = {}
    """What clients of RefStack's API keep there, for its members; lists leave them out."""
    roles: list[str] = []
    """Yours in it; lists leave them out."""


class Vendors(msgspec.Struct, frozen=True, kw_only=True):
    """A page of vendors, by name."""

    vendors: list[Vendor]
    next: str | None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to a vendor."""

    person: str
    name: str
    roles: list[str]
    """member, administrator, designate, deputy."""
    since: str


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who belongs to a vendor."""

    members: list[Member]


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link by which one person becomes a member."""

    id: str
    """The SHA-256 of its word."""
    roles: list[str]
    created: str
    expires: str


class Invitations(msgspec.Struct, frozen=True, kw_only=True):
    """The links of a vendor that hold."""

    invitations: list[Invitation]


class MadeInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was made; it is shown this once."""

    word: str
    """What makes it one: whoever has it joins."""
    link: str
    invitation: Invitation


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an agreement of the programme."""

    sha256: str
    name: str
    version: str
    published: str


class Agreements(msgspec.Struct, frozen=True, kw_only=True):
    """The agreements of the programme, by name, the oldest version first."""

    agreements: list[Agreement]


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """That a vendor accepted an agreement."""

    agreement: Agreement
    by: str
    """The name of its designate then."""
    accepted: str


class Acceptances(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor accepted, the earliest first."""

    acceptances: list[Acceptance]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done."""

    number: int
    done: str
    by: str | None
    """The name of who did it; null: whoever runs the server, or somebody who is gone."""
    action: str
    reason: str
    detail: dict[str, Any]


class HistoryEntries(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, the newest first."""

    entries: list[HistoryEntry]
    next: int | None
    """Given back as `before` it asks for the next page."""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor offers."""

    id: str
    vendor: str
    name: str
    former_names: list[str] = []
    """Lists leave them out."""
    kind: str
    """distribution, public cloud, hosted private cloud, appliance."""
    description: str
    is_public: bool
    created: str
    properties: dict[str, Any] = {}
    """What clients of RefStack's API keep there, for members of its vendor; lists leave them out."""


class Products(msgspec.Struct, frozen=True, kw_only=True):
    """A page of products, by name."""

    products: list[Product]
    next: str | None


class ProductVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a product."""

    id: str
    product: str
    name: str
    """Empty: it stands for the product, whatever its version is."""
    cpid: str | None = None
    """What RefStack's client calls the cloud that runs it."""
    clouds: list[str]
    """Identities of the clouds and clusters at which it can be tested, one for each region."""
    created: str
    revision: int
    """`"REVISION"` is an ETag of it."""


class ProductVersions(msgspec.Struct, frozen=True, kw_only=True):
    """The versions of a product, by name."""

    versions: list[ProductVersion]


def vendor_body(row: VendorRow) -> Vendor:
    """A vendor as a list has it."""
    return Vendor(
        id=ids.written(row.id),
        name=row.name,
        description=row.description,
        state=row.state.name.lower(),
        is_public=row.is_public,
        merged_into=None if row.merged_into is None else ids.written(row.merged_into),
        created=moment(row.created) or "",
    )


def shown_vendor_body(shown: ShownVendor) -> Vendor:
    """A vendor as somebody sees it."""
    return msgspec.structs.replace(
        vendor_body(shown.row),
        former_names=shown.former,
        reason=shown.row.reason if shown.sees_reason else None,
        properties=_properties(shown.row.properties) if shown.sees_reason else {},
        roles=role_words(shown.roles),
    )


def role_words(roles: frozenset[Role]) -> list[str]:
    """Roles, in their order."""
    return [role.value for role in Role if role in roles]


def member_body(member: StoredMember) -> Member:
    """A member as JSON has it."""
    return Member(
        person=ids.written(member.identity),
        name=member.name,
        roles=role_words(member.roles),
        since=moment(member.since) or "",
    )


def invitation_body(invitation: StoredInvitation) -> Invitation:
    """An invitation as JSON has it."""
    return Invitation(
        id=invitation.digest.hex(),
        roles=role_words(invitation.roles),
        created=moment(invitation.created) or "",
        expires=moment(invitation.expires) or "",
    )


def made_invitation_body(made: NewInvitation) -> MadeInvitation:
    """An invitation with what makes it one."""
    return MadeInvitation(word=made.word, link=made.link, invitation=invitation_body(made.invitation))


def agreement_body(agreement: StoredAgreement) -> Agreement:
    """An agreement as JSON has it."""
    return Agreement(
        sha256=agreement.digest.hex(),
        name=agreement.name,
        version=agreement.version,
        published=moment(agreement.created) or "",
    )


def acceptance_body(found: StoredAcceptance) -> Acceptance:
    """An acceptance as JSON has it."""
    return Acceptance(agreement=agreement_body(found.agreement), by=found.who, accepted=moment(found.moment) or "")


def entries_body(deeds: list[Deed], most: int) -> HistoryEntries:
    """A page of history; `deeds` has one more than `most` where there is another page."""
    shown = deeds[:most]
    entries = [
        HistoryEntry(
            number=one.number,
            done=moment(one.moment) or "",
            by=one.who,
            action=one.action,
            reason=one.reason,
            detail=dict(one.detail),
        )
        for one in shown
    ]
    return HistoryEntries(entries=entries, next=shown[-1].number if len(deeds) > most else None)


def product_body(row: ProductRow) -> Product:
    """A product as a list has it."""
    return Product(
        id=ids.written(row.id),
        vendor=ids.written(row.vendor),
        name=row.name,
        kind=row.kind,
        description=row.description,
        is_public=row.is_public,
        created=moment(row.created) or "",
    )


def shown_product_body(shown: ShownProduct) -> Product:
    """A product as somebody sees it."""
    return msgspec.structs.replace(
        product_body(shown.row),
        former_names=shown.former,
        properties=_properties(shown.row.properties) if shown.sees_all else {},
    )


def _properties(text: str) -> dict[str, Any]:
    return dict(msgspec.json.decode(text)) if text else {}


def version_body(version: StoredVersion) -> ProductVersion:
    """A version as JSON has it."""
    return ProductVersion(
        id=ids.written(version.row.id),
        product=ids.written(version.row.product),
        name=version.row.name,
        cpid=version.row.cpid or None,
        clouds=list(version.clouds),
        created=moment(version.row.created) or "",
        revision=version.row.revision,
    )


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """That the programme office verified a run."""

    verified: str
    by: str | None
    reason: str | None
    """For those who may see the product; null for others."""
    digests: dict[str, str | None]
    """What it looked at: the SHA-256 of the run, the guideline and the attestation; program and standing."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a run is."""

    run: str
    is_claimed: bool
    """It counts for a cloud and product; else it is unclaimed."""
    lacks: list[str]
    """What is missing for that, of a run that belongs to a product."""
    vendor: str | None
    """null: it belongs to none, or to one whose product you may not see."""
    product: str | None
    version: str | None
    official: str | None
    """Since when it is the company's result."""
    official_by: str | None
    verification: Verification | None
    deleted: str | None
    """When it is deleted for its age, unless somebody shares or attaches it before; null: nobody plans that."""
    revision: int
    """`"REVISION"` is an ETag of it."""


class TagKey(msgspec.Struct, frozen=True, kw_only=True):
    """A tag by which shared runs are counted."""

    key: str
    meaning: str
    words: list[str]


class TagKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The vocabulary of tags."""

    tags: list[TagKey]


class TagCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Shared runs with one word of a tag."""

    word: str
    runs: int
    clouds: int
    passed: int
    """Whose verdict is a pass."""
    claimed: int
    """That count for a cloud and product."""


class TagStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Shared runs by the words of a tag; runs that do not have the tag are in none."""

    key: str
    counts: list[TagCounts]


def claim_body(shown: ShownClaim) -> Claim:
    """Whose a run is, as somebody sees it."""
    claim = shown.claim
    return Claim(
        run=ids.written(shown.run.id),
        is_claimed=shown.is_claimed,
        lacks=shown.lacks if shown.sees_reasons else [],
        vendor=None if shown.product is None else ids.written(shown.product.vendor),
        product=None if shown.product is None else ids.written(shown.product.id),
        version=None if shown.version is None else ids.written(shown.version.row.id),
        official=None if claim is None else moment(claim.official),
        official_by=claim.official_by if claim is not None and shown.sees_reasons else None,
        verification=None if claim is None else _verification(claim, sees_reasons=shown.sees_reasons),
        deleted=moment(shown.due),
        revision=0 if claim is None else claim.revision,
    )


def _verification(claim: StoredClaim, *, sees_reasons: bool) -> Verification | None:
    if claim.verified is None:
        return None
    return Verification(
        verified=moment(claim.verified) or "",
        by=claim.verified_by if sees_reasons else None,
        reason=claim.reason if sees_reasons else None,
        digests=msgspec.json.decode(claim.digests or "{}"),
    )


def statistics_body(key: str, found: list[TagCount]) -> TagStatistics:
    """Counts as JSON has them."""
    return TagStatistics(
        key=key,
        counts=[
            TagCounts(word=one.word, runs=one.runs, clouds=one.clouds, passed=one.passed, claimed=one.claimed)
            for one in found
        ],
    )
