"""A directory of results that is no run's, no repository and no submission: the JUnit files of parallel workers.

1. JUnit files are taken together, in the order of their names: each worker of a run writes one.
2. An empty file whose name ends like theirs is one of them: its worker died before it wrote.
3. Other results are never guessed to belong together: they are named, and the person chooses.
"""

from __future__ import annotations

from pathlib import Path

from certmark.domain.phrases import some
from certmark.domain.results import Evidence
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.evidence import evidence_of, head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.sources import source_of

_MOST = 1000
"""Files that are looked at."""
_SHOWN = 8
_ENDINGS = (".xml", ".xml.gz")


def evidence_in(directory: str, *, digest: bool) -> tuple[Evidence, ...]:
    """The evidence in the files of `directory`; folders in it are not entered.

    Raises UnreadableResults where they are no JUnit files; FormatError or OSError.
    """
    folder = Path(directory)
    shown = folder.absolute().name
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if len(paths) > _MOST:
        raise UnreadableResults(f"{shown} is a directory of {len(paths)} files; name those that are results")
    results = {path: kind for path in paths if (kind := _kind(path)) is not None}
    if not results:
        raise UnreadableResults(
            f"{shown} is a directory without a repository of stestr or a JUnit file; name a file of results in it"
        )
    if set(results.values()) != {ResultsKind.XML}:
        names = some([path.name for path in results], _SHOWN)
        raise UnreadableResults(f"{shown} is a directory; name those of its results that you mean: {names}")
    pieces = [piece for path in results for piece in evidence_of(source_of(str(path)), digest=digest)]
    return (pieces[0]._replace(remarks=(_remark(shown, results, paths), *pieces[0].remarks)), *pieces[1:])


def _kind(path: Path) -> ResultsKind | None:
    """What kind of results it is; None for other files: a report on coverage is XML, too."""
    head = head_of(source_of(str(path)))
    if not head.strip() and path.name.endswith(_ENDINGS):
        return ResultsKind.XML
    kind = recognise(head)
    if kind is ResultsKind.XML and b"testsuite" not in head.replace(b"\0", b""):
        return None
    return kind if kind is not ResultsKind.JSON or _is_ours(head) else None


def _is_ours(head: bytes) -> bool:
    """Whether JSON is results: most of it is something else."""
    return b'"certmark-report"' in head[:1024] or b'"duration_seconds"' in head


def _remark(shown: str, results: dict[Path, ResultsKind], paths: list[Path]) -> str:
    others = [path.name for path in paths if path not in results]
    beside = f"; no results, and left out: {some(others)}" if others else ""
    if len(results) == 1:
        return f"it is the only file of results in {shown}{beside}"
    return f"it is taken together with the other JUnit files in {shown}, {len(results)} in all{beside}"
