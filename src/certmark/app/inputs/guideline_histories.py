"""The guideline that held on a day, out of an imported history."""

from __future__ import annotations

from certmark.domain.errors import InvalidRequest
from certmark.domain.guideline_history import GuidelineFileHistory, GuidelineHistory
from certmark.domain.guidelines import Guideline
from certmark.domain.phrases import some
from certmark.domain.programs import has_program
from certmark.domain.remarks import Listener, Remark
from certmark.formats.guideline.history import DatedName, dated_name, guidelines_on, load_revision, read_history


def guideline_of_day(named: str, program: str | None, listen: Listener) -> Guideline | None:
    """What `HISTORY/NAME@DATE` or `HISTORY@DATE` names; None where `named` is no such thing.

    What it is taken from is told. Raises InvalidRequest, InvalidGuideline or OSError.
    """
    wanted = dated_name(named)
    if wanted is None:
        return None
    history = read_history(wanted.folder)
    if not wanted.name:
        return _approved(wanted, history, program, listen)
    file = _file(wanted, history)
    revision = file.held_on(wanted.day)
    if revision is None:
        since = f"it begins on {file.revisions[0].day}" if file.revisions[0].day > wanted.day else "it was removed then"
        raise InvalidRequest(f"{file.path} did not hold on {wanted.day}: {since}")
    broken = file.unreadable_on(wanted.day)
    if broken is not None:
        text = f"{file.path} of {broken.day} cannot be read ({broken.trouble}); the revision before it is used"
        listen(Remark(text, is_important=True))
    listen(Remark(f"{file.path} as of {revision.day}, commit {revision.commit[:12]}"))
    return _told(load_revision(wanted.folder, file, revision), listen, repeated=revision.repeated_keys)


def _file(wanted: DatedName, history: GuidelineHistory) -> GuidelineFileHistory:
    found = history.named(wanted.name)
    if len(found) == 1:
        return found[0]
    known = some([file.path for file in found or history.files], 12)
    problem = "is several files" if found else "is no file"
    raise InvalidRequest(f"{wanted.name} {problem} of the history in {wanted.folder}; there are {known}")


def _approved(wanted: DatedName, history: GuidelineHistory, program: str | None, listen: Listener) -> Guideline:
    """The newest guideline that was approved on that day, of those that have the program."""
    there = [
        (path, guideline)
        for path, guideline in guidelines_on(wanted.folder, history, wanted.day)
        if (guideline.status or "").strip().casefold() == "approved"
        and (program is None or has_program(guideline, program))
    ]
    if not there:
        asked = f" that has the program {program!r}" if program is not None else ""
        raise InvalidRequest(
            f"no guideline{asked} was approved on {wanted.day} in {wanted.folder}; name one of its files"
        )
    newest = max((_since(guideline) for _, guideline in there), default="")
    found = [(path, guideline) for path, guideline in there if _since(guideline) == newest]
    if len(found) > 1:
        names = some([path for path, _ in found])
        raise InvalidRequest(f"several guidelines of {newest} were approved on {wanted.day}: {names}; name one of them")
    path, guideline = found[0]
    listen(Remark(f"{path} was the newest approved guideline on {wanted.day}"))
    file = next(file for file in history.files if file.path == path)
    revision = file.held_on(wanted.day)
    return _told(guideline, listen, repeated=revision is not None and revision.repeated_keys)


def _since(guideline: Guideline) -> str:
    return (guideline.target_approval or guideline.id)[:7].replace("-", ".")


def _told(guideline: Guideline, listen: Listener, *, repeated: bool) -> Guideline:
    if repeated:
        listen(Remark(guideline.remarks[0], is_important=True))
    return guideline
