"""My work: what is to do, what goes on, how my clouds are, and my runs with all that their owners do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import LiveRun, live_body
from certmark.server.api.ownership import Id, Reason
from certmark.server.api.v2.words import Cursor, cursor_of, cursor_text
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import claims, listings, live, members, products, runs, vendors
from certmark.server.services.claims import RunChange, ShownClaim
from certmark.server.services.context import Services
from certmark.server.store.listings import RunFilter, StoredCloud
from certmark.server.store.vendors import VendorState
from certmark.server.web.certification import work
from certmark.server.web.desk import (
    RunLine,
    asks,
    carried_out,
    confirmed,
    form_page,
    identity_in,
    own_page,
    run_line,
    run_lines,
    sent,
)
from certmark.server.web.forms import Field, FormOption, WebForm, done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MINE = ("/my", "My work")
_RUNS = ("/my/runs", "My runs")
_CLOUDS, _UNREAD, _NEWEST, _PAGE = 20, 20, 5, 50
_A_DAY = 86_400_000_000
_STALE = 180
"""Days after which a verdict is old."""


class Todo(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for whoever asks."""

    words: str
    path: str


class OwnCloud(msgspec.Struct, frozen=True, kw_only=True):
    """A cloud of theirs."""

    cloud: str
    runs: int
    """listings.COUNTED: so many, or more."""
    last: int
    """When the last run was received."""
    whole: RunLine | None
    """The newest run with all that its program asks for."""
    days: int | None
    """How old that is."""
    is_stale: bool


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """What certification adds to somebody's work."""

    expires: list[Todo]
    """Certificates that end soon."""
    asked: list[Todo]
    """Applications and cases of which it is their turn."""


class MyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's desk."""

    todo: list[Todo]
    attention: Attention
    live: list[LiveRun]
    left: dict[str, int | None]
    """Seconds that runs that go on take still, by their id, as far as that can be told."""
    clouds: list[OwnCloud]
    has_more_clouds: bool
    unread: list[RunLine]
    newest: list[RunLine]
    address: str
    sees_office: bool
    sees_operation: bool

    @property
    def is_first(self) -> bool:
        """Whether nothing is here yet."""
        return not (self.live or self.clouds or self.unread or self.newest)


class OwnCloudsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of their clouds, by name."""

    clouds: list[OwnCloud]
    behind: str | None


class RunsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of their runs, the newest first."""

    runs: list[RunLine]
    behind: str | None


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page begins."""

    behind: Cursor | None = None


class BehindName(msgspec.Struct, frozen=True, kw_only=True):
    """Likewise, by name."""

    behind: Annotated[str, Meta(max_length=1000)] = ""


class ManagedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and what its owners can do with it."""

    run: RunLine
    owner: str
    """Whose it is, in words."""
    product: str | None
    """To which product and version it belongs."""
    version: str | None
    """The id of that version, where whoever asks may apply with it."""
    vendor: str | None
    is_claimed: bool
    lacks: list[str]
    official: int | None
    official_by: str | None
    verified: int | None
    verified_by: str | None
    reason: str | None
    deleted: int | None
    """When it is deleted for its age."""
    tags: list[tuple[str, str]]
    revision: int
    may: list[str]
    """What can be done with it now: share or unshare, tags, attach, detach, official, verify and so on."""


def _my(services: Services, asked: PageRequest) -> Shown:
    asker, now = asked.asker, services.clock()
    going = [(one, live_body(one, now)) for one in live.own(services, asker)]
    found, further = listings.clouds(services, asker, is_public=False, behind="", most=_CLOUDS)
    roles = members.own_roles(services, asker).in_programme
    data = MyPage(
        todo=_todo(services, asked),
        attention=Attention(
            expires=[Todo(words=words, path=path) for words, path in work.ending(services, asked)],
            asked=[Todo(words=words, path=path) for words, path in work.waiting(services, asked)],
        ),
        live=[body for _, body in going],
        left={body.id: _left(body, ids.moment_of(one.id), one.touched, now) for one, body in going},
        clouds=[_cloud(one, now) for one in found],
        has_more_clouds=further is not None,
        unread=run_lines(listings.unread(services, asker, _UNREAD)),
        newest=run_lines(listings.runs_like(services, asker, RunFilter(), behind=None, most=_NEWEST).runs),
        address=asked.absolute(""),
        sees_office=asker.has(Right.SEE_OFFICES, roles),
        sees_operation=asker.has(Right.SEE_OPERATION, roles),
    )
    return _private("my/my.html.j2", "My work", data)


