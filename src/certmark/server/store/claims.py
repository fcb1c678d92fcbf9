"""To whom a run belongs, whether it is official and verified; counts over shared runs by their tags."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, delete, exists, func, insert, or_, select, text, update

from certmark.server.asking import Asker
from certmark.server.store.access import run_values
from certmark.server.store.database import Transaction
from certmark.server.store.schema import (
    attachments,
    identities,
    product_versions,
    runs,
    tags,
    vendors,
    verifications,
    version_clouds,
)
from certmark.server.store.statements import SqlStatement
from certmark.server.store.vendors import VendorState


class StoredClaim(NamedTuple):
    """That a run belongs to a version of a product, and what became of that."""

    run: bytes
    vendor: bytes
    version: bytes
    moment: int
    official: int | None
    """Since when it is the company's result; None: it is not."""
    official_by: str | None
    verified: int | None
    """Since when it is verified, and stays as it is; None: it is not."""
    verified_by: str | None
    reason: str | None
    """Why it was verified."""
    digests: str | None
    """Those that the office looked at, as JSON."""
    is_approved: bool
    """Whether the vendor is."""
    names_cloud: bool
    """Whether the version names the cloud of the run."""
    is_foreign: bool
    """Whether it is attested, and not by a key of the vendor or of a member."""
    revision: int

    @property
    def is_declared(self) -> bool:
        """Whether it counts for the cloud and the product."""
        return self.is_approved and self.names_cloud and not self.is_foreign


class TagCount(NamedTuple):
    """Shared runs with one word of a tag."""

    word: str
    runs: int
    clouds: int
    passed: int
    """Whose verdict is a pass."""
    claimed: int
    """That count for a cloud and product."""


_DESIGNATE, _OFFICE = identities.alias("designate"), identities.alias("office")
_IS_APPROVED = exists(
    select(text("1"))
    .where(vendors.c.id == attachments.c.vendor, vendors.c.state == int(VendorState.APPROVED))
    .correlate(attachments)
)
_NAMES_CLOUD = or_(
    exists(
        select(text("1"))
        .where(version_clouds.c.version == attachments.c.version, version_clouds.c.subject == runs.c.subject)
        .correlate(attachments, runs)
    ),
    # What RefStack's client calls the cloud.
    exists(
        select(text("1"))
        .where(product_versions.c.id == attachments.c.version, product_versions.c.cpid == runs.c.subject)
        .correlate(attachments, runs)
    ),
)
_IS_CLAIMED = exists(
    select(text("1"))
    .where(attachments.c.run == runs.c.id, _IS_APPROVED, _NAMES_CLOUD, attachments.c.is_foreign == text("0"))
    .correlate(runs)
)
"""As `StoredClaim.is_declared`."""
_ONE = SqlStatement(
    "claims.one",
    select(
        attachments.c.run,
        attachments.c.vendor,
        attachments.c.version,
        attachments.c.moment,
        attachments.c.official,
        _DESIGNATE.c.name,
        verifications.c.moment,
        _OFFICE.c.name,
        verifications.c.reason,
        verifications.c.digests,
        case((_IS_APPROVED, 1), else_=0),
        case((_NAMES_CLOUD, 1), else_=0),
        attachments.c.is_foreign,
        attachments.c.revision,
    )
    .select_from(
        attachments.join(runs, runs.c.id == attachments.c.run)
        .outerjoin(verifications, verifications.c.run == attachments.c.run)
        .outerjoin(_DESIGNATE, _DESIGNATE.c.id == attachments.c.official_by)
        .outerjoin(_OFFICE, _OFFICE.c.id == verifications.c.identity)
    )
    .where(attachments.c.run == bindparam("run")),
)
_OF = attachments.c.run == bindparam("of_run")
_ADD = SqlStatement("attachments.add", insert(attachments))
_PUT = SqlStatement("attachments.put", update(attachments).where(_OF).values(version=bindparam("new_version")))
_WEIGH = SqlStatement("attachments.weigh", update(attachments).where(_OF).values(is_foreign=bindparam("foreign")))
_REMOVE = SqlStatement("attachments.remove", delete(attachments).where(_OF))
_LOCK = SqlStatement(
    "attachments.lock",
    update(attachments)
    .where(_OF)
    .values(revision=attachments.c.revision + text("1"))
    .returning(attachments.c.revision),
)
_OFFICIAL = SqlStatement(
    "attachments.official",
    update(attachments).where(_OF).values(official=bindparam("since"), official_by=bindparam("who")),
)
_VERIFY = SqlStatement("verifications.add", insert(verifications))
_UNVERIFY = SqlStatement(
    "verifications.remove", delete(verifications).where(verifications.c.run == bindparam("of_run"))
)
_SHARE = SqlStatement(
    "runs.share", update(runs).where(runs.c.id == bindparam("of_run")).values(is_public=bindparam("now"))
)
_REMOVE_TAGS = SqlStatement("tags.remove", delete(tags).where(tags.c.run == bindparam("of_run")))
_ADD_TAG = SqlStatement("tags.put", insert(tags))
_COUNTS = SqlStatement(
    "tags.counts",
    select(
        tags.c.value,
        func.count(),
        func.count(runs.c.subject.distinct()),
        func.coalesce(func.sum(case((runs.c.standing == "pass", 1), else_=0)), 0),
        func.coalesce(func.sum(case((_IS_CLAIMED, 1), else_=0)), 0),
    )
    .select_from(tags.join(runs, and_(runs.c.id == tags.c.run, runs.c.is_public == text("1"))))
    .where(tags.c.key == bindparam("word"), bindparam("open_runs", type_=runs.c.is_public.type) == text("1"))
    .group_by(tags.c.value)
    .order_by(tags.c.value),
)


