"""What a secret looks like: in configuration, in logs of requests and answers, in streams.

Two sorts are told apart. A secret of the *operator* (a token, a password in a URL, a credential in a
header) opens the cloud to whoever has it. A secret of a *test* (the password of a server that the test
made, a key pair's private key, a temporary URL) stands in the log of nearly every run, and opens only
what the test made.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from typing import NamedTuple

_LEFT_OUT = b"0123456789abcdefABCDEF-"
_SMALL = bytes(range(256)).lower()
_SHORTEST = 3
"""Letters of a word that must be left of it, to be worth asking."""
ENTROPY = 2.8
"""Bits a character: words and `<omitted>` have less, tokens more."""
_REMOVED = re.compile(rb"removed-[0-9a-f]{32,64}")
_PRINTED = rb"(?:\*+|<[a-z ]{1,30}>|\{SHA\d*\}\S{1,130}|none|null|true|false)\Z"
_HARMLESS = re.compile(rb"(?i)" + _PRINTED)
"""What a log prints in the place of a secret: stars, <omitted>, a digest that oslo.log makes."""


class Owner(Enum):
    """Whose secret it is."""

    OPERATOR = "operator"
    TEST = "test"
    """Of something that a test made, and that is gone with it."""


class SecretKind(NamedTuple):
    """A kind of secret."""

    name: str
    owner: Owner
    needles: tuple[bytes, ...]
    """In lower case, one of which stands where the pattern begins: looking for them is fast."""
    expression: bytes
    """Matched at a needle; the group `secret` is what must not be seen."""
    dense: bool = False
    """Whether it counts only if it looks like chance."""
    closing: bytes = b""
    """Stands where the pattern ends, and nowhere within it; looked for in the place of a needle that is more common."""
    reach: int = 0
    """Bytes from the needle's beginning to `closing`, at the most."""
    idle: tuple[bytes, ...] = ()
    """In lower case: needles with what follows them in nearly every log, which the pattern never matches."""

    @property
    def noun(self) -> str:
        """Its name without the article."""
        return self.name.partition(" ")[2]

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """The expression, compiled when first needed."""
        return _compiled(self.expression)


@cache
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression)


class FoundSecret(NamedTuple):
    """A secret and where it stands."""

    kind: SecretKind
    start: int
    end: int
    value: bytes


_QUOTE = rb"""\\{0,3}['"]"""
_IS = rb"\s{0,4}[:=]\s{0,4}[ub]?"

_LINE_OF_KEY = rb"(?:\\{0,4}r|\r)?(?:\n|\\{1,4}n)[ \t]{0,16}"
_ESCAPED_END = rb"\\{1,4}[nrt\"']"
_NEXT_PACKET = rb"(?:\xb3(?:[\x20-\x2f]|\Z)|\Z)"
"""A packet of subunit v2 begins, or all ends; 4 bytes of a checksum stand before it, right after a text."""
_NO_PASSWORD = rb"(?!(?:none|null)(?s:.{4})" + _NEXT_PACKET + rb")"

KINDS = (
    # Tempest asks for key pairs and logs the answers. What is cut off before its end counts, too.
    SecretKind(
        "a private key",
        Owner.TEST,
        (b"-----begin ",),
        rb"(?P<secret>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
        rb"(?:[A-Za-z0-9+/=\\,:.()@ \t\r\n-]{1,20000}?-----END [A-Z ]{0,30}PRIVATE KEY-----"
        rb"|(?:(?:"
        + _LINE_OF_KEY
        + rb")?(?:[A-Za-z-]{1,20}: [A-Za-z0-9,-]{1,80}|[A-Za-z0-9+/=]{1,100}|(?="
        + _LINE_OF_KEY
        + rb"))){1,300}))",
    ),
    SecretKind("a token", Owner.OPERATOR, (b"gaaaaa",), rb"(?P<secret>gAAAAA[A-Za-z0-9_-]{60,2000}(?:=|%3D){0,2})"),
    SecretKind(
        "a token",
        Owner.OPERATOR,
        (b"eyj",),
        rb"(?P<secret>eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{16,4000})",
    ),
    # Printable ASCII only: in a stream the binary head of the next packet may follow, and have an @.
    SecretKind(
        "a password in a URL",
        Owner.OPERATOR,
        (b"://",),
        rb"://(?!\[[0-9A-Fa-f:.]{2,60}\])[!#-&(-.0-9;=?A-~]{1,200}:"
        # No port that ends a text, then a checksum that has an @ in it.
        rb"(?!\d{1,5}(?=(?s:.{0,3})@)(?s:.{1,4})" + _NEXT_PACKET + rb")"
        rb"(?P<secret>[!#-&(-.0-;=?A-~]{1,500})"
        # What follows is a host, and after it comes text.
        rb"(?=@(?:\[[0-9A-Fa-f:.%]{2,60}\]|[A-Za-z0-9_.%-]{1,255}+)(?:[\t\n\r -~]|\Z))",
        closing=b"@",
        reach=3 + 200 + 1 + 500,
    ),
    SecretKind(
        "an authorisation header",
        Owner.OPERATOR,
        (b"-token", b"x-auth-key", b"authorization"),
        rb"(?i)(?:-token|x-auth-key|authorization)" + rb"(?:" + _QUOTE + rb")?" + _IS + rb"(?:" + _QUOTE + rb")?"
        rb"(?:(?:basic|bearer|token|aws|aws4-hmac-sha256|digest|negotiate)\s{1,4})?"
        rb"(?P<secret>[A-Za-z0-9+/_=.:~-]{16,8000})",
        dense=True,
        idle=(b"-token': '<omitted>'", b'-token": "<omitted>"', b"-token': '***'", b"-token: {sha256}"),
    ),
    SecretKind(
        "a cookie",
        Owner.OPERATOR,
        (b"cookie",),
        rb"(?i)cookie(?:" + _QUOTE + rb")?" + _IS + rb"(?:" + _QUOTE + rb")?"
        rb"[A-Za-z0-9_.-]{1,80}=(?P<secret>[A-Za-z0-9+/_=.:%|~!-]{16,4000})",
        dense=True,
    ),
    SecretKind(
        "a password in an answer or a request",
        Owner.TEST,
        (b"pass", b"secret", b"temp-url-key", b"user_data", b"userdata", b"session_key"),
        rb"(?i)(?:pass(?:word|phrase|wd)?|secret(?:_(?:access_)?key)?|temp-url-key(?:-2)?|user_?data|session_key)"
        + _QUOTE
        + _IS
        # Up to the same quote, which may itself be quoted, as in a document within a document.
        + rb"""(?P<quote>\\{0,3}['"])(?P<secret>(?:(?!(?P=quote))[ -~]){6,20000})(?P=quote)""",
    ),
    # Tempest's SSHTimeout, and what its client of SSH logs.
    SecretKind(
        "a password for SSH",
        Owner.TEST,
        (b"user: ", b"username: "),
        rb"(?i)user(?:name)?: [^\n\xb3]{0,100}?, {1,3}password: "
        + _NO_PASSWORD
        + rb"(?P<secret>(?:(?!"
        + _ESCAPED_END
        + rb"|</|[\"'](?:[\s,}\])<:]|\Z))[!-~]){1,200})",
    ),
    SecretKind(
        "a password for SSH",
        Owner.TEST,
        (b"' with password ",),
        rb"(?i)' with password "
        + _NO_PASSWORD
        + rb"(?P<secret>(?:(?!"
        + _ESCAPED_END
        + rb"|</|[\"'](?:[\s,}\])<:]|\Z))[!-~]){1,200})",
    ),
    SecretKind(
        "a signature in a URL",
        Owner.TEST,
        (b"signature=", b"temp_url_sig="),
        rb"(?i)(?:temp_url_sig|signature)=(?P<secret>(?:[A-Za-z0-9+/_=-]|%[0-9A-Fa-f]{2}){20,300})",
        dense=True,
    ),
)


