"""What the exit status of `certmark` means; docs/reference/exit-status.md lists it for people."""

from enum import IntEnum


class Exit(IntEnum):
    """An exit status."""

    OK = 0
    """Pass, or the command did its work."""
    FAIL = 1
    """The verdict is fail, or a comparison found something newly failing."""
    USAGE = 2
    """The command line cannot be understood."""
    UNREADABLE = 3
    """Input is unreadable or contradicts itself."""
    INCOMPLETE = 4
    """The verdict is incomplete or not applicable."""
    ENVIRONMENT = 5
    """The cloud, the suite or this machine does not let the command begin or go on."""
    DEFECT = 70
    """Certmark broke; nothing can be concluded (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """Ctrl-C."""
