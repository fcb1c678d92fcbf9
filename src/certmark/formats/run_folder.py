"""The folder of a run: what lies in it, and under which name (docs/how-to/run-a-cloud.md).

Whoever tests a cloud, judges a folder, bundles one or looks for what a run left takes the names from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the folder's names are taken where no record is read
    from certmark.formats.run_record import RecordedJudging

JOURNAL = "journal.jsonl"
"""What makes a folder that of a run."""
PREPARING = "preparing.json"
"""In a folder whose run is being prepared, or was stopped before it began."""
STREAMS = "streams"
GUIDELINE = "guideline"
"""What judges the run: its guideline, those of hosts, a policy, waivers."""
CONFIGURATION = "suite"
CONF, ACCOUNTS, TESTS = "tempest.conf", "accounts.yaml", "tests.txt"
"""In the configuration: options, users, and the full ids of what was asked for."""
REPORT = "report.json"
PAGE = "report.html"
BUNDLE = "bundle.certmark.tar.gz"
INVENTORY = "inventory-before.json"
LEFTOVERS = "leftovers.json"


class JudgingCopies(NamedTuple):
    """Where the copies of what a run is judged by lie; None: it began without."""

    waivers: str | None
    waiver_signers: str | None
    policy: str | None


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places in one run's folder; none of them needs to exist."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def is_begun(self) -> bool:
        """Whether there is a run in it."""
        return self.journal.is_file()

    def judging_copies(self, judging: RecordedJudging) -> JudgingCopies:
        """The copies that the record names; never outside of this folder, whatever the record says."""
        names = (judging.waivers_file, judging.waiver_signers_file, judging.policy_file)
        return JudgingCopies(*(None if name is None else str(self.guideline / PurePath(name).name) for name in names))

    @property
    def is_signed(self) -> bool:
        """Whether a signature of its bundle or report lies in it; nobody looked whose."""
        names = (BUNDLE.removesuffix(".tar.gz"), REPORT.removesuffix(".json"))
        beside = (*(f"{name}.attestation.json" for name in names), f"{BUNDLE}.sig", f"{REPORT}.sig")
        return any((self.path / name).exists() for name in beside)

    @property
    def journal(self) -> Path:
        """What was asked, and how each class ended; only ever appended to."""
        return self.path / JOURNAL

    @property
    def preparing(self) -> Path:
        """Who prepares the run; gone once the journal is there."""
        return self.path / PREPARING

    @property
    def is_prepared_only(self) -> bool:
        """Whether the run was never begun: it is being prepared, or was stopped meanwhile."""
        return self.preparing.is_file() and not self.is_begun

    @property
    def lock(self) -> Path:
        """Held by the process that works on the run."""
        return self.path / "lock"

    @property
    def worker_log(self) -> Path:
        """What the suite's processes wrote beside their results."""
        return self.path / "worker.log"

    @property
    def streams(self) -> Path:
        """The folder of raw results."""
        return self.path / STREAMS

    @property
    def guideline(self) -> Path:
        """The folder of what judges it, as it was: guideline, hosts, waivers, a policy."""
        return self.path / GUIDELINE

    @property
    def configuration(self) -> Path:
        """The folder of the suite's configuration; secrets are in it."""
        return self.path / CONFIGURATION

    @property
    def conf(self) -> Path:
        """The options of a suite that is configured as Tempest is."""
        return self.configuration / CONF

    @property
    def accounts(self) -> Path:
        """The users of the tests, unless the suite makes its own."""
        return self.configuration / ACCOUNTS

    @property
    def tests(self) -> Path:
        """What was asked for, a full id a line."""
        return self.configuration / TESTS

    @property
    def report(self) -> Path:
        """The verdict, for machines."""
        return self.path / REPORT

    @property
    def page(self) -> Path:
        """The verdict, for people."""
        return self.path / PAGE

    @property
    def bundle(self) -> Path:
        """The evidence bundle."""
        return self.path / BUNDLE

    @property
    def inventory(self) -> Path:
        """What its projects held before its first test."""
        return self.path / INVENTORY

    @property
    def leftovers(self) -> Path:
        """What is left of it."""
        return self.path / LEFTOVERS


def written_last(path: Path) -> tuple[int, str]:
    """By this streams are sorted: when they were written to last, and those of one moment by their names.

    A report and a bundle of one run have their streams in one order, whatever the file system lists them in.
    """
    return path.stat().st_mtime_ns, path.name