def find_secrets(
    window: bytes, kinds: Sequence[SecretKind] = KINDS, prefilter: Prefilter | None = None
) -> Iterator[FoundSecret]:
    """Everything in `window` that looks like a secret, kind by kind; `prefilter`: the window's, where there is one."""
    if prefilter is None:
        prefilter = Prefilter(window)
    for kind in kinds:
        if kind.closing:
            yield from _secrets_at(window, kind, _backwards(window, kind))
            continue
        for needle in kind.needles:
            if prefilter.may_have(needle) and not _is_idle(prefilter.lower, needle, kind.idle):
                yield from _secrets_at(window, kind, _forwards(prefilter.lower, needle))


def _secrets_at(window: bytes, kind: SecretKind, places: Iterator[int]) -> Iterator[FoundSecret]:
    """The secrets that begin at `places`, which ascend; what lies in another one is left out."""
    done = 0
    for place in places:
        match = kind.pattern.match(window, place) if place >= done else None
        if match is not None:
            done = match.end()
            if _counts(kind, match["secret"]):
                yield FoundSecret(kind, *match.span("secret"), match["secret"])


def _forwards(lower: bytes, needle: bytes) -> Iterator[int]:
    place = lower.find(needle)
    while place >= 0:
        yield place
        place = lower.find(needle, place + 1)


def _backwards(window: bytes, kind: SecretKind) -> Iterator[int]:
    """Where the last needle stands before each `closing`."""
    end = window.find(kind.closing)
    while end >= 0:
        place = window.rfind(kind.needles[0], max(0, end - kind.reach), end)
        if place >= 0:
            yield place
        end = window.find(kind.closing, end + 1)


def _is_idle(lower: bytes, needle: bytes, idle: tuple[bytes, ...]) -> bool:
    """Whether each `needle` is followed by something that makes it none of the kind."""
    forms = [form for form in idle if form.startswith(needle)]
    return bool(forms) and lower.count(needle) == sum(lower.count(form) for form in forms)


def _counts(kind: SecretKind, value: bytes) -> bool:
    return not is_harmless(value) and (not kind.dense or is_dense(value))


def is_harmless(value: bytes) -> bool:
    """Whether it only stands for a secret."""
    return _REMOVED.match(value) is not None or _HARMLESS.match(value) is not None


def is_dense(value: bytes) -> bool:
    """Whether it looks like chance and not like words."""
    total = len(value)
    return -sum(count / total * math.log2(count / total) for count in Counter(value).values()) >= ENTROPY


class Prefilter:
    """Which of many words may stand in a long text: asked of a sketch of it; only its absences can be relied on.

    Logs repeat themselves but for digits: times, ids, addresses. So the sketch is the text without hexadecimal
    digits and hyphens, in small letters, each line of it once. A word may stand in the text only if what is left
    of the word stands in the sketch. Measured on the stream of a large run, this takes a fifth of the time of
    searching for each word.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._lines = b"\n".join(set(_left(text).split(b"\n")))
        self._lower: bytes | None = None

    def may_have(self, word: bytes) -> bool:
        """False if `word` is certainly not in the text, in capitals or small letters."""
        left = _left(word)
        return len(left) < _SHORTEST or b"\n" in left or left in self._lines

    @property
    def lower(self) -> bytes:
        """The whole text in small letters."""
        if self._lower is None:
            self._lower = self._text.lower()
        return self._lower


def _left(text: bytes) -> bytes:
    return text.translate(_SMALL, _LEFT_OUT)