def _left(found: LiveRun, began: int, touched: int, now: int) -> int | None:
    """In how many seconds a run is done if it goes on as it did; None: nobody can tell."""
    progress = found.progress
    if progress is None or progress.ended or not progress.done or found.is_silent:
        return None
    for_each = (touched - began) / progress.done
    return max(0, round((for_each * (progress.planned - progress.done) - (now - touched)) / 1e6))


def _todo(services: Services, asked: PageRequest) -> list[Todo]:
    """What waits for them as members of vendors, and in the programme."""
    found: list[Todo] = []
    roles = members.own_roles(services, asked.asker)
    for one in vendors.own(services, asked.asker):
        path, mine = f"/vendors/{ids.written(one.id)}", roles.towards(one.id)
        if one.state is VendorState.REGISTERED and asked.asker.has(Right.ASK_FOR_APPROVAL, mine):
            found.append(Todo(words=f"{one.name} is not approved: ask the programme office for it", path=path))
        if one.state is VendorState.REFUSED:
            found.append(Todo(words=f"{one.name} was refused: read why, and ask again", path=path))
        if asked.asker.has(Right.ACCEPT_AGREEMENT, mine) and one.state is VendorState.APPROVED:
            accepted = {entry.agreement.digest for entry in vendors.accepted(services, asked.asker, one.id)}
            if any(entry.digest not in accepted for entry in vendors.every_agreement(services, asked.asker)):
                found.append(Todo(words=f"{one.name} has not accepted every agreement", path=f"{path}/agreements"))
    if asked.asker.has(Right.DECIDE_ON_VENDOR, roles.in_programme):
        pending, _ = vendors.listed(services, asked.asker, state=VendorState.PENDING, behind=("", b""), most=_PAGE)
        if pending:
            found.append(Todo(words=f"Vendors that wait for approval: {len(pending)}", path="/office"))
    if asked.asker.has(Right.VERIFY_RUN, roles.in_programme) and claims.waiting(services, asked.asker, b"", 1):
        found.append(Todo(words="Official runs wait to be verified", path="/office"))
    return found


def _cloud(found: StoredCloud, now: int) -> OwnCloud:
    days = None if found.whole is None else (now - found.whole.created) // _A_DAY
    return OwnCloud(
        cloud=found.subject,
        runs=found.runs,
        last=found.last,
        whole=None if found.whole is None else run_line(found.whole),
        days=days,
        is_stale=days is not None and days > _STALE,
    )


def _clouds(services: Services, asked: PageRequest) -> Shown:
    wanted = asked.query(BehindName)
    found, behind = listings.clouds(services, asked.asker, is_public=False, behind=wanted.behind, most=_PAGE)
    data = OwnCloudsPage(clouds=[_cloud(one, services.clock()) for one in found], behind=behind)
    return _private("my/clouds.html.j2", "My clouds", data)


def _runs(services: Services, asked: PageRequest) -> Shown:
    behind = cursor_of(asked.query(Behind).behind)
    found = listings.runs_like(services, asked.asker, RunFilter(), behind=behind, most=_PAGE)
    data = RunsPage(runs=run_lines(found.runs), behind=cursor_text(found.behind))
    return _private("my/runs.html.j2", "My runs", data)


def _managed(services: Services, asked: PageRequest) -> tuple[ShownClaim, ManagedRun]:
    """Raises NotFound."""
    run = identity_in(asked, "run")
    shown = claims.show(services, asked.asker, run)
    _, tags = runs.show(services, asked.asker, run)
    claim, product = shown.claim, shown.product
    vendor = None if product is None else vendors.show(services, asked.asker, product.vendor).row
    version = "" if shown.version is None else shown.version.row.name
    return shown, ManagedRun(
        run=run_line(shown.run),
        owner=_owner(shown, None if vendor is None else vendor.name, asked),
        product=None if product is None else f"{product.name} {version}".strip(),
        version=_applied(services, asked, shown),
        vendor=None if vendor is None else ids.written(vendor.id),
        is_claimed=shown.is_claimed,
        lacks=shown.lacks if shown.sees_reasons else [],
        official=None if claim is None else claim.official,
        official_by=claim.official_by if claim is not None and shown.sees_reasons else None,
        verified=None if claim is None else claim.verified,
        verified_by=claim.verified_by if claim is not None and shown.sees_reasons else None,
        reason=claim.reason if claim is not None and shown.sees_reasons else None,
        deleted=shown.due,
        tags=sorted(tags.items()),
        revision=0 if claim is None else claim.revision,
        may=_acts(services, asked, shown),
    )


