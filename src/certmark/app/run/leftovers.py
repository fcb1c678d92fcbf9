"""What a run leaves in its projects: an inventory before the first test, one after the last, and the difference.

Neither keeps a run from its verdict: what cannot be looked at is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers.inventory import take_inventory
from certmark.cloud.leftovers.projects import OpenedProjects, exclusive_of, names_in_log, parties_of_run
from certmark.cloud.leftovers.removing import remove_all
from certmark.domain.advice import Action, Advice
from certmark.domain.leftovers import Inventory, Leftover, LeftoverTerms, Resource, counts, leftovers
from certmark.domain.phrases import count_of, counted
from certmark.domain.remarks import Listener, Remark
from certmark.formats.inventory import InvalidInventory, read_record, write_inventory, write_leftovers
from certmark.formats.run_folder import RunFolder

_SECONDS = 90.0
_KINDS_SHOWN = 4
_PATIENCE = 60.0
"""Seconds for one thing to go before a run goes on."""


class InventoryBefore:
    """The inventory from before a run, taken while other things are prepared."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._answer: Future[Inventory] | None = None
        if folder.conf.exists():
            pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="before")
            self._answer = pool.submit(_take_inventory, folder)
            pool.shutdown(wait=False)

    def keep(self, listen: Listener) -> None:
        """Wait for it, and write it into the run's folder; without it leftovers are told by their age."""
        if self._answer is None:
            return
        try:
            write_file(self._folder.inventory, write_inventory(self._answer.result(_SECONDS)))
        except (CloudError, TimeoutError) as error:
            why = str(error) or "it took too long"
            listen(Remark(f"what the run's projects held before is not known: {why}"))


def _take_inventory(folder: RunFolder) -> Inventory:
    return take_inventory(parties_of_run(folder.configuration).parties, seconds=_SECONDS)


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


def _look(folder: RunFolder, before: Inventory) -> _Look:
    """Raises CloudError."""
    projects = parties_of_run(folder.configuration)
    now = take_inventory(projects.parties, seconds=_SECONDS)
    logged = names_in_log(folder.configuration)
    terms = LeftoverTerms(before.taken, before, exclusive_of(projects.parties), logged=logged)
    return _Look(projects, now, leftovers(now, terms), logged is not None)


def look_for_leftovers(folder: RunFolder, reference: str, listen: Listener) -> bool:
    """Write and tell what the run left; gives whether it left nothing, as far as can be seen.

    `reference` is how a person names the run.
    """
    before = _before(folder)
    if before is None:
        return True
    try:
        found = _look(folder, before)
    except CloudError as error:
        listen(Remark(f"whether the run left anything is not known: {error}", is_important=True))
        return False
    write_file(folder.leftovers, write_leftovers(found.left, found.now, before.taken))
    _tell(found.left, reference, listen)
    if found.silent:
        listen(Remark(f"whether the run left anything is not known whole: {found.silent[0]}", is_important=True))
    return not found.silent and not any(one.may_go for one in found.left)


def clean_up_killed(folder: RunFolder, listen: Listener) -> bool:
    """Before a run goes on: remove what its killed classes left, for tests that expect an empty project.

    Only what the run's own projects made since it began, and of all projects only what its log names;
    gives whether all of it is known to be gone.
    """
    before = _before(folder)
    if before is None:
        return False
    try:
        found = _look(folder, before)
    except CloudError as error:
        listen(Remark(f"what killed classes left cannot be removed: {error}"))
        return False
    if found.now.is_wide and not found.has_log:
        listen(Remark("what killed classes left is not removed: the run has no log that names it"))
        return False
    things = [one.held for one in found.left if one.may_go]
    removed = remove_all(things, found.projects.parties, lambda _: None, seconds=_PATIENCE)
    gone = [one.held for one in removed if one.problem is None]
    if gone:
        listen(Remark(f"removed what killed classes left: {_kinds(gone)}"))
    return not found.projects.problems and not found.silent and len(gone) == len(found.left)


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
