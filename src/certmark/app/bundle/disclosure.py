"""The work of `certmark bundle reveal`, and of `bundle verify --revealed`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.evidence.bundle import openings_of
from certmark.evidence.bundle.layout import Manifest
from certmark.evidence.bundle.verification import Check
from certmark.evidence.secrets.disclosure import read_openings, write_openings
from certmark.evidence.secrets.redaction import Opening
from certmark.runner.folders import folder_of

_SHORTEST = 8
_LARGEST = 17 << 20


def reveal(run: str, digests: Sequence[str], path: str, console: Console) -> Exit:
    """Write what stands behind `digests` to `path`, for its owner only."""
    folder = folder_of(run)
    known = openings_of(folder)
    shown = [_meant(known, digest.removeprefix("removed-").lower()) for digest in digests]
    content = write_openings(os.path.basename(folder), dict.fromkeys(shown))
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise InvalidRequest(f"{path} is there already; name another file") from None
    console.remark(
        f"wrote {path}: {len(set(shown))} of {len(known)} removed values, in clear; give it to the reviewer only"
    )
    return Exit.OK


def _meant(known: Mapping[str, Opening], wanted: str) -> Opening:
    found = [opening for digest, opening in known.items() if digest.startswith(wanted)]
    if len(wanted) < _SHORTEST or len(found) != 1:
        raise InvalidRequest(
            f"{wanted!r} is {'no' if not found else 'not enough of a'} digest of what was removed from this run; "
            f"give at least {_SHORTEST} digits of one that certmark bundle show lists"
        )
    return found[0]


def check_revealed(path: str, manifest: Manifest) -> Check:
    """Whether everything in the file `path` is what was removed from the bundle. Raises InvalidOpenings, OSError."""
    with open(path, "rb") as file:
        shown = read_openings(file.read(_LARGEST), os.path.basename(path))
    removed = {removal.digest for removal in manifest.removals}
    for opening in shown:
        if opening.digest not in removed:
            return Check("revealed", f"{opening.digest[:12]} stands for nothing that was removed from this bundle")
        if not opening.holds:
            return Check("revealed", f"what is shown for {opening.digest[:12]} is not what stood there")
    if not shown:
        return Check("revealed", "nothing is shown in it")
    return Check("revealed", None, f"{len(shown)} of {len(removed)} removed values are what stood there")
