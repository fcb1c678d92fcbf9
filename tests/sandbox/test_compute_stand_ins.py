"""The stand-ins for hardware, on just as much of Nova, Neutron and Cinder as they touch."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from certmark.sandbox.compute.config import DATA


class _Configuration:
    def __init__(self, folder: Path) -> None:
        self.values = {"sandbox_volumes_folder": str(folder), "volume_backend_name": None}
        self.options: list[object] = []

    def append_config_values(self, options: list[object]) -> None:
        self.options += options

    def safe_get(self, name: str) -> str | None:
        return self.values[name]


class _VolumeDriver:
    def __init__(self, configuration: _Configuration) -> None:
        self.configuration = configuration


class _FakeDriver:
    capabilities: dict[str, bool] = {"supports_attach_interface": True}  # noqa: RUF012 - as in Nova

    def snapshot(self, *_: object) -> None:
        self.asked = True


def _modules(**parts: dict[str, object]) -> dict[str, ModuleType]:
    """Modules by dotted name (with `__` for the dot), each with its attributes, and the packages above them."""
    found: dict[str, ModuleType] = {}
    for name, attributes in parts.items():
        words = name.split("__")
        for end in range(1, len(words) + 1):
            found.setdefault(".".join(words[:end]), ModuleType(".".join(words[:end])))
        module = found[".".join(words)]
        for key, value in attributes.items():
            setattr(module, key, value)
        for end in range(1, len(words)):
            setattr(found[".".join(words[:end])], words[end], found[".".join(words[: end + 1])])
    return found


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    uploaded: list[object] = []

    class Images:
        def update(self, _: object, image: str, meta: dict[str, str], *, data: BytesIO, purge_props: bool) -> None:
            uploaded.append((image, meta, data.read(), purge_props))

    fake: dict[str, object] = {
        "FakeDriver": _FakeDriver,
        "FakeDriverWithoutFakeNodes": type("Plain", (_FakeDriver,), {}),
    }
    known = _modules(
        cinder__interface={"volumedriver": lambda kind: kind},
        cinder__volume__driver={"VolumeDriver": _VolumeDriver},
        oslo_config__cfg={"StrOpt": lambda name, **_: name},
        neutron_lib__constants={"PORT_STATUS_ACTIVE": "ACTIVE"},
        neutron_lib__plugins__ml2__api={"MechanismDriver": object, "ID": "id"},
        nova__virt__fake=fake,
        nova__image__glance={"API": Images, "uploaded": uploaded},
    )
    for name, module in known.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.syspath_prepend(str(DATA / "plugins"))
    yield lambda name: import_module(f"certmark_sandbox.{name}")
    for name in [name for name in sys.modules if name.startswith("certmark_sandbox")]:
        del sys.modules[name]


def a_driver(stand_in: Callable[[str], Any], folder: Path) -> Any:
    driver = stand_in("volumes").FileDriver(configuration=_Configuration(folder / "volumes"))
    driver.do_setup(None)
    driver.check_for_setup_error()
    return driver


def a_thing(name: str, **more: object) -> SimpleNamespace:
    return SimpleNamespace(id=name, **more)


def test_every_port_is_bound_and_active_on_its_first_segment(stand_in: Callable[[str], Any]) -> None:
    bound: list[tuple[object, ...]] = []
    context = SimpleNamespace(
        segments_to_bind=[{"id": "a"}, {"id": "b"}],
        set_binding=lambda *binding, status: bound.append((*binding, status)),
    )
    driver = stand_in("networks").EveryPortBinds()
    driver.initialize()
    driver.bind_port(context)
    assert bound == [("a", "ovs", {"port_filter": True, "connectivity": "l2"}, "ACTIVE")]


def test_a_port_without_a_segment_stays_unbound(stand_in: Callable[[str], Any]) -> None:
    bound: list[object] = []
    context = SimpleNamespace(segments_to_bind=[], set_binding=lambda *binding, **_: bound.append(binding))
    stand_in("networks").EveryPortBinds().bind_port(context)
    assert bound == []


def test_the_bytes_of_an_image_go_through_volume_snapshot_and_clone(
    stand_in: Callable[[str], Any], tmp_path: Path
) -> None:
    driver = a_driver(stand_in, tmp_path)
    images = SimpleNamespace(download=lambda _context, _id, file: file.write(b"image"))
    volume, snapshot = a_thing("v"), a_thing("s", volume=a_thing("v"))
    assert driver.clone_image(None, volume, None, {"id": "i"}, images) == ({}, True)
    driver.create_snapshot(snapshot)
    driver.create_volume_from_snapshot(a_thing("w"), snapshot)
    driver.create_cloned_volume(a_thing("x"), a_thing("w"))
    sent: list[bytes] = []
    target = SimpleNamespace(update=lambda _context, _id, _meta, file: sent.append(file.read()))
    driver.copy_volume_to_image(None, a_thing("x"), target, {"id": "i"})
    assert sent == [b"image"]


def test_a_volume_holds_a_mebibyte_whatever_its_size_and_can_be_removed_twice(
    stand_in: Callable[[str], Any], tmp_path: Path
) -> None:
    driver = a_driver(stand_in, tmp_path)
    driver.create_volume(a_thing("v", size=500))
    driver.extend_volume(a_thing("v"), 1000)
    assert (tmp_path / "volumes" / "v").stat().st_size == 1 << 20
    driver.delete_volume(a_thing("v"))
    driver.delete_snapshot(a_thing("v"))
    assert list((tmp_path / "volumes").iterdir()) == []


def test_a_volume_goes_back_to_its_snapshot(stand_in: Callable[[str], Any], tmp_path: Path) -> None:
    driver = a_driver(stand_in, tmp_path)
    driver.create_volume(a_thing("v"))
    driver.create_snapshot(a_thing("s", volume=a_thing("v")))
    (tmp_path / "volumes" / "v").write_bytes(b"changed")
    driver.revert_to_snapshot(None, a_thing("v"), a_thing("s"))
    assert (tmp_path / "volumes" / "v").stat().st_size == 1 << 20


def test_a_volume_is_attached_without_a_device(stand_in: Callable[[str], Any], tmp_path: Path) -> None:
    driver = a_driver(stand_in, tmp_path)
    for act in (driver.create_export, driver.ensure_export):
        act(None, a_thing("v"), *([None] if act == driver.create_export else []))
    data = {"target_discovered": False, "volume_id": "v", "access_mode": "rw"}
    assert driver.initialize_connection(a_thing("v"), {}) == {"driver_volume_type": "fake", "data": data}
    driver.terminate_connection(a_thing("v"), {})
    driver.remove_export(None, a_thing("v"))


def test_cinder_is_told_of_a_large_pool(stand_in: Callable[[str], Any], tmp_path: Path) -> None:
    driver = a_driver(stand_in, tmp_path)
    driver._update_volume_stats()  # noqa: SLF001 - Cinder calls it by this name
    assert driver._stats["volume_backend_name"] == "file"  # noqa: SLF001 - Cinder reads it by this name
    assert driver._stats["pools"][0]["free_capacity_gb"] == 100_000  # noqa: SLF001 - likewise
    assert driver.get_driver_options() == ["sandbox_volumes_folder"]


def test_a_snapshot_of_a_server_really_uploads_an_image(stand_in: Callable[[str], Any]) -> None:
    driver = stand_in("servers").SandboxDriver()
    driver.snapshot(None, None, "image", None)
    described = {"disk_format": "raw", "container_format": "bare"}
    assert sys.modules["nova.image.glance"].uploaded == [("image", described, bytes(65_536), False)]
    assert driver.asked
    assert driver.capabilities["supports_migrate_to_same_host"]
