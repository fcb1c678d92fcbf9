"""OpenSSH's file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS): principals, options, key, comment.

    *@acme.example,acme namespaces="certmark",valid-before="20271231" ssh-ed25519 AAAA… ops

A principal is the vendor that a key speaks for: its name, or an address in its domain. Names with blanks stand in
quotation marks. Rules:

1. A line is read as OpenSSH reads it, or the file is refused: it ends at a line feed, what stands in it can be seen,
   and capitals matter.
2. A line whose key is of no use here (of a token, a certificate authority's, damaged) costs itself, as it does there.
   `Signers.unused` tells it; the others hold.
3. Times without `Z` are in UTC, the same on every machine; OpenSSH takes the zone of the machine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from certmark.domain.errors import InvalidRequest
from certmark.formats.errors import excerpt
from certmark.trust.errors import InvalidKey, InvalidSigners
from certmark.trust.keys.keys import PublicKey, hidden_in, public_from_line
from certmark.trust.keys.signatures import NAMESPACE
from certmark.trust.signers.signers import AllowedSigner, Grant, Signers, ValidityPeriod

_LARGEST = 4 << 20
_MOST = 20_000
_LONGEST_PATTERN = 1_000
"""Bytes; OpenSSH passes over patterns that are longer."""
_BLANKS = " \t"
_KEY = re.compile(r"(?:ssh|ecdsa|sk|rsa|webauthn)-[^ \t]*[ \t]")
_OPTION = re.compile(r'([A-Za-z-]{1,40})(?:="([^"\\]{0,4000})")?(?:,(?=.)|\Z)')
_TIME = re.compile(r"([0-9]{8})(?:([0-9]{4})([0-9]{2})?)?Z?\Z")
_FIRST_YEAR = 1971
"""Times of before are none to OpenSSH, or zero, which it takes for no limit."""


def read_allowed_signers(data: bytes, name: str) -> Signers:
    """The signers of a file. Raises InvalidSigners, which names the line."""
    if len(data) > _LARGEST:
        raise InvalidSigners(f"{name} has more than {_LARGEST >> 20} MiB; no list of signers has")
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise InvalidSigners(f"{name} is no list of allowed signers: it is no text in UTF-8") from error
    signatories: list[AllowedSigner] = []
    grants: list[Grant] = []
    unused: list[str] = []
    for number, text in enumerate(lines, 1):
        line = text.removesuffix("\r").strip(_BLANKS)
        if not line or line.startswith("#"):
            continue
        try:
            signatory, grant = _line(line, f"{name}, line {number}", f"line {number}")
        except _UnusedLine as error:
            unused.append(str(error))
            continue
        signatories.append(signatory)
        grants.append(grant)
    if not grants:
        raise InvalidSigners(f"{name} allows nobody: {unused[0] if unused else 'there is no line of a signer in it'}")
    if len(grants) > _MOST:
        raise InvalidSigners(f"{name} has more than {_MOST:,} lines")
    return Signers(name, tuple(signatories), tuple(grants), unused=tuple(unused))


class _UnusedLine(Exception):
    """Rule 2; the message is a sentence."""


def _line(line: str, place: str, shown: str) -> tuple[AllowedSigner, Grant]:
    hidden = hidden_in(line)
    if hidden is not None:
        raise InvalidSigners(f"{place} has {hidden}, which nobody sees; take it out")
    principals, rest = _principals(line, place)
    options, key = _split_options(rest, place)
    span = _span(options, place)
    try:
        public = public_from_line(key, place)
    except InvalidKey as error:
        raise _UnusedLine(str(error)) from error
    if "cert-authority" in options:
        raise _UnusedLine(f"{place} allows a certificate authority, which is not read here; name the keys themselves")
    named = options.get("namespaces")
    name = f"{','.join(principals)} ({shown})"
    # An empty list allows no namespace: the one pattern in it, of nothing, meets no name.
    namespaces = () if named is None else tuple(named.split(","))
    return AllowedSigner(name, public, span, namespaces), Grant((name,), vendors=principals, is_exact=True)


def _principals(line: str, place: str) -> tuple[tuple[str, ...], str]:
    if line.startswith('"'):
        inside, quote, rest = line[1:].partition('"')
        if not quote:
            raise InvalidSigners(f"{place}: a quotation mark that does not end")
    else:
        inside = re.split(r"[ \t]", line, maxsplit=1)[0]
        rest = line[len(inside) :]
        if '"' in inside:
            raise InvalidSigners(f"{place}: a quotation mark inside the principals; put it around them all")
    rest = rest.strip(_BLANKS)
    principals = tuple(filter(None, inside.split(",")))
    if not principals or not rest:
        raise InvalidSigners(f"{place} is no line of a signer; it is: principals, options, key")
    if max(len(pattern.encode()) for pattern in principals) > _LONGEST_PATTERN:
        raise InvalidSigners(f"{place}: a principal has more than {_LONGEST_PATTERN:,} characters")
    return principals, rest


def _split_options(rest: str, place: str) -> tuple[dict[str, str | None], str]:
    options: dict[str, str | None] = {}
    if _KEY.match(rest):
        return options, rest
    word, at = _first_word(rest), 0
    while found := _OPTION.match(word, at):
        option = found[1].lower()
        if option not in {"cert-authority", "namespaces", "valid-after", "valid-before"}:
            raise InvalidSigners(f"{place}: the option {excerpt(option, 40)} is not known")
        if option in options:
            raise InvalidSigners(f"{place}: the option {option} stands twice")
        if (found[2] is None) is not (option == "cert-authority"):
            raise InvalidSigners(f'{place}: the option {option} must be written as {option}="…"')
        options[option] = found[2]
        at = found.end()
    if at == 0 or at < len(word):
        raise InvalidSigners(f"{place}: its options cannot be read at {excerpt(rest[at:], 40)}")
    return options, rest[at:].strip(_BLANKS)


def _first_word(text: str) -> str:
    """The first word; blanks in quotation marks belong to it."""
    quoted = False
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif sign in _BLANKS and not quoted:
            return text[:place]
    return text


def _span(options: dict[str, str | None], place: str) -> ValidityPeriod:
    begins, last = _time(options.get("valid-after"), place), _time(options.get("valid-before"), place)
    if begins is not None and last is not None and last <= begins:
        raise InvalidSigners(f"{place}: its valid-before is not later than its valid-after")
    # To OpenSSH the second of `valid-before` is the last one that counts.
    return ValidityPeriod(begins, None if last is None else last + timedelta(seconds=1))


def _time(text: str | None, place: str) -> datetime | None:
    """YYYYMMDD[HHMM[SS]][Z]; rule 3."""
    if text is None:
        return None
    found = _TIME.match(text)
    try:
        if found is None or int(found[1][:4]) < _FIRST_YEAR:
            raise ValueError(text)  # noqa: TRY301 - told below with dates that do not exist
        digits = f"{found[1]}{found[2] or '0000'}{found[3] or '00'}"
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidSigners(f"{place}: {excerpt(text, 40)} is no time such as 20271231 or 202712311200Z") from error


def allowed_line(key: PublicKey, principal: str) -> str:
    """The line that allows `key` to sign for `principal`. Raises InvalidRequest for what no such file can hold."""
    if not principal or set('",') & set(principal) or not principal.isprintable():
        raise InvalidRequest("a principal is a vendor's name or an address, without quotation marks and commas")
    shown = f'"{principal}"' if " " in principal or principal.startswith("#") else principal
    return f'{shown} namespaces="{NAMESPACE}" {key.line}'
