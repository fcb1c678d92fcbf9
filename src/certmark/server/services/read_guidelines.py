"""Guidelines as values in this process.

1. A stranger's text is read in a process that reads, once for each digest; what comes back is decoded here.
2. The last ones are remembered, bounded by their number and by their bytes: a text never changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from msgspec.structs import replace

from certmark.domain.guidelines import Guideline
from certmark.server.reading.messages import ReadWholeGuideline, Unreadable, WholeGuidelineRequest
from certmark.server.services import guidelines, runs
from certmark.server.services.context import Services
from certmark.server.store.guidelines import Revision

_MOST = 256
_MOST_BYTES = 64 << 20
_KNOWN: OrderedDict[bytes, Guideline] = OrderedDict()
"""By digest: whatever server has them, they are the same. The last one used is at the end."""
_GUARD = Lock()


def guideline_of(services: Services, named: str) -> tuple[Revision, Guideline]:
    """A revision by its digest, or the newest of an id, and all that is in it. Raises NotFound or FormatError."""
    revision = guidelines.revision_of(services, named)
    return revision, guideline_in(services, revision)


def guideline_in(services: Services, revision: Revision) -> Guideline:
    """All that is in it. Raises FormatError for one that takes more to read than this server gives."""
    with _GUARD:
        known = _KNOWN.get(revision.digest)
        if known is not None:
            _KNOWN.move_to_end(revision.digest)
            return known
    request = WholeGuidelineRequest(str(guidelines.file_of(services, revision)), revision.id, with_document=True)
    answer = services.readers.read(request)
    if isinstance(answer, Unreadable):  # perhaps of something in the document that no part of a guideline needs
        answer = services.readers.read(replace(request, with_document=False))
    if isinstance(answer, Unreadable):
        raise runs.refusal(answer)
    assert isinstance(answer, ReadWholeGuideline)  # noqa: S101 - as was asked
    found = answer.guideline
    with _GUARD:
        _KNOWN[revision.digest] = found
        while len(_KNOWN) > _MOST or (len(_KNOWN) > 1 and _size(_KNOWN.values()) > _MOST_BYTES):
            _KNOWN.popitem(last=False)
    return found


def _size(known: Iterable[Guideline]) -> int:
    return sum(len(one.data) for one in known)
