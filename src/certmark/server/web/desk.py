"""What the pages of people and vendors share: who must be signed in, a page of one form, runs in a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps

import msgspec
from starlette.responses import Response

from certmark.domain.permissions import Right, Role
from certmark.server import ids
from certmark.server.asking import TokenScope
from certmark.server.services import members, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted
from certmark.server.services.vendors import ShownVendor
from certmark.server.store.runs import ReadingState, RunRow
from certmark.server.web.forms import Form, Refusals, Values, decided, done
from certmark.server.web.pages import elsewhere
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

Handler = Callable[[Services, PageRequest], Shown | Response]


class Link(msgspec.Struct, frozen=True):
    """Somewhere to go."""

    path: str
    words: str


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be decided, on a page of its own."""

    lead: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    """What happens with a press on the button, and cannot be taken back."""
    command: str = ""
    """What is typed elsewhere before the form is filled in."""
    trail: tuple[tuple[str, str], ...] = ()
    form: Form


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a list."""

    id: str
    created: int
    name: str
    cloud: str | None
    program: str | None
    standing: str | None
    sentence: str | None
    state: str
    """received: it is not read yet; read; unreadable: `problem` says why."""
    problem: str | None
    is_public: bool


def run_line(run: RunRow) -> RunLine:
    """A run as lists show it."""
    return RunLine(
        id=ids.written(run.id),
        created=run.created,
        name=run.name,
        cloud=run.subject,
        program=run.program,
        standing=run.standing,
        sentence=run.sentence,
        state=ReadingState(run.state).name.lower(),
        problem=run.problem,
        is_public=run.is_public,
    )


def run_lines(runs: Iterable[RunRow]) -> list[RunLine]:
    """Likewise, several."""
    return [run_line(run) for run in runs]


def known(handler: Handler, scope: TokenScope = TokenScope.ACCOUNT) -> Handler:
    """`handler` for who is known and may do such things at all; a stranger's browser goes to sign in first."""

    @wraps(handler)
    def checked(services: Services, asked: PageRequest) -> Shown | Response:
        if asked.asker.identity is None:
            if asked.request.method == "GET" and asked.form_wanted == "html":
                return elsewhere(asked.url("/sign-in", next=asked.path))
            raise NotKnown("sign in first")
        if not asked.asker.may(scope):
            raise NotPermitted(f"that needs the scope {scope.value}; a token does not have it here")
        return handler(services, asked)

    return checked


def own_page(
    path: str,
    handler: Handler,
    method: str = "GET",
    forms: tuple[str, ...] = ("json",),
    scope: TokenScope = TokenScope.ACCOUNT,
) -> PageRoute:
    """A page for who is known."""
    return PageRoute(path, known(handler, scope), method=method, forms=forms if method == "GET" else ())


def asks(
    path: str, shown: Handler, sent: Handler, scope: TokenScope = TokenScope.MANAGE
) -> tuple[PageRoute, PageRoute]:
    """A page with a form, and what becomes of it."""
    return own_page(path, shown, scope=scope), own_page(path, sent, "POST", scope=scope)


def form_page(
    title: str,
    form: Form,
    *,
    lead: Sequence[str] = (),
    consequences: Sequence[str] = (),
    command: str = "",
    trail: Sequence[tuple[str, str]] = (),
    section: str = "my",
) -> Shown:
    """A page of one form."""
    data = FormPage(lead=tuple(lead), consequences=tuple(consequences), command=command, trail=tuple(trail), form=form)
    return Shown("my/form.html.j2", title, data, section=section, freshness=Freshness.PRIVATE)


class Nothing(msgspec.Struct, frozen=True):
    """A form without questions."""


def sent(
    asked: PageRequest,
    page: Shown,
    act: Callable[[Values, int | None], Shown | Response],
    into: type[Values],
    at: Refusals | None = None,
) -> Shown | Response:
    """What becomes of the form of a page that `form_page` made, as it is now."""

    def again(form: Form) -> Shown:
        return page._replace(data=msgspec.structs.replace(page.data, form=form))

    return decided(asked, page.data.form, into, act, again, at)


def carried_out(
    asked: PageRequest, page: Shown, act: Callable[[int | None], object], then: str, word: str
) -> Shown | Response:
    """Likewise, of a form that only asks whether; afterwards the browser goes to `then`, which says `word`."""

    def acted(_: Nothing, revision: int | None) -> Response:
        act(revision)
        return done(asked, then, word)

    return sent(asked, page, acted, Nothing)


def confirmed(path: str, button: str, back: str, revision: int | None = None) -> Form:
    """A form that only asks whether."""
    return Form(path=path, button=button, is_destructive=True, back=back, revision=revision)


def identity_in(asked: PageRequest, name: str) -> bytes:
    """What a path names by its id. Raises NotFound."""
    word = str(asked.request.path_params[name])
    try:
        return ids.read(word)
    except ValueError as error:
        raise NotFound(f"there is no {name} {word[:100]!r} that you may see") from error


def digest_in(asked: PageRequest, name: str) -> bytes:
    """What a path names by a SHA-256. Raises NotFound."""
    word = str(asked.request.path_params[name])
    try:
        found = bytes.fromhex(word)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise NotFound(f"there is no {name} {word[:100]!r} of yours")
    return found


def vendor_in(services: Services, asked: PageRequest) -> ShownVendor:
    """The vendor that a path names, by its id or its name. Raises NotFound or InvalidRequest."""
    row = vendors.meant(services, asked.asker, str(asked.request.path_params["vendor"]))
    return vendors.show(services, asked.asker, row.id)


def roles_towards(services: Services, asked: PageRequest, vendor: bytes) -> frozenset[Role]:
    """Everything that somebody is to what is a vendor's."""
    return members.own_roles(services, asked.asker).towards(vendor)


def rights_towards(services: Services, asked: PageRequest, vendor: bytes) -> tuple[str, ...]:
    """The rights that somebody has there, for what a page offers; services decide."""
    roles = roles_towards(services, asked, vendor)
    return tuple(right.value for right in Right if asked.asker.has(right, roles))
