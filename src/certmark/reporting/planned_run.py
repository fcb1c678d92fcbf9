"""What a run would do, before anything is done."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Cut, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.progress.run import duration
from certmark.reporting.views import View
from certmark.runner.planned import PlannedRun

_FEW = 10


class PlannedRunView(View):
    """Tests, classes, accounts and time of a run that is not begun."""

    title = "What would be run"

    def __init__(self, planned: PlannedRun, *, full: bool = False, hint: str = "") -> None:
        """`full` shows every class; `hint` says how to ask for that."""
        self._planned = planned
        self._cut = Cut(None if full else _FEW, hint)

    def blocks(self) -> Iterator[Block]:
        """A sentence for each, then the classes."""
        planned = self._planned
        tests = counted(len(planned.selection.full_ids), "test")
        classes = counted(len(planned.groups), "class", "classes")
        yield Sentence(f"{tests} in {classes} would be run, and nothing was.")
        yield Sentence(f"for {' and '.join(planned.programs)}, guideline {planned.guideline}")
        yield Sentence(f"with {planned.suite} on {planned.cloud}")
        yield Sentence(f"{_accounts(planned)}; {planned.workers} at a time; about {duration(planned.seconds)}")
        if planned.selection.left_out:
            yield Sentence(f"{counted(len(planned.selection.left_out), 'test')} left out as asked", Tone.GAP)
        if planned.selection.missing:
            names = self._cut.items([Item(name) for name in planned.selection.missing])
            yield ItemGroup("the suite lacks, so that they cannot pass", names, Tone.BAD)
        yield Heading("Classes, in their order")
        shown = self._cut.first(planned.groups)
        rows = [(Cell(one.name), Cell(str(len(one.tests))), Cell(duration(one.expected))) for one in shown]
        yield Table(("Class", "Tests", "About"), tuple(rows))
        if len(shown) < len(planned.groups):
            yield Sentence(f"… and {len(planned.groups) - len(shown)} more ({self._cut.hint})", Tone.QUIET)

    def document(self) -> Document:
        """`users` is null where no file of accounts is used; `seconds` are what is expected."""
        planned = self._planned
        body = {
            "guideline": planned.guideline,
            "programs": list(planned.programs),
            "cloud": planned.cloud,
            "suite": planned.suite,
            "users": planned.users,
            "workers": planned.workers,
            "seconds": round(planned.seconds, 1),
            "missing": list(planned.selection.missing),
            "left_out": [test.listed for test in planned.selection.left_out],
            "classes": [
                {"name": one.name, "tests": list(one.tests), "seconds": round(one.expected, 1)}
                for one in planned.groups
            ],
        }
        return Document("certmark-run-plan", 1, body)


def _accounts(planned: PlannedRun) -> str:
    if planned.users is None:
        return "no file of accounts"
    return f"{counted(planned.users, 'user')} of a file of accounts"
