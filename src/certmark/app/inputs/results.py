"""The results that a person names: files and directories of results, and folders of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from certmark.app.inputs.runs import place_of
from certmark.domain.remarks import Listener, Remark
from certmark.domain.results import Evidence, Results
from certmark.evidence.results import read_evidence
from certmark.formats.run_folder import JOURNAL


def results_of(paths: Sequence[str], *, digest: bool) -> Results:
    """Everything that `paths` name, as the results of one run: `evidence_of`, indexed.

    Raises ContradictoryResults, and what `evidence_of` raises.
    """
    return Results(evidence_of(paths, digest=digest))


def evidence_of(paths: Sequence[str], *, digest: bool) -> list[Evidence]:
    """The evidence that `paths` name, that of runs first; a run is named by its folder, its id or its bundle.

    Folders of several runs are taken together only if they tested in the same way (one
    configuration fingerprint); their ids then stand in the names of the evidence. Raises
    FormatError, ContradictoryResults or OSError.
    """
    places = [place_of(path) for path in paths]
    runs = [path for path in places if Path(path, JOURNAL).is_file()]
    evidence = [item for path in places if path not in runs for item in read_evidence(path, digest=digest)]
    if not runs:
        return evidence
    from certmark.runner.loading import load_run, merge

    found = merge(runs, digest=digest) if len(runs) > 1 else load_run(runs[0], digest=digest).results
    return [*found.evidence, *evidence]


def remark_on(evidence: Iterable[Evidence], listen: Listener) -> None:
    """Tell what the readers found odd, and what went wrong beside the tests."""
    for piece in evidence:
        for sentence in piece.circumstances:
            listen(Remark(sentence))
        for remark in (*piece.remarks, *(trouble.sentence for trouble in piece.troubles)):
            listen(Remark(f"{piece.name}: {remark}"))
