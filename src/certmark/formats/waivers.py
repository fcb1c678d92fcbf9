"""A file of waivers, YAML or JSON -> `domain.waivers`.

    product: Example Cloud 12
    waivers:
      - test: id-638f876d-6a43-482a-bbb3-0840bca101c6
        reason: needs an admin account (bug 2147232)
        granted-by: interop working group
        granted: 2026-11-01
        expires: 2027-05-31
        link: https://example.org/decisions/17

`test` is a name or an id; `capability` stands in its place for a whole capability. `granted` and
`link` may be left out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NoReturn

from certmark.domain.waivers import Scope, Waiver
from certmark.formats.errors import InvalidWaivers, excerpt
from certmark.formats.foreign_json import parse

_LARGEST = 512 << 10
_LONGEST = 8_192
"""Characters of one text."""
_SCOPES = {scope.value: scope for scope in Scope}
_REQUIRED = ("reason", "granted-by", "expires")
_KEYS = frozenset({*_SCOPES, *_REQUIRED, "granted", "link"})


def read_waivers(data: bytes, name: str) -> tuple[Waiver, ...]:
    """The waivers of file `name`, in their order.

    Raises InvalidWaivers for anything that is unknown, missing or twice: a waiver that is not
    understood must not be taken for one that was not given.
    """
    if len(data) > _LARGEST:
        raise InvalidWaivers(f"{name} has more than {_LARGEST >> 10} KiB, too much for a file of waivers")
    document = _document(data, name)
    if not isinstance(document, dict):
        raise InvalidWaivers(f'{name} must be a mapping with "product" and "waivers"')
    _check_keys(document, frozenset({"product", "waivers"}), name)
    product = _text(document, "product", name)
    entries = document.get("waivers")
    if not isinstance(entries, list):
        raise InvalidWaivers(f'{name}: "waivers" must be a list, with an entry for each waiver')
    waivers = [_waiver(entry, product, f"{name}, waivers[{place}]") for place, entry in enumerate(entries)]
    _check_twice(waivers, name)
    return tuple(waivers)


def _document(data: bytes, name: str) -> Any:  # noqa: ANN401 - foreign JSON or YAML enters here
    if data.lstrip()[:1] == b"{":
        return parse(data, name, InvalidWaivers, unique=True)
    from certmark.formats.foreign_yaml import parse as parse_yaml  # noqa: PLC0415 - YAML costs 20 ms

    return parse_yaml(data, name, InvalidWaivers)


def _waiver(entry: Any, product: str, place: str) -> Waiver:  # noqa: ANN401 - foreign document
    if not isinstance(entry, dict):
        raise InvalidWaivers(f"{place} must be a mapping with {', '.join(_REQUIRED)} and test or capability")
    _check_keys(entry, _KEYS, place)
    scopes = [key for key in _SCOPES if key in entry]
    if len(scopes) != 1:
        raise InvalidWaivers(f'{place} must have either "test" or "capability": what it excuses')
    granted = _date(entry, "granted", place) if entry.get("granted") is not None else None
    expires = _date(entry, "expires", place)
    if granted is not None and granted > expires:
        raise InvalidWaivers(f"{place} is granted on {granted} and expires before that, on {expires}")
    return Waiver(
        scope=_SCOPES[scopes[0]],
        target=_text(entry, scopes[0], place),
        reason=_text(entry, "reason", place),
        grantor=_text(entry, "granted-by", place),
        expires=expires,
        granted=granted,
        link=_link(entry, place),
        product=product,
    )


def _check_keys(mapping: dict[Any, Any], known: frozenset[str], place: str) -> None:
    for key in mapping:
        if key not in known:
            raise InvalidWaivers(f"{place}: {excerpt(str(key), 40)} is not known; there are {', '.join(sorted(known))}")


def _check_twice(waivers: list[Waiver], name: str) -> None:
    seen: dict[tuple[Scope, str, date | None], int] = {}
    for place, waiver in enumerate(waivers):
        first = seen.setdefault((waiver.scope, waiver.target, waiver.granted), place)
        if first != place:
            raise InvalidWaivers(f"{name}: waivers[{first}] and waivers[{place}] excuse the same; leave one out")


def _text(mapping: dict[Any, Any], key: str, place: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str) or not value.strip():
        _refuse(place, key, "must be a text")
    if len(value) > _LONGEST:
        _refuse(place, key, f"has more than {_LONGEST:,} characters")
    return value.strip()


def _link(entry: dict[Any, Any], place: str) -> str | None:
    if entry.get("link") is None:
        return None
    link = _text(entry, "link", place)
    if not link.startswith(("https://", "http://")):
        _refuse(place, "link", "must be a URL that begins with https:// or http://")
    return link


def _date(entry: dict[Any, Any], key: str, place: str) -> date:
    """A day; YAML gives dates as such, JSON as texts."""
    value = entry.get(key)
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse(place, key, "must be a date such as 2027-05-31")
    return value


def _refuse(place: str, key: str, what: str) -> NoReturn:
    raise InvalidWaivers(f'{place}: "{key}" {what}')
