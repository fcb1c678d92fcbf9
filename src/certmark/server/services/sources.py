"""Sources of guidelines: folders, files at https addresses, git repositories, publishers (`published_sources`).

1. A revision is a text, known by its digest; it comes once and is never changed.
2. A source that is away, slow or broken changes nothing of what is there; what was wrong stands with the source.
3. A file that is no guideline is told of and passed over; the others of its source come. A stranger's file is
   read in the process that reads, never here.
4. A guideline of an id that another source brought is refused: a variant of one's own has an id of its own.
   The guidelines that ship along are no source in this sense.
5. Where a guideline has earlier revisions, runs are judged by the new one, too: a job in the same transaction.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server.asking import OPERATOR, WORKER, Asker
from certmark.server.fetching import SourceAway, fetch, reaching
from certmark.server.reading.messages import GuidelineRequest, ReadGuideline, Unreadable
from certmark.server.services import git_sources, jobs, published_sources
from certmark.server.services.context import Services
from certmark.server.services.git_sources import GUIDELINE_ENDINGS, LARGEST, MOST_FILES, SourceFile
from certmark.server.services.jobs import JobKind
from certmark.server.store import audit, guidelines, sources
from certmark.server.store.guidelines import Revision
from certmark.server.store.sources import GuidelineSource

SHIPPED = "ships along"
_LARGEST_SOURCE = 64 << 20
"""Bytes of all guidelines of a source."""


class Refreshed(NamedTuple):
    """What became of one look at a source."""

    place: str
    new: tuple[str, ...]
    """Ids of guidelines that have a new revision."""
    problem: str | None


class _Content(NamedTuple):
    files: tuple[SourceFile, ...]
    state: str


def add(services: Services, place: str) -> Refreshed:
    """Take guidelines from `place` from now on, and look at once. Raises InvalidRequest for what is no place."""
    _check(services, place)
    now = services.clock()
    with services.database.write() as transaction:
        if sources.add(transaction, place, now):
            audit.note(transaction, OPERATOR, "source.add", place, now)
    return next(one for one in refresh(services, OPERATOR) if one.place == place)


def every(services: Services) -> list[GuidelineSource]:
    """All sources, with what became of the last look at each."""
    with services.database.read() as transaction:
        return sources.every(transaction)


def refresh(services: Services, asker: Asker = WORKER) -> list[Refreshed]:
    """Look at every source. Raises CannotProceed where the database does not answer."""
    return [_refreshed(services, asker, source) for source in every(services)]


def _check(services: Services, place: str) -> None:
    if place.startswith(("https://", "http://", git_sources.PREFIX)):
        git_sources.checked_target(place, allow_private=services.settings.fetch_private)
    elif not Path(place).is_absolute():
        raise InvalidRequest(f"{place[:200]} is no source: name a folder by its whole path, https://… or git+https://…")


def _refreshed(services: Services, asker: Asker, source: GuidelineSource) -> Refreshed:
    """Rule 2."""
    try:
        content = _content(services, source)
    except (CannotProceed, InvalidRequest, OSError) as error:
        return _looked(services, source.place, source.state, Refreshed(source.place, (), str(error)))
    new, problem = _taken(services, asker, source.place, content.files)
    return _looked(services, source.place, content.state, Refreshed(source.place, new, problem))


def _looked(services: Services, place: str, state: str, found: Refreshed) -> Refreshed:
    with services.database.write() as transaction:
        sources.looked(transaction, place, services.clock(), state, found.problem)
    return found


def _content(services: Services, source: GuidelineSource) -> _Content:
    how, place = reaching(services.settings), source.place
    if published_sources.is_published(place):
        with services.database.read() as transaction:
            known = guidelines.every(transaction)
        found_there = published_sources.content(services, place, source.state, known)
        return _Content(_bounded(found_there.files), found_there.state)
    if place.startswith(git_sources.PREFIX):
        return _Content(_bounded(git_sources.files_of(place, how, services.scratch)), "")
    if place.startswith(("https://", "http://")):
        found = fetch(place, how, largest=LARGEST, tag=source.state)
        files = [] if found.body is None else [SourceFile(place.rpartition("/")[2] or place, found.body)]
        return _Content(tuple(files), found.tag)
    return _Content(_bounded(_of_folder(Path(place))), "")


def _bounded(files: Iterator[SourceFile]) -> tuple[SourceFile, ...]:
    """Raises SourceAway for more than a source may have."""
    found, size = [], 0
    for file in files:
        found.append(file)
        size += len(file.content)
        if len(found) > MOST_FILES or size > _LARGEST_SOURCE:
            raise SourceAway(f"it has more than {MOST_FILES} guidelines, or {_LARGEST_SOURCE:,} bytes of them")
    return tuple(found)


def _of_folder(place: Path) -> Iterator[SourceFile]:
    """Raises OSError or CannotProceed."""
    for path in [place] if place.is_file() else sorted(place.iterdir()):
        if path.suffix in GUIDELINE_ENDINGS and path.is_file():
            if path.stat().st_size > LARGEST:
                raise CannotProceed(f"{path.name} is larger than {LARGEST:,} bytes")
            yield SourceFile(path.name, path.read_bytes())


def _taken(
    services: Services, asker: Asker, place: str, files: tuple[SourceFile, ...]
) -> tuple[tuple[str, ...], str | None]:
    """The ids of what is new, and what was wrong."""
    new, problems = [], []
    for file in files:
        try:
            found = _read(services, file)
            digest = hashlib.sha256(file.content).digest()
            revision = Revision(digest, found.id, found.status, place, services.clock())
            if _keep(services, asker, revision, file.content):
                new.append(found.id)
        except InvalidRequest as error:
            said = str(error)
            problems.append(said if said.startswith(file.name) else f"{file.name}: {said}")
    return tuple(new), "; ".join(problems)[:2000] or None


def _read(services: Services, file: SourceFile) -> ReadGuideline:
    """Rule 3. Raises InvalidRequest."""
    with tempfile.NamedTemporaryFile(dir=services.scratch) as place:
        place.write(file.content)
        place.flush()
        answer = services.readers.read(GuidelineRequest(place.name, file.name))
    if isinstance(answer, Unreadable):
        raise InvalidRequest(answer.problem)
    assert isinstance(answer, ReadGuideline)  # noqa: S101 - as was asked
    return answer


def _keep(services: Services, asker: Asker, revision: Revision, content: bytes) -> bool:
    """Rules 1, 4 and 5; whether it is new. Raises InvalidRequest."""
    with services.database.write() as transaction:
        if guidelines.one(transaction, revision.digest) is not None:
            return False
        earlier = [one for one in guidelines.every(transaction) if one.id == revision.id]
        others = [one.source for one in earlier if one.source not in {SHIPPED, revision.source}]
        if others:
            raise InvalidRequest(f"{revision.id} came from {others[0]}; give this one an id of its own")
        guidelines.add(transaction, revision, content)
        audit.note(transaction, asker, "guideline.add", f"{revision.id} {revision.digest.hex()}", revision.created)
        if earlier:
            jobs.ask(services, transaction, JobKind.JUDGE, revision.digest.hex())
    return True
