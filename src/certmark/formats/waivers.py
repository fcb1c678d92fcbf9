"""A file of waivers, YAML or JSON -> `domain.waivers`.

    product: Example Cloud 12
    waivers:
      - test: id-638f876d-6a43-482a-bbb3-0840bca101c6
        reason: needs an admin account (bug 2147232)
        granted-by: interop working group
        granted: 2026-11-01
        expires: 2027-05-31
        link: https://example.org/decisions/17

`test` is a name or an id; `capability` stands in its place for a whole capability. `granted`,
`link` and `guidelines` (`from` and `to`, either of them alone too) may be left out. `guidelines`
beside `product` holds for every waiver that says nothing of its own. A file may say what it is, with
`format: certmark-waivers` and `version: 1`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NoReturn

from certmark.domain.waivers import GuidelineRange, Scope, Waiver, is_dated
from certmark.formats.documents.foreign_json import parse
from certmark.formats.errors import InvalidWaivers, excerpt

_LARGEST = 512 << 10
_LONGEST = 8_192
"""Characters of one text."""
_SCOPES = {scope.value: scope for scope in Scope}
_REQUIRED = ("reason", "granted-by", "expires")
_KEYS = frozenset({*_SCOPES, *_REQUIRED, "granted", "link", "guidelines"})
_TOP = frozenset({"product", "waivers", "guidelines", "format", "version"})
FORMAT = "certmark-waivers"
VERSION = 1


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
    _check_keys(document, _TOP, name)
    _check_version(document, name)
    product = _text(document, "product", name)
    entries = document.get("waivers")
    if not isinstance(entries, list):
        raise InvalidWaivers(f'{name}: "waivers" must be a list, with an entry for each waiver')
    usual = _guidelines(document, name)
    waivers = [_waiver(entry, product, usual, f"{name}, waivers[{place}]") for place, entry in enumerate(entries)]
    _check_twice(waivers, name)
    return tuple(waivers)


def _document(data: bytes, name: str) -> Any:
    if data.lstrip()[:1] == b"{":
        return parse(data, name, InvalidWaivers, unique=True)
    from certmark.formats.documents.foreign_yaml import parse as parse_yaml

    return parse_yaml(data, name, InvalidWaivers)


def _waiver(entry: Any, product: str, usual: GuidelineRange | None, place: str) -> Waiver:
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
        guidelines=_guidelines(entry, place) or usual,
    )


def _check_version(document: dict[Any, Any], name: str) -> None:
    said = document.get("format", FORMAT), document.get("version", VERSION)
    if said != (FORMAT, VERSION) or isinstance(said[1], bool):
        raise InvalidWaivers(
            f"{name} is {excerpt(str(said[0]), 40)}, version {excerpt(str(said[1]), 20)}; "
            f"this Certmark reads {FORMAT}, version {VERSION}"
        )


def _guidelines(mapping: dict[Any, Any], place: str) -> GuidelineRange | None:
    """Under which guidelines; both ends must have a place in the order of guidelines, or name just one."""
    if mapping.get("guidelines") is None:
        return None
    value = mapping["guidelines"]
    if not isinstance(value, dict) or not value or not set(value) <= {"from", "to"}:
        _refuse(place, "guidelines", 'must be a mapping with "from" and "to", the ids of guidelines, or one of them')
    first, last = (_guideline(value, key, place) for key in ("from", "to"))
    if first != last:
        for end in (first, last):
            if end is not None and not is_dated(end):
                _refuse(
                    place, "guidelines", f"ends at {excerpt(end, 40)}, which has no date and so no place in a range"
                )
        if first is not None and last is not None and not GuidelineRange(first, None).covers(last):
            _refuse(place, "guidelines", f"runs backwards, from {first} to {last}")
    return GuidelineRange(first, last)


def _guideline(value: dict[Any, Any], key: str, place: str) -> str | None:
    """The id of a guideline; YAML takes 2026.11 for a number, and 2026.10 for another one than was written."""
    if value.get(key) is None:
        return None
    if isinstance(value[key], float):
        _refuse(place, f"guidelines: {key}", f'is a number in YAML; write it in quotes, as "{value[key]:.2f}"')
    return _text(value, key, place)


def _check_keys(mapping: dict[Any, Any], known: frozenset[str], place: str) -> None:
    for key in mapping:
        if key not in known:
            raise InvalidWaivers(f"{place}: {excerpt(str(key), 40)} is not known; there are {', '.join(sorted(known))}")


def _check_twice(waivers: list[Waiver], name: str) -> None:
    seen: dict[tuple[Scope, str, date | None, GuidelineRange | None], int] = {}
    for place, waiver in enumerate(waivers):
        first = seen.setdefault((waiver.scope, waiver.target, waiver.granted, waiver.guidelines), place)
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
