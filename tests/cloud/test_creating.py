"""What is made on request: on record before it is made, and gone by the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certmark.cloud.discovery.creating import CreatedThing, CreationRecord, create_missing, remove_created
from certmark.cloud.discovery.discover import discover
from certmark.cloud.discovery.images import disk_of
from certmark.cloud.errors import CloudError
from certmark.cloud.session import connect
from support.fake_cloud import Answer, FakeCloud

MADE = {"service": "image", "kind": "image", "name": "certmark-1", "id": "i1"}


def record_file(folder: Path, **changes: Any) -> Path:
    path = folder / "created.json"
    path.write_text(json.dumps({"auth-url": "http://k/v3", "region": "", "made": [MADE], **changes}), encoding="utf-8")
    return path


def test_a_thing_stands_on_record_before_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "created.json"
    record = CreationRecord(path, "http://k/v3", "RegionOne")
    seen = []

    def ask() -> str:
        seen.append(json.loads(path.read_text(encoding="utf-8"))["made"])
        return "i1"

    assert record.make(CreatedThing("image", "image", "certmark-1", None), ask) == "i1"
    assert seen == [[MADE | {"id": None}]]
    assert CreationRecord.read(path).made == [CreatedThing("image", "image", "certmark-1", "i1")]


def test_what_may_have_been_made_stays_on_record(tmp_path: Path) -> None:
    path = tmp_path / "created.json"

    def cut_off() -> str:
        raise CloudError("the connection breaks off")

    with pytest.raises(CloudError, match="breaks off"):
        CreationRecord(path, "http://k/v3", "").make(CreatedThing("image", "image", "certmark-1", None), cut_off)
    assert CreationRecord.read(path).made == [CreatedThing("image", "image", "certmark-1", None)]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"made": 3}', '{"made": [{}], "auth-url": "", "region": ""}'])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "created.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CloudError, match=r"is not a record of things that discovery made"):
        CreationRecord.read(path)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_another_cloud_and_another_thing_of_that_id_are_left(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.keystone(("image", "/image"))
    links = [{"rel": "self", "href": f"{cloud.url}/image/v2/"}]
    cloud.answers["GET /image"] = Answer({"versions": [{"id": "v2.9", "status": "CURRENT", "links": links}]}, 300)
    cloud.answers["GET /image/v2/images/i1"] = Answer({"id": "i1", "name": "somebody's"})
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    record = CreationRecord.read(record_file(tmp_path))
    with connect("fake") as connection:
        with pytest.raises(CloudError, match=r"^created.json is of the cloud at http://k/v3, not of "):
            list(remove_created(connection, record, f"{cloud.url}/v3"))
        with pytest.raises(CloudError, match=r"^image i1 is now called \"somebody's\", not certmark-1; it is left"):
            list(remove_created(connection, record, "http://k/v3/"))
        assert record.path.exists()
        del cloud.answers["GET /image/v2/images/i1"]
        assert list(remove_created(connection, record, "http://k/v3")) == ["image certmark-1 is gone already"]
    assert not record.path.exists()
    assert "GET /image/v2/images/i1" in cloud.asked
    assert [line for line in cloud.asked if line.startswith("DELETE")] == []


@pytest.fixture
def glance(cloud: FakeCloud) -> FakeCloud:
    """A cloud with images, and whoever asks may make them."""
    cloud.keystone(("image", "/image"))
    links = [{"rel": "self", "href": f"{cloud.url}/image/v2/"}]
    cloud.answers["GET /image"] = Answer({"versions": [{"id": "v2.9", "status": "CURRENT", "links": links}]}, 300)
    cloud.answers["GET /image/v2/images"] = Answer({"images": []})
    cloud.answers["POST /image/v2/images"] = Answer({"id": "i1"}, 201)
    cloud.answers["PUT /image/v2/images/i1/file"] = Answer(status=204)
    return cloud


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_images_are_made_uploaded_and_removed_by_the_record(
    glance: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"QFI\xfb" + bytes(60))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(glance.clouds_yaml(tmp_path)))
    with connect("fake") as connection:
        record = CreationRecord(tmp_path / "created.json", f"{glance.url}/v3", "RegionOne")
        create_missing(connection, discover(connection, ()), str(disk), record)
        made = [json.loads(sent) for sent in glance.sent["POST /image/v2/images"]]
        assert [(one["disk_format"], one["visibility"]) for one in made] == [("qcow2", "community")] * 2
        assert glance.sent["PUT /image/v2/images/i1/file"] == [disk.read_bytes()] * 2
        names = [one["name"] for one in made]
        assert [(one.name, one.id) for one in record.made] == [(name, "i1") for name in names]
        glance.answers["GET /image/v2/images/i1"] = Answer({"id": "i1", "name": names[1]})
        glance.answers["DELETE /image/v2/images/i1"] = Answer(status=204)
        removal = remove_created(connection, record, f"{glance.url}/v3")
        assert next(removal) == f"image {names[1]} is removed"
        with pytest.raises(CloudError, match="is now called"):
            next(removal)
    assert CreationRecord.read(record.path).made == [CreatedThing("image", "image", names[0], "i1")]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_the_cloud_refuses_to_make_is_not_on_record(
    glance: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glance.answers["POST /image/v2/images"] = Answer({"message": "no room for  images"}, 413)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(glance.clouds_yaml(tmp_path)))
    with connect("fake") as connection:
        record = CreationRecord(tmp_path / "created.json", f"{glance.url}/v3", "RegionOne")
        with pytest.raises(CloudError, match=r"^image answers 413 to POST images: no room for images$"):
            create_missing(connection, discover(connection, ()), None, record)
    assert not record.path.exists()


@pytest.mark.parametrize(
    ("content", "kind"), [(b"QFI\xfb" + bytes(60), "qcow2"), (b"KDMV" + bytes(60), "vmdk"), (bytes(64), "raw")]
)
def test_a_disk_is_known_by_its_first_bytes(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "disk"
    path.write_bytes(content)
    with disk_of(str(path)) as disk:
        assert (disk.format, disk.file.read()) == (kind, content)


def test_a_generated_disk_starts_and_a_missing_or_empty_one_is_refused(tmp_path: Path) -> None:
    with disk_of(None) as disk:
        content = disk.file.read()
    assert (disk.format, len(content), content[510:512]) == ("raw", 1 << 20, b"\x55\xaa")
    (tmp_path / "empty").touch()
    for name, sentence in (("empty", "is empty"), ("missing", "cannot be read: No such file")):
        with pytest.raises(CloudError, match=sentence), disk_of(str(tmp_path / name)):
            pass
