"""The configuration of a run: the person's own, or what the cloud tells of itself."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.cli.console import Console
from certmark.cloud.discovery.discover import discover, services_of
from certmark.cloud.discovery.tempest_conf import Config, take_config, write_config
from certmark.cloud.identities import Facts, catalog_id
from certmark.cloud.session import connect
from certmark.runner.suites import Suite, release_for

if TYPE_CHECKING:
    from certmark.app.cloud.preflight.before_run import Doctor


class Configured(NamedTuple):
    """The configuration of a run, in its folder."""

    cloud: str
    """What tells this cloud from others: address and region of its identity service."""
    config: Config
    version: str | None
    """Of the suite: what a person asked for, else what fits the cloud; None: nobody can tell."""
    facts: Facts
    """What its identity is looked up by."""


def configured(
    args: argparse.Namespace,
    suite: Suite,
    names: Collection[str],
    folder: Path,
    console: Console,
    doctor: Doctor | None = None,
) -> Configured:
    """Write the configuration for tests of these `names` into `folder`. Raises CloudError.

    `doctor` examines what was found and may raise; a service that is missing is then for it to say.
    """
    accounts = Path(args.accounts) if args.accounts is not None else None
    if args.tempest_conf is not None:
        config = take_config(Path(args.tempest_conf), accounts, folder)
        if doctor is not None:
            doctor.examine_described(config)
            config = _without_accounts(config)
        return _described(config, args.tempest, console)
    with connect(args.os_cloud) as connection:
        found = discover(connection, services_of(names) if doctor is None else ())
        catalog = catalog_id(connection)
        workers = 1 if args.workers == "auto" else int(args.workers)
        config = write_config(found, folder, accounts=accounts, admin=None, workers=workers)
        if doctor is not None:
            doctor.examine(connection, found, config)
            config = _without_accounts(config)
    version = args.tempest
    release = release_for(suite, found.signs)
    if version is None and release is not None:
        version = release.version
        console.remark(f"the cloud looks like OpenStack {release.release}: {suite.title} {version} fits it")
    me = found.me
    return _described(config, version, console, Facts(me.auth_url, me.region or None, me.own, catalog))


def _without_accounts(config: Config) -> Config:
    """Without its remarks on accounts: the doctor has signed in as each and knows better."""
    return config._replace(remarks=tuple(remark for remark in config.remarks if not remark.startswith("accounts: ")))


def _described(config: Config, version: str | None, console: Console, facts: Facts | None = None) -> Configured:
    for remark in config.remarks:
        console.remark(remark)
    options = {option.key: option.value for option in config.options}
    where = options.get("identity.uri_v3") or options.get("identity.uri") or os.path.basename(config.folder)
    region = options.get("identity.region") or None
    named = " ".join(filter(None, (where, region)))
    return Configured(named, config, version, facts or Facts(where, region, {}))
