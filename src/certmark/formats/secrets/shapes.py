"""Secrets that are known by their shape: keys, tokens, passwords in URLs and for SSH, signatures."""

from __future__ import annotations

import string

from certmark.formats.secrets import needles
from certmark.formats.secrets.harmless import is_dense
from certmark.formats.secrets.kinds import (
    COMMAND,
    PRIVATE_KEY,
    SIGNATURE,
    SSH_PASSWORD,
    TOKEN,
    URL_PASSWORD,
    FoundSecret,
    RuleReading,
    SecretRule,
    is_masked,
    reading_of,
)
from certmark.formats.secrets.patterns import Pattern

_LONGEST_KEY = 20_000
_KEY_NAME = rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?"
_BEGIN = Pattern(rb"-{4,5} ?BEGIN " + _KEY_NAME + rb" ?-{4,5}")
_END = Pattern(rb"-{4,5} ?END " + _KEY_NAME + rb" ?-{4,5}")
_NEWLINE = rb"(?:\\{0,4}r|\r)?(?:\n|\\{1,4}n)[ \t]{0,16}"
_BODY = Pattern(rb"[A-Za-z0-9+/=\\,:.()@ \"\t\r\n-]{1,20000}+")
_CUT_BODY = Pattern(
    rb"(?:(?:"
    + _NEWLINE
    + rb")?(?:[A-Za-z-]{1,20}: [A-Za-z0-9,-]{1,80}|[A-Za-z0-9+/=]{1,100}|(?="
    + _NEWLINE
    + rb"))){1,300}"
)
_STARS = Pattern(rb"\*+")
_KEY_LETTERS = (string.ascii_letters + string.digits + "+/=\\\r\n").encode()
_LONGEST_REST = 6_000


def _private_key(window: bytes, place: int) -> RuleReading | None:
    """From its first line to its last, or as far as there is any of it; the two lines themselves stay."""
    begin = _BEGIN.match(window, place)
    if begin is None:
        return None
    start = begin.end()
    limit = window.find(b"BEGIN ", start, start + _LONGEST_KEY)
    end = _END.search(window, start, limit if limit >= 0 else start + _LONGEST_KEY)
    if end is not None and _BODY.fullmatch(window, start, end.start()):
        return reading_of(PRIVATE_KEY, window, start, end.start())
    body = _STARS.match(window, start) or _CUT_BODY.match(window, start)
    return RuleReading(start) if body is None else reading_of(PRIVATE_KEY, window, start, body.end())


def _end_of_key(window: bytes, place: int) -> RuleReading | None:
    """What stands before the last line of a key whose beginning was cut off."""
    end = _END.match(window, place)
    if end is None:
        return None
    before = window[max(0, place - _LONGEST_REST) : place]
    kept = before.rstrip(b"*") if before.endswith(b"*") else before.rstrip(_KEY_LETTERS)
    if kept == before or kept.endswith((b"removed-", b"BEGIN ")):
        return RuleReading(end.end())
    return reading_of(PRIVATE_KEY, window, place - len(before) + len(kept), place)._replace(end=end.end())


_BASE64 = Pattern(rb"[A-Za-z0-9+/_-]{8,20000}+={0,2}")
_DER = Pattern(
    rb"IBADANBgkqhkiG9w0BAQEFAAS|IBAAKCA[QgYI]|MHcCAQEEI|MIGHAgEAMBMGByqGSM49|MC4CAQAwBQYDK2V|b3BlbnNzaC1rZXktdjEA"
)
"""How private keys begin in base64: PKCS#8 and PKCS#1 of RSA, SEC 1, PKCS#8 of P-256 and Ed25519, OpenSSH."""
_ARMOUR = Pattern(
    rb"LS0tLS1CRUdJTi(?:"
    rb"[A-Za-z0-9+/_-]{0,24}?(?:UFJJVkFURSBLRVkt|BSSVZBVEUgS0VZL|QUklWQVRFIEtFWS)[A-Za-z0-9+/_-]{0,8}LS[A-Za-z0-9+/_-]{2})"
)
"""`-----BEGIN … PRIVATE KEY-----`, at each alignment."""


