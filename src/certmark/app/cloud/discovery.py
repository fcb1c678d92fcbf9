"""A configuration discovered: the cloud is asked, its answers are weighed against the suite's options."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.cloud.accounts_file import write_accounts, write_secret
from certmark.cloud.calls import calls_of
from certmark.cloud.discovery.conf_files import SECRETS, is_apart, read_conf, read_secrets, rendered_secrets
from certmark.cloud.discovery.discover import Discovered, discover, services_of
from certmark.cloud.discovery.option_lists import OptionList, option_list, problems
from certmark.cloud.discovery.options import Option, Origin, rendered
from certmark.cloud.discovery.outcome import DiscoveryResult, OptionComparison, differences
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, CONF, Plan, plan_config
from certmark.cloud.session import connect, who
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.runner.locks import cloud_changed

if TYPE_CHECKING:  # what few discoveries make is loaded by those
    from certmark.cloud.discovery.creating import CreationRecord


@dataclass(frozen=True, kw_only=True)
class CreateRequest:
    """What may be made in the cloud where it is needed and absent."""

    image: str | None = None
    """A file or a URL of an image to upload; None: a tiny one that is generated."""
    record: Path | None = None
    """What was made; None: `created.json` beside the configuration."""


@dataclass(frozen=True, kw_only=True)
class DiscoverRequest:
    """Which cloud is asked, as whom, and where the answer goes."""

    os_cloud: str | None = None
    """An entry of clouds.yaml; None: as OS_* say."""
    guideline: str | None = None
    program: str | None = None
    """Services that its tests cannot do without must be there; None: none need be."""
    accounts: Path | None = None
    """Users for the tests; None: as clouds.yaml says."""
    as_admin: bool = True
    """Whether an administrator asks and acts as one."""
    workers: int = 1
    """Classes at a time that the users must be enough for."""
    tempest: str | None = None
    """Whose options are written: a version, or an environment; None: the one that fits."""
    options: tuple[Option, ...] = ()
    """As the person wants them, in the place of what is found."""
    out: Path | None = None
    """A folder, or a file that ends in .conf; None: nothing is written."""
    force: bool = False
    """Whether files that are there may be moved aside."""
    create: CreateRequest | None = None
    """None: nothing is made."""


def discover_configuration(request: DiscoverRequest, listen: Listener = ignore) -> DiscoveryResult:
    """Ask the cloud, and write what is to be written; what was made and what is odd is told.

    Raises InvalidRequest, CloudError, FormatError or OSError.
    """
    place = place_of(request.out)
    known = _known_options(request)
    if request.out is not None and not request.force:
        demand_free(place)
    result = _discovered(request, known, place, listen)
    return result._replace(written=write_all(result.plan, place)) if request.out is not None else result


def compare_configuration(request: DiscoverRequest, conf: Path, listen: Listener = ignore) -> OptionComparison:
    """What the cloud says, held against the tempest.conf `conf`; nothing is written. Raises the same."""
    known = _known_options(request)
    secrets = read_secrets(conf.with_name(SECRETS))
    theirs = read_conf(conf, secrets)
    result = _discovered(request, known, place_of(request.out), listen)
    values = {option.key: option.value for option in (*theirs, *secrets)}
    return OptionComparison(result, str(conf), differences(result.plan.options, values, known))


def remove_created_things(record: Path, os_cloud: str | None) -> Iterator[str]:
    """Remove what the record names, with a sentence for each thing as it goes. Raises CloudError."""
    from certmark.cloud.discovery.creating import CreationRecord, remove_created

    found = CreationRecord.read(record)
    with connect(os_cloud) as connection:
        where = who(connection).auth_url
        with cloud_changed(where):
            yield from remove_created(connection, found, where)


def _known_options(request: DiscoverRequest) -> OptionList:
    """The options of the suite, with those of the person among them."""
    known = option_list(request.tempest)
    _demand_known(request.options, known)
    return known


def _demand_known(options: Iterable[Option], known: OptionList) -> None:
    """Refuse options that this Tempest does not have, or values that it cannot read. Raises InvalidRequest."""
    found = list(problems(options, known))
    if found:
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        raise InvalidRequest(f"{found[0]}{more}")


def _discovered(request: DiscoverRequest, known: OptionList, place: ConfigPlace, listen: Listener) -> DiscoveryResult:
    needed = _services(request, listen)
    record = None
    with connect(request.os_cloud) as connection:
        found = discover(connection, () if request.create else needed, as_admin=request.as_admin)
        if request.create is not None:
            from certmark.cloud.discovery.creating import create_missing

            record = _record(request.create, found, place)
            try:
                with cloud_changed(found.me.auth_url):
                    create_missing(connection, found, request.create.image, record)
            finally:
                _tell_created(record, listen)
            found = discover(connection, needed, as_admin=request.as_admin)
        calls = calls_of(connection)
    _demand_known(_own(found), known)
    plan = plan_config(
        found,
        place.folder,
        accounts=request.accounts,
        admin=None if request.as_admin else False,
        workers=request.workers,
        extra=(*(record.options() if record is not None else ()), *request.options),
        may_lack_users=True,
    )
    for remark in plan.remarks:
        listen(Remark(remark, is_important=remark in found.problems))
    kept, left_out = known.split(plan.options)
    return DiscoveryResult(found, plan._replace(options=kept), known, left_out, calls, record)


def _own(found: Discovered) -> list[Option]:
    """What clouds.yaml says of options."""
    return [option for option in found.options if option.origin is Origin.GIVEN and "certmark.options" in option.source]


def _services(request: DiscoverRequest, listen: Listener) -> frozenset[str]:
    """The services that the program's tests cannot do without; none where no program is named."""
    if request.program is None:
        return frozenset()
    from certmark.app.inputs.guidelines import Remarks, guideline_of, program_of
    from certmark.domain.programs import demand_of

    guideline = guideline_of(request.guideline, request.program, listen, remarks=Remarks.NONE)
    tests = demand_of(guideline, program_of(guideline, request.program)).tests
    return services_of(test.name for test in tests.values())


