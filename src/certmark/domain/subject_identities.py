"""Which cloud or cluster: an identity that says nothing of it, and lasts (docs/reference/cloud-identity.md).

    cloud:000g40r40m30e209185gr38e-gv/RegionOne
    cluster:60r30c1g60r30c1g60r30c1g-6x

The middle part is 120 random bits and 10 check bits: no address, name or key can be worked out of
it, and a slip in copying shows. It stays when Keystone is rebuilt, moved or renamed, because it
was derived from none of these. The last part is the region: regions of one cloud share the id and
are told apart. A cluster of Kubernetes has no region, and its id may be derived: from the uid of its
namespace `kube-system`, which is random, lasts as long as the cluster, and is nobody's address.
"""

from __future__ import annotations

import hashlib
import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from certmark.domain.errors import InvalidInput

if TYPE_CHECKING:
    from uuid import UUID

RANDOM_BYTES = 15
"""Random bytes of which an identity is minted."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o or u, which are misread
_BITS = 5
_LENGTH = RANDOM_BYTES * 8 // _BITS
_CHECK = 2
_FORM = re.compile(rf"(cloud|cluster):([0-9A-Za-z]{{{_LENGTH}}})-([0-9A-Za-z]{{{_CHECK}}})(?:/([^/\s]{{1,255}}))?\Z")
_LONGEST_REGION = 255
_MISREAD = str.maketrans({"i": "1", "l": "1", "o": "0"})


class SubjectKind(Enum):
    """What was tested."""

    CLOUD = "cloud"
    CLUSTER = "cluster"


class InvalidSubjectIdentity(InvalidInput):
    """Whoever gave the identity of a cloud or a cluster must look at it again; the message says why."""


class SubjectIdentity(NamedTuple):
    """A cloud, one region of it, or a cluster."""

    id: str
    """24 digits that were minted once."""
    region: str | None = None
    """None: the cloud as a whole, or one that knows no regions, or a cluster."""
    kind: SubjectKind = SubjectKind.CLOUD

    def __str__(self) -> str:
        """The text form."""
        region = "" if self.region is None else f"/{_quoted(self.region)}"
        return f"{self.kind.value}:{self.id}-{_check_digits(self.id, self.kind)}{region}"

    def within(self, region: str | None) -> SubjectIdentity:
        """The identity of a region of this cloud. Raises InvalidSubjectIdentity where it is that of another region."""
        if self.region is not None and region is not None and self.region != region:
            raise InvalidSubjectIdentity(
                f"{self} is the identity of region {self.region}, and the tests are for region {region}; "
                "name the identity of that region, or leave the region out of it"
            )
        return self if region is None else self._replace(region=region)


class LegacyIds(NamedTuple):
    """The two ids that RefStack's client gave a cloud; kept to find it in history, never to tell clouds apart."""

    catalog_id: str | None = None
    """Of the identity service in the catalogue (the `cpid` of `test`); another one after a rebuild."""
    host_md5: str | None = None
    """MD5 of the host name in the auth URL (the `cpid` of `upload-subunit`); guessed back with ease: private."""


def mint(random: bytes, kind: SubjectKind = SubjectKind.CLOUD) -> SubjectIdentity:
    """A new identity of `RANDOM_BYTES` random bytes."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"an identity is minted of {RANDOM_BYTES} random bytes, not of {len(random)}")
    return SubjectIdentity(_digits(int.from_bytes(random, "big"), _LENGTH), kind=kind)


def cluster_of(uid: UUID) -> SubjectIdentity:
    """The identity of the cluster whose namespace `kube-system` has this uid: whoever knows it finds the same."""
    digest = hashlib.sha256(b"certmark cluster " + uid.bytes).digest()
    return mint(digest[:RANDOM_BYTES], SubjectKind.CLUSTER)


def parse_subject(text: str) -> SubjectIdentity:
    """The identity in its text form, capitals and misread digits (I, L, O) understood.

    Raises InvalidSubjectIdentity.
    """
    found = _FORM.match(text.strip())
    if found is None:
        examples = (
            SubjectIdentity("0" * _LENGTH, "RegionOne"),
            SubjectIdentity("0" * _LENGTH, kind=SubjectKind.CLUSTER),
        )
        raise InvalidSubjectIdentity(
            f"{text[:80]!r} is no identity of a cloud or a cluster; one looks like {' or '.join(map(str, examples))}"
        )
    kind = SubjectKind(found[1])
    digits, check = (part.lower().translate(_MISREAD) for part in found.group(2, 3))
    if not set(digits) <= set(_ALPHABET) or check != _check_digits(digits, kind):
        raise InvalidSubjectIdentity(f"{text[:80]!r} has a slip in it: its check digits do not fit; copy it again")
    region = None if found[4] is None else _unquoted(found[4])
    if region is not None and not (region.isprintable() and len(region) <= _LONGEST_REGION):
        raise InvalidSubjectIdentity(f"{text[:80]!r} names a region that none can be")
    if region is not None and kind is SubjectKind.CLUSTER:
        raise InvalidSubjectIdentity(f"{text[:80]!r} names a region, and a cluster has none; leave it out")
    return SubjectIdentity(digits, region, kind)


def parse_cloud_identity(text: str) -> SubjectIdentity:
    """The identity of a cloud in its text form, as `parse_subject` has it. Raises InvalidSubjectIdentity."""
    found = parse_subject(text)
    if found.kind is not SubjectKind.CLOUD:
        raise InvalidSubjectIdentity(f"{text[:80]!r} is a {found.kind.value}, and a cloud is tested; name a cloud")
    return found


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


def _check_digits(digits: str, kind: SubjectKind) -> str:
    digest = hashlib.sha256(f"{kind.value}:{digits}".encode()).digest()
    return _digits(int.from_bytes(digest[:2], "big") >> 16 - _CHECK * _BITS, _CHECK)


def _digits(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> _BITS * place & 31] for place in reversed(range(length)))
