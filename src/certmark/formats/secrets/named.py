"""Secrets that a name gives away: `"adminPass": "…"`, `OS_PASSWORD=…`, `--os-password …`, a header, an XML element."""

from __future__ import annotations

import re

from certmark.formats.secrets.harmless import is_code, is_dense
from certmark.formats.secrets.kinds import (
    COOKIE,
    HEADER,
    PASSWORD,
    WEAK_HEADER,
    FoundSecret,
    RuleReading,
    SecretKind,
    SecretRule,
    reading_of,
)
from certmark.formats.secrets.names import is_secret_name
from certmark.formats.secrets.needles import OF_NAMES
from certmark.formats.secrets.patterns import Pattern

_LONGEST = 20_000
_LONGEST_NAME = 60
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_SHORTEST_TOKEN = 16
"""Characters of what opens a cloud in a header or a cookie."""

_TYPOGRAPHIC = rb"\xe2\x80[\x98-\x9f]|\xe2\x80[\xb9\xba]|\xc2[\xab\xbb]"
_QUOTE = rb"(?:\\{0,7}[\"'`]|&(?:quot|apos|#3[49]|#x2[27]);|" + _TYPOGRAPHIC + rb")"
_REST_OF_NAME = Pattern(rb"[\w-]{0,60}+")
_IS = Pattern(rb"(?:" + _QUOTE + rb")?\]?[ \t]{0,16}(?:=>|:=|[:=](?!=))[ \t]{0,16}")
_OPTION = Pattern(rb"(?:" + _QUOTE + rb")?,?[ \t]{1,4}(?!-)")
_TAG = Pattern(rb"(?:<|&lt;)(?:[\w-]{1,30}:)?\Z")
_ELEMENT = Pattern(rb"(?:[ \t][^<>\n\0]{0,200}?)?(?:>|&gt;)")
_END_OF_ELEMENT = Pattern(rb"<|&lt;|\0")
_OPENING = Pattern(rb"(?:[ubrfUBRF]{1,2}(?=[\\\"']))?(?P<quote>" + _QUOTE + rb")")
_CLOSING = Pattern(_TYPOGRAPHIC)
_ESCAPED_END = rb"\\{1,4}[nrt\"']"
_BARE = Pattern(rb"(?:(?!" + _ESCAPED_END + rb")[^\s\"'<>&,;\0]){1,2000}+")
_LINE = Pattern(rb"(?:(?!" + _ESCAPED_END + rb")[^\r\n\0]){1,2000}+")
_FURTHER = Pattern(rb"[\s,;][\w.-]{1,60}[=:]|, ")
_LEAD = Pattern(rb"(?:\A|[\n\0])[ \t\r]*(?:export |set |declare -x |-e |\+ |- |# ?|[-\w.]{1,40}[.])?\Z")
_SIGN = Pattern(rb"(?:\A|[\n\0,;({\[|]|\\n)[ \t]*\Z")
_CLOSED = Pattern(rb"[.,;)}\]|]?[ \t]*(?:[\r\n\0]|\Z|\\{1,4}[nr])|[,;)}\]|]")
_ODD = Pattern(rb"[^A-Za-z\"',.;:()\\-]")
_NUMBER = Pattern(rb"\d{1,4}\Z")
_METAVARIABLE = Pattern(rb"[A-Z][A-Z_]*\Z")
_LETTERS_ONLY = Pattern(rb"[A-Za-z]+\Z")
_CODES = (b"pin", b"otp", b"passcode")
_SCHEME = Pattern(rb"(?i)(?:basic|bearer|token|aws|aws4-hmac-sha256|digest|negotiate|apikey|splunk)[ \t]{1,4}")
_HEADER_VALUE = Pattern(rb"(?:(?!" + _ESCAPED_END + rb")[^\s\"'<>,;\0]){1,8000}+")
_AUTH_BODY = Pattern(rb"\{[^{}\0]{0,200}?" + _QUOTE + rb"id" + _QUOTE + rb"[ \t]{0,4}:[ \t]{0,4}[ub]?")
_PAIR = Pattern(rb"(?P<name>[\w.$-]{1,80})=(?P<secret>(?:(?!" + _ESCAPED_END + rb")[^\s\"';,<>\0]){1,4000}+)")
_BETWEEN_PAIRS = Pattern(rb"(?:;|,)?[ \t]{0,4}")
_ATTRIBUTES = frozenset((b"path", b"domain", b"expires", b"max-age", b"samesite", b"version", b"comment", b"priority"))
_NEAR = 400