def _record(request: CreateRequest, found: Discovered, place: ConfigPlace) -> CreationRecord:
    from certmark.cloud.discovery.creating import CreationRecord

    path = request.record or place.folder / "created.json"
    if path.exists():
        advice = Advice(Action.REMOVE_CREATED_FIRST, str(path))
        raise InvalidRequest(f"{path} is there: what it names was made before", advice)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return CreationRecord(path, found.me.auth_url, found.me.region)


def _tell_created(record: CreationRecord, listen: Listener) -> None:
    if not record.made:
        listen(Remark("nothing had to be made in the cloud"))
        return
    names = ", ".join(f"{made.kind} {made.name}" for made in record.made)
    listen(Remark(f"made {names}", Advice(Action.REMOVE_CREATED, os.path.relpath(record.path))))


class ConfigPlace(NamedTuple):
    """Where the files go."""

    folder: Path
    conf: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """The configuration, the accounts, the secrets."""
        return self.conf, self.folder / ACCOUNTS, self.folder / SECRETS


def place_of(out: Path | None) -> ConfigPlace:
    """What a person means by `out`: a folder, or a file whose name ends in .conf; None: here."""
    path = out or Path()
    is_file = out is not None and (path.suffix == ".conf" or path.is_file())
    folder = path.parent if is_file else path
    return ConfigPlace(folder.absolute(), (path if is_file else folder / CONF).absolute())


def demand_free(place: ConfigPlace) -> None:
    """Raises InvalidRequest where files would be written over."""
    there = [one.name for one in place.files if one.exists()]
    if there:
        where = os.path.relpath(place.folder)
        raise InvalidRequest(f"{there[0]} is in {where} already", Advice(Action.NAME_OTHER_PLACE))


def write_all(plan: Plan, place: ConfigPlace) -> tuple[Path, ...]:
    """Write the files; what was there before is kept beside. Raises OSError or InvalidRequest."""
    conf, accounts, secrets = place.files
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in place.files:
        if path.exists():
            _keep(path)
    written = [conf]
    apart = {option.key: SECRETS for option in plan.options if is_apart(option)}
    write_secret(conf, rendered(plan.options, apart))
    if apart:
        write_secret(secrets, rendered_secrets(plan.options))
        written.append(secrets)
    if plan.users:
        write_accounts(plan.users, accounts)
        written.append(accounts)
    return tuple(written)


def _keep(path: Path) -> None:
    """Under a name with the time: nothing is lost, and the mode stays."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    copy = path.with_name(f"{path.name}.{stamp}")
    number = 1
    while copy.exists():
        copy = path.with_name(f"{path.name}.{stamp}-{number}")
        number += 1
    path.rename(copy)
