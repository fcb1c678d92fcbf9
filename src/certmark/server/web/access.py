"""What lets programs in: tokens, keys and publishers, of whoever is signed in or of a vendor that they look after.

1. One set of pages for both: the path says whose they are, and the services decide who may.
2. A token is shown in the answer that makes it, and never again.
3. A key is proven by a signature over a challenge that is asked for by a press on a button: looking asks for nothing.
"""

from __future__ import annotations

import base64
import json
import shlex
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.api.accounts import Days, Label
from certmark.server.api.bodies import Word
from certmark.server.asking import TokenScope
from certmark.server.parties import KINDS
from certmark.server.services import joining, keys, publishing, tokens
from certmark.server.services.context import Services
from certmark.server.services.keys import FRESH, Proof
from certmark.server.services.publishing import Jobs
from certmark.server.services.tokens import A_DAY, OF_RUNNERS
from certmark.server.web.desk import (
    asks,
    carried_out,
    confirmed,
    digest_in,
    form_page,
    identity_in,
    known,
    own_page,
    sent,
    vendor_in,
)
from certmark.server.web.forms import Field, FormOption, WebForm, decided, done
from certmark.server.web.handling import check_form
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown
from certmark.trust.errors import BadSignature, InvalidKey

_DAYS = tuple(
    FormOption(str(days), words) for days, words in ((7, "a week"), (30, "30 days"), (90, "90 days"), (365, "a year"))
)


class Whose(NamedTuple):
    """Whose they are."""

    vendor: bytes | None
    name: str
    """Of the vendor; empty: one's own."""
    base: str
    """The path of their pages."""

    @property
    def trail(self) -> tuple[tuple[str, str], ...]:
        """Where such a page stands."""
        return ((self.base, self.name or "My work"),)

    def about(self, words: str) -> str:
        """A title."""
        return f"{words} of {self.name}" if self.name else words


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token shall be."""

    label: Label
    may: Literal["read", "read submit", "read submit run"]
    days: Days


class TokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without what makes it one."""

    id: str
    label: str
    may: str
    created: int
    expires: int
    used: int | None
    is_over: bool


