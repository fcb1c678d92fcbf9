"""Guidelines, published: signed, on record in a log, in a folder from which any web server serves them.

1. Nothing is written unless everything that is offered may be published (`domain.published_revisions`).
2. One publisher at a time; a folder of somebody else's is never written into.
3. First texts, statements and receipts, which nobody looks for yet; then the signed index, which is the moment of
   publication; then what is made of it. Whoever is interrupted begins again: before the index nothing was published,
   after it everything was, and what is made of it is made again.
4. An index is continued only by the key that signed it, and only where this machine knows of no later one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.guideline.offering import OfferedText, offered_by
from certmark.app.guideline.published_folder import PublishedFolder
from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.app.inputs.seen_indexes import recall, remember
from certmark.app.log.opening import memory_of_logs, opened
from certmark.authoring.static_site import static_files
from certmark.domain.editions import why_not_instead
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.published_revisions import (
    PublicationAnswer,
    PublicationDecision,
    PublishedRevision,
    decide,
    newest_of,
    why_rewritten,
)
from certmark.domain.remarks import Listener, ignore
from certmark.formats.errors import FormatError
from certmark.trust.envelopes import read_envelope, write_envelope
from certmark.trust.errors import UntrustedEdition
from certmark.trust.keys.keys import Signer
from certmark.trust.log.files import held_folder
from certmark.trust.log.log import Log
from certmark.trust.log.notes import NoteSigner, note_signer
from certmark.trust.log.receipts import ENDING, check_receipt, issue_receipts
from certmark.trust.publications.documents import (
    GuidelineIndex,
    check_statement,
    is_name,
    open_index,
    read_index,
    seal_index,
    seal_statement,
    statement_path,
    text_path,
)
from certmark.trust.sound_signatures import sound_signatures

LOG = "log"


@dataclass(frozen=True, kw_only=True)
class PublishRequest:
    """What is published, and where."""

    guidelines: Sequence[str]
    """Files, shipped ids, or folders of guidelines."""
    site: str
    """The folder that is served."""
    name: str | None = None
    """Of the publisher, like `example.org/guidelines`; needed where nothing was published yet."""
    key: str | None = None
    revised: frozenset[str] = frozenset()
    """Ids of which the author says that the text is the next revision."""
    days: int = 365
    """For which the index holds."""
    check: bool = False
    """Whether nothing is written, and no key needed."""


class Publication(NamedTuple):
    """What was published, or would be."""

    offered: tuple[OfferedText, ...]
    decisions: tuple[PublicationDecision, ...]
    """Of each of `offered`."""
    contents: GuidelineIndex | None = None
    """As it stands now; None: there is none yet."""
    is_new: bool = False
    """Whether the index was signed now."""

    @property
    def is_refused(self) -> bool:
        """Whether something cannot be published, so that nothing was."""
        return any(one.answer is PublicationAnswer.REFUSED for one in self.decisions)


def publish(request: PublishRequest, ask: AskPassphrase, listen: Listener = ignore) -> Publication:
    """Publish, or with `check` say what would be.

    Raises InvalidRequest, FormatError, AgentUnavailable, CannotProceed or OSError; nothing was published then.
    """
    folder = PublishedFolder(Path(request.site))
    folder.refuse_foreign()
    if request.check:
        return _decided(request, folder, listen)
    signer = signer_of(request.key, ask, listen)
    try:
        with held_folder(folder.path):
            return _published(request, folder, signer, listen)
    except OSError as error:
        raise CannotProceed(f"{folder.path} cannot be written: {error.strerror}") from error


def _decided(request: PublishRequest, folder: PublishedFolder, listen: Listener) -> Publication:
    data = folder.index()
    index = None if data is None else read_index(open_index(data, folder.name), folder.name)
    revisions = () if index is None else index.revisions
    offered = offered_by(request.guidelines, folder.path, revisions, listen)
    decisions = decide(revisions, (one.offered for one in offered), request.revised)
    unknown = sorted(request.revised - {one.offered.guideline for one in offered})
    if unknown:
        raise InvalidRequest(f"there is no guideline {unknown[0]!r} among those that are offered, to be revised")
    return Publication(offered, decisions, index)


def _published(request: PublishRequest, folder: PublishedFolder, signer: Signer, listen: Listener) -> Publication:
    found = _decided(request, folder, listen)
    name = _name(request, found.contents)
    by_note = note_signer(name, signer)
    _check_continues(folder, name, signer)
    if found.is_refused:
        return found
    folder.clear_partial()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    texts = {one.offered.sha256: one.text for one in found.offered}
    new = [_revision(one, now) for one in found.decisions if one.answer is not PublicationAnswer.SAME]
    index = found.contents
    if index is None or new or _is_due(index, now):
        index = _next(index, name, new, now, request.days)
    _write_texts(folder, index, texts)
    _put_on_record(folder, index, signer, by_note)
    if index is not found.contents:
        folder.commit(write_envelope(seal_index(index, [signer])))
    folder.write_derived(_derived(folder, index, texts))
    remember(folder.index() or b"", str(folder.path.absolute()))
    return found._replace(contents=index, is_new=index is not found.contents)


def _name(request: PublishRequest, index: GuidelineIndex | None) -> str:
    known = None if index is None else index.name
    if known is not None and request.name not in {None, known}:
        raise InvalidRequest(f"{request.site} is published by {known}, and a publisher keeps its name")
    name = known or request.name
    if name is None:
        raise InvalidRequest("nothing was published there yet: name the publisher, like example.org/guidelines")
    if not is_name(name):
        raise InvalidRequest(
            f"{name[:60]!r} is no name of a publisher: it has small letters, digits and . : / - _, "
            "like example.org/guidelines"
        )
    return name


def _check_continues(folder: PublishedFolder, name: str, signer: Signer) -> None:
    """Rule 4. Raises UntrustedEdition."""
    data, seen = folder.index(), recall(name)
    before = None if seen is None else read_index(open_index(seen, "the index"), "the index")
    if data is None:
        if before is not None:
            raise UntrustedEdition(
                f"{name} has published edition {before.number} from this machine, and {folder.path} is empty; "
                "bring its folder back, or choose another name"
            )
        return
    envelope = open_index(data, folder.name)
    keys = [key.id for key in sound_signatures(envelope, [signer.public]).keys]
    if not keys:
        raise UntrustedEdition(f"{folder.name} is not signed by {signer.keyid}; sign with the key that signed it")
    index = read_index(envelope, folder.name)
    if before is not None:
        problem = why_not_instead(before.edition(keys), index.edition(keys))
        problem = problem or why_rewritten(before.revisions, index.revisions)
        if problem is not None:
            raise UntrustedEdition(f"{folder.name} does not follow what was published from this machine: {problem}")


def _revision(one: PublicationDecision, now: dt.datetime) -> PublishedRevision:
    text = one.offered
    return PublishedRevision(text.guideline, one.number, text.sha256, text.size, text.form, text.status, now)


def _is_due(index: GuidelineIndex, now: dt.datetime) -> bool:
    """Whether half of the time for which an index holds is over."""
    return now - index.issued > (index.expires - index.issued) / 2


def _next(
    index: GuidelineIndex | None, name: str, new: Sequence[PublishedRevision], now: dt.datetime, days: int
) -> GuidelineIndex:
    before = () if index is None else index.revisions
    revisions = tuple(sorted((*before, *new), key=lambda one: (one.guideline, one.number)))
    number = 1 if index is None else index.number + 1
    return GuidelineIndex(name, number, now, now + dt.timedelta(days=days), revisions)


def _write_texts(folder: PublishedFolder, index: GuidelineIndex, texts: Mapping[str, bytes]) -> None:
    """Those at hand; one that lies there and was damaged is mended."""
    for one in index.revisions:
        if one.sha256 in texts:
            folder.keep(text_path(one), texts[one.sha256])


def _put_on_record(folder: PublishedFolder, index: GuidelineIndex, signer: Signer, by_note: NoteSigner) -> None:
    """Sign a statement on each revision that is not on record, as every new one, and get receipts for them."""
    place = folder.path / LOG
    if not (place / "checkpoint").exists():
        _begin_log(place, index.name, by_note)
    lacking = [one for one in index.revisions if not _is_on_record(folder, index.name, one, by_note)]
    statements = [write_envelope(seal_statement(index.name, one, [signer])) for one in lacking]
    with opened(str(place), writable=True) as found:
        receipts = issue_receipts(found.log, statements, dt.datetime.now(dt.UTC), [by_note]) if lacking else ()
        memory_of_logs().remember(found.log.checkpoint([by_note]))
    for one, statement, receipt in zip(lacking, statements, receipts, strict=True):
        folder.keep(statement_path(one), statement)
        folder.keep(f"{statement_path(one)}{ENDING}", receipt)
    folder.keep("log.vkey", f"{by_note.key}\n".encode())


def _is_on_record(folder: PublishedFolder, name: str, one: PublishedRevision, by_note: NoteSigner) -> bool:
    """Whether the statement on it and its receipt lie there, whole; who signed the statement its receipt tells."""
    path = folder.path / statement_path(one)
    try:
        statement = path.read_bytes()
        check_statement(read_envelope(statement), name, one, path.name)
        check_receipt(Path(f"{path}{ENDING}").read_bytes(), statement, [by_note.key])
    except (FileNotFoundError, FormatError):
        return False
    return True


def _begin_log(place: Path, name: str, by_note: NoteSigner) -> None:
    from certmark.trust.log.file_store import FileStore

    with FileStore(str(place), writable=True) as store:
        Log(name, store).checkpoint([by_note])


def _derived(folder: PublishedFolder, index: GuidelineIndex, texts: Mapping[str, bytes]) -> Mapping[str, bytes]:
    newest = newest_of(index.revisions).values()
    known = {one.sha256: texts.get(one.sha256) or folder.text(one) for one in newest}
    return dict(static_files(index, known))
