"""The guideline, program, levels, policy and hosts that a person names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.policies import POLICIES, Policy, policy_from
from certmark.domain.programs import AskedTest, NoSuchProgram, asked_at, find_program, has_program, listed
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.errors import FormatError, InvalidGuideline
from certmark.formats.guideline import DEFAULT, load, shipped
from certmark.formats.guideline.document import RepeatedKey
from certmark.formats.guideline.elsewhere import place_of


class Remarks(Enum):
    """How much is told of what is odd in a guideline."""

    ALL = "all"
    COUNTED = "counted"
    """That there is something, and how to see it."""
    NONE = "none"
    """Where a report tells it."""


def guideline_of(
    named: str | None,
    program: str | None = None,
    listen: Listener = ignore,
    *,
    remarks: Remarks = Remarks.COUNTED,
    last_counts: bool = False,
) -> Guideline:
    """A file, `-`, a shipped id or one of an imported history; None: the shipped one that has `program`.

    The default comes before all others that ship along. `last_counts` reads a key that stands twice in one object of a
    file as RefStack did, and tells it. A file that is called as a shipped guideline is told, and passed over.
    Raises NoSuchProgram, FormatError or OSError.
    """
    guideline = _shipped_with(program) if named is None else _of_day(named, program, listen)
    if guideline is None:
        guideline = _loaded(named or "", listen, last_counts=last_counts)
    if named in shipped() and Path(named or "").exists():
        listen(Remark(f"{named} is the guideline that ships along; write ./{named} to name what lies here"))
    if remarks is Remarks.ALL:
        for sentence in guideline.remarks:
            listen(Remark(f"{guideline.id}: {sentence}"))
    elif guideline.remarks and remarks is Remarks.COUNTED:
        what = f"{guideline.id}: odd in it: {len(guideline.remarks)}"
        listen(Remark(what, Advice(Action.SHOW_GUIDELINE)))
    return guideline


def _shipped_with(program: str | None) -> Guideline:
    """The default, unless it has no such program and just one of the other shipped guidelines has it."""
    default = load(DEFAULT)
    if program is None:
        return default
    try:
        _find_unless_elsewhere(default, program)
    except NoSuchProgram as error:
        if error.is_ambiguous:
            raise
        others = [load(identity) for identity in shipped() if identity != DEFAULT]
        having = [guideline for guideline in others if has_program(guideline, program)]
        if len(having) != 1:
            elsewhere = place_of(program)
            there = ", ".join(f"{listed(guideline.programs)} in {guideline.id}" for guideline in (default, *others))
            from certmark.domain.suggestions import did_you_mean  # a door: few words are misspelt

            known = [word for one in (default, *others) for of in one.programs for word in (of.name, *of.aliases)]
            meant = did_you_mean(program, known)
            problem = f"there is no program {program!r} in what ships along{meant}: {there}{elsewhere}"
            raise NoSuchProgram(problem, Advice(Action.NAME_GUIDELINE_COPY) if elsewhere else None) from None
        return having[0]
    return default


def _find_unless_elsewhere(default: Guideline, program: str) -> None:
    """Raises NoSuchProgram, also for a part of a name that is the word of something else.

    `kubernetes` means the conformance of a Kubernetes, not a cloud that is ready for one.
    """
    found, word = find_program(default, program), program.strip().casefold()
    if word not in {known.casefold() for known in (found.name, *found.aliases)} and place_of(word):
        raise NoSuchProgram(program)


def _of_day(named: str, program: str | None, listen: Listener) -> Guideline | None:
    if "@" not in named:
        return None
    from certmark.app.inputs.guideline_histories import guideline_of_day  # a door: few name a day

    return guideline_of_day(named, program, listen)


def _loaded(named: str, listen: Listener, *, last_counts: bool) -> Guideline:
    try:
        guideline = load(named)
    except RepeatedKey:
        if not last_counts:
            raise
        guideline = load(named, last_counts=True)
        listen(Remark(f"{guideline.id}: {guideline.remarks[0]}", is_important=True))
    except InvalidGuideline as error:
        if Path(named).exists() or not _is_program(named):
            raise
        raise InvalidGuideline(str(error), Advice(Action.NAME_PROGRAM, named)) from error
    return guideline


def _is_program(word: str) -> bool:
    """Whether a person named a program in the place of a guideline."""
    try:
        return bool(find_program(load(DEFAULT), word))
    except NoSuchProgram:
        return False


def guidelines_in(folder: str, listen: Listener = ignore, *, deep: bool) -> list[Guideline]:
    """The guidelines in `folder`, and in those below it if `deep`; what is none is told and left out.

    Raises InvalidRequest where there are too many files, FormatError or OSError.
    """
    guidelines, unread = [], []
    for path in _files(Path(folder), deep=deep):
        try:
            guidelines.append(load(str(path)))
        except FormatError:
            if path.name != SITE_MANIFEST:
                unread.append(path.name)
    if unread:
        listen(Remark(f"not guidelines, left out: {', '.join(unread[:10])}{' …' if len(unread) > 10 else ''}"))
    return guidelines


_MOST_FILES = 2000
SITE_MANIFEST = "certmark-site.json"
"""What a site that was made of guidelines knows its files by; it may lie beside them."""


def _files(folder: Path, *, deep: bool) -> list[Path]:
    found: list[Path] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if deep and not name.startswith("."))
        found += [Path(here, name) for name in sorted(names) if name.endswith((".json", ".json.gz", ".yaml", ".yml"))]
        if len(found) > _MOST_FILES:
            raise InvalidRequest(
                f"{folder} holds more than {_MOST_FILES} files of JSON or YAML; name a folder of guidelines"
            )
    return found


def policy_of(wanted: str | None) -> Policy | None:
    """A policy by its name or file; None: the guideline's. Raises InvalidRequest, FormatError or InvalidPolicy."""
    if wanted is None or wanted in POLICIES:
        return None if wanted is None else POLICIES[wanted]
    if not Path(wanted).exists():
        raise InvalidRequest(f"there is no policy {wanted!r}; name {', '.join(POLICIES)}, or a JSON file")
    from certmark.formats.guideline.loading import read_policy

    return policy_from(read_policy(wanted))


