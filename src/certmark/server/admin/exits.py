"""What the exit status of `certmark-server` means; the numbers are those of `certmark`."""

from __future__ import annotations

from enum import IntEnum


class ServerExit(IntEnum):
    """An exit status."""

    OK = 0
    FOUND = 1
    """What was looked at is not as it shall be."""
    USAGE = 2
    """The command line or a setting cannot be understood."""
    UNREADABLE = 3
    """Input is unreadable or contradicts itself."""
    ENVIRONMENT = 5
    """Database, storage, network or this machine do not let it begin or go on."""
    INTERNAL_ERROR = 70
    """Certmark broke (EX_SOFTWARE of sysexits.h)."""
