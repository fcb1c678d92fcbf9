"""The identity of the cloud that a run tests, for its journal."""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cloud.identities import Facts, IdentitySource, identify
from certmark.places import state_home


def identity_details(args: argparse.Namespace, facts: Facts | None, console: Console) -> dict[str, object]:
    """What the journal's header says of the cloud's identity; empty where no cloud is tested. Raises CloudError."""
    if facts is None:
        return {}
    found = identify(facts, getattr(args, "cloud_identity", None), state_home())
    if found.source is IdentitySource.MINTED:
        console.remark(
            f"this cloud is from now on {found.identity} to this machine; whoever runs it should publish one identity "
            "for all (certmark: identity in clouds.yaml, or --cloud-identity)"
        )
    return {
        "cloud_identity": str(found.identity),
        "cloud_identity_from": found.source.value,
        # The other id of history, MD5 of the host name, can be guessed back: it stays in the state folder.
        "catalog_id": facts.catalog_id,
    }
