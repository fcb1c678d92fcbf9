from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from certmark.sandbox.compute import seed
from certmark.sandbox.compute.seed import PEOPLE, PRIMARY, READERS, WORKERS, fill_cloud
from sandbox.compute_parts import CloudSimulator, a_sandbox


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> CloudSimulator:
    simulator = CloudSimulator()
    monkeypatch.setattr(seed, "Cloud", lambda _: simulator)
    return simulator


def test_a_cloud_gets_images_flavors_networks_and_a_volume_type(tmp_path: Path, cloud: CloudSimulator) -> None:
    fill_cloud(a_sandbox(tmp_path))
    made = {"images": 2, "flavors": 2, "networks": 2, "subnets": 2, "routers": 1, "ports": 1, "types": 1}
    assert Counter(cloud.made) == made
    assert {image["status"] for image in cloud.things["images"]} == {"active"}
    public, shared = cloud.things["networks"]
    assert (public["name"], public["router:external"]) == ("public", True)
    assert (shared["name"], shared["shared"]) == ("shared", True)


def test_filling_a_cloud_again_makes_nothing(tmp_path: Path, cloud: CloudSimulator) -> None:
    fill_cloud(a_sandbox(tmp_path / "a"))
    before = list(cloud.made)
    fill_cloud(a_sandbox(tmp_path / "b"))
    assert cloud.made == before


def test_an_image_whose_upload_was_killed_is_uploaded_again(tmp_path: Path, cloud: CloudSimulator) -> None:
    cloud.things["images"] = [{"id": "one", "name": "certmark-1", "status": "queued"}]
    fill_cloud(a_sandbox(tmp_path))
    assert [image["status"] for image in cloud.things["images"]] == ["active", "active"]


def test_every_worker_has_two_projects_with_a_member_and_a_reader_in_each() -> None:
    assert len(PRIMARY) == len(READERS) == 2 * WORKERS
    assert [person.project for person in PRIMARY] == [person.project for person in READERS]
    assert {person.roles for person in PRIMARY} == {("member",)}
    assert len({person.name for person in PEOPLE}) == len(PEOPLE)