def _applied(services: Services, asked: PageRequest, shown: ShownClaim) -> str | None:
    """The version for which they can apply with this run; None: they cannot."""
    if shown.version is None or shown.product is None:
        return None
    mine = members.own_roles(services, asked.asker).towards(shown.product.vendor)
    return ids.written(shown.version.row.id) if asked.asker.has(Right.EDIT_APPLICATION, mine) else None


def _owner(shown: ShownClaim, vendor: str | None, asked: PageRequest) -> str:
    if vendor is not None:
        return vendor
    if shown.claim is not None:
        return "a vendor that you may not see"
    return "you" if shown.run.owner == asked.asker.identity else "whoever sent it"


def _acts(services: Services, asked: PageRequest, shown: ShownClaim) -> list[str]:
    """What a page offers; services decide."""
    asker, claim, roles = asked.asker, shown.claim, members.own_roles(services, asked.asker)
    mine = roles.towards(shown.run.owner if claim is None else claim.vendor)
    may_edit = asker.has(Right.EDIT_VENDOR_RUN, mine) or (claim is None and shown.run.owner == asker.identity)
    is_frozen = claim is not None and claim.verified is not None
    found: list[str] = []
    if may_edit and not is_frozen:
        found += ["unshare" if shown.run.is_public else "share", "tags", "attach", "delete"]
        found += ["detach"] if claim is not None and claim.official is None else []
    if claim is not None and not is_frozen and asker.has(Right.MAKE_OFFICIAL, mine):
        found.append("official" if claim.official is None else "unofficial")
    if claim is not None and claim.official is not None and asker.has(Right.VERIFY_RUN, mine):
        found.append("verify" if claim.verified is None else "unverify")
    return found


def _manage(services: Services, asked: PageRequest) -> Shown:
    _, data = _managed(services, asked)
    return _private("my/run.html.j2", f"Manage the run {data.run.name}", data)


