"""Finding the secrets that are still in something that is to leave the machine, or has left another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from certmark.evidence.secrets.acceptance import AcceptedSecret
from certmark.evidence.secrets.texts import Mapped, Text, mapped
from certmark.formats.secrets.kinds import FoundSecret, Owner, SecretKind
from certmark.formats.secrets.known import KnownSecrets
from certmark.formats.secrets.search import Prefilter, find_secrets

UNSEARCHED = SecretKind("an attachment that is too large to be unpacked", Owner.TEST)


class PlacedSecret(NamedTuple):
    """A secret in a file."""

    kind: SecretKind
    value: bytes
    places: tuple[tuple[int, int], ...]
    """Where it stands in the file, piece by piece; empty where it stands in a name, which cannot be overwritten."""


@dataclass(frozen=True, slots=True)
class LeakedSecret:
    """A secret that is still in something."""

    member: str
    what: str
    value: bytes = field(default=b"", compare=False, repr=False)
    """What it is; it is told to nobody."""
    is_known: bool = field(default=False, compare=False)
    """Whether it is a value that the run was given, and not what looks like a secret."""
    digest: str = field(default="", compare=False)
    """What stands for the value, salted as in the bundle; empty where nobody salts."""


def look_through(content: Mapped, known: KnownSecrets) -> Iterator[PlacedSecret]:
    """Every secret in something, in no order; what two rules lead to is told by each. Bounded memory."""
    for text in content.texts():
        for one in secrets_in(text, known):
            yield PlacedSecret(one.kind, one.value, tuple(text.in_file(one.start, one.end)))


def is_among(found: Iterable[PlacedSecret], accepted: AcceptedSecret) -> bool:
    """Whether one of the findings in its member is the one that was accepted."""
    return any(accepted.covers(accepted.member, one.kind.name, one.value) for one in found)


def secrets_in(text: Text, known: KnownSecrets) -> Iterator[FoundSecret]:
    """Those that are to be told of this text."""
    prefilter = Prefilter(text.text)
    for one in (*known.find(text.text, prefilter), *find_secrets(text.text, prefilter)):
        if text.least <= one.start < text.most:
            yield one
    if text.is_cut:
        yield FoundSecret(UNSEARCHED, 0, len(text.text), text.text[:100])


def find_leaks(
    stream: BinaryIO,
    member: str,
    known: Mapping[str, str] | KnownSecrets,
    *,
    accepted: Collection[AcceptedSecret] = (),
    is_public: bool = False,
) -> tuple[LeakedSecret, ...]:
    """The secrets that stand in `stream`: those of `known`, and what looks like one, but for what was `accepted`."""
    with mapped(stream) as content:
        return leaks_in(look_through(content, _known(known)), member, accepted=accepted, is_public=is_public)


def leaks_in(
    found: Iterable[PlacedSecret], member: str, *, accepted: Collection[AcceptedSecret] = (), is_public: bool = False
) -> tuple[LeakedSecret, ...]:
    """What of it must not leave. In what is public only the operator's secrets matter: nobody can change it."""
    leaks: dict[tuple[str, bytes], LeakedSecret] = {}
    for one in found:
        if is_public and one.kind.owner is Owner.TEST:
            continue
        if not any(each.covers(member, one.kind.name, one.value) for each in accepted):
            leaks[one.kind.name, one.value] = LeakedSecret(member, one.kind.name, one.value, one.kind.is_known)
    return tuple(leaks.values())


def _known(known: Mapping[str, str] | KnownSecrets) -> KnownSecrets:
    return known if isinstance(known, KnownSecrets) else KnownSecrets(known)
