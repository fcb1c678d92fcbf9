"""What is masked in a file, as a bundle's writer has it."""

from __future__ import annotations

from pathlib import Path

from certmark.evidence.bundle.masking import MaskedValue, masks_of
from certmark.evidence.secrets.search import look_through
from certmark.evidence.secrets.texts import mapped
from certmark.formats.secrets.known import KnownSecrets


def find_test_secrets(path: Path) -> tuple[MaskedValue, ...]:
    """The secrets of what tests made that stand in the file `path`, as `masks_of` has them. Bounded memory."""
    with path.open("rb") as file, mapped(file) as content:
        return masks_of(look_through(content, KnownSecrets({})))
