"""What every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
REAL_CLOUDS = ("tests/journeys/", "tests/sandbox/test_object_storage_cloud.py")
"""Where the tests are that bring a real cloud up."""
LONGEST_JOURNEYS = "tests/journeys/test_testing_a_real_cloud.py"
"""Which of them take about as long as all the others together."""

# A slow machine, or a busy one, is no fault of what is tested: neither the deadline of an example nor the health
# check on the speed of drawing them. Examples may share a folder: each writes its files anew.
_UNCHECKED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
# The examples are the same ones each time, so that a change is red or green everywhere, and again;
# `pytest --hypothesis-profile explore` draws new ones, and `./dev fuzz` always does.
settings.register_profile("steady", deadline=None, suppress_health_check=_UNCHECKED, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, suppress_health_check=_UNCHECKED, print_blob=True)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option for tests that bring a real cloud up."""
    parser.addoption("--cases", type=int, metavar="N", help="of a test with many cases, N of them from end to end")
    parser.addoption("--cloud", action="store_true", help="run the tests that bring a real cloud up on this machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests of the marker `cloud` out unless they were asked for, and cases beyond `--cases`."""
    leave_out(config, items, beyond(items, config.getoption("--cases")))
    for item in items:
        is_real = item.get_closest_marker("cloud") and item.get_closest_marker("enable_socket")
        if is_real and not item.nodeid.startswith(REAL_CLOUDS):
            raise pytest.UsageError(f"{item.nodeid} brings a real cloud up: name its place in REAL_CLOUDS")
    if config.getoption("--cloud") or os.environ.get("CERTMARK_CLOUD_TESTS"):
        return
    leave_out(config, items, [item for item in items if item.get_closest_marker("cloud")])


def leave_out(config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
    """These are not run."""
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


def beyond(items: list[pytest.Item], most: int | None) -> list[pytest.Item]:
    """Of each test with more than `most` cases, those that are not among as many, spread from its first to its last."""
    if most is None:
        return []
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {
        found[round(place * (len(found) - 1) / max(1, most - 1))] for found in cases.values() for place in range(most)
    }
    return [item for item in items if item not in kept]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With `-n`: tests go to whoever is free; those on real clouds to two processes, one after the other, and first.

    By their place, for `xdist_group` does nothing with pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386
    """
    from support.sharing_out import InPortions

    return InPortions(config, log, REAL_CLOUDS, LONGEST_JOURNEYS) if config.getvalue("dist") == "load" else None


@pytest.fixture(autouse=True)
def what_one_test_signed_in_with_is_no_secret_of_another() -> Iterator[None]:
    """A process keeps its secrets to the end, to take them out of what is said."""
    from certmark.cloud import passwords
    from certmark.formats.secrets.hiding import forget

    yield
    forget()  # only tests are many people in one process
    passwords._ASKERS.clear()  # noqa: SLF001 - likewise


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> Iterator[None]:
    """SIGINT reaches the tests and what they start, also where pytest was started with it ignored (`pytest &`)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def own_environment() -> Iterator[None]:
    """What a person's shell says of its terminal, of clouds and of keys is not said to the tests."""
    of_a_shell = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "SSH_AUTH_SOCK"}
    places = {"CERTMARK_HOME", "CERTMARK_CACHE"}
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - places:
            if name in of_a_shell or name.startswith(("OS_", "CERTMARK_")):
                patch.delenv(name)
        yield


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