def _key_in_base64(window: bytes, place: int) -> RuleReading | None:
    """Behind what gives it away, which stays."""
    head = _DER.match(window, place) or _ARMOUR.match(window, place)
    body = None if head is None else _STARS.match(window, head.end()) or _BASE64.match(window, head.end())
    return None if body is None else reading_of(PRIVATE_KEY, window, *body.span())


_PUTTY = Pattern(rb"(?i)private-lines: ?\d{1,4}" + _NEWLINE)


def _putty_key(window: bytes, place: int) -> RuleReading | None:
    head = _PUTTY.match(window, place)
    body = None if head is None else _STARS.match(window, head.end()) or _CUT_BODY.match(window, head.end())
    return None if head is None or body is None else reading_of(PRIVATE_KEY, window, *body.span())


_RUN = Pattern(rb"[A-Za-z0-9_-]{1,16000}+")
_FERNET = Pattern(rb"gAAAAA[A-Za-z0-9_-]{60,2000}+(?:=|%3D|%3d){0,2}")
_JWS = Pattern(
    rb"eyJ[A-Za-z0-9_-]{10,16000}+\.eyJ[A-Za-z0-9_-]{10,16000}+\.[A-Za-z0-9_-]{16,4000}+(?:\.[A-Za-z0-9_-]{4,4000}+){0,2}"
)
_ACCESS = Pattern(
    rb"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255}|gl[a-z]{2,8}-[A-Za-z0-9_-]{20,255}"
    rb"|xox[a-z]-[A-Za-z0-9-]{10,255}|xapp-\d-[A-Za-z0-9-]{10,255})"
)
_HOOK = Pattern(rb"hooks\.slack\.com/services/(?P<secret>[A-Za-z0-9/]{20,200})")


def _token(window: bytes, place: int) -> RuleReading | None:
    """Fernet and JWS (Keystone), and what GitHub, GitLab and Slack give out."""
    for pattern in (_FERNET, _JWS, _ACCESS):
        match = pattern.match(window, place)
        if match is not None:
            return reading_of(TOKEN, window, *match.span())
    hook = _HOOK.match(window, place)
    if hook is not None:
        return reading_of(TOKEN, window, *hook.span("secret"))
    run = _RUN.match(window, place)
    return None if run is None else RuleReading(run.end())


_HOST = Pattern(rb"(?:\[[0-9A-Fa-f:.%]{2,60}\]|[A-Za-z0-9_.%-]{1,255}+)(?::\d{1,5})?(?=[^A-Za-z0-9]|\Z)")
_OF_URL = Pattern(rb"(?:(?!://)[^\s\"'<>`\0]){1,900}+")
_PORT = Pattern(rb"\d{0,5}\Z")
_WEB = Pattern(rb"(?i)(?:https?|wss?|ftp)\Z")
_NEXT_HOST = Pattern(rb",(?P<user>[^\s:@/,\"'<>\0]{0,200}):(?P<secret>[^\s@/,\"'<>\0]{1,500})@")
_TOKEN_AS_USER = Pattern(rb"[A-Za-z0-9_-]{16,500}\Z")
_FIRST_OF_REST = Pattern(rb"[/?#]")


def _url(window: bytes, place: int) -> RuleReading | None:
    """A password in a URL has a host after it; a port is none. Without a password, a user that looks like chance."""
    run = _OF_URL.match(window, place + 3)
    if run is None:
        return None
    start, text = run.start(), run[0]
    at = _end_of_user(text, is_web=_WEB.search(window[max(0, place - 5) : place]) is not None)
    host = None if at < 0 else _HOST.match(window, start + at + 1)
    if host is None:
        return RuleReading(run.end())
    colon = text.find(b":", 0, at)
    found = [*_of_user(window, start, start + at)] if colon < 0 else [*_password(window, start + colon + 1, start + at)]
    end = host.end()
    while (following := _NEXT_HOST.match(window, end)) and (host := _HOST.match(window, following.end())):
        found += _password(window, *following.span("secret"))
        end = host.end()
    return RuleReading(max(run.end(), end), tuple(found))


def _end_of_user(text: bytes, *, is_web: bool) -> int:
    """Where the `@` stands that ends user and password; -1: there are none."""
    rest = _FIRST_OF_REST.search(text)
    end = len(text) if rest is None else rest.start()
    first = text.find(b"@", 0, end)
    host = None if first < 0 else _HOST.match(text, first + 1)
    if host is not None and _NEXT_HOST.match(text, host.end()):
        return first
    at = text.rfind(b"@", 0, end)
    if at >= 0 or rest is None or b"[" in text[:1]:
        return at
    # A password with a slash in it, which nobody escaped: what follows the colon is no port.
    colon = text.find(b":", 0, end)
    if colon < 0 or (is_web and _PORT.match(text, colon + 1, end)):
        return -1
    return text.rfind(b"@")


