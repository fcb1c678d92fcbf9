"""What `certmark cloud discover` writes of a real cloud, beside what python-tempestconf writes of it.

Every difference must stand in tests/assets/tempestconf/differences.json with its reason. The clouds
are sandboxes of this test, unless CERTMARK_TEST_OBJECT_CLOUD and CERTMARK_TEST_COMPUTE_CLOUD name
the clouds.yaml of sandboxes that are up.
"""

from __future__ import annotations

import fnmatch
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from certmark.places import cache_home
from support.tempestconf import Theirs, discovered_by_theirs, environment

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]
ADMIN, ORDINARY = "certmark-sandbox-admin", "certmark-sandbox"


class Reason(NamedTuple):
    """Why some options differ."""

    option: str
    """A name, or a pattern of names."""
    sides: list[str]
    reason: str


def reasons(assets: Path) -> list[Reason]:
    return [Reason(**entry) for entry in json.loads((assets / "tempestconf" / "differences.json").read_text())]


@pytest.fixture(scope="session")
def tempestconf() -> Path:
    """The interpreter that has python-tempestconf."""
    try:
        return environment(cache_home() / "tests")
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"python-tempestconf cannot be installed here: {error}")


@pytest.fixture(scope="session", params=["object-storage", "compute"])
def clouds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The clouds.yaml of a sandbox."""
    named = os.environ.get(f"CERTMARK_TEST_{request.param.partition('-')[0].upper()}_CLOUD")
    if named:
        yield Path(named)
        return
    folder = tmp_path_factory.mktemp(request.param) / "sandbox"
    command = [sys.executable, "-m", "certmark", "sandbox"]
    up = [*command, "up", "--profile", request.param, "--folder", str(folder)]
    done = subprocess.run(up, check=False, capture_output=True, text=True, timeout=1800)
    if "needs the Debian package" in done.stderr and os.geteuid() != 0:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    try:
        yield folder / "clouds.yaml"
    finally:
        subprocess.run([*command, "down", "--purge", "--folder", folder], check=False, capture_output=True, timeout=120)


def certmark(clouds: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "certmark", "cloud", "discover", *words],
        env=os.environ | {"OS_CLIENT_CONFIG_FILE": str(clouds)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def theirs(python: Path, clouds: Path, cloud: str, folder: Path) -> Theirs:
    """Theirs uploads images, or downloads them, unless it is told two that are there."""
    told = json.loads(certmark(clouds, "--os-cloud", cloud, "--json").stdout)["options"]
    known = {f"{option['section']}.{option['name']}": option["value"] for option in told}
    words = ["--non-admin"] if cloud == ORDINARY else []
    for key in ("compute.image_ref", "compute.image_ref_alt", "compute.flavor_ref", "compute.flavor_ref_alt"):
        words += [key, known[key]] if key in known else []
    image = ["--image", "there-already"] if "compute.image_ref" in known else []
    (folder / "etc").mkdir(parents=True)
    (folder / "etc" / "there-already").touch()
    found = discovered_by_theirs(python, clouds, cloud, folder, *image, *words)
    assert found.status == 0, found.output
    return found


@pytest.mark.parametrize("cloud", [ADMIN, ORDINARY])
def test_every_difference_to_python_tempestconf_has_its_reason(
    clouds: Path, tempestconf: Path, cloud: str, tmp_path: Path, assets: Path
) -> None:
    found = theirs(tempestconf, clouds, cloud, tmp_path / "theirs")
    words = ["--no-admin"] if cloud == ORDINARY else []
    done = certmark(clouds, "--os-cloud", cloud, *words, "--diff", str(found.conf), "--json")
    document = json.loads(done.stdout)
    known = reasons(assets)
    unexplained = [
        f"{one['key']} ({one['kind']}): ours {one['ours']}, theirs {one['theirs']}"
        for one in document["differences"]
        if not any(fnmatch.fnmatchcase(one["key"], why.option) and one["kind"] in why.sides for why in known)
    ]
    assert unexplained == []
    assert done.returncode == 1


@pytest.mark.parametrize("cloud", [ADMIN, ORDINARY])
def test_ours_asks_less_of_the_cloud_than_theirs(clouds: Path, tempestconf: Path, cloud: str, tmp_path: Path) -> None:
    found = theirs(tempestconf, clouds, cloud, tmp_path / "theirs")
    ours = json.loads(certmark(clouds, "--os-cloud", cloud, "--json").stdout)["calls"]["count"]
    assert ours < found.calls
