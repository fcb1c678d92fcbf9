"""The evidence bundle: one file with all that a verdict on a run rests on (docs/reference/bundle.md).

Each function imports what it needs when it is called: `certmark judge` reads bundles, few write them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from certmark.formats.run_folder import BUNDLE
from certmark.formats.sources import source_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from certmark.evidence.bundle.layout import Preview
    from certmark.evidence.bundle.reading import Bundle
    from certmark.evidence.bundle.verification import Verification
    from certmark.evidence.secrets.redaction import Disclosure

NAME = BUNDLE
"""Of the bundle in a run's folder."""


def write_bundle(folder: str | os.PathLike[str], path: str | os.PathLike[str] | None = None) -> str:
    """Write the bundle of the run in `folder` (to `path`, else into the folder) and give its path.

    The same run gives the same bytes. Raises InvalidBundle where the folder is no run's,
    SecretsInside where a secret would leave the machine; OSError.
    """
    from certmark.evidence.bundle.writing import write

    target = Path(path) if path is not None else Path(folder, NAME)
    write(Path(folder), target)
    return str(target)


def preview_bundle(folder: str | os.PathLike[str]) -> Preview:
    """Exactly what would leave the machine with the bundle of the run in `folder`, secrets named.

    Raises InvalidBundle or OSError.
    """
    from certmark.evidence.bundle.writing import preview

    return preview(Path(folder))


def disclosures_of(folder: str | os.PathLike[str]) -> Mapping[str, Disclosure]:
    """What stands behind each digest in the bundle of the run in `folder`; secrets are in it.

    Raises InvalidBundle or OSError.
    """
    from certmark.evidence.bundle.writing import disclosures

    return disclosures(Path(folder))


def read_bundle(path: str | os.PathLike[str]) -> Bundle:
    """The bundle in the file `path`, every member checked against the manifest.

    Raises InvalidBundle or UnreadableResults, OSError. Close it, or use it as a context.
    """
    from certmark.evidence.bundle.reading import read

    return read(source_of(str(path)))


def verify_bundle(path: str | os.PathLike[str]) -> Verification:
    """Whether the bundle in the file `path` is whole and consistent, check by check. Raises as `read_bundle`."""
    from certmark.evidence.bundle.verification import verify

    with read_bundle(path) as bundle:
        return verify(bundle)


__all__ = ["NAME", "disclosures_of", "preview_bundle", "read_bundle", "verify_bundle", "write_bundle"]