def _password(window: bytes, start: int, end: int) -> tuple[FoundSecret, ...]:
    return reading_of(URL_PASSWORD, window, start, end).found


def _of_user(window: bytes, start: int, end: int) -> tuple[FoundSecret, ...]:
    value = window[start:end]
    return reading_of(URL_PASSWORD, window, start, end).found if _TOKEN_AS_USER.match(value) and is_dense(value) else ()


_TO_END = rb"(?:(?!\\{1,4}[nrt\"']|</|&lt;/|[\"'](?:[\s,}\])<:]|\Z))[^\n\r\0]){1,300}+"
_SSH_TIMEOUT = Pattern(rb"(?i)user(?:name)?: [^\n\0]{0,100}?, {1,3}password: (?P<secret>" + _TO_END + rb")")
_SSH_LOG = Pattern(rb"(?i)' with password [\"']?(?P<secret>(?:(?!\\{1,4}[nrt\"'])[^\s\"'\0]){1,300}+)")
_NO_PASSWORD = Pattern(rb"(?i)(?:none|null|\*+|<[\w ]{1,30}>)(?![\w-])")


def _ssh_password(window: bytes, place: int) -> RuleReading | None:
    """Tempest's SSHTimeout, and what its client of SSH logs: whatever stands there up to the line's end."""
    match = _SSH_TIMEOUT.match(window, place) or _SSH_LOG.match(window, place)
    if match is None or (_NO_PASSWORD.match(match["secret"]) and not is_masked(match["secret"])):
        return None
    return reading_of(SSH_PASSWORD, window, *match.span("secret"))


_SIGNED = Pattern(rb"(?i)(?:signature|sig)=(?P<secret>(?:[A-Za-z0-9+/_=.*-]|%[0-9A-Fa-f]{2}){1,500}+)")
_QUERY = Pattern(rb"[?&;][\w-]{0,40}\Z")
_SHORTEST_SIGNATURE = 20


def _signature(window: bytes, place: int) -> RuleReading | None:
    match = _SIGNED.match(window, place)
    if match is None:
        return None
    value = match["secret"]
    in_query = _QUERY.search(window[max(0, place - 41) : place]) is not None
    if not is_masked(value) and not in_query and (len(value) < _SHORTEST_SIGNATURE or not is_dense(value)):
        return RuleReading(match.end())
    return reading_of(SIGNATURE, window, *match.span("secret"))


_WORD = rb"[\"']?(?P<secret>[^\s\"'\0]{1,300}+)"
_SSHPASS = Pattern(rb"(?i)sshpass[\"']?,?[ \t](?:[^\n\0]{0,40}?[ \"'])?-p[\"']?,?[ \t]{0,4}" + _WORD)
_CURL = Pattern(
    rb"(?i)curl[ \t][^\n\0]{0,300}?[ \t](?:-u|--user|--proxy-user)[ \t=]{0,4}[\"']?[^\s:\"'\0]{1,100}:"
    rb"(?P<secret>[^\s\"'\0]{1,300}+)"
)


def _command(window: bytes, place: int) -> RuleReading | None:
    match = _SSHPASS.match(window, place) or _CURL.match(window, place)
    return None if match is None else reading_of(COMMAND, window, *match.span("secret"))


URL = SecretRule(needles.OF_URLS, _url)
SHAPES = (
    SecretRule(needles.OF_PRIVATE_KEYS, _private_key, needs=b"private key"),
    SecretRule(needles.OF_ENDS_OF_KEYS, _end_of_key, needs=b"private key"),
    SecretRule(needles.OF_KEYS_IN_BASE64, _key_in_base64),
    SecretRule(needles.OF_PUTTY_KEYS, _putty_key),
    SecretRule(needles.OF_TOKENS, _token),
    SecretRule(needles.OF_SSH, _ssh_password),
    SecretRule(needles.OF_SIGNATURES, _signature),
    SecretRule(needles.OF_COMMANDS, _command),
)
