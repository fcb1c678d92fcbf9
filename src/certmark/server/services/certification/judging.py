"""The verdicts on which a step rests, found before its transaction begins: judging takes longer than a database waits.

1. A run is judged by the text of the guideline that the application froze; before that by the newest of its id.
2. What is found says on which bytes; the same bytes, guideline, program, day and version are not judged again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.reading.messages import GrantedWaiver, ReadResults
from certmark.server.services import guidelines, upkeep
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.runs import check_is_read, refusal
from certmark.server.store import guidelines as revisions
from certmark.server.store import upkeep as kept_runs
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import RunRow
from certmark.version import __version__


class RunFinding(NamedTuple):
    """What a run comes to, judged now."""

    run: RunRow
    standing: str
    sentence: str
    is_partial: bool
    guideline: str
    """SHA-256 of the text that judged."""
    program: str

    @property
    def is_pass(self) -> bool:
        """Whether it passes."""
        return self.standing == "pass"

    @property
    def digests(self) -> dict[str, str]:
        """What a decision that rests on it names."""
        return {
            "run": ids.written(self.run.id),
            "sha256": self.run.digest.hex(),
            "guideline": self.guideline,
            "program": self.program,
            "standing": self.standing,
        }


def revision_of(services: Services, guideline: str, digest: bytes | None) -> Revision:
    """Rule 1. Raises NotFound."""
    return guidelines.revision_of(services, guideline if digest is None else digest.hex())


def judge_runs(
    services: Services,
    runs: Iterable[bytes],
    revision: Revision,
    program: str,
    policy: str | None,
    waivers: tuple[GrantedWaiver, ...] = (),
) -> list[RunFinding]:
    """Raises NotFound, InvalidRequest, UnreadableResults or CannotProceed."""
    return [judge_run(services, run, revision, program, policy, waivers) for run in runs]


def judge_run(
    services: Services,
    run: bytes,
    revision: Revision,
    program: str,
    policy: str | None,
    waivers: tuple[GrantedWaiver, ...] = (),
) -> RunFinding:
    """Rule 2. Raises likewise."""
    with services.database.read() as transaction:
        kept = kept_runs.run_of(transaction, run)
        hosts = tuple(one.digest for one in revisions.every(transaction))
    if kept is None:
        raise NotFound(f"there is no run {ids.written(run)} any more")
    check_is_read(kept.run)
    day = guidelines.today(services)
    key = (
        "certification",
        kept.run.digest,
        kept.run.name,
        revision.digest,
        program,
        policy,
        waivers,
        day,
        hosts,
        __version__,
    )
    found: Any = services.sealed.get(key)
    if found is None:
        answer = upkeep.read_again(services, kept, revision, program, policy=policy, waivers=waivers)
        if not isinstance(answer, ReadResults):
            raise refusal(answer)
        found = answer.verdict
        if found is None:
            raise InvalidRequest(f"the run {ids.written(run)} cannot be judged by {revision.id}")
        services.sealed.keep(key, found, 2000)
    return RunFinding(kept.run, found.standing, found.sentence, found.is_partial, found.guideline, found.program)
