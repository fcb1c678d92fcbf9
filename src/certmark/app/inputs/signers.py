"""The list of allowed signers that a person names: OpenSSH's form or ours, told by its content."""

from __future__ import annotations

import re
from pathlib import Path

from certmark.trust.signers.signers import Signers

_OURS = re.compile(rb"certmark-signers\b")
_LARGEST = 16 << 20
_HEAD = 4_096


def signers_of(path: str) -> Signers:
    """The signers in a file. Raises InvalidSigners or OSError."""
    with Path(path).open("rb") as file:
        data = file.read(_LARGEST)
    name = Path(path).name
    if _OURS.search(data, 0, _HEAD):
        from certmark.trust.signers.policy import read_signers

        return read_signers(data, name)
    from certmark.trust.signers.openssh import read_allowed_signers

    return read_allowed_signers(data, name)