def _named(window: bytes, place: int) -> RuleReading | None:
    """What stands behind a name of a secret that has a needle at `place`; None where there is no such name."""
    name_end = _REST_OF_NAME.match(window, place).end()  # type: ignore[union-attr]  # it matches nothing, too
    match = _IS.match(window, name_end)
    if match is None:
        before = window[max(0, place - _LONGEST_NAME) : place]
        if b"--" not in before and b"<" not in before and b"&lt;" not in before:
            return None  # nearly always
    start = _start_of_name(window, place)
    name = window[start:name_end]
    if match is None:
        return _apart(window, start, name, name_end)
    return _value(window, start, name, match) if _is_secret(window, start, name) else None


def _start_of_name(window: bytes, place: int) -> int:
    start, least = place, max(0, place - _LONGEST_NAME)
    while start > least and window[start - 1] in _LETTERS:
        start -= 1
    return start


def _is_secret(window: bytes, start: int, name: bytes) -> bool:
    if name.lower() == b"key":  # `API key: …`
        words = window[max(0, start - 20) : start].split(b" ")
        name = b"_".join((*words[-2:-1], name)) if len(words) > 1 and not words[-1] else name
    if name.lower() == b"payload":
        return b"payload_content" in window[max(0, start - _NEAR) : start + _NEAR]
    return is_secret_name(name.decode("ascii", "replace"))


def _apart(window: bytes, start: int, name: bytes, name_end: int) -> RuleReading | None:
    """Names without a sign behind them: an option of a command, an element of XML, a cookie of a jar."""
    if name.startswith(b"--") and (option := _OPTION.match(window, name_end)):
        return _option(window, name, option.end())
    lead = window[max(0, start - 40) : start]
    if name.lower() == b"cookie" and lead.endswith(b"<"):
        return _cookies(window, name_end + 1)
    element = _ELEMENT.match(window, name_end) if _TAG.search(lead) else None
    if element is None or not is_secret_name(name.decode("ascii", "replace")):
        return None
    end = _END_OF_ELEMENT.search(window, element.end(), element.end() + _LONGEST)
    return reading_of(PASSWORD, window, element.end(), end.start() if end else element.end())


def _option(window: bytes, name: bytes, at: int) -> RuleReading | None:
    if not is_secret_name(name.decode("ascii", "replace")):
        return None
    if opening := _OPENING.match(window, at):
        return _quoted(window, PASSWORD, opening)
    bare = _BARE.match(window, at)
    if bare is None or _METAVARIABLE.match(_closed(bare[0])) or is_code(_closed(bare[0])):
        return None
    following = window[bare.end() : bare.end() + 3].lstrip(b" \t")
    if _LETTERS_ONLY.match(bare[0]) and following[:1].isalpha():
        return RuleReading(bare.end())  # a sentence about the option
    return reading_of(PASSWORD, window, *bare.span())


def _value(window: bytes, start: int, name: bytes, match: re.Match[bytes]) -> RuleReading | None:
    lowered, at = name.lower(), match.end()
    if lowered.endswith(b"cookie"):
        return _cookies(window, at)
    opening = _OPENING.match(window, at)
    if lowered.endswith((b"-token", b"authorization")) or lowered == b"x-auth-key":
        return _header(window, opening.end() if opening else at)
    if lowered.endswith(b"token") and (body := _AUTH_BODY.match(window, at)):
        opening = _OPENING.match(window, body.end())
    if opening is not None:
        reading = _quoted(window, PASSWORD, opening)
        value = window[opening.end() : reading.end]
        return RuleReading(reading.end) if lowered == b"pass" and value.isdigit() else reading
    return _bare(window, start, lowered, at, is_set=b"=" in match[0])


