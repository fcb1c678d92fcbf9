"""A list of allowed signers in either form, OpenSSH's or ours, told by its content."""

from __future__ import annotations

import re

from certmark.trust.signers.signers import Signers

_OURS = re.compile(rb"certmark-signers\b")
_HEAD = 4_096


def read_any_signers(data: bytes, name: str) -> Signers:
    """The signers in the file `name`. Raises InvalidSigners."""
    if _OURS.search(data, 0, _HEAD):
        from certmark.trust.signers.policy import read_signers

        return read_signers(data, name)
    from certmark.trust.signers.openssh import read_allowed_signers

    return read_allowed_signers(data, name)
