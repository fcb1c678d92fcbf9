"""What lies beside what: a bundle and its attestation."""

from __future__ import annotations

import os
import re

from certmark.domain.errors import InvalidRequest
from certmark.evidence.bundle import NAME

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}\Z")


def bundle_of(named: str, *, write: bool = False) -> str:
    """A file as it is; the bundle of a run that is named by its folder or id. `write`: made where there is none yet.

    Raises InvalidRequest, and what `write_bundle` raises.
    """
    if os.path.isfile(named):
        return named
    if os.path.isdir(named):
        folder = named
    else:
        from certmark.runner.folders import find_run

        folder = find_run(named)
    path = os.path.join(folder, NAME)
    if not os.path.isfile(path) and write and os.path.isfile(os.path.join(folder, "report.json")):
        from certmark.evidence.bundle import write_bundle

        return write_bundle(folder)
    if not os.path.isfile(path):
        raise InvalidRequest(f"{named} has no {NAME}; name a bundle, or the folder of a run that has one")
    return path


def attestation_beside(path: str, kind: str = "attestation") -> str:
    """Where the attestation of the file `path` lies."""
    base = path
    for ending in (".tar.gz", ".tgz", ".json"):
        if path.endswith(ending):
            base = path.removesuffix(ending)
            break
    return f"{base}.{kind}.json"


def subject_beside(attestation: str, names: list[str]) -> str | None:
    """The first of the files `names` that lies beside the attestation; a stranger's name is never used as a path."""
    folder = os.path.dirname(attestation)
    for name in names:
        path = os.path.join(folder, name)
        if _SAFE.match(name) and os.path.isfile(path):
            return path
    return None
