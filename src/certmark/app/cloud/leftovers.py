"""What the projects of a cloud hold, what of it a run left there, and the removal of that."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.leftovers.inventory import OpenedProject, take_inventory
from certmark.cloud.leftovers.kinds import BY_NAME, KINDS
from certmark.cloud.leftovers.projects import OpenedProjects, exclusive_of, names_in_log, parties_of, parties_of_run
from certmark.cloud.leftovers.removing import Removed, ResourceRemoval, remove_all
from certmark.cloud.leftovers.suite_projects import look_inside
from certmark.cloud.session import client_of, connect
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.leftovers import (
    EVER,
    Inventory,
    Leftover,
    LeftoverReport,
    LeftoverState,
    LeftoverTerms,
    leftovers,
    named_in,
    state_of,
)
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.inventory import InvalidInventory, Recorded, moment_of, read_record, write_inventory
from certmark.formats.run_folder import CONFIGURATION, INVENTORY, JOURNAL
from certmark.runner.folders import find_run
from certmark.runner.locks import cloud_changed

_LARGEST = 256 << 20
_SINCE_EVER = "ever"


@dataclass(frozen=True, kw_only=True)
class LeftoversRequest:
    """Through whose eyes is looked, and since when things count as left."""

    os_cloud: str | None = None
    """An entry of clouds.yaml; None: the run's own users, or as OS_* say."""
    accounts: Path | None = None
    """A file of users whose projects are looked at instead of the connection's."""
    all_projects: bool = False
    """As an administrator."""
    run: str | None = None
    """Since this run began: its id or folder."""
    since: str | None = None
    """An inventory, a list of leftovers, a time or `ever`; neither this nor `run`: nothing counts as left."""
    save: Path | None = None
    """Where the inventory is written."""
    any_name: bool = False
    """Whether also what the suite would not name so counts as the run's, in shared projects."""
    will_remove: bool = False
    """Whether what is left is to be removed: then of all projects only what a run's log or a list names is left."""
    others_too: bool = False
    """Whether even then what other people's runs may have made counts."""


class Look(NamedTuple):
    """What was found, and the connections through which it can be removed."""

    report: LeftoverReport
    projects: tuple[OpenedProject, ...]

    @property
    def state(self) -> LeftoverState:
        """Whether anything is left."""
        return _state(self.report.left, self.report.now)


class _Since(NamedTuple):
    words: str
    began: dt.datetime
    before: Inventory | None = None
    recorded: Recorded | None = None


@contextmanager
def leftovers_of(request: LeftoversRequest, listen: Listener = ignore) -> Iterator[Look]:
    """Look, compare and save; the connections are open as long as the context. Nothing is changed in the cloud.

    Where something is to be removed, nobody tests the cloud as long as the context. Raises InvalidRequest,
    FormatError, CannotProceed (LockHeld while a run is on) or OSError.
    """
    folder = find_run(request.run) if request.run is not None else None
    since = _since(request, folder)
    with ExitStack() as stack:
        projects = _opened(request, folder, stack, listen)
        if request.will_remove:
            stack.enter_context(cloud_changed(projects[0].client.address.auth_url))
        now = take_inventory(projects)
        if since is not None and since.before is not None:
            _demand_same(since.before.cloud, now, since)
        if request.save is not None:
            write_file(request.save, write_inventory(now))
        if since is None:
            yield Look(LeftoverReport(now), projects)
        else:
            left = _leftovers_since(request, now, since, projects, folder)
            began = since.began if since.began > EVER else None
            yield Look(LeftoverReport(now, left, since.words, began), projects)


def remove_leftovers(look: Look, listen: Listener = ignore) -> ResourceRemoval:
    """Remove what may go, and what stands in projects that the suite made; what stays is told as it happens.

    Raises CloudError.
    """
    left, now = look.report.left, look.report.now
    inner = look_inside(look.projects, left)
    for problem in inner.problems:
        listen(Remark(problem, is_important=True))
    things = look.report.removable
    if inner.parties:
        inside = take_inventory(inner.parties)
        listen(Remark(f"projects that the suite made hold {len(inside.held)} things of their own"))
        things = (*inside.held, *things)

    def tell(one: Removed) -> None:
        if one.problem is not None:
            listen(Remark(f"{now.describe(one.held)} stays: {one.problem}"))

    listen(Remark(f"removing {len(things)}"))
    try:
        removed = remove_all(things, (*look.projects, *inner.parties), tell)
    except KeyboardInterrupt:
        how = "stopped; what is not removed yet is removed when the same command is given again"
        listen(Remark(how, is_important=True))
        raise
    return ResourceRemoval(removed, now)


