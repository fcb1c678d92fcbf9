"""What a handler of a page is told of a request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request

from certmark.domain.errors import InvalidRequest
from certmark.server.api.errors import of_validation
from certmark.server.asking import Asker
from certmark.server.web.bodies import BODIES, Body
from certmark.version import __version__

_Parameters = TypeVar("_Parameters", bound=msgspec.Struct)
FORMS = ("json", "csv", "atom", "txt")
"""What a page may be beside a page, by the suffix of its path."""


class Known(Exception):
    """Whoever asks has the newest answer, or it is kept here."""

    def __init__(self, tag: str, body: Body | None) -> None:
        super().__init__(tag)
        self.tag = tag
        self.body = body
        """What is kept; None: whoever asks has it."""


class PageRequest(NamedTuple):
    """A request of a browser."""

    request: Request
    asker: Asker
    session: str | None
    """The word in the cookie, where it is one of a session that holds."""
    form: Mapping[str, str]
    """What was sent in the body."""
    root: str = ""
    """The public address of the server; empty where it has none."""
    form_wanted: str = "html"
    """One of `FORMS`, or html."""

    @property
    def is_stranger(self) -> bool:
        """Nobody said who they are: what they see, everybody sees."""
        return self.asker.identity is None

    @property
    def path(self) -> str:
        """Of the page, without the suffix of a form."""
        path = self.request.url.path
        return path.removesuffix(f".{self.form_wanted}") if self.form_wanted in FORMS else path

    def url(self, path: str, **query: object) -> str:
        """The address of a page of ours; what is None in the query is left out, a list is there several times."""
        return f"{self.root}{quote(path, safe='/@:~!$&()*+,;=.')}{query_of(query)}"

    def here(self, **changes: object) -> str:
        """This page with a changed query; what becomes None is left out, and with it where a list went on."""
        now: dict[str, object] = {}
        for name in self.request.query_params:
            now[name] = self.request.query_params.getlist(name)
        return self.url(self.path, **({**now, "behind": None} | changes))

    def absolute(self, path: str) -> str:
        """As something outside needs it: with the host that the settings name, else the one that was asked."""
        return f"{self.root or str(self.request.base_url).rstrip('/')}{path}"

    def query(self, kind: type[_Parameters]) -> _Parameters:
        """The query as a value; what `kind` does not have is not looked at. Raises InvalidRequest."""
        found: dict[str, Any] = {}
        for field in msgspec.structs.fields(kind):
            values = [one for one in self.request.query_params.getlist(field.encode_name) if one]
            is_list = getattr(field.type, "__origin__", None) in {list, tuple}
            if values:
                found[field.encode_name] = values if is_list else values[-1]
        try:
            return msgspec.convert(found, kind, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidRequest(of_validation(error, is_body=False).detail) from error

    def unless_known(self, *parts: object) -> str:
        """The ETag of a page that changes with `parts` only (and with who asks, and how); for `Shown.tag`.

        To be called once it is sure that whoever asks may see it. Raises Known where nothing more is to be done.
        """
        who = "" if self.asker.identity is None else self.asker.identity.hex()
        words = (__version__, self.form_wanted, self.root, who, str(self.request.url.query), self.path, *parts)
        tag = f'W/"{hashlib.sha256(repr(words).encode()).hexdigest()[:24]}"'
        if tag in self.request.headers.get("if-none-match", ""):
            raise Known(tag, None)
        if (body := BODIES.get(tag)) is not None:
            raise Known(tag, body)
        return tag


def query_of(query: Mapping[str, object]) -> str:
    """A query with its question mark; empty where there is none."""
    pairs = [
        (name, str(one))
        for name, value in query.items()
        for one in (value if isinstance(value, list | tuple) else (value,))
        if one is not None and one != ""
    ]
    return f"?{urlencode(pairs)}" if pairs else ""
