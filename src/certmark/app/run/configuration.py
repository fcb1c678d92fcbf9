"""The configuration of a run: the person's own, or what the cloud tells of itself; and which cloud that is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.run.requests import RunRequest
from certmark.cloud.discovery.conf_files import region_in
from certmark.cloud.discovery.discover import discover, services_of
from certmark.cloud.discovery.tempest_conf import Config, take_config, write_config
from certmark.cloud.identities import Facts, IdentitySource, catalog_id, identify
from certmark.cloud.session import connect
from certmark.domain.advice import Action, Advice
from certmark.domain.capacity import Capacity, on_processors
from certmark.domain.preflight import ExaminationListener
from certmark.domain.remarks import Listener, Remark
from certmark.formats.run_record import RecordedIdentity
from certmark.places import state_home
from certmark.runner.accounts import LOCKS
from certmark.runner.suites import Suite, release_for

if TYPE_CHECKING:
    from certmark.app.cloud.preflight.before_run import Doctor
    from certmark.cloud.authentication import SignedInAccount

TEMPEST = "tempest"
"""The suite that always tests a cloud."""
LOCAL = "local"
"""What stands for the cloud of a suite that tests none."""


Hold = Callable[[str, str | None], None]
"""Is told which cloud it is and which version of the suite (see `Configured`) as soon as the configuration is written,
before the cloud is examined; may raise what keeps it from being tested."""


class Configured(NamedTuple):
    """The configuration of a run, in its folder."""

    cloud: str
    """What tells this cloud from others: address and region of its identity service, or `local`."""
    version: str | None
    """Of the suite: what a person asked for, else what fits the cloud; None: its description's."""
    capacity: Capacity
    """Classes at a time, as long as nobody has read whom they act as."""
    config: Config | None = None
    """None: the suite needs none, and no cloud is tested."""
    facts: Facts | None = None
    """What the cloud's identity is looked up by; None: no cloud is tested."""
    doctor: Doctor | None = None
    """Who has examined the cloud; None: nobody."""

    @property
    def clients(self) -> tuple[SignedInAccount, ...]:
        """The run's users who are signed in already."""
        return () if self.doctor is None else self.doctor.clients

    def fingerprint(self, suite: str, version: str) -> str:
        """What runs must share to be taken together."""
        return "none" if self.config is None else self.config.fingerprint(suite, version)


def configure(
    request: RunRequest,
    suite: Suite,
    names: Sequence[str],
    folder: Path,
    listen: Listener,
    watch: ExaminationListener,
    hold: Hold,
) -> Configured:
    """Write the configuration for tests of these `names` into `folder`; then `hold` is told, then the cloud examined.

    Raises what `hold` raises, CloudError, InvalidRequest, and CannotProceed where the examination of the cloud finds
    what is fatal.
    """
    if suite.name != TEMPEST and request.tempest_conf is None and request.os_cloud is None:
        folder.mkdir(parents=True, exist_ok=True)
        hold(LOCAL, request.suite_version)
        return Configured(LOCAL, request.suite_version, on_processors(os.cpu_count()))
    doctor = _doctor(request, names, listen, watch) if suite.name == TEMPEST else None
    if request.tempest_conf is not None:
        found = _described(request, request.tempest_conf, folder, doctor, hold)
    else:
        found = _discovered(request, suite, names, folder, doctor, listen, hold)
    for remark in found.config.remarks if found.config is not None else ():
        # The doctor has signed in as each account and knows better.
        if doctor is None or not remark.startswith("accounts: "):
            listen(Remark(remark))
    (folder / LOCKS).mkdir(exist_ok=True)
    return found


def identity_of(facts: Facts | None, wanted: str | None, listen: Listener) -> RecordedIdentity | None:
    """Which cloud it is, for the run's record; None where no cloud is tested. Raises CloudError.

    The other id of history, MD5 of the host name, can be guessed back: it stays in the state folder.
    """
    if facts is None:
        return None
    found = identify(facts, wanted, state_home())
    if found.source is IdentitySource.MINTED and not facts.is_local:
        text = f"the reports of this cloud will name it {found.identity}, an identity that this machine made up for it"
        listen(Remark(text, Advice(Action.PUBLISH_IDENTITY)))
    return RecordedIdentity(id=str(found.identity), source=found.source.value, catalog_id=facts.catalog_id)


def _doctor(request: RunRequest, names: Sequence[str], listen: Listener, watch: ExaminationListener) -> Doctor | None:
    from certmark.app.cloud.preflight.before_run import PreflightRequest, doctor_for

    asked = PreflightRequest(
        os_cloud=request.os_cloud,
        tempest_conf=request.tempest_conf,
        accounts=request.accounts,
        is_wanted=request.is_examined,
        ignored=request.ignored,
    )
    return doctor_for(asked, names, listen, watch)


def _described(request: RunRequest, conf: Path, folder: Path, doctor: Doctor | None, hold: Hold) -> Configured:
    """By the person's own configuration."""
    config = take_config(conf, request.accounts, folder)
    hold(_cloud_of(config), request.suite_version)
    if doctor is not None:
        doctor.examine_described(config)
    where, region = _place_of(config)
    return _configured(config, request.suite_version, Facts(where, region, {}), doctor)


def _discovered(
    request: RunRequest,
    suite: Suite,
    names: Sequence[str],
    folder: Path,
    doctor: Doctor | None,
    listen: Listener,
    hold: Hold,
) -> Configured:
    """By what the cloud tells; a service that is missing is for the doctor to say, where there is one."""
    with connect(request.os_cloud) as connection:
        needed = services_of(names)
        found = discover(connection, needed if doctor is None else (), waits_for=needed)
        catalog = catalog_id(connection)
        config = write_config(found, folder, accounts=request.accounts, admin=None, workers=request.workers or 1)
        version = _fitting(request.suite_version, suite, found.signs, listen)
        hold(_cloud_of(config), version)
        if doctor is not None:
            doctor.examine(connection, found, config)
    me = found.me
    return _configured(config, version, Facts(me.auth_url, me.region or None, me.own, catalog), doctor)


def _fitting(wanted: str | None, suite: Suite, signs: Mapping[str, str], listen: Listener) -> str | None:
    """The version of the suite that is wanted, else what fits the cloud's release; None: nobody knows."""
    release = release_for(suite, signs)
    if wanted is not None or release is None:
        return wanted
    listen(Remark(f"the cloud looks like OpenStack {release.release}: {suite.title} {release.version} fits it"))
    return release.version


def _configured(config: Config, version: str | None, facts: Facts, doctor: Doctor | None) -> Configured:
    return Configured(_cloud_of(config), version, Capacity(config.parallel), config, facts, doctor)


def _cloud_of(config: Config) -> str:
    return " ".join(filter(None, _place_of(config)))


def _place_of(config: Config) -> tuple[str, str | None]:
    """The address of the identity service, and the region of the others."""
    options = {option.key: option.value for option in config.options}
    where = options.get("identity.uri_v3") or options.get("identity.uri") or config.folder.name
    return where, region_in(options) or None
