"""The request log that Tempest attaches to a test, and what must never be kept of any text.

`tempest.lib.common.rest_client` logs one line per call, then the headers of the answer:

    … INFO [tempest.lib.common.rest_client] Request (Class:test): 503 PUT http://host/path?query 0.124s
    …     Response - Headers: {'x-trans-id': 'tx…', 'x-openstack-request-id': 'req-…', …}
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

from certmark.domain.results import Request
from certmark.formats.results.contents import MAX_REQUESTS

MAX_LOG = 1 << 18
"""Characters of a log that are looked at: its end."""
MAX_URL = 500
"""Characters kept of a URL."""

_MARK = "] Request ("
# Patterns as text: re compiles and keeps them when the first failure asks; most runs have none.
_CALL = r"\] Request \([^()\n]{0,300}\): (\d{3}) ([A-Z]{1,20}) (\S{1,4000})"
_ERROR = r"\): [45]\d\d [A-Z]"
_ID = r"(?i)'x-(?:openstack-request|compute-request|trans)-id': '((?:req-|tx)[\w.-]{1,100})'"

HIDDEN = "<hidden>"


def read_requests(log: str) -> tuple[Request, ...]:
    """The calls in the end of `log` that were answered with an error, else its last call; the last ones if many.

    URLs are without query and credentials. Nothing but what `Request` has is kept.
    """
    log = log[-MAX_LOG:]
    errors = _errors(log) if log else []
    if errors:
        return tuple(errors[-MAX_REQUESTS:])
    last = log.rfind(_MARK)
    while last >= 0:
        request = _request(log, last)
        if request is not None:
            return (request,)
        last = log.rfind(_MARK, 0, last)
    return ()


def _errors(log: str) -> list[Request]:
    """Every call answered with 400 or more; the last ones if many."""
    # What stands before the status is of any length: looking for the status first is several times faster.
    ends = [found.start() for found in re.finditer(_ERROR, log)]
    requests = (_request(log, log.rfind(_MARK, max(0, end - 320), end)) for end in ends[-2 * MAX_REQUESTS :])
    return [request for request in requests if request is not None]


def _request(log: str, at: int) -> Request | None:
    """The call logged at `at`, its request id taken from what follows up to the next call."""
    call = re.compile(_CALL).match(log, at) if at >= 0 else None
    if call is None:
        return None
    status, method, url = call.groups()
    following = log.find(_MARK, call.end())
    answer = log.find("Response - Headers: {", call.end(), following if following >= 0 else len(log))
    line_end = log.find("\n", answer)
    request_id = re.compile(_ID).search(log, answer, line_end if line_end >= 0 else len(log)) if answer >= 0 else None
    return Request(method, bare_url(url), int(status), request_id.group(1) if request_id else None)


def bare_url(url: str) -> str:
    """`url` without query, fragment and credentials, bounded."""
    return scrub(re.split(r"[?#]", url, maxsplit=1)[0])[:MAX_URL]


_QUOTE = r"\\{0,3}[\"']"
_NOTHING = r"(?:none|null|true|false|\*+|<[\w ]{1,30}>)(?![\w-])"
"""What is printed where there is no secret, or in its place."""
_SECRETS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    # What has a bracket is a user and a password, or the link of a text.
    (
        ("@",),
        r"(://)(?:[^\s/@'\"<>()]{1,300}|[^\s/@'\"<>():]{0,200}:[^\s/@'\"<>]{1,300})@",
        rf"\1{HIDDEN}@",
    ),
    (
        ("-token", "authorization", "cookie"),
        (
            rf"(?i)((?:x-[\w-]{{0,40}}token|authorization|cookie){_QUOTE}?\s{{0,5}}[:=]\s{{0,5}})"
            rf"(?:{_QUOTE}(?:[^\"'\\\n])*|[^\s\"',}}][^\"',}}\n]*)"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        ("pass", "secret", "token", "key", "credential"),
        (
            r"(?im)(?<![\w-])([\w-]{0,40}(?:pass|passwd|password|passphrase|secret|token|api_?key|access_?key|private_?key|credential)"
            rf"{_QUOTE}?\s{{0,5}}[:=]\s{{0,5}})[bu]?(?:({_QUOTE})(?:(?!\2)[^\n])*(?:\2|$)|(?<==)(?!{_NOTHING})[^\s\"',;&}})]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    # tempest.lib.exceptions.SSHTimeout; tempest.lib.common.ssh. Whatever stands there up to the line's end.
    (
        ("pass",),
        rf"(?i)(\buser(?:name)?: [^\n]{{0,100}}?,\s{{1,3}}password: (?!{_NOTHING}))(?:(?!\\{{1,4}}[nr]|</)[^\n])+",
        rf"\1{HIDDEN}",
    ),
    (("with pass",), rf"(?i)(' with password (?!{_NOTHING})[\"']?)(?:(?!\\{{1,4}}[nr])\S)+", rf"\1{HIDDEN}"),
    # A name that begins a line or follows a sign, and one word; or one word that no sentence has.
    (
        ("pass",),
        (
            r"(?im)((?:^|[,;({\[|])[ \t]*(?:[\w.-]{1,40}[_.-])?(?:admin_?)?pass(?:word|wd|phrase)?:[ \t]{1,5}"
            rf"(?!{_NOTHING}))[^\s\"'<]{{1,500}}?(?=[.,;)}}\]|]?[ \t]*(?:$|\\{{1,4}}[nr])|[,;)}}\]|])"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        ("pass",),
        (
            r"(?i)(pass(?:word|wd|phrase)?:[ \t]{1,5}"
            rf"(?!{_NOTHING}|<))(?=[a-z-]{{0,200}}[^a-z\s\"',.;:()\\-])(?:(?!\\{{1,4}}[nr])[^\s\"'<,;]){{6,500}}"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        ("sig", "credential"),
        r"(?i)([?&][\w-]{0,40}(?:sig|signature|credential)=)[^\s&'\"<>]+",
        rf"\1{HIDDEN}",
    ),
    (
        ("token", "gaaaaa"),
        r"(?<![A-Za-z0-9_-])gAAAAA[A-Za-z0-9_-]{60,2000}(?:=|%3D){0,2}",
        HIDDEN,
    ),
    (
        ("eyj",),
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{16,4000}",
        HIDDEN,
    ),
    (
        ("private key",),
        r"(?s)(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----).*?(?:(?=-----END )|\Z)",
        rf"\1{HIDDEN}",
    ),
)


_SIGNS = ("@", "token", "pass", "secret", "key", "sig", "credential", "authorization", "cookie", "gaaaaa", "eyj")
"""One of them is in every text that one of the patterns fits."""


def scrub(text: str) -> str:
    """`text` with passwords, tokens, signatures and private keys replaced by `<hidden>`.

    It knows the forms in which clouds, Tempest and HTTP write them; it cannot know a secret that
    stands alone.
    """
    lowered = text.lower()
    for word in _SIGNS:  # most texts have none, and this is the quickest way to know
        if word in lowered:
            break
    else:
        return text
    contains: Callable[[str], bool] = lowered.__contains__
    for words, pattern, instead in _SECRETS:
        if any(map(contains, words)):
            text = re.sub(pattern, instead, text)
    return _without_end_of_key(text) if "private key" in lowered else text


_END_OF_KEY = r"-----END [A-Z ]{0,40}PRIVATE KEY-----"
_KEY_LETTERS = string.ascii_letters + string.digits + "+/=\\\r\n"
_LONGEST_KEY = 6_000


def _without_end_of_key(text: str) -> str:
    """`text` without what stands before the end of a private key whose beginning was cut off."""
    parts, done = [], 0
    for end in re.finditer(_END_OF_KEY, text):
        before = text[max(done, end.start() - _LONGEST_KEY) : end.start()]
        kept = before.rstrip(_KEY_LETTERS)
        parts += [text[done : end.start() - len(before)], kept, HIDDEN if kept != before else "", end.group()]
        done = end.end()
    return "".join((*parts, text[done:]))
