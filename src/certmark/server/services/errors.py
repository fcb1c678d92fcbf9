"""How services refuse; what HTTP makes of it stands in `api.errors`."""

from __future__ import annotations

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest


class NotFound(InvalidRequest):
    """There is none, or none that whoever asks may see: nobody is told which."""


class NotPermitted(InvalidRequest):
    """Whoever asks may not do that."""


class AnotherUpload(InvalidRequest):
    """The key of a request stands for other content already."""


class TooMuch(InvalidInput):
    """It is larger than this server takes."""


class TooOften(CannotProceed):
    """Whoever asks must wait."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(what)
        self.seconds = seconds
        """How long."""


class NotKnown(NotPermitted):
    """Whoever asks must say who they are, and did not, or not believably."""


class WrongPlace(InvalidRequest):
    """A piece of an upload does not begin where the last one ended."""


class OverQuota(NotPermitted):
    """Whoever asks has as much here as one may have."""


class TooManyOpen(CannotProceed):
    """Whoever asks has as many unfinished uploads as one may have."""


class UnknownMedia(InvalidInput):
    """What is sent is wrapped in a way that is not taken."""


class TooSlow(InvalidInput):
    """A body stood still in the middle."""


class NotReadYet(CannotProceed):
    """It is kept, and a job is to read it; whoever asks may ask again."""


class NoRoom(CannotProceed):
    """The server has no room for what is sent; whoever sends it may send it again."""


class WrongState(InvalidRequest):
    """What was asked does not fit how things are; the message says what to do first."""


class Taken(WrongState):
    """There is one of this name or value already."""


class Outdated(InvalidRequest):
    """Somebody else changed it since whoever asks looked at it."""


class Unconditional(InvalidRequest):
    """Whoever asks did not say which state of it they change."""
