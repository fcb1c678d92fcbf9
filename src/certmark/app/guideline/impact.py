"""Who would break, and who would newly pass, if a draft were approved: by runs that lie here, or that a server has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.app.inputs.guidelines import guideline_of
from certmark.app.inputs.results import evidence_of
from certmark.app.inputs.runs import recorded_runs
from certmark.app.remote import ServerRequest, server_of
from certmark.client.values import RemoteRun
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.identity import bare_uuid, split
from certmark.domain.impacts import GuidelineImpact
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load, shipped

if TYPE_CHECKING:
    from certmark.corpus.history import ResultsHistory, RunFacts

_ENDINGS = (".json", ".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class ImpactRequest:
    """Which draft, and whose runs."""

    draft: str
    predecessor: str | None = None
    """None: the guideline that the draft says it replaces, beside it or among those that ship along."""
    program: str | None = None
    """None: every program of the draft."""
    runs: str | ServerRequest
    """A folder with a file or folder of results for each run, or a server with shared runs."""
    most: int = 1000
    """How many runs of a server are looked at, the newest ones."""


class FoundImpact(NamedTuple):
    """What the draft would change."""

    draft: Guideline
    predecessor: Guideline
    impact: GuidelineImpact
    looked_at: int
    """Runs, of which one of each cloud counts."""


def impact_of(request: ImpactRequest, listen: Listener = ignore) -> FoundImpact:
    """What it would change. Raises InvalidRequest, CannotProceed, FormatError or OSError."""
    draft = guideline_of(request.draft, None, listen)
    predecessor = _predecessor(request, draft, listen)
    programs = draft.programs if request.program is None else (find_program(draft, request.program),)
    try:
        from certmark.corpus.history import ResultsHistory
        from certmark.corpus.impact import impact_of as impact_on
        from certmark.corpus.yardsticks import Yardstick
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise CannotProceed("runs are judged with numpy, which is not installed; install certmark[corpus]") from None

    history, names = ResultsHistory(), {}
    for name, facts, results in _runs(request, listen):
        names[facts.id] = name
        _add(history, facts, results)
    if not names:
        raise InvalidRequest("no run is there that could be read")
    pairs = [(_now(predecessor, program), program) for program in programs]
    impact = impact_on(
        history.snapshot(),
        [(None if now is None else Yardstick(predecessor, now), Yardstick(draft, then)) for now, then in pairs],
        lambda facts: names[facts.id],
    )
    return FoundImpact(draft, predecessor, impact, len(names))


def _predecessor(request: ImpactRequest, draft: Guideline, listen: Listener) -> Guideline:
    if request.predecessor is not None:
        return guideline_of(request.predecessor, None, listen)
    if draft.replaces is None:
        raise InvalidRequest(f"{draft.id} does not say which guideline it replaces", Advice(Action.NAME_PREDECESSOR))
    word = Path(draft.replaces).name.removesuffix(".json")
    beside = [Path(request.draft).with_name(f"{word}{ending}") for ending in _ENDINGS]
    found = next((str(path) for path in beside if path.is_file()), word if word in shipped() else None)
    if found is None:
        reason = f"{draft.id} replaces {word}, which neither lies beside it nor ships along"
        raise InvalidRequest(reason, Advice(Action.NAME_PREDECESSOR))
    return load(found)


def _now(predecessor: Guideline, program: Program) -> Program | None:
    """The program as it is now."""
    for word in (program.name, *program.aliases):
        try:
            return find_program(predecessor, word)
        except NoSuchProgram:
            continue
    return None


def _add(history: ResultsHistory, facts: RunFacts, results: Results) -> None:
    from certmark.corpus.feeding import add_results

    add_results(history, [(facts, results)])


def _runs(request: ImpactRequest, listen: Listener) -> Iterator[tuple[str, RunFacts, Results]]:
    if isinstance(request.runs, str):
        return _in_folder(request.runs, listen)
    return _on_server(request.runs, request, listen)


def _in_folder(folder: str, listen: Listener) -> Iterator[tuple[str, RunFacts, Results]]:
    """A run for each entry; what cannot be read is told, and passed over."""
    from certmark.corpus.history import RunFacts

    for number, path in enumerate(sorted(Path(folder).iterdir())):
        if path.name.startswith("."):
            continue
        try:
            results = Results(evidence_of([str(path)], digest=False))
            record = next((one.record for one in recorded_runs([str(path)])), None)
        except (FormatError, InvalidInput) as error:
            listen(Remark(f"{path.name} is passed over: {error}"))
            continue
        facts = RunFacts(id=number.to_bytes(16, "big"), created=results.times.last or 0)
        if record is not None:
            cloud = record.cloud if record.identity is None else record.identity.id
            facts = facts._replace(cloud=cloud, program=record.guideline.program)
        yield path.name, facts, results


def _on_server(
    server: ServerRequest, request: ImpactRequest, listen: Listener
) -> Iterator[tuple[str, RunFacts, Results]]:
    """The newest whole run of each cloud, among those that everybody sees."""
    from certmark.corpus.history import RunFacts

    remote, seen, looked = server_of(server), set[tuple[str, ...]](), 0
    for run in remote.runs(request.most, {"of": "public", "partial": "false"}):
        looked += 1
        said = {name: str(run.document.get(name) or "") for name in ("vendor", "product", "version", "region")}
        program = run.verdict.program if run.verdict is not None else ""
        cloud = run.subject or "/".join(filter(None, (said["vendor"], said["product"]))) or run.id
        if (cloud, program) in seen:
            continue
        seen.add((cloud, program))
        facts = RunFacts(
            id=bytes.fromhex(run.id.replace("-", "")),
            created=_microseconds(run.created),
            cloud=cloud,
            vendor=said["vendor"],
            product=said["product"],
            release=said["version"],
            region=said["region"],
            program=program,
        )
        yield run.product or run.name, facts, _results(run, remote.results(run.id))
    if looked >= request.most:
        listen(Remark(f"of the server's runs the newest {request.most:,} were looked at"))


def _microseconds(moment: str) -> int:
    try:
        return int(dt.datetime.fromisoformat(moment).timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return 0


_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "set-up-error": Outcome.SETUP_ERROR,
    "unfinished": Outcome.UNFINISHED,
}


def _results(run: RemoteRun, told: list[Any]) -> Results:
    """What a server says of each test: what came of all its attempts."""
    form = str(run.document.get("format") or "")
    attempts = tuple(
        Attempt(split(one["name"]).name, bare_uuid(str(one.get("uuid") or "")), _OUTCOMES[one["outcome"]])
        for one in told
        if one["outcome"] in _OUTCOMES
    )
    return Results([Evidence(run.name, form, 0, None, attempts, passes_only="refstack-upload" in form)])
