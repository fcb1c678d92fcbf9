"""Guidelines of a publisher: a folder, or an address, with a signed index of every revision.

1. Nothing is taken unless the index and the statement on a text are signed by somebody who may speak for the publisher,
   as the file says that the setting guideline_signers names, and the index is in date.
2. An edition before the one that was read last is refused, and so is one that names a text no longer that was taken
   from there: what was published stays.
3. Only texts that are not here yet are asked for; where each lies follows from its digest, never from the index.

Signatures are looked at before anything signed is parsed; the texts are read in the process for strangers' bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.phrases import some
from certmark.domain.published_revisions import PublishedRevision
from certmark.server.fetching import Reaching, SourceAway, fetch, reaching
from certmark.server.services.context import Services
from certmark.server.services.git_sources import SourceFile
from certmark.server.store.guidelines import Revision
from certmark.trust.publications.documents import INDEX, LARGEST, GuidelineIndex, statement_path, text_path
from certmark.trust.publications.verification import RevisionParts, check_index, check_revision
from certmark.trust.signers.lists import read_any_signers
from certmark.trust.verification.findings import StepOutcome, VerificationSteps
from certmark.trust.verification.requests import TrustPolicy

_SMALL = 1 << 20
"""Bytes of a statement."""
_LARGEST_LIST = 4 << 20
Take = Callable[[str, int], bytes]
"""What lies at a path of the site, in so many bytes. Raises SourceAway, InvalidRequest or OSError."""


class PublishedContent(NamedTuple):
    """What is new at a publisher's."""

    files: Iterator[SourceFile]
    """Read one after the other; raises what `content` raises."""
    state: str
    """The edition, to be given back at the next look."""


def is_published(place: str) -> bool:
    """Whether a place is one of published guidelines: its index is named, or lies in the folder."""
    if place.rpartition("/")[2] == INDEX:
        return True
    return "://" not in place and (Path(place) / INDEX).is_file()


def content(services: Services, place: str, state: str, known: Sequence[Revision]) -> PublishedContent:
    """What a publisher has that is not here yet; `known` is all that is.

    Raises InvalidRequest, SourceAway or OSError.
    """
    trust, take = _trust(services), _taking(place, reaching(services.settings))
    checked = check_index(take(INDEX, LARGEST), INDEX, trust)
    index = checked.contents
    _refuse(checked.steps)
    if index is None:
        raise InvalidRequest(f"{INDEX} cannot be read")
    _check_follows(index, state)
    _check_keeps(index, [one for one in known if one.source == place])
    here = {one.digest.hex() for one in known}
    new = {one.sha256: one for one in index.revisions if one.sha256 not in here}
    return PublishedContent(_files(index, new.values(), take, trust), f"{index.number} {index.sha256}")


def _trust(services: Services) -> TrustPolicy:
    path = services.settings.guideline_signers
    if path is None:
        raise InvalidRequest("nobody says who may sign published guidelines: name a list in guideline_signers")
    with path.open("rb") as file:
        signers = read_any_signers(file.read(_LARGEST_LIST), path.name)
    return TrustPolicy(dt.datetime.fromtimestamp(services.clock() // 1_000_000, dt.UTC), signers)


def _taking(place: str, how: Reaching) -> Take:
    site = place.removesuffix(f"/{INDEX}")
    if "://" in place:
        return lambda path, most: fetch(f"{site}/{path}", how, largest=most).body or b""
    return lambda path, most: _read(Path(site, path), most)


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise SourceAway(f"{path.name} is larger than {most:,} bytes")
    return data


def _refuse(steps: VerificationSteps) -> None:
    """The first thing that is wrong, or could not be looked at, as a refusal."""
    wrong = [step for step in steps.steps if step.outcome is StepOutcome.FAILED or step.step in steps.missing]
    if wrong:
        raise InvalidRequest(wrong[0].sentence)


def _check_follows(index: GuidelineIndex, state: str) -> None:
    """Rule 2."""
    number, _, digest = state.partition(" ")
    last = int(number) if number.isdecimal() else 0
    if index.number < last:
        raise InvalidRequest(f"it is edition {index.number}, and edition {last} is known: an old one was brought back")
    if index.number == last and index.sha256 != digest:
        raise InvalidRequest(f"there are two different editions {last} of it")


def _check_keeps(index: GuidelineIndex, known: Iterable[Revision]) -> None:
    """Rule 2."""
    named = {one.sha256 for one in index.revisions}
    lost = [one.id for one in known if one.digest.hex() not in named]
    if lost:
        raise InvalidRequest(f"the index leaves out texts that were published before, of {some(lost)}")


def _files(
    index: GuidelineIndex, new: Iterable[PublishedRevision], take: Take, trust: TrustPolicy
) -> Iterator[SourceFile]:
    """Rules 1 and 3; the oldest revision of a guideline first."""
    for one in new:
        parts = RevisionParts(take(text_path(one), one.size), take(statement_path(one), _SMALL), None)
        _refuse(check_revision(index, one, parts, trust))
        yield SourceFile(f"{one.guideline}.{one.form}", parts.text or b"")
