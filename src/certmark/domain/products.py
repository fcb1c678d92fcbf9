"""What a vendor can offer."""

from __future__ import annotations

from enum import Enum


class ProductKind(Enum):
    """What a product is to those who use it."""

    DISTRIBUTION = "distribution"
    """Software that others install."""
    PUBLIC_CLOUD = "public cloud"
    """One cloud for everybody, in one or more regions."""
    HOSTED_PRIVATE_CLOUD = "hosted private cloud"
    """A cloud of its own for each customer, at the vendor's."""
    APPLIANCE = "appliance"
    """Machines with the software on them."""
