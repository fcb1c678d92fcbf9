"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The programme's shared data, which lies beside the checkout; a stranger's machine has none."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("the programme's shared data is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of test assets, each named for its defect."""
    return ROOT / "tests" / "assets"
