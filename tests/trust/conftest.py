"""Things that are signed, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.signed import Signed


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A bundle and how to sign it; not to be changed."""
    return Signed(tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="session")
def v1(assets: Path) -> Path:
    """What the first version made; kept for ever."""
    return assets / "trust" / "v1"
