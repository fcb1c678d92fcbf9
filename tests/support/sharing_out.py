"""How tests are shared out among processes: a file at a time, so that what a file sets up is set up once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from xdist.scheduler import LoadScopeScheduling

LARGEST_PORTION = 60
"""Tests; a file with more is several portions, so that no process is left alone with a long one."""


class InPortions(LoadScopeScheduling):  # type: ignore[misc]  # its base is untyped
    """Tests on real clouds on two processes, one after the other, and the others by files, the largest first."""

    def __init__(self, config: Any, log: Any, real_clouds: tuple[str, ...], longest: str) -> None:
        super().__init__(config, log)
        self._real_clouds, self._longest = real_clouds, longest
        self._portions: dict[str, str] = {}

    def schedule(self) -> None:
        """Say to which portion each test belongs, once all processes have the same tests."""
        if self.collection_is_completed and not self._portions:
            counts: Counter[str] = Counter()
            for nodeid in next(iter(self.registered_collections.values()), ()):
                file = nodeid.partition("::")[0]
                self._portions[nodeid] = f"{file} {counts[file] // LARGEST_PORTION}"
                counts[file] += 1
        super().schedule()

    def _assign_work_unit(self, node: Any) -> None:
        """Real clouds begin first: they take longest."""
        for scope in ("other real clouds", self._longest):
            if scope in self.workqueue:
                self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(self._longest):
            return self._longest
        return "other real clouds" if nodeid.startswith(self._real_clouds) else self._portions.get(nodeid, nodeid)
