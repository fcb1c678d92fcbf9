"""Bundles taken apart and put together again: what a forger would send."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

Members = dict[str, bytes]


def unpacked(path: str) -> Members:
    """The members of a bundle."""
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]  # all are files


def packed(members: Members, path: Path) -> str:
    """An archive of `members`, whatever its manifest says."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return str(path)


def resealed(members: Members, path: Path) -> str:
    """Members under a manifest that fits them."""
    manifest = json.loads(members["manifest.json"])
    for entry in manifest["members"]:
        content = members[entry["path"]]
        entry |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return packed({**members, "manifest.json": json.dumps(manifest).encode()}, path)
