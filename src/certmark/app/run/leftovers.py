"""What a run leaves in its projects: an inventory before the first test, one after the last, and the difference.

Neither keeps a run from its verdict: what cannot be looked at is said.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from certmark.app.files import write_file
from certmark.cli.console import Console
from certmark.domain.leftovers import Inventory, Leftover, Resource, Terms, counts, leftovers
from certmark.runner.folders import CONFIGURATION

BEFORE = "inventory-before.json"
"""In a run's folder: what its projects held when it began."""
AFTER = "leftovers.json"
"""Likewise: what is left of it."""
_CONF = "tempest.conf"
_SECONDS = 90.0
_KINDS_SHOWN = 4
_PATIENCE = 60.0
"""Seconds for one thing to go before a run goes on."""


class Before:
    """The inventory from before a run, taken while other things are prepared."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._answer: Future[Inventory] | None = None
        if os.path.exists(os.path.join(folder, CONFIGURATION, _CONF)):
            pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="before")
            self._answer = pool.submit(_taken, folder)
            pool.shutdown(wait=False)

    def keep(self, console: Console) -> None:
        """Wait for it, and write it into the run's folder; without it leftovers are told by their age."""
        if self._answer is None:
            return
        from certmark.cloud.errors import CloudError
        from certmark.formats.inventory import write_inventory

        try:
            write_file(os.path.join(self._folder, BEFORE), write_inventory(self._answer.result(_SECONDS)))
        except (CloudError, TimeoutError) as error:
            console.remark(f"what the run's projects held before is not known: {str(error) or 'it took too long'}")


def _taken(folder: str) -> Inventory:
    from certmark.cloud.leftovers.inventory import take_inventory
    from certmark.cloud.leftovers.projects import parties_of_run

    return take_inventory(parties_of_run(Path(folder, CONFIGURATION)).parties, seconds=_SECONDS)


def tell_leftovers(folder: str, reference: str, console: Console) -> bool:
    """Write and say what the run left; gives whether it left nothing, as far as can be seen."""
    before = _before(folder)
    if before is None:
        return True
    from certmark.cloud.errors import CloudError
    from certmark.cloud.leftovers.inventory import take_inventory
    from certmark.cloud.leftovers.projects import exclusive_of, parties_of_run
    from certmark.formats.inventory import write_leftovers

    try:
        parties = parties_of_run(Path(folder, CONFIGURATION)).parties
        now = take_inventory(parties, seconds=_SECONDS)
    except CloudError as error:
        console.refuse(f"whether the run left anything is not known: {error}")
        return False
    left = leftovers(now, Terms(before.taken, before, exclusive_of(parties), logged=_logged(folder)))
    write_file(os.path.join(folder, AFTER), write_leftovers(left, now, before.taken))
    _say(left, reference, console)
    silent = [gap for gap in now.unseen if not gap.is_refused]
    if silent:
        console.refuse(f"whether the run left anything is not known whole: {silent[0].why}")
    return not silent and not any(one.may_go for one in left)


def _before(folder: str) -> Inventory | None:
    from certmark.formats.inventory import InvalidInventory, read_record

    try:
        with open(os.path.join(folder, BEFORE), "rb") as file:
            found = read_record(file.read(), BEFORE)
    except (FileNotFoundError, InvalidInventory):
        return None
    return found if isinstance(found, Inventory) else None


def _logged(folder: str) -> frozenset[str] | None:
    from certmark.cloud.leftovers.projects import names_in_log

    return names_in_log(Path(folder, CONFIGURATION))


def _say(left: tuple[Leftover, ...], reference: str, console: Console) -> None:
    go = [one.held for one in left if one.may_go]
    if go:
        console.remark(
            f"the run left {_kinds(go)} in its projects; see and remove them with: "
            f"certmark cloud leftovers --run {reference}"
        )
    stay = len(left) - len(go)
    if stay:
        what = "1 thing is" if stay == 1 else f"{stay} things are"
        console.remark(
            f"{what} new in the run's projects and may be somebody else's: certmark cloud leftovers --run {reference}"
        )


def clean_up_killed(folder: str, console: Console) -> bool:
    """Before a run goes on: remove what its killed classes left, for tests that expect an empty project.

    Only what the run's own projects made since it began, and of all projects only what its log names;
    gives whether all of it is known to be gone.
    """
    before = _before(folder)
    if before is None:
        return False
    from certmark.cloud.errors import CloudError
    from certmark.cloud.leftovers.inventory import take_inventory
    from certmark.cloud.leftovers.projects import exclusive_of, parties_of_run
    from certmark.cloud.leftovers.removing import remove_all

    logged = _logged(folder)
    try:
        gathered = parties_of_run(Path(folder, CONFIGURATION))
        now = take_inventory(gathered.parties, seconds=_SECONDS)
    except CloudError as error:
        console.remark(f"what killed classes left cannot be removed: {error}")
        return False
    if now.is_wide and logged is None:
        console.remark("what killed classes left is not removed: the run has no log that names it")
        return False
    left = leftovers(now, Terms(before.taken, before, exclusive_of(gathered.parties), logged=logged))
    removed = remove_all([one.held for one in left if one.may_go], gathered.parties, lambda _: None, seconds=_PATIENCE)
    gone = [one.held for one in removed if one.problem is None]
    if gone:
        console.remark(f"removed what killed classes left: {_kinds(gone)}")
    is_seen = not gathered.problems and not any(not gap.is_refused for gap in now.unseen)
    return is_seen and len(gone) == len(left)


def _kinds(held: Sequence[Resource]) -> str:
    """`2 servers, 1 port`, the most first."""
    kinds = sorted(counts(held).items(), key=lambda item: -item[1])
    shown = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds[:_KINDS_SHOWN])
    return shown + (" …" if len(kinds) > _KINDS_SHOWN else "")