def _trail(data: ManagedRun) -> tuple[tuple[str, str], ...]:
    return (_MINE, _RUNS, (f"/my/runs/{data.run.id}", data.run.name))


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What one page asks about a run, and does with it."""

    title: str
    button: str
    consequences: tuple[str, ...]
    word: str


_SHARE = Act(
    title="Share this run?",
    button="Share it",
    consequences=(
        "Everybody sees its outcomes, its verdict and its evidence, and it counts in public rates.",
        "Secrets that were found in it were masked before it was sent; look into the evidence if you are not sure.",
    ),
    word="shared",
)
_UNSHARE = Act(
    title="Make this run private again?",
    button="Make it private",
    consequences=("Only its owners see it from then on.", "Who has a copy of it keeps that."),
    word="unshared",
)
_DETACH = Act(
    title="Give this run back to who sent it?",
    button="Give it back",
    consequences=("It belongs to no product any more, and the vendor's members do not see it unless it is shared.",),
    word="saved",
)
_OFFICIAL = Act(
    title="Make this run the company's result?",
    button="Make it official",
    consequences=("You say for the company that this is its result.", "Reviewers and the programme office see it."),
    word="saved",
)
_UNOFFICIAL = Act(
    title="Take it back that this run is the company's result?",
    button="Take it back",
    consequences=("The programme office does not verify it then.",),
    word="saved",
)
_DELETE = Act(
    title="Delete this run?",
    button="Delete it for ever",
    consequences=(
        "Its evidence, outcomes and verdict are gone, and nobody can bring them back.",
        "Links to it lead nowhere; a proof in the log stays as a digest that nobody can open.",
    ),
    word="removed",
)


def _asked_act(services: Services, asked: PageRequest, act: Act, path: str) -> Shown:
    _, data = _managed(services, asked)
    base = f"/my/runs/{data.run.id}"
    form = confirmed(f"{base}/{path}", act.button, base, data.revision if "official" in path else None)
    return form_page(act.title, form, consequences=act.consequences, trail=_trail(data))


Does = Callable[[Services, Asker, bytes, int | None], object]
"""What is done with a run, as it was at a revision."""


def _act_pages(
    path: str, act: Act, does: Does, scope: TokenScope = TokenScope.MANAGE, then: str = ""
) -> tuple[PageRoute, PageRoute]:
    """A page that asks whether, and what becomes of the answer."""

    def shown(services: Services, asked: PageRequest) -> Shown:
        return _asked_act(services, asked, act, path)

    def done_so(services: Services, asked: PageRequest) -> Shown | Response:
        run = identity_in(asked, "run")

        def acted(revision: int | None) -> None:
            does(services, asked.asker, run, revision)

        return carried_out(asked, shown(services, asked), acted, then or f"/my/runs/{ids.written(run)}", act.word)

    return asks(f"/my/runs/{{run}}/{path}", shown, done_so, scope)


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """All tags of a run."""

    tags: Annotated[list[str], Meta(max_length=100)]


def _tags(services: Services, asked: PageRequest) -> Shown:
    _, data = _managed(services, asked)
    base, known_tags = f"/my/runs/{data.run.id}", claims.vocabulary()
    words = "; ".join(f"{key}: {', '.join(words)}" for key, words in known_tags.words.items())
    field = Field(
        name="tags",
        label="Tags",
        hint=f"KEY=VALUE, one a line. Shared runs are counted by these: {words}.",
        kind="lines",
        value="\n".join(f"{key}={value}" for key, value in data.tags),
        is_optional=True,
    )
    form = WebForm(path=f"{base}/tags", button="Save", fields=(field,), back=base)
    return form_page("Tags of the run", form, trail=_trail(data))


def _put_tags(services: Services, asked: PageRequest) -> Shown | Response:
    run = identity_in(asked, "run")

    def act(new: Tags, _: int | None) -> Response:
        pairs = [one.partition("=") for one in new.tags]
        wrong = next(
            (key for key, mark, value in pairs if not mark or not key or len(key) > 100 or len(value) > 200), None
        )
        if wrong is not None:
            raise InvalidRequest(f"{wrong[:50]!r} is no tag; write KEY=VALUE, of at most 100 and 200 signs")
        twice = next((key for place, (key, _, _) in enumerate(pairs) if key in {one[0] for one in pairs[:place]}), None)
        if twice is not None:
            raise InvalidRequest(f"{twice[:50]!r} is there twice; name one value")
        tags = {key: value for key, _, value in pairs}
        claims.edit(services, asked.asker, run, RunChange(tags=tags))
        return done(asked, f"/my/runs/{ids.written(run)}", "saved")

    return sent(asked, _tags(services, asked), act, Tags, {InvalidRequest: "tags"})


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """To which version of a product a run belongs."""

    version: Id


def _attach(services: Services, asked: PageRequest) -> Shown:
    shown, data = _managed(services, asked)
    base, roles = f"/my/runs/{data.run.id}", members.own_roles(services, asked.asker)
    options: list[FormOption] = []
    for vendor in vendors.own(services, asked.asker):
        if asked.asker.has(Right.ATTACH_RUN, roles.towards(vendor.id)) and vendor.state is not VendorState.MERGED:
            for product in products.of_vendor(services, asked.asker, vendor.id):
                options += [
                    FormOption(ids.written(one.row.id), f"{vendor.name}: {product.name} {one.row.name}".strip())
                    for one in products.versions(services, asked.asker, product.id)
                ]
    now = "" if shown.version is None else ids.written(shown.version.row.id)
    field = Field(name="version", label="Product and version", kind="choice", options=tuple(options), value=now)
    form = WebForm(path=f"{base}/attach", button="Give it to this version", fields=(field,), back=base)
    consequences = (
        "It is the vendor's from then on: its members see it, and those who may edit the vendor's runs change it.",
        "Whoever sent it sees it no more, unless they are a member.",
    )
    lead = (
        () if options else ("No vendor of yours has a version of a product yet; add one first, at the vendor's page.",)
    )
    return form_page("Give this run to a product", form, lead=lead, consequences=consequences, trail=_trail(data))


def _put_attach(services: Services, asked: PageRequest) -> Shown | Response:
    run = identity_in(asked, "run")

    def act(new: Attachment, _: int | None) -> Response:
        claims.attach(services, asked.asker, run, ids.read(new.version))
        return done(asked, f"/my/runs/{ids.written(run)}", "saved")

    return sent(asked, _attach(services, asked), act, Attachment)


class VerificationAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a run is verified, and why."""

    verified: Literal["yes", "no"]
    reason: Reason


