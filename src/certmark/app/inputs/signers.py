"""The list of allowed signers that a person names."""

from __future__ import annotations

from pathlib import Path

from certmark.domain.remarks import Listener, Remark, ignore
from certmark.trust.signers.lists import read_any_signers
from certmark.trust.signers.signers import Signers

_LARGEST = 16 << 20


def signers_of(path: str, listen: Listener = ignore) -> Signers:
    """The signers in a file, of either form; lines of no use are told. Raises InvalidSigners or OSError."""
    with Path(path).open("rb") as file:
        found = read_any_signers(file.read(_LARGEST), Path(path).name)
    for line in found.unused:
        listen(Remark(f"not used: {line}"))
    return found
