"""What is in a guideline: programs, capabilities, tests; read once for each text, which never changes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from msgspec.structs import replace

from certmark.server.reading.messages import (
    GuidelineRequest,
    InteropRequest,
    ReadGuideline,
    ReadInterop,
    ReadTestList,
    TestListRequest,
    Unreadable,
)
from certmark.server.services import guidelines, runs
from certmark.server.services.context import Services
from certmark.server.store import guidelines as stored
from certmark.server.store.guidelines import Revision

_MOST = 32
_KNOWN: OrderedDict[bytes, ReadGuideline] = OrderedDict()
"""By digest: whatever server has them, they are the same."""
_GUARD = Lock()


def text_of(services: Services, named: str) -> tuple[Revision, bytes]:
    """A revision by its digest, or the newest of an id, and its text as it was received. Raises NotFound."""
    revision = guidelines.revision_of(services, named)
    with services.database.read() as transaction:
        return revision, stored.content(transaction, revision.digest)


def content_of(services: Services, named: str) -> tuple[Revision, ReadGuideline]:
    """What is in it. Raises NotFound or FormatError."""
    revision = guidelines.revision_of(services, named)
    with _GUARD:
        known = _KNOWN.get(revision.digest)
    if known is None:
        answer = services.readers.read(GuidelineRequest(str(guidelines.file_of(services, revision)), revision.id))
        if isinstance(answer, Unreadable):
            raise runs.refusal(answer)
        assert isinstance(answer, ReadGuideline)  # noqa: S101 - as was asked
        known = answer
        with _GUARD:
            _KNOWN[revision.digest] = known
            if len(_KNOWN) > _MOST:
                _KNOWN.popitem(last=False)
    return revision, known


def interop_of(services: Services, named: str) -> bytes:
    """A guideline as JSON of a schema that RefStack read. Raises NotFound or FormatError."""
    revision = guidelines.revision_of(services, named)
    answer = services.readers.read(InteropRequest(str(guidelines.file_of(services, revision)), revision.id))
    if isinstance(answer, Unreadable):
        raise runs.refusal(answer)
    assert isinstance(answer, ReadInterop)  # noqa: S101 - as was asked
    return answer.document


class WantedTests(NamedTuple):
    """Which tests of a guideline, as RefStack's clients ask for them."""

    target: str | None
    levels: tuple[str, ...]
    aliases: bool
    flagged: bool


def test_list_of(services: Services, named: str, wanted: WantedTests) -> str:
    """The tests, one a line. Raises NotFound, FormatError, or InvalidRequest for a target that it does not have."""
    revision = guidelines.revision_of(services, named)
    request = TestListRequest(str(guidelines.file_of(services, revision)), revision.id, *wanted)
    answer = services.readers.read(request)
    if isinstance(answer, ReadTestList) and answer.lacks_homes:
        answer = services.readers.read(replace(request, at_hand=guidelines.at_hand(services)))
    if isinstance(answer, Unreadable):
        raise runs.refusal(answer)
    assert isinstance(answer, ReadTestList)  # noqa: S101 - as was asked
    return answer.lines
