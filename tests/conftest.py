"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option for tests that bring a real cloud up."""
    parser.addoption("--cloud", action="store_true", help="run the tests that bring a real cloud up on this machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests of the marker `cloud` out unless they were asked for."""
    if config.getoption("--cloud") or os.environ.get("CERTMARK_CLOUD_TESTS"):
        return
    left_out = [item for item in items if item.get_closest_marker("cloud")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


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
