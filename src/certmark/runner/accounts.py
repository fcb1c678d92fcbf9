"""Users that Tempest marked as taken, and that nobody will give back.

Tempest marks a user of accounts.yaml as taken with a file in the folder of its locks: named for an
MD5 of the user, holding the short name of the class. A class whose process was killed cannot remove
it; without help each crash would cost the rest of the run two or three users.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Final

LOCKS: Final = "locks"
"""The folder of locks in a run's configuration."""
_MARK: Final = re.compile(r"[0-9a-f]{32}\Z")


def free_accounts(configuration: str, group: str) -> None:
    """Give back what the dead class `group` held; another class of the same short name loses its marks, too."""
    short = group.rpartition(".")[2]
    for path in _marks(configuration):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            with open(path, encoding="utf-8") as file:
                holder = file.read(1000)
            if holder == short:
                os.unlink(path)


def free_all_accounts(configuration: str) -> None:
    """Give back everything: nobody is running."""
    for path in _marks(configuration):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _marks(configuration: str) -> Iterator[str]:
    folder = os.path.join(configuration, LOCKS)
    if os.path.isdir(folder):
        yield from (os.path.join(folder, name) for name in os.listdir(folder) if _MARK.match(name))
