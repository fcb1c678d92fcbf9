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

from datetime import date

from certmark.domain.waivers import GuidelineRange, Scope, Waiver, is_dated
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
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
    document = Fields(parse_document(data, name, InvalidWaivers, largest=_LARGEST), name, InvalidWaivers, _TOP)
    document.check_document(FORMAT, VERSION, may_be_absent=True)
    product = document.text("product", limit=_LONGEST).strip()
    if not document.has("waivers"):
        document.refuse("must be a list, with an entry for each waiver", "waivers")
    usual = _guidelines(document)
    waivers = [_waiver(entry, product, usual) for entry in document.items("waivers", _KEYS)]
    _check_twice(waivers, name)
    return tuple(waivers)


def _waiver(entry: Fields, product: str, usual: GuidelineRange | None) -> Waiver:
    scopes = [key for key in _SCOPES if key in entry.content]
    if len(scopes) != 1:
        entry.refuse('must have either "test" or "capability": what it excuses')
    granted, expires = entry.maybe_day("granted"), entry.day("expires")
    if granted is not None and granted > expires:
        entry.refuse(f"is granted on {granted} and expires before that, on {expires}")
    return Waiver(
        scope=_SCOPES[scopes[0]],
        target=entry.text(scopes[0], limit=_LONGEST).strip(),
        reason=entry.text("reason", limit=_LONGEST).strip(),
        grantor=entry.text("granted-by", limit=_LONGEST).strip(),
        expires=expires,
        granted=granted,
        link=_link(entry),
        product=product,
        guidelines=_guidelines(entry) or usual,
    )


def _guidelines(fields: Fields) -> GuidelineRange | None:
    """Under which guidelines; both ends must have a place in the order of guidelines, or name just one."""
    if not fields.has("guidelines"):
        return None
    value = fields.content["guidelines"]
    if not isinstance(value, dict) or not value or not set(value) <= {"from", "to"}:
        fields.refuse('must be a mapping with "from" and "to", the ids of guidelines, or one of them', "guidelines")
    first, last = (_guideline(fields.mapping("guidelines"), key) for key in ("from", "to"))
    if first != last:
        for end in (first, last):
            if end is not None and not is_dated(end):
                what = f"ends at {excerpt(end, 40)}, which has no date and so no place in a range"
                fields.refuse(what, "guidelines")
        if first is not None and last is not None and not GuidelineRange(first, None).covers(last):
            fields.refuse(f"runs backwards, from {first} to {last}", "guidelines")
    return GuidelineRange(first, last)


def _guideline(ends: Fields, key: str) -> str | None:
    """The id of a guideline; YAML takes 2026.11 for a number, and 2026.10 for another one than was written."""
    value = ends.content.get(key)
    if isinstance(value, float):
        ends.refuse(f'is a number in YAML; write it in quotes, as "{value:.2f}"', key)
    found = ends.maybe_text(key, limit=_LONGEST)
    return None if found is None else found.strip()


def _check_twice(waivers: list[Waiver], name: str) -> None:
    seen: dict[tuple[Scope, str, date | None, GuidelineRange | None], int] = {}
    for place, waiver in enumerate(waivers):
        first = seen.setdefault((waiver.scope, waiver.target, waiver.granted, waiver.guidelines), place)
        if first != place:
            raise InvalidWaivers(f"{name}: waivers[{first}] and waivers[{place}] excuse the same; leave one out")


def _link(entry: Fields) -> str | None:
    link = (entry.maybe_text("link", limit=_LONGEST) or "").strip() or None
    if link is not None and not link.startswith(("https://", "http://")):
        entry.refuse("must be a URL that begins with https:// or http://", "link")
    return link
