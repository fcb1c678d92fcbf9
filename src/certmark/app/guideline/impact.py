"""Who would break, and who would newly pass, if a draft were approved: by runs that lie here, or that a server has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.inputs.guidelines import guideline_of
from certmark.app.inputs.results import evidence_of
from certmark.app.inputs.runs import recorded_runs
from certmark.app.remote import ServerRequest, corpus_of
from certmark.client.connection import ServerHasNone
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.impacts import GuidelineImpact
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.results import Results
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load, shipped
from certmark.formats.guideline.reading import read

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
    programs = draft.programs if request.program is None else (find_program(draft, request.program),)
    if isinstance(request.runs, ServerRequest):
        return _by_server(request, request.runs, draft, listen)
    predecessor = _predecessor(request, draft, listen)
    try:
        from certmark.corpus.history import ResultsHistory
        from certmark.corpus.impact import impact_of as impact_on
        from certmark.corpus.yardsticks import Yardstick
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise CannotProceed("runs are judged with numpy, which is not installed; install certmark[corpus]") from None

    history, names = ResultsHistory(), {}
    for name, facts, results in _in_folder(request.runs, listen):
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


def _by_server(request: ImpactRequest, server: ServerRequest, draft: Guideline, listen: Listener) -> FoundImpact:
    """The server judges all shared runs that it has; what the draft replaces it must have as well."""
    corpus = corpus_of(server)
    try:
        predecessor = _predecessor(request, draft, listen)
    except (InvalidRequest, OSError):
        word = request.predecessor or draft.replaces
        content = None if word is None else corpus.guideline(Path(word).name.removesuffix(".json"))
        if word is None or content is None:
            raise
        predecessor = read(content, Path(word).name)
    try:
        found = corpus.impact(draft.data, Path(request.draft).name, predecessor.sha256, request.program)
    except ServerHasNone:
        reason = f"the server does not have {predecessor.id} as it stands here, {predecessor.sha256[:12]}"
        raise InvalidRequest(reason, Advice(Action.NAME_PREDECESSOR)) from None
    return FoundImpact(draft, predecessor, found.impact, found.looked_at)


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
