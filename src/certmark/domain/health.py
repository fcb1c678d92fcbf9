"""What is known of a cloud, a machine and a suite before a run: findings, and whether a run makes sense.

1. A finding is fatal where the run cannot begin, or where tests that are asked for fail as soon as they
   meet what was found, for a reason that says nothing of the cloud's conformity.
2. It is a warning where some of them may fail, be skipped, or wait; a note where nothing will, but a
   person should know.
3. What could not be looked at is said (a finding of its own), and is never taken for fine.
4. A person may go on despite a fatal finding, by its id; it then weighs as a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from typing import NamedTuple

from certmark.domain.advice import Advice


class HealthLevel(Enum):
    """How much a finding weighs."""

    FATAL = "fatal"
    WARNING = "warning"
    NOTE = "note"
    OK = "ok"
    """Looked at, and fine."""


_ORDER = {severity: place for place, severity in enumerate(HealthLevel)}


class CloudFinding(NamedTuple):
    """One thing that was looked at."""

    id: str
    """`quota-volumes`; findings of one id may stand at several places."""
    severity: HealthLevel
    subject: str
    """What it belongs to: `accounts`, `quotas`, `image` …"""
    what: str
    """What was found, a sentence without its full stop."""
    where: str = ""
    """Service, account, project or file."""
    why: str = ""
    """What it does to the run."""
    mend: str = ""
    """What to do about it; a command of other tools literally, where there is one."""
    tests: int | None = None
    """How many of the selected tests it concerns; None where that cannot be told."""
    despite: bool = False
    """It was fatal, and a person goes on all the same."""
    advice: Advice | None = None
    """What may be done beside `mend`, where that is said differently at a command line and on a page."""


class Health(NamedTuple):
    """All findings of one examination."""

    findings: tuple[CloudFinding, ...]
    """The worst first."""
    calls: int = 0
    """HTTP requests that it took."""
    seconds: float = 0.0

    def of(self, severity: HealthLevel) -> tuple[CloudFinding, ...]:
        """Those that weigh so much."""
        return tuple(finding for finding in self.findings if finding.severity is severity)

    @property
    def is_fatal(self) -> bool:
        """Whether a run would be in vain. Nothing looked at is fatal, too: nothing is not success."""
        return bool(self.of(HealthLevel.FATAL)) or not self.findings


def health_of(
    findings: Iterable[CloudFinding], *, despite: Collection[str] = (), calls: int = 0, seconds: float = 0.0
) -> Health:
    """The findings, each once, the worst first, else in their order; `despite` are ids that do not stop a run."""
    unique = dict.fromkeys(_weighed(finding, despite) for finding in findings)
    ordered = sorted(unique, key=lambda finding: _ORDER[finding.severity])
    return Health(tuple(ordered), calls, seconds)


def _weighed(finding: CloudFinding, despite: Collection[str]) -> CloudFinding:
    # Rule 4.
    if finding.severity is HealthLevel.FATAL and finding.id in despite:
        return finding._replace(severity=HealthLevel.WARNING, despite=True)
    return finding
