"""What a run leaves in its projects: an inventory before the first test, one after the last, and the difference.

Neither keeps a run from its verdict: what cannot be looked at is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.cloud.accounts_file import Account, read_accounts
from certmark.cloud.authentication import SignedInAccount
from certmark.cloud.concurrency import SideBySide
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers.inventory import OpenedProject, take_inventory
from certmark.cloud.leftovers.projects import OpenedProjects, exclusive_of, names_in_log, parties_of_run
from certmark.cloud.leftovers.removing import QUOTA, remove_all
from certmark.cloud.leftovers.suite_projects import look_inside
from certmark.domain.advice import Action, Advice
from certmark.domain.leftovers import Inventory, Leftover, LeftoverTerms, Resource, counts, leftovers, named_in
from certmark.domain.phrases import count_of, counted
from certmark.domain.remarks import Listener, Remark
from certmark.formats.inventory import InvalidInventory, Recorded, read_record, write_inventory, write_leftovers
from certmark.formats.run_folder import RunFolder
from certmark.runner.folders import run_folders

_SECONDS = 90.0
_SIGN_IN_SECONDS = 120.0
"""For those who are not signed in any more."""
_LEFT = "what the run left"
_KINDS_SHOWN = 4
_EARLIER = 50
"""Earlier runs whose lists of leftovers are looked at."""
_PATIENCE = 60.0
"""Seconds for one thing to go before a run goes on."""


class Before(NamedTuple):
    """What the projects of a run held before its first test."""

    inventory: Inventory | None = None
    """None: there are none, or it is not known."""
    unknown: str | None = None
    """Why it is not known."""
    circumstances: tuple[str, ...] = ()
    """What a reviewer should know of it: a sentence each."""

    @property
    def unclean(self) -> frozenset[str]:
        """Names of the projects with containers in them, which make tests fail that list or count them."""
        if self.inventory is None or self.inventory.is_wide:
            return frozenset()
        full = {one.project for one in self.inventory.held if one.kind == "container"}
        return frozenset(name for ident, name in self.inventory.projects if ident in full)


class InventoryBefore:
    """The inventory from before a run, taken while other things are prepared; `known` are signed in already."""

    def __init__(self, folder: RunFolder, known: Collection[SignedInAccount] = ()) -> None:
        self._folder = folder
        self._answer: Future[tuple[OpenedProjects, Inventory]] | None = None
        if folder.conf.exists():
            pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="before")
            self._answer = pool.submit(_take_inventory, folder, known)
            pool.shutdown(wait=False)

    def keep(self, listen: Listener) -> Before:
        """Wait for it, remove what earlier runs are known to have left, and write it into the run's folder.

        Raises CannotProceed where it cannot be written.
        """
        if self._answer is None:
            return Before()
        try:
            opened, inventory = self._answer.result(_SECONDS)
        except (CloudError, TimeoutError) as error:
            why = str(error) or f"the cloud did not tell within {_SECONDS:g} s"
            text = f"what the run's projects held before is not known, so what it leaves cannot be removed: {why}"
            listen(Remark(text, is_important=True))
            return Before(None, why)
        gone = _remove_earlier(opened, inventory)
        said: tuple[str, ...] = ()
        if gone:
            said = (f"what earlier runs had left in its projects was removed before the first test: {_kinds(gone)}",)
            listen(Remark(f"removed what earlier runs had left in the run's projects: {_kinds(gone)}"))
        inventory = inventory._replace(held=tuple(one for one in inventory.held if one not in gone))
        write_file(self._folder.inventory, write_inventory(inventory))
        return Before(inventory, None, said)


def _take_inventory(folder: RunFolder, known: Collection[SignedInAccount]) -> tuple[OpenedProjects, Inventory]:
    opened = parties_of_run(folder.configuration, known=known)
    return opened, take_inventory(opened.parties, seconds=_SECONDS)


def _remove_earlier(opened: OpenedProjects, now: Inventory) -> list[Resource]:
    """Remove, from projects that are there for tests only, what the lists of earlier runs' leftovers name."""
    projects = exclusive_of(opened.parties)
    named = {
        one.held.key
        for path in run_folders()[-_EARLIER:]
        if (found := _recorded(RunFolder(path))) is not None and found.cloud == now.cloud
        for one in found.left
        if one.may_go
    }
    things = [one.held for one in named_in(named, now) if one.held.project in projects]
    removed = remove_all(things, opened.parties, lambda _: None, seconds=_PATIENCE)
    return [one.held for one in removed if one.problem is None]


def _recorded(folder: RunFolder) -> Recorded | None:
    """The list of what a run left; None where there is none."""
    try:
        found = read_record(folder.leftovers.read_bytes(), folder.leftovers.name)
    except (OSError, InvalidInventory):
        return None
    return found if isinstance(found, Recorded) else None


class _Look(NamedTuple):
    """What is there now, beside what was there before."""

    projects: OpenedProjects
    now: Inventory
    left: tuple[Leftover, ...]
    has_log: bool
    """Whether the run's own log names what it made."""

    @property
    def silent(self) -> tuple[str, ...]:
        """Why something may be there that nobody could see: a service did not answer."""
        return tuple(gap.why for gap in self.now.unseen if not gap.is_refused)