def one(transaction: Transaction, run: bytes) -> StoredClaim | None:
    """To whom a run belongs that somebody may see; None: to who sent it."""
    row = transaction.one(_ONE, run=run)
    if row is None:
        return None
    found = StoredClaim(*row)
    return found._replace(
        run=bytes(found.run),
        vendor=bytes(found.vendor),
        version=bytes(found.version),
        is_approved=bool(found.is_approved),
        names_cloud=bool(found.names_cloud),
        is_foreign=bool(found.is_foreign),
    )


def add(transaction: Transaction, claim: StoredClaim, identity: bytes) -> None:
    """That a run belongs to a version from now on. Raises Conflict where it belongs to one."""
    row = {name: getattr(claim, name) for name in ("run", "vendor", "version", "moment", "revision")}
    foreign = int(claim.is_foreign)
    transaction.run(_ADD, **row, identity=identity, official=None, official_by=None, is_foreign=foreign)


def put(transaction: Transaction, run: bytes, version: bytes) -> None:
    """Another version of the same vendor."""
    transaction.run(_PUT, of_run=run, new_version=version)


def weigh(transaction: Transaction, run: bytes, *, is_foreign: bool) -> None:
    """Whether a foreign key attested it."""
    transaction.run(_WEIGH, of_run=run, foreign=int(is_foreign))


def remove(transaction: Transaction, run: bytes) -> None:
    """It is its sender's again."""
    transaction.run(_REMOVE, of_run=run)


def lock(transaction: Transaction, run: bytes) -> int | None:
    """Nobody else changes what is said of a run until the transaction ends; its new revision, None: it has none."""
    row = transaction.one(_LOCK, of_run=run)
    return None if row is None else int(row[0])


def make_official(transaction: Transaction, run: bytes, since: int | None, who: bytes | None) -> None:
    """It is the company's result, or not any more."""
    transaction.run(_OFFICIAL, of_run=run, since=since, who=who)


def verify(transaction: Transaction, run: bytes, who: bytes, moment: int, reason: str, digests: str) -> None:
    """It stays as it is from now on. Raises Conflict where it does."""
    transaction.run(_VERIFY, run=run, identity=who, moment=moment, reason=reason, digests=digests)


def unverify(transaction: Transaction, run: bytes) -> None:
    """It is not verified any more."""
    transaction.run(_UNVERIFY, of_run=run)


def share(transaction: Transaction, run: bytes, *, is_public: bool) -> None:
    """Everybody sees it, or not any more."""
    transaction.run(_SHARE, of_run=run, now=int(is_public))


def put_tags(transaction: Transaction, run: bytes, found: dict[str, str]) -> None:
    """Just these tags."""
    transaction.run(_REMOVE_TAGS, of_run=run)
    transaction.many(_ADD_TAG, [{"run": run, "key": key, "value": value} for key, value in found.items()])


def counts(transaction: Transaction, asker: Asker, key: str) -> list[TagCount]:
    """Shared runs by the word that they have for a tag."""
    return [
        TagCount(str(row[0]), *(int(value) for value in row[1:]))
        for row in transaction.run(_COUNTS, word=key, open_runs=run_values(asker)["open_runs"])
    ]
