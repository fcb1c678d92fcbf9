"""OpenSSH's file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS): principals, options, key, comment.

    *@acme.example,acme namespaces="certmark",valid-before="20271231" ssh-ed25519 AAAA… ops

A principal is the vendor that a key speaks for: its name, or an address in its domain.
Names with blanks stand in quotes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from certmark.domain.errors import InvalidRequest
from certmark.formats.errors import excerpt
from certmark.trust.errors import InvalidKey, InvalidSigners
from certmark.trust.keys.keys import PublicKey, public_from_line
from certmark.trust.keys.signatures import NAMESPACE
from certmark.trust.signers.signers import AllowedSigner, Grant, Signers, ValidityPeriod

_LARGEST = 4 << 20
_MOST = 20_000
_OPTION = re.compile(r'([A-Za-z-]{1,40})(?:="([^"]{0,4000})")?(?:,|\Z)')
_TIME = re.compile(r"(\d{8})(\d{4})?(\d{2})?(Z)?\Z")


def read_allowed_signers(data: bytes, name: str) -> Signers:
    """The signers of a file. Raises InvalidSigners, which names the line."""
    if len(data) > _LARGEST:
        raise InvalidSigners(f"{name} has more than {_LARGEST >> 20} MiB; no list of signers has")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidSigners(f"{name} is no list of allowed signers: it is no text in UTF-8") from error
    found = [
        _line(line.strip(), f"{name}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise InvalidSigners(f"{name} allows nobody: there is no line of a signer in it")
    if len(found) > _MOST:
        raise InvalidSigners(f"{name} has more than {_MOST:,} lines")
    return Signers(name, tuple(signer for signer, _ in found), tuple(grant for _, grant in found))


def _line(line: str, place: str) -> tuple[AllowedSigner, Grant]:
    principals, rest = _principals(line, place)
    options, key = _split_options(rest, place)
    if "cert-authority" in options:
        raise InvalidSigners(
            f"{place} allows a certificate authority, which is not read here; name the keys themselves"
        )
    try:
        public = public_from_line(key, place)
    except InvalidKey as error:
        raise InvalidSigners(str(error), error.advice) from error
    span = ValidityPeriod(_time(options.get("valid-after"), place), _time(options.get("valid-before"), place))
    namespaces = tuple(filter(None, (options.get("namespaces") or "").split(",")))
    name = f"{','.join(principals)} ({place.rpartition(', ')[2]})"
    return AllowedSigner(name, public, span, namespaces), Grant((name,), vendors=principals)


def _principals(line: str, place: str) -> tuple[tuple[str, ...], str]:
    if line.startswith('"'):
        inside, quote, rest = line[1:].partition('"')
        if not quote:
            raise InvalidSigners(f"{place}: a quotation mark that does not end")
    else:
        inside, _, rest = line.partition(" ")
    principals = tuple(filter(None, (word.strip() for word in inside.split(","))))
    if not principals or not rest.strip():
        raise InvalidSigners(f"{place} is no line of a signer; it is: principals, options, key")
    return principals, rest.strip()


def _split_options(rest: str, place: str) -> tuple[dict[str, str | None], str]:
    options: dict[str, str | None] = {}
    if rest.startswith(("ssh-", "ecdsa-", "sk-", "rsa-")):
        return options, rest
    at = 0
    while found := _OPTION.match(_word(rest), at):
        option = found[1].lower()
        if option not in {"cert-authority", "namespaces", "valid-after", "valid-before"}:
            raise InvalidSigners(f"{place}: the option {excerpt(option, 40)} is not known")
        if option in options:
            raise InvalidSigners(f"{place}: the option {option} stands twice")
        if (found[2] is None) is not (option == "cert-authority"):
            raise InvalidSigners(f'{place}: the option {option} must be written as {option}="…"')
        options[option] = found[2]
        at = found.end()
    if at == 0 or at < len(_word(rest)):
        raise InvalidSigners(f"{place}: its options cannot be read at {excerpt(rest[at:], 40)}")
    return options, rest[at:].strip()


def _word(text: str) -> str:
    """The first word; blanks in quotes belong to it."""
    quoted = False
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif sign.isspace() and not quoted:
            return text[:place]
    return text


def _time(text: str | None, place: str) -> datetime | None:
    """YYYYMMDD[HHMM[SS]][Z]. Without Z OpenSSH means the zone of the machine; here it is UTC, the same everywhere."""
    if text is None:
        return None
    found = _TIME.match(text)
    try:
        if found is None:
            raise ValueError(text)  # noqa: TRY301 - told below with dates that do not exist
        return datetime.strptime(f"{found[1]}{found[2] or '0000'}{found[3] or '00'}", "%Y%m%d%H%M%S").replace(
            tzinfo=UTC
        )
    except ValueError as error:
        raise InvalidSigners(f"{place}: {excerpt(text, 40)} is no time such as 20271231 or 202712311200Z") from error


def allowed_line(key: PublicKey, principal: str) -> str:
    """The line that allows `key` to sign for `principal`. Raises InvalidRequest for what no such file can hold."""
    if not principal or '"' in principal or not principal.isprintable():
        raise InvalidRequest("a principal is a vendor's name or an address, without quotation marks")
    shown = f'"{principal}"' if " " in principal else principal
    return f'{shown} namespaces="{NAMESPACE}" {key.line}'