def _look(
    folder: RunFolder,
    before: Inventory,
    users: Sequence[Account] | None = None,
    known: Collection[SignedInAccount] = (),
) -> _Look:
    """At the projects of these users of the run; None: of all. Those of `known` are signed in. Raises CloudError."""
    projects = parties_of_run(folder.configuration, users, known=known)
    now = take_inventory(projects.parties, seconds=_SECONDS)
    logged = names_in_log(folder.configuration)
    terms = LeftoverTerms(before.taken, before, exclusive_of(projects.parties), logged=logged)
    return _Look(projects, now, leftovers(now, terms), logged is not None)


class InventoryAfter:
    """What a run left, looked for once its last test is over and while it is judged; `known` are signed in already."""

    def __init__(self, folder: RunFolder, known: Collection[SignedInAccount] = ()) -> None:
        self._folder = folder
        self._before = before = _before(folder)
        # Whoever ends the run meanwhile does not wait for it.
        self._work: SideBySide[_Look] = SideBySide(_SECONDS + _SIGN_IN_SECONDS)
        if before is not None:
            self._work.submit(_LEFT, lambda: _look(folder, before, known=known))

    def keep(self, reference: str, listen: Listener) -> bool:
        """Wait for it, write and tell it; gives whether the run left nothing, as far as can be seen.

        `reference` is how a person names the run.
        """
        if self._before is None:
            return True
        found = self._work.results()[_LEFT]
        if isinstance(found, CloudError | TimeoutError):
            listen(Remark(f"whether the run left anything is not known: {found}", is_important=True))
            return False
        if isinstance(found, BaseException):
            raise found
        write_file(self._folder.leftovers, write_leftovers(found.left, found.now, self._before.taken))
        _tell(found.left, reference, listen)
        if found.silent:
            listen(Remark(f"whether the run left anything is not known whole: {found.silent[0]}", is_important=True))
        return not found.silent and not any(one.may_go for one in found.left)


def was_clean(folder: RunFolder) -> bool:
    """Whether the list of what the run left, where there is one, names nothing that may go."""
    found = _recorded(folder)
    return found is None or not any(one.may_go for one in found.left)


def clean_up(folder: RunFolder, listen: Listener) -> str | None:
    """Remove what the run has left in its projects so far, for tests that expect an empty project; nobody may run.

    Only what the run's own projects made since it began, and of all projects only what its log names; gives why
    not all of it is known to be gone.
    """
    return _cleaned(folder, None, lambda gone: listen(Remark(f"removed what was left in the run's projects: {gone}")))


def clean_users(folder: RunFolder, users: Sequence[Account] | None) -> str | None:
    """Likewise what stands in the projects of some users of the run (None: of all), while others may be running."""
    return _cleaned(folder, users, lambda _: None)


def _cleaned(folder: RunFolder, users: Sequence[Account] | None, tell: Callable[[str], None]) -> str | None:
    before = _before(folder)
    if before is None:
        return "what they held before the run is not known" if folder.conf.exists() else None
    try:
        found = _look(folder, before, users)
    except CloudError as error:
        return str(error)
    if found.now.is_wide and not found.has_log:
        return "the run has no log that names what it made" if found.left else None
    # Of projects that the suite made for itself, what stands in them goes first: nobody could find it later.
    inner = look_inside(found.projects.parties, found.left)
    inside = take_inventory(inner.parties).held if inner.parties else ()
    things = [*inside, *(one.held for one in found.left if one.may_go)]
    parties = (*found.projects.parties, *inner.parties, *_helpers(folder, users, things))
    removed = remove_all(things, parties, lambda _: None, seconds=_PATIENCE)
    gone = [one.held for one in removed if one.problem is None]
    if gone:
        tell(_kinds(gone))
    stays = [one for one in removed if one.problem is not None]
    if stays:
        return f"{found.now.describe(stays[0].held)} stays: {stays[0].problem}"
    kept = [one for one in found.left if not one.may_go]
    if kept and not found.now.is_wide:
        return f"{found.now.describe(kept[0].held)} stays: {kept[0].kept}"
    return next(iter((*found.projects.problems, *inner.problems, *found.silent)), None)


def _helpers(
    folder: RunFolder, users: Sequence[Account] | None, things: Sequence[Resource]
) -> tuple[OpenedProject, ...]:
    """Who is needed to remove things of `users` and is none of them: only a reseller takes back a quota."""
    if users is None or all(one.kind != QUOTA for one in things):
        return ()
    resellers = [one for one in read_accounts(folder.accounts) if one.is_reseller and one not in users]
    return parties_of_run(folder.configuration, resellers).parties


def _before(folder: RunFolder) -> Inventory | None:
    try:
        found = read_record(folder.inventory.read_bytes(), folder.inventory.name)
    except (FileNotFoundError, InvalidInventory):
        return None
    return found if isinstance(found, Inventory) else None


def _tell(left: tuple[Leftover, ...], reference: str, listen: Listener) -> None:
    go = [one.held for one in left if one.may_go]
    if go:
        listen(Remark(f"the run left {_kinds(go)} in its projects", Advice(Action.SEE_OR_REMOVE_LEFTOVERS, reference)))
    stay = len(left) - len(go)
    if stay:
        things = count_of(stay, "thing is", "things are")
        text = f"{things} new in the run's projects and may be somebody else's"
        listen(Remark(text, Advice(Action.SEE_LEFTOVERS, reference)))


def _kinds(held: Sequence[Resource]) -> str:
    """`2 servers, 1 port`, the most first."""
    kinds = sorted(counts(held).items(), key=lambda item: -item[1])
    shown = ", ".join(counted(count, kind) for kind, count in kinds[:_KINDS_SHOWN])
    return shown + (" …" if len(kinds) > _KINDS_SHOWN else "")
