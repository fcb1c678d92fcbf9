"""What is asked of a cloud, and what stands in for what it does not tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from certmark.cloud.discovery.discover import Discovered, services_of
from certmark.cloud.discovery.options import Origin
from certmark.cloud.errors import CloudError
from certmark.cloud.timeouts import VARIABLE
from support.fake_cloud import PROJECT, Answer, FakeCloud
from support.waiting import PATIENCE

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Look = Callable[..., Discovered]
SWIFT = ("object-store", f"/v1/AUTH_{PROJECT}")
INFO = {"swift": {"version": "2.37.4"}, "slo": {}, "tempurl": {"allowed_digests": ["sha512"]}}


def options(found: Discovered) -> dict[str, str]:
    return {option.key: option.value for option in found.options}


def versions(cloud: FakeCloud, path: str, version: str) -> Answer:
    """What a service says at its root."""
    links = [{"rel": "self", "href": f"{cloud.url}{path}/"}]
    return Answer({"versions": [{"id": version, "status": "CURRENT", "links": links}]}, 300)


def ordinary(cloud: FakeCloud) -> None:
    """A cloud with compute, as far as discovery looks."""
    cloud.keystone(
        ("compute", "/compute/v2.1"), ("image", "/image"), ("network", "/network"), ("volumev3", "/volume/v3")
    )
    links = [{"rel": "self", "href": f"{cloud.url}/compute/v2.1/"}]
    version = {"id": "v2.1", "status": "CURRENT", "version": "2.100", "min_version": "2.1", "links": links}
    flavors = [
        {"id": "big", "name": "big", "ram": 4096, "disk": 20, "vcpus": 2},
        {"id": "diskless", "name": "diskless", "ram": 64, "disk": 0, "vcpus": 1},
        {"id": "tiny", "name": "tiny", "ram": 512, "disk": 1, "vcpus": 1},
    ]
    images = [
        {"id": "i1", "name": "Ubuntu 24.04", "size": 900, "visibility": "public", "disk_format": "qcow2"},
        {"id": "i2", "name": "cirros-0.6", "size": 20, "visibility": "public", "disk_format": "qcow2"},
        {
            "id": "i3",
            "name": "snap",
            "size": 1,
            "visibility": "public",
            "disk_format": "qcow2",
            "image_type": "snapshot",
        },
    ]
    networks = [
        {"id": "n1", "name": "provider", "router:external": True, "shared": False},
        {"id": "n2", "name": "public", "router:external": True, "shared": False},
        {"id": "n3", "name": "shared-net", "router:external": False, "shared": True},
    ]
    cloud.answers |= {
        "GET /compute/v2.1": Answer({"version": version}),
        "GET /image": versions(cloud, "/image/v2", "v2.9"),
        "GET /network": versions(cloud, "/network/v2.0", "v2.0"),
        "GET /compute/v2.1/flavors/detail": Answer({"flavors": flavors}),
        "GET /image/v2/images": Answer({"images": images}),
        "GET /image/v2/info/import": Answer({"import-methods": {"value": ["glance-direct"]}}),
        "GET /network/v2.0/extensions": Answer({"extensions": [{"alias": "router"}, {"alias": "quotas"}]}),
        "GET /network/v2.0/networks": Answer({"networks": networks}),
        "GET /volume/v3/extensions": Answer({"extensions": [{"alias": "backups"}]}),
    }


def test_an_ordinary_cloud_is_described(cloud: FakeCloud, look: Look) -> None:
    ordinary(cloud)
    found = look("compute", "image", "network", "block-storage")
    told = options(found)
    expected = {
        "compute.flavor_ref": "tiny",
        "compute.flavor_ref_alt": "big",
        "compute.image_ref": "i2",
        "compute.image_ref_alt": "i1",
        "compute.max_microversion": "2.100",
        "compute.fixed_network_name": "shared-net",
        "network.public_network_id": "n2",
        "network-feature-enabled.api_extensions": "quotas,router",
        "image-feature-enabled.import_image": "true",
        "validation.run_validation": "true",
        "validation.image_ssh_user": "cirros",
        "volume.catalog_type": "volumev3",
        "service_available.nova": "true",
        "service_available.swift": "false",
    }
    assert {key: told.get(key) for key in expected} == expected
    assert found.signs == {"compute": "2.100"}
    assert found.remarks == ()


def test_nothing_is_made_or_changed(cloud: FakeCloud, look: Look) -> None:
    ordinary(cloud)
    look()
    assert {line for line in cloud.asked if not line.startswith("GET ")} == {"POST /v3/auth/tokens"}


def test_swift_tells_its_features_where_its_address_has_a_prefix(cloud: FakeCloud, look: Look) -> None:
    cloud.keystone(("object-store", f"/swift/v1/AUTH_{PROJECT}"))
    cloud.answers["GET /swift/info"] = Answer(INFO)
    found = look("object-store")
    told = options(found)
    assert told["object-storage-feature-enabled.discoverable_apis"] == "slo,tempurl"
    assert told["object-storage-feature-enabled.tempurl_digest_hashlib"] == "sha512"
    assert found.signs == {"object-store": "2.37.4"}


def test_every_option_has_an_origin(cloud: FakeCloud, look: Look) -> None:
    ordinary(cloud)
    found = look(certmark={"options": {"compute.flavor_ref": "mine"}})
    flavor = next(option for option in found.options if option.key == "compute.flavor_ref")
    assert (flavor.value, flavor.origin, flavor.source) == ("mine", Origin.GIVEN, "clouds.yaml, certmark.options")
    assert all(option.source for option in found.options)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer({"error": "x"}, 503), "network answers 503 to GET extensions"),
        (Answer(b"<html>"), "network answers something that is not JSON to GET extensions"),
        (Answer({"extensions": 5}), "answers something that is not its API"),
        (Answer({"extensions": []}, after=PATIENCE), "does not answer in time"),
    ],
)
def test_a_broken_service_costs_its_own_options_only(
    cloud: FakeCloud, look: Look, monkeypatch: pytest.MonkeyPatch, answer: Answer, problem: str
) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    ordinary(cloud)
    cloud.answers["GET /network/v2.0/extensions"] = answer
    found = look("compute")
    told = options(found)
    assert (told["service_available.neutron"], told["compute.flavor_ref"]) == ("false", "tiny")
    assert [problem in remark for remark in found.remarks] == [True]
    with pytest.raises(CloudError, match=r"^network is needed and cannot be used: "):
        look("network")


def test_a_missing_service_that_is_needed_is_refused(cloud: FakeCloud, look: Look) -> None:
    cloud.keystone()
    with pytest.raises(CloudError) as caught:
        look("object-store")
    assert str(caught.value) == (
        "the catalogue of fake has no object-store service in region RegionOne, and the tests asked for need it; "
        "name another region, or a program without it"
    )


def test_a_region_that_the_catalogue_does_not_have_is_refused(cloud: FakeCloud, look: Look) -> None:
    cloud.keystone(SWIFT)
    with pytest.raises(CloudError, match="no region Elsewhere; the regions with services are RegionOne; name one"):
        look(region_name="Elsewhere")


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"GET /compute/v2.1/flavors/detail": Answer({"flavors": []})}, "compute: there is no flavor"),
        (
            {"GET /compute/v2.1/limits": Answer({"limits": {"absolute": {"maxTotalInstances": 0}}})},
            "compute: this project's quota of servers is 0",
        ),
        ({"GET /image/v2/images": Answer({"images": []})}, "image: there is no active image"),
        ({"GET /network/v2.0/networks": Answer({"networks": []})}, "network: this project sees no external network"),
    ],
)
def test_what_a_cloud_lacks_is_said_before_the_run(
    cloud: FakeCloud, look: Look, changes: dict[str, Any], remark: str
) -> None:
    ordinary(cloud)
    cloud.answers |= changes
    assert [found.startswith(remark) for found in look().remarks] == [True]


def test_two_users_of_one_cloud_see_one_identity(cloud: FakeCloud, look: Look) -> None:
    cloud.keystone(SWIFT)
    cloud.answers["GET /info"] = Answer(INFO)
    first = look().identity
    token = cloud.answers["POST /v3/auth/tokens"].body["token"]
    token["project"]["id"] = "f" * 32
    endpoint = token["catalog"][1]["endpoints"][0]
    endpoint["url"] = endpoint["url"].replace(PROJECT, "f" * 32)
    assert look().identity == first
    endpoint["url"] = "http://127.0.0.1:1/v1/AUTH_" + "f" * 32
    assert look().identity != first


def test_the_services_that_tests_need() -> None:
    names = ["tempest.api.compute.a.B.c", "tempest.api.object_storage.a.B.c", "tempest.api.identity.a.B.c"]
    assert services_of(names) == {"compute", "image", "object-store"}