def _quoted(window: bytes, kind: SecretKind, opening: re.Match[bytes]) -> RuleReading:
    """Up to the same quote, which may itself be quoted, as in a document within a document; else to the line's end."""
    start, quote = opening.end(), opening["quote"]
    limit = window.find(b"\n", start, start + _LONGEST)
    limit = min(len(window), start + _LONGEST) if limit < 0 else limit
    return reading_of(kind, window, start, _closing(window, quote, start, limit))


def _closing(window: bytes, quote: bytes, start: int, limit: int) -> int:
    if quote[:1] == b"&":
        end = window.find(quote, start, limit)
        return limit if end < 0 else end
    if quote[-1:] not in b"\"'`":
        match = _CLOSING.search(window, start, limit)
        return limit if match is None else match.start()
    depth, end = len(quote) - 1, window.find(quote[-1:], start, limit)
    while end >= 0:
        text = window[start:end]
        slashes = len(text) - len(text.rstrip(b"\\")) if text.endswith(b"\\") else 0
        if slashes == depth or (not depth and slashes % 2 == 0):
            return end - slashes if depth else end
        end = window.find(quote[-1:], end + 1, limit)
    return limit


def _header(window: bytes, at: int) -> RuleReading | None:
    scheme = _SCHEME.match(window, at)
    value = _HEADER_VALUE.match(window, scheme.end() if scheme else at)
    if value is None:
        return None
    strong = len(value[0]) >= _SHORTEST_TOKEN and is_dense(value[0])
    return reading_of(HEADER if strong else WEAK_HEADER, window, *value.span())


def _cookies(window: bytes, at: int) -> RuleReading:
    """Each cookie of a header that looks like chance, the second one too."""
    opening = _OPENING.match(window, at)
    found: list[FoundSecret] = []
    at = opening.end() if opening else at
    while pair := _PAIR.match(window, at):
        value = pair["secret"]
        is_secret = len(value) >= _SHORTEST_TOKEN and is_dense(value) and pair["name"].lower() not in _ATTRIBUTES
        found += reading_of(COOKIE, window, *pair.span("secret")).found if is_secret else ()
        at = _BETWEEN_PAIRS.match(window, pair.end()).end()  # type: ignore[union-attr]  # it matches nothing, too
    return RuleReading(at, tuple(found))


def _bare(window: bytes, start: int, name: bytes, at: int, *, is_set: bool) -> RuleReading | None:
    """A value without quotes: a word behind a sign of equality, else one that no sentence has or that ends a line."""
    match = _BARE.match(window, at)
    if match is None:
        return None
    lead = window[max(0, start - 80) : start]
    value, end = match[0], match.end()
    if (
        is_code(_closed(value))
        or (_NUMBER.match(value) and not name.endswith(_CODES))
        or (value[:1] in b"/~" and b"pwd" in name)
    ):
        return RuleReading(end)
    if is_set:
        if _LEAD.search(lead):
            line = _LINE.match(window, at)
            rest = line[0].rstrip() if line else b""
            end = at + len(rest) if not _FURTHER.search(rest) else end
            return reading_of(PASSWORD, window, at, end)
    elif not _is_alone(window, lead, value, end):
        return RuleReading(end)
    return reading_of(PASSWORD, window, at, at + len(_closed(value)))


def _closed(value: bytes) -> bytes:
    """Without the signs that close what it stands in."""
    return value.rstrip(b")]}|.,;") or value


def _is_alone(window: bytes, lead: bytes, value: bytes, end: int) -> bool:
    """Whether what follows a colon is a value, and not the first word of a sentence."""
    closers = len(value) - len(_closed(value))
    if (_SIGN.search(lead) or _LEAD.search(lead)) and _CLOSED.match(window, end - closers):
        return True
    return len(value) >= 6 and _ODD.search(value) is not None


NAMED = SecretRule(OF_NAMES, _named, idle=(b"token': '<omitted>'", b'token": "<omitted>"'))