def state_after(look: Look, removal: ResourceRemoval) -> LeftoverState:
    """Whether anything is left once `removal` is done."""
    stays = [one for one in look.report.left if not one.may_go]
    return _state([*stays, *removal.failed], look.report.now)


def unseen_services(now: Inventory) -> tuple[str, ...]:
    """The services that did not answer, or, where all of them did, those that refused."""
    gaps = [gap for gap in now.unseen if not gap.is_refused] or now.unseen
    return tuple(dict.fromkeys(BY_NAME[gap.kind].service for gap in gaps))


def _state(left: Sequence[object], now: Inventory) -> LeftoverState:
    asked = {kind.name for kind in KINDS if kind.service not in now.absent and not kind.is_global}
    return state_of(left, now, asked)


def _since(request: LeftoversRequest, folder: Path | None) -> _Since | None:
    if folder is not None:
        return _since_run(folder)
    if request.since is None:
        return None
    if request.since == _SINCE_EVER:
        return _Since("the beginning", EVER)
    path = Path(request.since)
    if not path.exists():
        try:
            return _Since(request.since, moment_of(request.since))
        except ValueError:
            raise InvalidRequest(
                f"there is no file {request.since}, and it is no time such as 2026-11-22T10:00Z; name one of them"
            ) from None
    found = _record(path)
    if isinstance(found, Recorded):
        return _Since(f"the list {path}", EVER, None, found)
    return _Since(f"the inventory {path}", found.taken, found)


def _since_run(folder: Path) -> _Since:
    """Since the run in `folder` began: by its inventory from before, else by its journal."""
    words = f"run {folder.name} began"
    if (folder / INVENTORY).exists():
        found = _record(folder / INVENTORY)
        if isinstance(found, Inventory):
            return _Since(words, found.taken, found)
    with (folder / JOURNAL).open("rb") as file:
        first = json.loads(file.readline(1 << 20))
    return _Since(words, dt.datetime.fromtimestamp(int(first["at"]), dt.UTC))


def _record(path: Path) -> Inventory | Recorded:
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InvalidInventory(f"{path} is larger than any inventory")
    return read_record(data, str(path))


def _opened(
    request: LeftoversRequest, folder: Path | None, stack: ExitStack, listen: Listener
) -> tuple[OpenedProject, ...]:
    """Who is looking: the run's users, or the connection's and those of a file."""
    if folder is not None and request.os_cloud is None:
        opened = parties_of_run(folder / CONFIGURATION)
    else:
        opened = _of_connection(request, stack)
    for problem in opened.problems:
        listen(Remark(problem, is_important=True))
    if not opened.parties:
        raise CannotProceed("none of the run's users can sign in any more", Advice(Action.NAME_CLOUD))
    return opened.parties


def _of_connection(request: LeftoversRequest, stack: ExitStack) -> OpenedProjects:
    mine = client_of(stack.enter_context(connect(request.os_cloud)))
    if request.all_projects and not mine.is_admin:
        raise CannotProceed(
            f"{mine.label} is no administrator and sees no other project", Advice(Action.LOOK_AT_OWN_PROJECT)
        )
    own = (OpenedProject(mine, is_wide=request.all_projects),)
    if request.accounts is None:
        return OpenedProjects(own, ())
    others = parties_of(read_accounts(request.accounts), mine.address)
    return OpenedProjects((*(own if request.all_projects else ()), *others.parties), others.problems)


def _leftovers_since(
    request: LeftoversRequest, now: Inventory, since: _Since, projects: Sequence[OpenedProject], folder: Path | None
) -> tuple[Leftover, ...]:
    if since.recorded is not None:
        _demand_same(since.recorded.cloud, now, since)
        return named_in({one.held.key for one in since.recorded.left if one.may_go}, now)
    logged = names_in_log(folder / CONFIGURATION) if folder is not None else None
    if request.will_remove and now.is_wide and logged is None and not request.others_too:
        raise InvalidRequest(
            "in all projects others' runs may have made what looks alike", Advice(Action.NARROW_REMOVAL)
        )
    terms = LeftoverTerms(since.began, since.before, exclusive_of(projects), logged=logged, any_name=request.any_name)
    return leftovers(now, terms)


def _demand_same(cloud: str, now: Inventory, since: _Since) -> None:
    if cloud != now.cloud:
        raise InvalidRequest(f"{since.words} is of {cloud}, not of {now.cloud}; name that cloud")
