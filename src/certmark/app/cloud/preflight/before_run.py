"""The doctor as a run uses it: the same examination on the run's own discovery; what is fatal stops the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.app.cloud.preflight.examination import connect_as_configured, examine_through, judge_examination
from certmark.app.cloud.preflight.suite import SeenSuite, needs_for, survey_of
from certmark.cloud.discovery.discover import Discovered, discover
from certmark.cloud.discovery.tempest_conf import Config
from certmark.cloud.doctor.by_configuration import NotDescribed
from certmark.cloud.doctor.examination import Examination
from certmark.cloud.doctor.kinds import KINDS
from certmark.cloud.needs import guessed_needs
from certmark.domain.accounts_needed import NeededUsers
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.health import CloudFinding, Health, HealthLevel
from certmark.domain.phrases import counted
from certmark.domain.preflight import ExaminationListener, findings_that_stop, unwatched
from certmark.domain.remarks import Listener, Remark
from certmark.reporting.cloud.doctor import line_of, summary
from certmark.runner.environments import RECORD
from certmark.runner.suites import InstalledSuite

if TYPE_CHECKING:
    from openstack.connection import Connection


@dataclass(frozen=True, kw_only=True)
class PreflightRequest:
    """What is examined before a run."""

    os_cloud: str | None = None
    """An entry of clouds.yaml; None: as OS_* say."""
    tempest_conf: Path | None = None
    """A configuration of the person's own, in the place of a cloud's name."""
    accounts: Path | None = None
    """Users for the tests."""
    is_wanted: bool = True
    """Whether anything is examined at all."""
    ignored: tuple[str, ...] = ()
    """Ids of findings that do not stop the run."""


def doctor_for(
    request: PreflightRequest, names: Sequence[str], listen: Listener, watch: ExaminationListener = unwatched
) -> Doctor | None:
    """The doctor of a run of tests of these `names`; None where nobody wants one.

    Raises InvalidRequest where one of the ids is of no finding, or a file is not there.
    """
    unknown = [id_ for id_ in request.ignored if id_ not in KINDS]
    if unknown:
        raise InvalidRequest(f"there is no finding {unknown[0]!r}", Advice(Action.LIST_FINDINGS))
    demand_files(request.tempest_conf, request.accounts)
    return Doctor(names, request.ignored, listen, watch) if request.is_wanted else None


def demand_files(*paths: Path | None) -> None:
    """Raises InvalidRequest where one is named and not there."""
    for path in paths:
        if path is not None and not path.is_file():
            raise InvalidRequest(f"there is no file {path}")


class Doctor:
    """Examines when the run is configured, stops it where it would be in vain."""

    def __init__(
        self, names: Sequence[str], ignored: Sequence[str], listen: Listener, watch: ExaminationListener = unwatched
    ) -> None:
        self._names = names
        self._ignored = ignored
        self._listen = listen
        self._watch = watch
        self._examination: Examination | None = None
        self.health: Health | None = None
        """What was found for the tests of the run; None: nothing was examined."""

    def examine(self, connection: Connection, found: Discovered, config: Config) -> None:
        """Look at everything through the run's own connection; what is certain already raises CannotProceed."""
        examination = examine_through(connection, found, config, self._names, self._watch)
        self._examination = examination
        needs = guessed_needs(self._names, examination.patient.options, version=None, workers=config.parallel)
        health = judge_examination(examination, needs, is_installed=False, ignored=self._ignored)
        self._stop(findings_that_stop(health, is_suite_known=False), health)

    def examine_described(self, config: Config) -> None:
        """Likewise of the cloud that a person's own configuration describes, as one of its users. Raises CloudError."""
        try:
            connection = connect_as_configured(config)
        except NotDescribed as error:
            self._listen(Remark(f"the cloud was not examined: {error}"))
            return
        with connection:
            self.examine(connection, discover(connection, ()), config)

    def judge(
        self, installed: InstalledSuite, full_ids: Sequence[str], workers: int, users: NeededUsers | None = None
    ) -> None:
        """Say what was found for these tests; raises CannotProceed where that is fatal.

        `users`: whom they act as, where somebody has read it already.
        """
        if self._examination is None:
            return
        is_ours = Path(installed.folder, RECORD).is_file()
        read = survey_of(installed) if is_ours else None  # another environment would be read anew each time
        seen = SeenSuite(installed.version, read)
        needs = needs_for(seen, self._names, full_ids, self._examination.patient.options, workers)
        needs = needs._replace(users=users or needs.users)
        health = judge_examination(self._examination, needs, is_installed=True, ignored=self._ignored)
        self.health = health
        self._stop(findings_that_stop(health, is_suite_known=True), health)
        self._remark(health.of(HealthLevel.WARNING))
        self._listen(Remark(f"the cloud was examined: {summary(health)}"))

    def _remark(self, findings: Iterable[CloudFinding], *, is_important: bool = False) -> None:
        for finding in findings:
            self._listen(Remark(line_of(finding), finding.advice, is_important))

    def _stop(self, stops: Sequence[CloudFinding], health: Health) -> None:
        if not stops:
            return
        self._remark(health.of(HealthLevel.WARNING))
        self._remark(stops, is_important=True)
        ids = " ".join(dict.fromkeys(finding.id for finding in stops))
        raise CannotProceed(
            f"{counted(len(stops), 'thing')} would make this run fail, so it was not begun",
            Advice(Action.GO_ON_DESPITE, ids),
        )
