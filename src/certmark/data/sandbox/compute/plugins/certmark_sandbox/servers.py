"""Nova's fake hypervisor with two repairs.

The stock driver leaves the image of a snapshot `queued` for ever; this one really uploads bytes.
The stock driver invents the identity of its node at each start, so that Nova refuses the second start; this one
keeps it in Nova's state folder, as a real hypervisor does.
"""

# ruff: noqa: ANN001 - the arguments are Nova's objects, which are untyped
# mypy: disable-error-code="no-untyped-def"

import io

from nova.image import glance  # type: ignore[import-not-found]  # only the sandbox's environment has Nova
from nova.virt import fake  # type: ignore[import-not-found]  # only the sandbox's environment has Nova

_SNAPSHOT = bytes(1 << 16)


class SandboxDriver(fake.FakeDriverWithoutFakeNodes):  # type: ignore[misc]  # its base is untyped
    """A hypervisor that runs nothing and keeps what it says."""

    capabilities = {**fake.FakeDriver.capabilities, "supports_migrate_to_same_host": True}  # noqa: RUF012 - as in Nova

    def snapshot(self, context, instance, image_id, update_task_state) -> None:
        """Put an image of zeros where the snapshot of a server is asked for."""
        super().snapshot(context, instance, image_id, update_task_state)
        described = {"disk_format": "raw", "container_format": "bare"}
        glance.API().update(context, image_id, described, data=io.BytesIO(_SNAPSHOT), purge_props=False)
