"""When the clouds of a certificate passed last, as far as everybody may know."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.server import ids
from certmark.server.services import claims
from certmark.server.services.certification.freshness import LOOKED_AT, last_passes
from certmark.server.services.claims import RunChange
from certmark.server.services.context import Services
from support.certification import CLOUD, DAY, FAILS, SECOND, CertificationScene

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


def shared(scene: CertificationScene, **run: object) -> None:
    scene.now += 1_000_000
    found = ids.read(scene.run(**run))  # type: ignore[arg-type]  # what `run` takes
    claims.edit(scene.services, scene.admin, found, RunChange(is_public=True))


def test_a_shared_run_that_passes_makes_it_fresh_and_no_other_does(scene: CertificationScene) -> None:
    row = scene.certificate().row
    assert last_passes(scene.services, [row]) == {}
    shared(scene, content=FAILS)
    assert last_passes(scene.services, [row]) == {}
    shared(scene)
    passed = scene.now
    scene.later(days=3)
    shared(scene, content=FAILS)
    assert last_passes(scene.services, [row]) == {row.id: passed}


def test_it_is_as_fresh_as_the_cloud_that_passed_longest_ago(scene: CertificationScene) -> None:
    row = scene.certificate().row
    both = row._replace(content={**row.content, "regions": [CLOUD, SECOND]})
    version = scene.new_version("7", CLOUD, SECOND)
    shared(scene, version=version)
    first = scene.now
    assert last_passes(scene.services, [both]) == {}
    scene.now += DAY
    shared(scene, version=version, subject=SECOND)
    assert last_passes(scene.services, [both]) == {row.id: first}


def test_so_many_failures_in_a_row_have_no_pass_to_tell_of(scene: CertificationScene) -> None:
    row = scene.certificate().row
    shared(scene)
    for _ in range(LOOKED_AT):
        shared(scene, content=FAILS)
    assert last_passes(scene.services, [row]) == {}
