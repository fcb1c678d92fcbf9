"""What lies beside what: a run, its bundle, its attestation."""

from __future__ import annotations

import os
import re
from pathlib import Path

from certmark.domain.errors import InvalidRequest
from certmark.evidence.bundle import NAME

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}\Z")


def bundle_of(named: str, *, write: bool = False) -> Path:
    """A file as it is; the bundle of a run that is named by its folder or id. `write`: made where there is none yet.

    Raises InvalidRequest, and what `write_bundle` raises.
    """
    if Path(named).is_file():
        return Path(named)
    folder = Path(named) if Path(named).is_dir() else _run_of(named)
    path = folder / NAME
    if not path.is_file() and write and (folder / "report.json").is_file():
        from certmark.evidence.bundle import write_bundle
        from certmark.evidence.secrets.remembering import remember_secrets_of_clouds

        remember_secrets_of_clouds()
        return Path(write_bundle(folder))
    if not path.is_file():
        raise InvalidRequest(f"{named} has no {NAME}; name a bundle, or the folder of a run that has one")
    return path


def _run_of(named: str) -> Path:
    from certmark.runner.folders import find_run

    try:
        return find_run(named)
    except InvalidRequest:
        if os.sep in named or Path(named).suffix:
            raise InvalidRequest(f"there is no file {named!r}") from None
        raise


def attestation_beside(path: Path, kind: str = "attestation") -> Path:
    """Where the attestation of the file `path` lies."""
    endings = (".tar.gz", ".tgz", ".json")
    base = next((path.name.removesuffix(ending) for ending in endings if path.name.endswith(ending)), path.name)
    return path.with_name(f"{base}.{kind}.json")


def subject_beside(attestation: Path, names: list[str]) -> Path | None:
    """The first of the files `names` that lies beside the attestation; a stranger's name is never used as a path."""
    paths = (attestation.parent / name for name in names if _SAFE.match(name))
    return next((path for path in paths if path.is_file()), None)
