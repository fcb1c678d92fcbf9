"""An ML2 mechanism driver without a network: a port that has a host is bound and ACTIVE at once."""

from neutron_lib import constants  # type: ignore[import-not-found]  # only the sandbox's environment has Neutron
from neutron_lib.plugins.ml2 import api  # type: ignore[import-not-found]  # only the sandbox's environment has Neutron


class EveryPortBinds(api.MechanismDriver):  # type: ignore[misc]  # its base is untyped
    """Binds whatever it is asked to bind, on the first segment that is offered."""

    def initialize(self) -> None:
        """There is nothing to prepare."""

    @property
    def connectivity(self) -> str:
        """The layer that Neutron shows for this driver's ports."""
        return "l2"

    def bind_port(self, context) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Neutron's class, untyped
        """Bind the port of `context` on its first segment; without a segment it stays unbound."""
        for segment in context.segments_to_bind[:1]:
            details = {"port_filter": True, "connectivity": self.connectivity}
            context.set_binding(segment[api.ID], "ovs", details, status=constants.PORT_STATUS_ACTIVE)