def hosts_of(
    program: Program, guideline: str | None, named: Sequence[str] = (), listen: Listener = ignore
) -> tuple[Guideline, ...]:
    """Guidelines that define components which `program` names: those `named`, else those beside its own file.

    `guideline` is what the person called the add-on's. Raises FormatError or OSError for a named one.
    """
    if named:
        return tuple(load(path) for path in named)
    hosts = []
    for path in files_beside(program, guideline).values():
        try:
            hosts.append(load(str(path)))
        except FormatError as error:
            listen(Remark(f"a guideline that the program names was not used: {error}"))
    return tuple(hosts)


def files_beside(program: Program, guideline: str | None) -> dict[str, Path]:
    """The files beside the guideline, or a folder above it, that are called as the sources that `program` names."""
    folder = Path(guideline or "").parent
    elsewhere = (*program.requires, *(member for member in program.components if member.source))
    names = dict.fromkeys((needed.source or "").rpartition("/")[2] for needed in elsewhere)
    places = [(name, folder / up / name) for name in names if name for up in ("..", "")]
    return {name: path for name, path in places if path.is_file()}


def program_of(guideline: Guideline, wanted: str | None) -> Program:
    """The program that is wanted, or the only one. Raises NoSuchProgram or InvalidRequest with the list."""
    if wanted is not None:
        return find_program(guideline, wanted)
    if len(guideline.programs) == 1:
        return guideline.programs[0]
    advice = Advice(Action.NAME_PROGRAM, listed(guideline.programs))
    raise InvalidRequest(f"{guideline.id} has several programs", advice)


def levels_of(words: str) -> tuple[Level, ...]:
    """The levels of `required,advisory`, or of `all`. Raises InvalidRequest."""
    return tuple(Level) if words.strip() == "all" else tuple(_level(word.strip()) for word in words.split(","))


def _level(word: str) -> Level:
    try:
        return Level(word)
    except ValueError:
        known = ", ".join(level.value for level in Level)
        raise InvalidRequest(f"there is no level {word!r}; there are {known}, or all") from None


def asked_tests(guideline: Guideline, program: Program, words: str, *, flagged: bool) -> tuple[AskedTest, ...]:
    """The tests of these levels, at least one. Raises InvalidRequest."""
    tests = asked_at(guideline, program, levels_of(words), flagged=flagged)
    if not tests:
        raise InvalidRequest(f"{program.name} of {guideline.id} asks for no test at level {words}")
    return tests
