"""How services refuse; what HTTP makes of it stands in `api.errors`."""

from __future__ import annotations

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest


class NotFound(InvalidRequest):
    """There is none, or none that whoever asks may see: nobody is told which."""


class NotAllowed(InvalidRequest):
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
