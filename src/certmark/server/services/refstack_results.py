"""Results as RefStack's API takes and shows them: runs of the one store.

1. What comes is looked at in RefStack's order: its form, the signature over its very bytes, that some test passed,
   whose key it is. Whoever signs is known by their key, also by one that was proven by the old signature only.
2. The same bytes, signed by the same key, are the same run: a request that somebody recorded and sends again adds
   nothing, and stands in the audit. So does a signature that is not that of a key which somebody has here.
3. What nobody signed is everybody's to see; what somebody sent is theirs until they share it.
4. A signed upload is given to the product of the sender's vendors whose version names its cloud, where just one does.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import OF_VENDOR, Right
from certmark.server import ids
from certmark.server.asking import ANONYMOUS, ANONYMOUS_NAME, Asker, TokenScope
from certmark.server.reading.messages import OutcomeCode, ReadUpload, Unreadable, UploadRequest
from certmark.server.services import claims, keys, offices, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted, WrongState
from certmark.server.services.runs import AboutRun
from certmark.server.store import access, audit, identities, people, products, refstack_runs
from certmark.server.store.database import Conflict, Transaction
from certmark.server.store.refstack_runs import ListedRun, RefstackFilter, RefstackWords
from certmark.server.store.runs import RunRow
from certmark.trust.errors import BadSignature, TrustError
from certmark.trust.keys.keys import PublicKey, public_from_line
from certmark.trust.keys.material import verify

PAGE = 20
"""Results of a page."""
NAME = "refstack-upload.json"


class UploadProof(NamedTuple):
    """What is said of who sends something."""

    signature: str
    """In hexadecimal digits."""
    key: str
    """As a line of OpenSSH."""


class ListedPage(NamedTuple):
    """A page of results."""

    runs: list[ListedRun]
    is_office: bool
    """Whether who asks is what RefStack called the Foundation."""
    number: int
    of: int
    """Pages that there are; where there are very many, as far as they were counted."""


class ResultsFilter(NamedTuple):
    """Which results; None: whichever."""

    is_own: bool
    cpid: str | None = None
    is_verified: bool | None = None
    product: bytes | None = None
    since: int | None = None
    until: int | None = None


def receive(services: Services, asker: Asker, file: Path, proof: UploadProof | None) -> RunRow:
    """Rule 1. Raises UnreadableResults, InvalidRequest, NotKnown or NotPermitted."""
    head = _head(services, file)
    key = None if proof is None else _signed(services, asker, file, proof)
    if not head.tests:
        raise InvalidRequest("Uploaded results must contain at least one passing test.")
    sender = _sender(services, asker, key)
    about = AboutRun(
        name=NAME,
        subject=head.cpid or None,
        is_public=sender.identity == ANONYMOUS or (key is None and services.settings.is_local),
        key=None if key is None else _once(file, key),
    )
    known = None if about.key is None else runs.sent_with(services, sender, about.key)
    if known is not None:
        _note(services, sender, "run.again", ids.written(known.id))
        return known
    words = RefstackWords(duration=head.duration)
    run = runs.receive(
        services, sender, file, about, lambda transaction, new: refstack_runs.put(transaction, new.id, words)
    )
    if key is not None and head.cpid:
        _attach(services, sender, run, head.cpid)
    return run


def _head(services: Services, file: Path) -> ReadUpload:
    answer = services.readers.read(UploadRequest(str(file), "the upload"))
    if isinstance(answer, Unreadable):
        raise runs.refusal(answer)
    assert isinstance(answer, ReadUpload)  # noqa: S101 - as was asked
    return answer


def _signed(services: Services, asker: Asker, file: Path, proof: UploadProof) -> PublicKey:
    """The key that signed what came. Raises InvalidRequest with the words that RefStack had for it."""
    try:
        signature = bytes.fromhex(proof.signature)
    except ValueError as error:
        raise InvalidRequest("Malformed signature: it is not written in hexadecimal digits") from error
    try:
        key = public_from_line(proof.key, "it")
    except TrustError as error:
        raise InvalidRequest(f"Malformed public key: {error}") from error
    try:
        verify(key, signature, file.read_bytes())
    except BadSignature as error:
        owner = keys.owner_of(services, key, is_old_api=True)
        if owner is not None:
            _note(services, asker, "key.refused", hashlib.sha256(key.blob).hexdigest())
        raise InvalidRequest("Signature verification failed") from error
    return key


def _sender(services: Services, asker: Asker, key: PublicKey | None) -> Asker:
    """Rule 1, its end. Raises NotKnown or NotPermitted."""
    if key is not None:
        identity = keys.owner_of(services, key, is_old_api=True)
        if identity is None:
            raise NotKnown("User with specified key not found. Please log into the server to upload your key.")
        with services.database.peek() as transaction:
            name = people.name_of(transaction, identity) or ""
        sender = asker._replace(identity=identity, name=name, scopes=frozenset({TokenScope.SUBMIT}))
    elif asker.identity is not None:
        sender = asker
    elif services.settings.anonymous_uploads:
        return _anonymous(services, asker)
    else:
        raise NotKnown("Anonymous result uploads are disabled. Please sign with a key that is known here.")
    offices.check(services, sender, (Right.SUBMIT_RUN,))
    return sender


def _anonymous(services: Services, asker: Asker) -> Asker:
    try:
        with services.database.write() as transaction:
            if not identities.is_there(transaction, ANONYMOUS):
                identities.add(transaction, ANONYMOUS, ANONYMOUS_NAME, services.clock())
    except Conflict:
        pass  # another request was quicker
    return asker._replace(identity=ANONYMOUS, name=ANONYMOUS_NAME, scopes=frozenset({TokenScope.SUBMIT}))


def _once(file: Path, key: PublicKey) -> str:
    """Rule 2: the same for the same bytes and key."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return f"refstack {digest} {hashlib.sha256(key.blob).hexdigest()}"


