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
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InvalidSigners(f"{name} is no list of allowed signers: it is no text in UTF-8") from error
    found: list[tuple[AllowedSigner, Grant]] = []
    unused: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                found.append(_line(line.removesuffix("\r"), f"{name}, line {number}"))
            except UnusableLine as error:
                unused.append(str(error))
    if not found and unused:
        raise InvalidSigners(f"{name} allows nobody: {unused[0]}")
    if not found:
        raise InvalidSigners(f"{name} allows nobody: there is no line of a signer in it")
    if len(found) > _MOST:
        raise InvalidSigners(f"{name} has more than {_MOST:,} lines")
    return Signers(name, *map(tuple, zip(*found, strict=True)), unused=tuple(unused))


class UnusableLine(Exception):
    """A line that OpenSSH may use and that is of no use here: it costs itself, and the others hold."""


def _check_signs(line: str, place: str) -> None:
    """Whoever reads the file must see the lines that are read here: OpenSSH ends them at a line feed only."""
    odd = next((sign for sign in line if sign not in " \t" and not sign.isprintable()), None)
    if odd is not None:
        raise InvalidSigners(f"{place} has the character U+{ord(odd):04X}, which nobody sees; take it out")


def _line(line: str, place: str) -> tuple[AllowedSigner, Grant]:
    _check_signs(line, place)
    principals, rest = _principals(line.strip().replace("\t", " "), place)
    options, key = _split_options(rest, place)
    if "cert-authority" in options:
        raise UnusableLine(f"{place} allows a certificate authority, which is not read here; name the keys themselves")
    try:
        public = public_from_line(key, place)
    except InvalidKey as error:
        raise UnusableLine(str(error)) from error
    span = ValidityPeriod(_time(options.get("valid-after"), place), _time(options.get("valid-before"), place))
    named = options.get("namespaces")
    # As in OpenSSH, an empty list allows no namespace; no pattern matches an empty name but that of nothing.
    namespaces = () if named is None else tuple(named.split(","))
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
