"""The doctor as a run uses it: the same examination on the run's own discovery; what is fatal stops the run."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.app.cloud.preflight.suite import survey_of, surveyed_needs
from certmark.cli.cloud.doctor_watching import Watch
from certmark.cli.console import Console
from certmark.cli.errors import worded
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.discovery.discover import Discovered, discover, services_of
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, Config
from certmark.cloud.doctor.examination import Examination, examine, findings_of
from certmark.cloud.doctor.kinds import KINDS
from certmark.cloud.needs import Needs, guessed_needs
from certmark.domain.accounts_needed import Count
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.health import CloudFinding, Health, HealthLevel, health_of
from certmark.places import cache_home, state_home
from certmark.reporting.cloud.doctor import line_of, summary
from certmark.runner.environments import RECORD
from certmark.runner.suites import InstalledSuite

if TYPE_CHECKING:
    from openstack.connection import Connection

_CERTAIN = ("sign-in", "catalogue", "service-", "account-refused", "storage-", "tls-", "machine-")
"""Fatal findings of these do not depend on what exactly the tests need: they stop a run before its suite is there."""


def doctor_for(args: argparse.Namespace, names: Collection[str], console: Console) -> Doctor | None:
    """The doctor of a run of tests of these `names`; None where nobody wants one. Raises InvalidRequest."""
    despite = tuple(getattr(args, "despite", ()))
    unknown = [id_ for id_ in despite if id_ not in KINDS]
    if unknown:
        raise InvalidRequest(
            f"--despite takes ids of findings, and {unknown[0]!r} is none; certmark cloud doctor says them"
        )
    if getattr(args, "no_doctor", False):
        return None
    return Doctor(names, despite, console)


class Doctor:
    """Examines when the run is configured, stops it where it would be in vain."""

    def __init__(self, names: Collection[str], despite: Collection[str], console: Console) -> None:
        self._names = names
        self._despite = despite
        self._console = console
        self._examination: Examination | None = None

    def examine(self, connection: Connection, discovered: Discovered, config: Config) -> None:
        """Look at everything through the run's own connection; what is certain already raises CannotProceed."""
        from certmark.app.cloud.preflight.doctor import patient_of

        watch = Watch(self._console)
        patient = patient_of(connection, discovered, config, config.folder)
        self._examination = examine(
            patient, services_of(self._names), runs=str(state_home()), cache=str(cache_home()), tell=watch.count
        )
        watch.done()
        needs = guessed_needs(self._names, patient.options, version=None, workers=config.parallel)
        health = self._health(needs, is_installed=False)
        certain = [item for item in health.of(HealthLevel.FATAL) if item.id.startswith(_CERTAIN)]
        if certain:
            self._stop(certain, health)

    def examine_described(self, config: Config) -> None:
        """Likewise of the cloud that a person's own configuration describes, as one of its users. Raises CloudError."""
        from certmark.cloud.doctor.by_configuration import NotDescribed, connect_by

        path = config.folder / ACCOUNTS
        users = read_accounts(path) if path.exists() else ()
        try:
            connection = connect_by({option.key: option.value for option in config.options}, users)
        except NotDescribed as error:
            self._console.remark(f"the cloud was not examined: {error}")
            return
        with connection:
            self.examine(connection, discover(connection, ()), config)

    def judge(
        self, installed: InstalledSuite, full_ids: Sequence[str], workers: int, users: Count | None = None
    ) -> None:
        """Say what speaks against running these tests; raises CannotProceed where that is fatal.

        `users`: whom they act as, where somebody has read it already.
        """
        if self._examination is None:
            return
        options = self._examination.patient.options
        is_ours = Path(installed.folder, RECORD).is_file()
        read = survey_of(installed) if is_ours else None  # another environment would be read anew each time
        if read is None:
            needs = guessed_needs(self._names, options, version=installed.version, workers=workers)
        else:
            needs = surveyed_needs(read, full_ids, installed.version, options, workers)
        health = self._health(needs._replace(users=users or needs.users), is_installed=True)
        fatal = health.of(HealthLevel.FATAL)
        if fatal:
            self._stop(fatal, health)
        self._remark(health.of(HealthLevel.WARNING))
        self._console.remark(f"the cloud was examined: {summary(health)}")

    def _health(self, needs: Needs, *, is_installed: bool) -> Health:
        seen = self._examination
        if seen is None:
            return health_of(())
        now = dt.datetime.now(dt.UTC)
        findings = findings_of(seen, needs, now=now, is_installed=is_installed)
        return health_of(findings, despite=self._despite, calls=seen.calls, seconds=seen.seconds)

    def _remark(self, findings: Iterable[CloudFinding]) -> None:
        for finding in findings:
            self._console.remark(line_of(finding, worded))

    def _stop(self, fatal: Sequence[CloudFinding], health: Health) -> None:
        self._remark(health.of(HealthLevel.WARNING))
        for finding in fatal:
            self._console.refuse(line_of(finding, worded))
        ids = list(dict.fromkeys(finding.id for finding in fatal))
        count = "1 thing" if len(fatal) == 1 else f"{len(fatal)} things"
        go_on = " ".join(f"--despite {id_}" for id_ in ids)
        raise CannotProceed(
            f"{count} would make this run fail, so it was not begun; mend it and run again, or go on with {go_on}, "
            "or with --no-doctor"
        )