def _attach(services: Services, sender: Asker, run: RunRow, cpid: str) -> None:
    """Rule 4; where it cannot be, the run stays its sender's."""
    with services.database.read() as transaction:
        versions = [
            version
            for version, vendor in refstack_runs.versions_of_cloud(transaction, cpid, PAGE)
            if sender.has(Right.ATTACH_RUN, access.roles(transaction, sender, vendor))
        ]
    if len(versions) == 1:
        try:
            claims.attach(services, sender, run.id, versions[0])
        except (NotFound, NotPermitted, WrongState):
            return


def _note(services: Services, asker: Asker, action: str, subject: str) -> None:
    with services.database.write() as transaction:
        audit.note(transaction, asker, action, subject, services.clock())


def listed(services: Services, asker: Asker, wanted: ResultsFilter, number: int) -> ListedPage:
    """A page of results, the newest first. Raises InvalidRequest, or NotFound for a product that they may not see."""
    if wanted.is_own and asker.identity is None:
        raise InvalidRequest("To see signed test results you need to authenticate")
    if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
        raise InvalidRequest("Invalid dates: start_date is later than end_date")
    if number < 1:
        raise InvalidRequest("Invalid page number: pages are counted from 1")
    with services.database.read() as transaction:
        filtered = _filter(transaction, asker, wanted)
        found, counted = refstack_runs.page(transaction, asker, filtered, skipped=(number - 1) * PAGE, most=PAGE)
        office = is_office(transaction, asker)
    pages = math.ceil(counted / PAGE)
    if number > max(1, pages):
        raise InvalidRequest(f"Invalid page number: there are {pages} pages")
    return ListedPage(found, office, number, pages)


def _filter(transaction: Transaction, asker: Asker, wanted: ResultsFilter) -> RefstackFilter:
    vendor, is_shared = None, True
    if wanted.product is not None:
        product = products.one(transaction, asker, wanted.product)
        if product is None:
            raise NotFound(f"there is no product {ids.written(wanted.product)} that you may see")
        vendor = product.vendor
        roles = access.roles(transaction, asker, vendor)
        is_shared = roles.isdisjoint(OF_VENDOR) and not asker.has(Right.VERIFY_RUN, roles)
    return RefstackFilter(
        is_own=wanted.is_own,
        product=wanted.product,
        vendor=vendor,
        is_shared=is_shared,
        cpid=wanted.cpid,
        is_verified=wanted.is_verified,
        since=wanted.since,
        until=wanted.until,
    )


class RefstackRole(Enum):
    """What somebody is to a result, in RefStack's words."""

    FOUNDATION = "foundation"
    OWNER = "owner"
    USER = "user"
    """Whoever may see it."""


def show(services: Services, asker: Asker, run: bytes) -> tuple[ListedRun, RefstackRole]:
    """A result, and what who asks is to it. Raises NotFound."""
    with services.database.read() as transaction:
        found = refstack_runs.one(transaction, asker, run)
        if found is None:
            raise NotFound(f"Test result {ids.written(run)} not found.")
        return found, role_of(found, is_office=is_office(transaction, asker))


def is_office(transaction: Transaction, asker: Asker) -> bool:
    """Whether who asks is what RefStack called the Foundation."""
    return asker.has(Right.VERIFY_RUN, access.roles(transaction, asker, None))


def role_of(found: ListedRun, *, is_office: bool) -> RefstackRole:
    """What somebody is to a result."""
    if is_office:
        return RefstackRole.FOUNDATION
    return RefstackRole.OWNER if found.is_mine else RefstackRole.USER


def passed(services: Services, asker: Asker, run: bytes) -> list[str]:
    """The names of the tests that passed, sorted. Raises NotFound, NotReadYet or UnreadableResults."""
    _, found = runs.results(services, asker, run)
    return sorted({one.name for one in found if one.outcome == OutcomeCode.PASSED})


def change(services: Services, asker: Asker, run: bytes, wanted: Mapping[str, bytes | bool | None]) -> None:
    """Give it to the version of a product or take it back (`version`), say whether it is verified (`is_verified`).

    Raises NotFound, NotPermitted, WrongState or InvalidRequest.
    """
    version, is_verified = wanted.get("version"), wanted.get("is_verified")
    if "version" in wanted:
        shown = claims.show(services, asker, run)
        if isinstance(version, bytes):
            claims.attach(services, asker, run, version)
        elif shown.claim is not None:
            claims.detach(services, asker, run)
    if is_verified is not None:
        _verify(services, asker, run, is_verified=bool(is_verified))


def _verify(services: Services, asker: Asker, run: bytes, *, is_verified: bool) -> None:
    claim = claims.show(services, asker, run).claim
    if is_verified == (claim is not None and claim.verified is not None):
        with services.database.read() as transaction:
            if not is_office(transaction, asker):
                raise NotPermitted("only the programme office says whether a result is verified")
        return
    act = claims.verify if is_verified else claims.unverify
    act(services, asker, run, None, "by RefStack's API")