class TokensPage(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of somebody."""

    whose: str
    base: str
    tokens: list[TokenLine]
    form: WebForm


class MadeToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token, the only time that it is shown."""

    token: str
    label: str
    expires: int
    base: str


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A public key."""

    id: str
    kind: str
    fingerprint: str
    comment: str
    is_proven: bool
    created: int


class KeysPage(msgspec.Struct, frozen=True, kw_only=True):
    """The public keys of somebody."""

    whose: str
    base: str
    keys: list[KeyLine]


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, and the proof that it is theirs."""

    key: Annotated[str, Meta(min_length=1, max_length=8192)]
    signature: Annotated[str, Meta(min_length=1, max_length=8192)]
    challenge: Word
    is_old: bool = False


class PublisherLine(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs of a CI that send results."""

    id: str
    label: str
    ci: str
    claims: dict[str, str]
    created: int
    used: int | None


class PublishersPage(msgspec.Struct, frozen=True, kw_only=True):
    """The publishers of somebody."""

    whose: str
    base: str
    publishers: list[PublisherLine]
    can_add: bool
    """Whether the operator named a CI that is believed."""


class NewPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs."""

    ci: Word
    claims: Annotated[list[str], Meta(min_length=1, max_length=20)]
    label: Label = ""


def whose(services: Services, asked: PageRequest) -> Whose:
    """Whose they are, by the path. Raises NotFound."""
    if "vendor" not in asked.request.path_params:
        return Whose(None, "", "/my")
    row = vendor_in(services, asked).row
    return Whose(row.id, row.name, f"/vendors/{ids.written(row.id)}")


def _token_form(owner: Whose) -> WebForm:
    may = (
        FormOption("read submit", "read and send results"),
        FormOption("read", "read only"),
        FormOption("read submit run", "carry out standing orders, as a runner"),
    )
    return WebForm(
        path=f"{owner.base}/tokens",
        button="Make the token",
        fields=(
            Field(
                name="label",
                label="What it is for",
                hint="Such as the machine or the job that has it.",
                is_optional=True,
            ),
            Field(name="may", label="What it may do", kind="choice", options=may, value="read submit"),
            Field(name="days", label="For how long it holds", kind="choice", options=_DAYS, value="90"),
        ),
    )


def _tokens(services: Services, asked: PageRequest) -> Shown:
    owner = whose(services, asked)
    return _tokens_page(services, asked, owner, _token_form(owner))


def _tokens_page(services: Services, asked: PageRequest, owner: Whose, form: WebForm) -> Shown:
    now = services.clock()
    lines = [
        TokenLine(
            id=one.digest.hex(),
            label=one.label,
            may=" and ".join(one.scopes.split()),
            created=one.created,
            expires=one.expires,
            used=one.used,
            is_over=one.expires < now,
        )
        for one in tokens.own(services, asked.asker, owner.vendor)
    ]
    data = TokensPage(whose=owner.name, base=owner.base, tokens=lines, form=form)
    return _private("my/tokens.html.j2", owner.about("Tokens"), data)


def _make_token(services: Services, asked: PageRequest) -> Shown | Response:
    owner = whose(services, asked)

    def act(new: NewToken, _: int | None) -> Shown:
        scopes = [one for one in OF_RUNNERS if one.value in new.may.split()]
        text, token = tokens.make(services, asked.asker, new.label, new.days * A_DAY, scopes, owner.vendor)
        made = MadeToken(token=text, label=token.label, expires=token.expires, base=owner.base)
        return _private("my/made_token.html.j2", "Your new token", made, HTTPStatus.CREATED)

    def again(form: WebForm) -> Shown:
        return _tokens_page(services, asked, owner, form)

    return decided(asked, _token_form(owner), NewToken, act, again)


def _ask_token(services: Services, asked: PageRequest) -> Shown:
    owner, digest = whose(services, asked), digest_in(asked, "token")
    token = next((one for one in tokens.own(services, asked.asker, owner.vendor) if one.digest == digest), None)
    label = "this token" if token is None or not token.label else f"“{token.label}”"
    return _question(owner, f"End {label}?", "tokens", digest.hex(), "End the token", _TOKEN_ENDS)


_TOKEN_ENDS = ("Whatever uses it is refused from the next request on.", "It cannot be brought back; make another one.")
_KEY_ENDS = ("What is signed with it is not known as yours any more.", "Runs that count by it already go on counting.")
_PUBLISHER_ENDS = ("Its jobs send nothing any more; tokens that they have end within a quarter of an hour.",)


def _question(owner: Whose, title: str, kind: str, identity: str, button: str, ends: tuple[str, ...]) -> Shown:
    back = f"{owner.base}/{kind}"
    form = confirmed(f"{back}/{identity}/end", button, back)
    return form_page(title, form, consequences=ends, trail=(*owner.trail, (back, kind.capitalize())))


def _end_token(services: Services, asked: PageRequest) -> Shown | Response:
    owner = whose(services, asked)

    def act(_: int | None) -> None:
        tokens.revoke_own(services, asked.asker, digest_in(asked, "token"), owner.vendor)

    return carried_out(asked, _ask_token(services, asked), act, f"{owner.base}/tokens", "ended")


def _keys(services: Services, asked: PageRequest) -> Shown:
    owner = whose(services, asked)
    lines = [
        KeyLine(
            id=one.digest.hex(),
            kind=one.line.partition(" ")[0],
            fingerprint=_fingerprint(one.digest),
            comment=" ".join(one.line.split()[2:]),
            is_proven=one.proof == FRESH,
            created=one.created,
        )
        for one in keys.own(services, asked.asker, owner.vendor)
    ]
    return _private("my/keys.html.j2", owner.about("Keys"), KeysPage(whose=owner.name, base=owner.base, keys=lines))


def _fingerprint(digest: bytes) -> str:
    """As ssh-keygen -l shows it."""
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _challenge(services: Services, asked: PageRequest) -> Shown:
    """Rule 3."""
    check_form(asked)
    owner = whose(services, asked)
    return _key_page(owner, _key_form(owner, keys.challenge(services, asked.asker, owner.vendor)))


def _key_form(owner: Whose, challenge: str = "") -> WebForm:
    old = Field(
        name="is_old",
        label="Take over the account that I had on a RefStack server with this key",
        hint="Its runs, vendors and keys are yours then.",
        kind="check",
    )
    return WebForm(
        path=f"{owner.base}/keys",
        button="Add the key",
        fields=(
            Field(name="key", label="The public key", hint="The line of the .pub file: ssh-ed25519 AAAA…", kind="text"),
            Field(
                name="signature",
                label="The signature",
                hint="What the command printed, from -----BEGIN SSH SIGNATURE----- on.",
                kind="text",
            ),
            Field(name="challenge", label="Challenge", kind="hidden", value=challenge),
            *(() if owner.vendor is not None else (old,)),
        ),
        back=f"{owner.base}/keys",
    )


def _key_page(owner: Whose, form: WebForm) -> Shown:
    challenge = next(one.value for one in form.fields if one.name == "challenge")
    command = f"printf %s {shlex.quote(challenge)} | ssh-keygen -Y sign -n {keys.NAMESPACE} -f ~/.ssh/id_ed25519"
    lead = (
        "Sign this challenge with the private key, where it lies; it never leaves that machine.",
        "The challenge holds once, for ten minutes.",
    )
    trail = (*owner.trail, (f"{owner.base}/keys", "Keys"))
    return form_page(owner.about("Add a key"), form, lead=lead, command=command, trail=trail)


def _add_key(services: Services, asked: PageRequest) -> Shown | Response:
    owner = whose(services, asked)

    def act(new: NewKey, _: int | None) -> Response:
        proof = Proof(new.key, new.challenge, f"{new.signature}\n")
        if new.is_old:
            joining.take_over(services, asked.asker, proof)
        else:
            keys.add(services, asked.asker, proof, owner.vendor)
        return done(asked, f"{owner.base}/keys", "made")

    def again(tried: WebForm) -> Shown:
        """A challenge holds once: what was tried is signed anew."""
        challenge = keys.challenge(services, asked.asker, owner.vendor)
        problem = tried.problem or "There is a new challenge now; sign that one."
        return _key_page(owner, msgspec.structs.replace(tried.of(challenge=challenge, signature=""), problem=problem))

    return decided(asked, _key_form(owner), NewKey, act, again, {InvalidKey: "key", BadSignature: "signature"})


def _ask_key(services: Services, asked: PageRequest) -> Shown:
    owner, digest = whose(services, asked), digest_in(asked, "key")
    keys.own(services, asked.asker, owner.vendor)
    return _question(owner, "Remove this key?", "keys", digest.hex(), "Remove the key", _KEY_ENDS)


def _end_key(services: Services, asked: PageRequest) -> Shown | Response:
    owner = whose(services, asked)

    def act(_: int | None) -> None:
        keys.remove(services, asked.asker, digest_in(asked, "key"), owner.vendor)

    return carried_out(asked, _ask_key(services, asked), act, f"{owner.base}/keys", "removed")


def _publishers(services: Services, asked: PageRequest) -> Shown:
    owner = whose(services, asked)
    lines = [
        PublisherLine(
            id=ids.written(one.id),
            label=one.label,
            ci=one.ci,
            claims=json.loads(one.claims),
            created=one.created,
            used=one.used,
        )
        for one in publishing.own(services, asked.asker, owner.vendor)
    ]
    can_add = bool(services.settings.ci)
    data = PublishersPage(whose=owner.name, base=owner.base, publishers=lines, can_add=can_add)
    return _private("my/publishers.html.j2", owner.about("CI jobs that publish"), data)


def _publisher_form(services: Services, owner: Whose) -> WebForm:
    kinds = {one.id: KINDS[one.kind] for one in services.settings.ci}
    needed = "; ".join(f"{name}: {', '.join(kind.immutable)}" for name, kind in kinds.items())
    return WebForm(
        path=f"{owner.base}/publishers/new",
        button="Let these jobs publish",
        fields=(
            Field(
                name="ci",
                label="CI",
                kind="choice",
                options=tuple(FormOption(name, name) for name in kinds),
                value=next(iter(kinds), ""),
            ),
            Field(
                name="claims",
                label="Which jobs",
                hint=f"What their tokens say, NAME=VALUE, one a line. Needed are: {needed}.",
                kind="lines",
            ),
            Field(name="label", label="What you call them", is_optional=True),
        ),
        back=f"{owner.base}/publishers",
    )


def _new_publisher(services: Services, asked: PageRequest) -> Shown:
    owner = whose(services, asked)
    publishing.own(services, asked.asker, owner.vendor)
    return _publisher_page(owner, _publisher_form(services, owner))


def _publisher_page(owner: Whose, form: WebForm) -> Shown:
    lead = ("A job of a CI gets a token for a quarter of an hour by what its CI says of it; nobody stores a secret.",)
    trail = (*owner.trail, (f"{owner.base}/publishers", "CI jobs that publish"))
    return form_page(owner.about("Let CI jobs publish"), form, lead=lead, trail=trail)


def _add_publisher(services: Services, asked: PageRequest) -> Shown | Response:
    owner = whose(services, asked)

    def act(new: NewPublisher, _: int | None) -> Response:
        pairs = [one.partition("=") for one in new.claims]
        wrong = next((name for name, mark, _ in pairs if not mark), None)
        if wrong is not None:
            raise InvalidRequest(f"{wrong[:50]!r} has no value; write NAME=VALUE")
        claims = {name.strip(): value.strip() for name, _, value in pairs}
        publishing.add(services, asked.asker, Jobs(new.ci, claims, new.label), owner.vendor)
        return done(asked, f"{owner.base}/publishers", "made")

    page = _publisher_page(owner, _publisher_form(services, owner))
    return sent(asked, page, act, NewPublisher, {InvalidRequest: "claims"})


def _ask_publisher(services: Services, asked: PageRequest) -> Shown:
    owner, identity = whose(services, asked), ids.written(identity_in(asked, "publisher"))
    publishing.own(services, asked.asker, owner.vendor)
    return _question(owner, "Stop these jobs?", "publishers", identity, "Stop them", _PUBLISHER_ENDS)


def _end_publisher(services: Services, asked: PageRequest) -> Shown | Response:
    owner = whose(services, asked)

    def act(_: int | None) -> None:
        publishing.remove(services, asked.asker, identity_in(asked, "publisher"), owner.vendor)

    return carried_out(asked, _ask_publisher(services, asked), act, f"{owner.base}/publishers", "removed")


def _private(template: str, title: str, data: msgspec.Struct, status: HTTPStatus = HTTPStatus.OK) -> Shown:
    return Shown(template, title, data, section="my", status=status, freshness=Freshness.PRIVATE)


def _pages(base: str) -> tuple[PageRoute, ...]:
    account = TokenScope.ACCOUNT
    return (
        own_page(f"{base}/tokens", _tokens),
        PageRoute(f"{base}/tokens", known(_make_token), method="POST"),
        *asks(f"{base}/tokens/{{token}}/end", _ask_token, _end_token, account),
        own_page(f"{base}/keys", _keys),
        PageRoute(f"{base}/keys", known(_add_key), method="POST"),
        PageRoute(f"{base}/keys/new", known(_challenge), method="POST"),
        *asks(f"{base}/keys/{{key}}/end", _ask_key, _end_key, account),
        own_page(f"{base}/publishers", _publishers),
        *asks(f"{base}/publishers/new", _new_publisher, _add_publisher, account),
        *asks(f"{base}/publishers/{{publisher}}/end", _ask_publisher, _end_publisher, account),
    )


PAGES: tuple[PageRoute, ...] = (*_pages("/my"), *_pages("/vendors/{vendor}"))
