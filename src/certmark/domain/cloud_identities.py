"""Which cloud: an identity that is minted once, says nothing, and lasts (docs/reference/cloud-identity.md).

    cloud:000g40r40m30e209185gr38e-gv/RegionOne

The middle part is 120 random bits and 10 check bits: no address, name or key can be worked out of
it, and a slip in copying shows. It stays when Keystone is rebuilt, moved or renamed, because it
was derived from none of these. The last part is the region: regions of one cloud share the id and
are told apart.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from certmark.domain.errors import InvalidInput

SCHEME = "cloud:"
RANDOM_BYTES = 15
"""Random bytes of which an identity is minted."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o or u, which are misread
_BITS = 5
_LENGTH = RANDOM_BYTES * 8 // _BITS
_CHECK = 2
_FORM = re.compile(rf"{SCHEME}([0-9A-Za-z]{{{_LENGTH}}})-([0-9A-Za-z]{{{_CHECK}}})(?:/([^/\s]{{1,255}}))?\Z")
_LONGEST_REGION = 255
_MISREAD = str.maketrans({"i": "1", "l": "1", "o": "0"})


class InvalidCloudIdentity(InvalidInput):
    """Whoever gave the identity of a cloud must look at it again; the message says why."""


class CloudIdentity(NamedTuple):
    """A cloud, or one region of it."""

    id: str
    """24 digits that were minted once."""
    region: str | None = None
    """None: the cloud as a whole, or one that knows no regions."""

    def __str__(self) -> str:
        """The text form."""
        region = "" if self.region is None else f"/{_quoted(self.region)}"
        return f"{SCHEME}{self.id}-{_check_digits(self.id)}{region}"

    def within(self, region: str | None) -> CloudIdentity:
        """The identity of a region of this cloud. Raises InvalidCloudIdentity where it is that of another region."""
        if self.region is not None and region is not None and self.region != region:
            raise InvalidCloudIdentity(
                f"{self} is the identity of region {self.region}, and the tests are for region {region}; "
                "name the identity of that region, or leave the region out of it"
            )
        return self if region is None else CloudIdentity(self.id, region)


class LegacyIds(NamedTuple):
    """The two ids that RefStack's client gave a cloud; kept to find it in history, never to tell clouds apart."""

    catalog_id: str | None = None
    """Of the identity service in the catalogue (the `cpid` of `test`); another one after a rebuild."""
    host_md5: str | None = None
    """MD5 of the host name in the auth URL (the `cpid` of `upload-subunit`); guessed back with ease: private."""


def mint(random: bytes) -> CloudIdentity:
    """A new identity of `RANDOM_BYTES` random bytes."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"an identity is minted of {RANDOM_BYTES} random bytes, not of {len(random)}")
    return CloudIdentity(_digits(int.from_bytes(random, "big"), _LENGTH))


def parse_cloud_identity(text: str) -> CloudIdentity:
    """The identity in its text form, capitals and misread digits (I, L, O) understood. Raises InvalidCloudIdentity."""
    found = _FORM.match(text.strip())
    if found is None:
        raise InvalidCloudIdentity(
            f"{text[:80]!r} is no identity of a cloud; one looks like {CloudIdentity('0' * _LENGTH, 'RegionOne')}"
        )
    digits, check = (part.lower().translate(_MISREAD) for part in found.group(1, 2))
    if not set(digits) <= set(_ALPHABET) or check != _check_digits(digits):
        raise InvalidCloudIdentity(f"{text[:80]!r} has a slip in it: its check digits do not fit; copy it again")
    region = None if found[3] is None else _unquoted(found[3])
    if region is not None and not (region.isprintable() and len(region) <= _LONGEST_REGION):
        raise InvalidCloudIdentity(f"{text[:80]!r} names a region that none can be")
    return CloudIdentity(digits, region)


def md5_of_host(auth_url: str) -> str | None:
    """The `cpid` that RefStack's client made of an auth URL; None where it names no host."""
    from urllib.parse import urlsplit

    try:
        host = urlsplit(auth_url).hostname
    except ValueError:
        return None
    return None if not host else hashlib.md5(host.encode(), usedforsecurity=False).hexdigest()


def _quoted(region: str) -> str:
    from urllib.parse import quote

    return quote(region, safe="")


def _unquoted(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _check_digits(digits: str) -> str:
    digest = hashlib.sha256(f"{SCHEME}{digits}".encode()).digest()
    return _digits(int.from_bytes(digest[:2], "big") >> 16 - _CHECK * _BITS, _CHECK)


def _digits(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> _BITS * place & 31] for place in reversed(range(length)))
