"""Refusals of the sandbox."""

from certmark.domain.errors import CannotProceed


class SandboxError(CannotProceed):
    """The sandbox cannot do what was asked; the message is one sentence that says what to do."""


class NotASandbox(SandboxError):
    """The folder named is no sandbox, so nothing in it is touched."""
