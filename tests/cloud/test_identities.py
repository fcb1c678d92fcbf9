"""Where the identity of a cloud is looked for, and where it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certmark.cloud.errors import CloudError
from certmark.cloud.identities import Facts, Identified, IdentitySource, catalog_id, identify
from certmark.cloud.session import connect
from certmark.domain.subject_identities import LegacyIds, mint, parse_cloud_identity
from support.fake_cloud import FakeCloud

OURS = mint(b"an operator's own"[:15])
FACTS = Facts("https://keystone.example.org:5000/v3", "RegionOne", {}, "catalogue-id")


def test_a_new_cloud_gets_an_identity_that_stays(tmp_path: Path) -> None:
    first = identify(FACTS, None, tmp_path)
    assert first.source is IdentitySource.MINTED
    assert first.identity.region == "RegionOne"
    assert identify(FACTS, None, tmp_path) == Identified(first.identity, IdentitySource.KEPT)
    rebuilt = FACTS._replace(catalog_id="another after the rebuild")
    assert identify(rebuilt, None, tmp_path).identity == first.identity


@pytest.mark.parametrize(
    "url",
    [
        "https://keystone.example.org:5000", "https://KEYSTONE.example.org:5000/v3/",
        "http://keystone.example.org:5000/v2.0", "https://user@keystone.example.org:5000/v3",
    ],
)  # fmt: skip
def test_one_address_in_other_words_is_one_cloud(tmp_path: Path, url: str) -> None:
    first = identify(FACTS, None, tmp_path)
    assert identify(FACTS._replace(auth_url=url), None, tmp_path).identity == first.identity


@pytest.mark.parametrize("url", ["http://keystone.example.org:35000/v3", "http://keystone.example.org/identity"])
def test_tls_makes_no_other_cloud_of_one_keystone(tmp_path: Path, url: str) -> None:
    plain = FACTS._replace(auth_url=url)
    first = identify(plain, None, tmp_path)
    assert identify(FACTS, None, tmp_path) == Identified(first.identity, IdentitySource.KEPT)
    assert identify(plain, None, tmp_path).identity == first.identity


@pytest.mark.parametrize(
    "other",
    [
        FACTS._replace(auth_url="http://keystone.example.org:35000/v3", catalog_id="another"),
        FACTS._replace(auth_url="http://keystone.example.org:35000/v3", catalog_id=None),
        FACTS._replace(auth_url="http://another.example.org:5000/v3"),
        FACTS._replace(auth_url="https://keystone.example.org:35000/v3"),
    ],
)
def test_another_keystone_at_another_port_is_another_cloud(tmp_path: Path, other: Facts) -> None:
    assert identify(FACTS, None, tmp_path).identity.id != identify(other, None, tmp_path).identity.id


def test_what_an_older_version_kept_is_known_by_both_schemes_from_now_on(tmp_path: Path) -> None:
    first = identify(FACTS._replace(catalog_id=None), None, tmp_path)
    identify(FACTS, None, tmp_path)
    plain = FACTS._replace(auth_url="http://keystone.example.org:35000/v3")
    assert identify(plain, None, tmp_path).identity == first.identity


def test_another_region_is_another_region_of_the_same_cloud(tmp_path: Path) -> None:
    first, second = identify(FACTS, None, tmp_path), identify(FACTS._replace(region="RegionTwo"), None, tmp_path)
    assert first.identity.id == second.identity.id
    assert first.identity != second.identity


def test_another_address_is_another_cloud(tmp_path: Path) -> None:
    first = identify(FACTS, None, tmp_path)
    second = identify(FACTS._replace(auth_url="https://keystone.example.org/identity"), None, tmp_path)
    assert first.identity.id != second.identity.id


def test_what_the_operator_published_goes_before_what_is_kept(tmp_path: Path) -> None:
    identify(FACTS, None, tmp_path)
    written = FACTS._replace(own={"identity": str(OURS)})
    assert identify(written, None, tmp_path) == Identified(OURS.within("RegionOne"), IdentitySource.CLOUDS_YAML)
    other = mint(b"\0" * 15)
    assert identify(written, str(other), tmp_path) == Identified(other.within("RegionOne"), IdentitySource.GIVEN)


@pytest.mark.parametrize("given", ["keystone.example.org", f"{OURS}/RegionTwo"])
def test_what_is_no_identity_of_this_cloud_is_refused(tmp_path: Path, given: str) -> None:
    for facts, text in ((FACTS, given), (FACTS._replace(own={"identity": given}), None)):
        with pytest.raises(CloudError) as caught:
            identify(facts, text, tmp_path)
        assert "\n" not in str(caught.value)


def test_what_can_be_guessed_stays_on_the_machine(tmp_path: Path) -> None:
    found = identify(FACTS, None, tmp_path)
    path = tmp_path / "clouds.json"
    assert path.stat().st_mode & 0o077 == 0
    assert FACTS.legacy == LegacyIds(
        "catalogue-id", json.loads(path.read_text())["clouds"]["keystone.example.org:5000"]["host_md5"]
    )
    assert parse_cloud_identity(str(found.identity)) == found.identity


@pytest.mark.parametrize("content", ["", "{", "[]", '{"clouds": 1', '{"other": {}}'])
def test_a_damaged_file_is_said_and_never_written_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "clouds.json").write_text(content)
    with pytest.raises(CloudError, match="is damaged, and the identities of your clouds stand in it"):
        identify(FACTS, None, tmp_path)
    assert (tmp_path / "clouds.json").read_text() == content


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_id_in_the_catalogue_is_asked(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.keystone(("compute", "/compute"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    with connect("fake") as connection:
        assert catalog_id(connection) == "identity"
