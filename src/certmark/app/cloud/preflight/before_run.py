"""The doctor as a run uses it: the same examination on the run's own discovery; what is fatal stops the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.app.cloud.preflight.examination import (
    connect_as_configured,
    examine_through,
    judge_examination,
    naming_of,
)
from certmark.app.cloud.preflight.suite import SeenSuite, needs_for, survey_of
from certmark.cloud.accounts_file import can_do_without, write_accounts
from certmark.cloud.authentication import SignedInAccount
from certmark.cloud.discovery.discover import Discovered, discover, services_of
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, Config
from certmark.cloud.doctor.by_configuration import NotDescribed
from certmark.cloud.doctor.examination import Examination
from certmark.cloud.doctor.kinds import KINDS
from certmark.cloud.needs import guessed_needs
from certmark.domain.accounts_needed import NeededUsers
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.health import CloudFinding, Health, HealthLevel
from certmark.domain.phrases import counted, some
from certmark.domain.preflight import ExaminationListener, Preflight, findings_that_stop, unwatched
from certmark.domain.remarks import Listener, Remark
from certmark.reporting.cloud.doctor import line_of, summary
from certmark.runner.environments import RECORD
from certmark.runner.suites import InstalledSuite

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection


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
    return Doctor(names, request, listen, watch) if request.is_wanted else None


def demand_files(*paths: Path | None) -> None:
    """Raises InvalidRequest where one is named and not there."""
    for path in paths:
        if path is not None and not path.is_file():
            raise InvalidRequest(f"there is no file {path}")


class Doctor:
    """Examines when the run is configured, stops it where it would be in vain."""

    def __init__(
        self, names: Sequence[str], request: PreflightRequest, listen: Listener, watch: ExaminationListener = unwatched
    ) -> None:
        self._names = names
        self._request = request
        self._ignored = request.ignored
        self._listen = listen
        self._watch = watch
        self._examination: Examination | None = None
        self.result: Preflight | None = None
        """What was found for the tests of the run, once it is judged: for the run's record."""

    @property
    def clients(self) -> tuple[SignedInAccount, ...]:
        """The accounts that are signed in already; none before the examination. See `Examination.clients`."""
        return self._examination.clients if self._examination is not None else ()

    def examine(self, connection: Connection, found: Discovered, config: Config) -> None:
        """Look at everything through the run's own connection; what is certain already raises CannotProceed."""
        asked = self._request
        naming = naming_of(asked.os_cloud, asked.tempest_conf, asked.accounts, found.me)
        examination = examine_through(connection, found, config, self._names, naming, self._watch)
        self._examination = examination = self._without_littered(examination, config)
        needs = guessed_needs(self._names, examination.patient.options, version=None, workers=config.parallel)
        health = judge_examination(examination, needs, is_installed=False, ignored=self._ignored)
        self._stop(findings_that_stop(health, is_suite_known=False), health)
        self._leave_out_refused(examination, config)

    def _without_littered(self, examination: Examination, config: Config) -> Examination:
        """Without accounts whose projects hold what earlier runs left, where the others are enough: nor has the run."""
        everybody, options = examination.patient.accounts or (), examination.patient.options
        littered = examination.littered(guessed_needs(self._names, options, version=None, workers=1))
        rest = tuple(account for account in everybody if account.place not in littered)
        if not littered or not can_do_without(everybody, rest):
            return examination
        write_accounts(rest, config.folder / ACCOUNTS)
        count = f"{len(everybody) - len(rest)} of {counted(len(everybody), 'account')}"
        text = f"the tests do without {count}, because there is something in {some(sorted(littered))} already"
        self._listen(Remark(text, examination.patient.naming.removal(), is_important=True))
        return examination.of_accounts(rest)

    def _leave_out_refused(self, examination: Examination, config: Config) -> None:
        """Whoever goes on despite refused accounts has the tests act as the others only: the run's copy has no more."""
        everybody, usable = examination.patient.accounts or (), examination.usable_accounts or ()
        if usable and len(usable) < len(everybody):
            write_accounts(usable, config.folder / ACCOUNTS)
            text = (
                f"the tests act as {len(usable)} of {counted(len(everybody), 'account')}: Keystone refuses the others"
            )
            self._listen(Remark(text, is_important=True))

    def examine_described(self, config: Config) -> None:
        """Likewise of the cloud that a person's own configuration describes, as one of its users. Raises CloudError."""
        try:
            connection = connect_as_configured(config)
        except NotDescribed as error:
            self._listen(Remark(f"the cloud was not examined: {error}"))
            return
        with connection:
            found = discover(connection, (), waits_for=services_of(self._names))
            self.examine(connection, found, config)

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
        self.result = Preflight(health, self._examination.clock_ahead)
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
