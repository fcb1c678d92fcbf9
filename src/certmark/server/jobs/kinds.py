"""What a worker does for each kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from certmark.server.services import collecting, countersigning, notices, sources, upkeep
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind

_A_DAY = 86400.0


def _collect(services: Services, _: str) -> float:
    collecting.collect(services)
    return _A_DAY


def _sources(services: Services, _: str) -> float:
    sources.refresh(services)
    return services.settings.guidelines_every


def _judge(services: Services, digest: str) -> None:
    upkeep.judge_again(services, bytes.fromhex(digest))


def _read(services: Services, run: str) -> None:
    upkeep.read_kept(services, bytes.fromhex(run))


def _notice(services: Services, notice: str) -> None:
    notices.send(services, bytes.fromhex(notice))


def _countersign(services: Services, _: str) -> None:
    countersigning.countersign(services)


KINDS: Mapping[str, Callable[[Services, str], float | None]] = {
    JobKind.READ.value: _read,
    JobKind.JUDGE.value: _judge,
    JobKind.COUNTERSIGN.value: _countersign,
    JobKind.NOTICE.value: _notice,
    JobKind.COLLECT.value: _collect,
    JobKind.SOURCES.value: _sources,
}
