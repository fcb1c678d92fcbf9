"""The examination before a run, one for the doctor by itself and for a run: the cloud is looked at, then judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cloud.accounts_file import Account, read_accounts
from certmark.cloud.discovery.discover import Discovered, services_of
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, Config
from certmark.cloud.doctor.by_configuration import connect_by
from certmark.cloud.doctor.examination import Examination, examine, findings_of
from certmark.cloud.doctor.target import ExaminedCloud, Naming
from certmark.cloud.needs import Needs
from certmark.cloud.session import SignedInUser
from certmark.domain.health import CloudFinding, Health, health_of
from certmark.domain.preflight import ExaminationListener, ExaminationProgress
from certmark.places import cache_home, state_home

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection


def connect_as_configured(config: Config) -> Connection:
    """A connection to the cloud that a configuration describes, as one of its own users.

    Raises NotDescribed where it does not say whom or where, else CloudError.
    """
    return connect_by(_options(config), _accounts(config.folder))


def examine_through(
    connection: Connection,
    discovered: Discovered,
    config: Config | None,
    names: Iterable[str],
    naming: Naming,
    watch: ExaminationListener,
) -> Examination:
    """Look at everything that tests of these `names` would meet. None for `config`: it could not be written.

    `naming` is how commands in advices name the cloud.
    """

    def tell(done: int, of: int) -> None:
        watch(ExaminationProgress(done, of))

    services = services_of(names)
    target = _target(connection, discovered, config)._replace(naming=naming)
    examination = examine(target, services, runs=str(state_home()), cache=str(cache_home()), tell=tell)
    tell(len(examination.seen), len(examination.seen))
    return examination


def naming_of(os_cloud: str | None, tempest_conf: Path | None, accounts: Path | None, me: SignedInUser) -> Naming:
    """How commands name the cloud of a request, and the accounts that it names or clouds.yaml has for it."""
    own = me.own.get("accounts")
    if accounts is None and isinstance(own, str):
        accounts = Path(me.config_folder or ".") / own
    return Naming(None if tempest_conf is not None else os_cloud or "", str(accounts or ""))


def judge_examination(
    examination: Examination,
    needs: Needs,
    *,
    is_installed: bool,
    also: Sequence[CloudFinding] = (),
    ignored: Collection[str] = (),
    seconds: float | None = None,
) -> Health:
    """What was seen, judged by what the tests need.

    `also` are findings from elsewhere, `ignored` the ids that a person goes on despite; `seconds` None: those of
    the examination.
    """
    found = findings_of(examination, needs, now=dt.datetime.now(dt.UTC), is_installed=is_installed)
    took = examination.seconds if seconds is None else seconds
    return health_of([*found, *also], despite=ignored, calls=examination.calls, seconds=took)


def _target(connection: Connection, discovered: Discovered, config: Config | None) -> ExaminedCloud:
    if config is None:
        return ExaminedCloud(connection, discovered, {option.key: option.value for option in discovered.options}, ())
    accounts = None if config.dynamic else _accounts(config.folder)
    return ExaminedCloud(connection, discovered, _options(config), accounts)


def _options(config: Config) -> dict[str, str]:
    return {option.key: option.value for option in config.options}


def _accounts(folder: Path) -> tuple[Account, ...]:
    path = folder / ACCOUNTS
    return read_accounts(path) if path.exists() else ()
