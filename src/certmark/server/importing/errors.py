"""Why an import does not begin, or stops."""

from __future__ import annotations

from certmark.domain.errors import CannotProceed
from certmark.formats.errors import FormatError


class UnreadableDump(FormatError):
    """The file is no dump of a RefStack database, or is not whole; the message says what to do."""


class SourceAway(CannotProceed):
    """The old database does not answer, or does not let this server read it."""