def _verify(services: Services, asked: PageRequest) -> Shown:
    _, data = _managed(services, asked)
    base, is_verified = f"/my/runs/{data.run.id}", data.verified is not None
    form = WebForm(
        path=f"{base}/verification",
        button="Take the verification back" if is_verified else "Verify this run",
        fields=(
            Field(name="verified", label="", kind="hidden", value="no" if is_verified else "yes"),
            Field(name="reason", label="Reason", hint="Those who may see the product read it.", kind="text"),
        ),
        revision=data.revision,
        is_destructive=is_verified,
        back=base,
    )
    consequences = (
        ("The run can be changed again; its history keeps both decisions.",)
        if is_verified
        else ("The run stays as it is: nobody changes or deletes it.", "Its digests are kept with your reason.")
    )
    title = "Take this verification back?" if is_verified else "Verify this run?"
    return form_page(title, form, consequences=consequences, trail=_trail(data))


def _put_verify(services: Services, asked: PageRequest) -> Shown | Response:
    run = identity_in(asked, "run")

    def act(new: VerificationAnswers, revision: int | None) -> Response:
        decide = claims.verify if new.verified == "yes" else claims.unverify
        decide(services, asked.asker, run, revision, new.reason)
        return done(asked, f"/my/runs/{ids.written(run)}", "decided")

    return sent(asked, _verify(services, asked), act, VerificationAnswers)


def _private(template: str, title: str, data: msgspec.Struct) -> Shown:
    return Shown(template, title, data, section="my", freshness=Freshness.PRIVATE)


def _share(services: Services, asker: Asker, run: bytes, _: int | None) -> object:
    return claims.edit(services, asker, run, RunChange(is_public=True))


def _unshare(services: Services, asker: Asker, run: bytes, _: int | None) -> object:
    return claims.edit(services, asker, run, RunChange(is_public=False))


def _detach(services: Services, asker: Asker, run: bytes, _: int | None) -> None:
    claims.detach(services, asker, run)


def _delete(services: Services, asker: Asker, run: bytes, _: int | None) -> None:
    runs.delete(services, asker, run)


def _official(services: Services, asker: Asker, run: bytes, revision: int | None) -> object:
    return claims.make_official(services, asker, run, revision, is_official=True)


def _unofficial(services: Services, asker: Asker, run: bytes, revision: int | None) -> object:
    return claims.make_official(services, asker, run, revision, is_official=False)


_READ, _SUBMIT = TokenScope.READ, TokenScope.SUBMIT
PAGES: tuple[PageRoute, ...] = (
    own_page("/my", _my, scope=_READ),
    own_page("/my/clouds", _clouds, scope=_READ),
    own_page("/my/runs", _runs, scope=_READ),
    own_page("/my/runs/{run}", _manage, scope=_READ),
    *_act_pages("share", _SHARE, _share, _SUBMIT),
    *_act_pages("unshare", _UNSHARE, _unshare, _SUBMIT),
    *asks("/my/runs/{run}/tags", _tags, _put_tags, _SUBMIT),
    *asks("/my/runs/{run}/attach", _attach, _put_attach),
    *_act_pages("detach", _DETACH, _detach),
    *_act_pages("official", _OFFICIAL, _official),
    *_act_pages("unofficial", _UNOFFICIAL, _unofficial),
    *asks("/my/runs/{run}/verification", _verify, _put_verify),
    *_act_pages("delete", _DELETE, _delete, _SUBMIT, "/my/runs"),
)
