"""The survey of an installed suite: made once by the suite's own interpreter, then kept.

The suite's tests are imported under an empty configuration; no test is run and no cloud is asked.
What was found is kept under the versions of everything that is installed with the suite.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from functools import lru_cache
from pathlib import Path

from certmark.domain.surveys import Survey, SurveyedTest
from certmark.formats.surveys import InvalidSurvey, load_survey, tests_of, write_survey
from certmark.runner.environments import RECORD, Failed, InstallProgress, OnEvent, SuiteError, run
from certmark.runner.suites import InstalledSuite, SuiteKind, environ_for, list_tests

_PROGRAM = Path(__file__).resolve().parent / "in_suite" / "survey_main.py"
_SECONDS = 600
_MOST_ANSWER = 256 << 20


def survey(installed: InstalledSuite, *, cache: Path, on_event: OnEvent | None = None) -> Survey:
    """What the code of `installed` says of each of its tests, from `cache` where it is kept there.

    An environment that a person made may change under the same versions, so the survey of one is
    made anew each time. A suite of kind COMMAND gives names and ids only. Raises SuiteError.
    """
    kept = _place_of(installed, cache)
    is_ours = _is_ours(installed)
    found = _load_kept(kept) if is_ours else None
    if found is not None:
        return found
    if on_event is not None:
        on_event(InstallProgress("list", f"reading the tests of {installed.suite.name} {installed.version}"))
    made = _make_survey(installed)
    if is_ours:
        _keep(made, kept)
    return made


def _is_ours(installed: InstalledSuite) -> bool:
    return (installed.folder / RECORD).is_file()


def read_ahead(installed: InstalledSuite, *, cache: Path) -> None:
    """Read the survey of `installed` where one is kept, so that it is there at once when somebody asks for it."""
    if _is_ours(installed):
        _load_kept(_place_of(installed, cache))


def _place_of(installed: InstalledSuite, cache: Path) -> Path:
    return Path(cache) / "surveys" / f"{installed.suite.name}-{installed.version}-{_key(installed)}.json.gz"


def _load_kept(path: Path) -> Survey | None:
    try:
        return _read(str(path), path.stat().st_mtime_ns)
    except (OSError, InvalidSurvey):
        return None  # nothing there, or nothing that can be used: it is made again


@lru_cache(maxsize=1)
def _read(path: str, _changed: int) -> Survey:
    """The survey in the file `path` as it is since it was `_changed`."""
    return load_survey(path)


def _keep(made: Survey, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_survey(made, str(path))
    except OSError:
        return  # the next one will pay for the survey again, this one has it


def _key(installed: InstalledSuite) -> str:
    digest = hashlib.sha256(_PROGRAM.read_bytes())
    for part in sorted(_PROGRAM.parent.glob("*.py")):
        digest.update(part.read_bytes())
    suite = installed.suite
    digest.update(json.dumps([suite.name, suite.load, str(installed.folder), dict(installed.versions)]).encode())
    return digest.hexdigest()[:16]


def _make_survey(installed: InstalledSuite) -> Survey:
    with tempfile.TemporaryDirectory(prefix="certmark-survey-") as place:
        folder = Path(place)
        for name in installed.suite.config_files:
            (folder / Path(name).name).touch()
        match installed.suite.kind:
            case SuiteKind.UNITTEST:
                tests, problems = _read_code(installed, folder)
            case SuiteKind.COMMAND:
                listed = list_tests(installed, folder)
                tests, problems = tuple(SurveyedTest(full) for full in sorted(set(listed))), ()
    is_described = installed.suite.kind is SuiteKind.UNITTEST
    return Survey(installed.suite.name, installed.version, tests, _packages(installed), problems, is_described)


def _read_code(installed: InstalledSuite, folder: Path) -> tuple[tuple[SurveyedTest, ...], tuple[str, ...]]:
    suite, answer = installed.suite, folder / "survey.answer"
    command = [str(installed.python), str(_PROGRAM), str(answer), *suite.load]
    # In an environment of ours the compiled modules stay, for listings and runs; a person's is left as it is.
    env = environ_for(installed, folder) | ({} if _is_ours(installed) else {"PYTHONDONTWRITEBYTECODE": "1"})
    try:
        run(command, seconds=_SECONDS, env=env, cwd=folder)
        if answer.stat().st_size > _MOST_ANSWER:
            raise SuiteError(f"the survey of {suite.name} is larger than {_MOST_ANSWER >> 20} MB; name fewer plugins")
        found = json.loads(answer.read_bytes())
        tests = tests_of(found["tests"], suite.name)
    except Failed as error:
        raise SuiteError(f"{suite.name} {installed.version} cannot be surveyed: {_last_line(error.output)}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteError(f"{suite.name} {installed.version} cannot be surveyed: its answer cannot be read") from error
    problems = tuple(_last_line(str(error)) for error in found.get("errors", ()))
    if not tests and problems:
        raise SuiteError(
            f"no test of {suite.name} {installed.version} can be imported ({problems[0]}); take a version that fits "
            "this Python and what is installed with it"
        )
    if not tests:
        raise SuiteError(f"{suite.name} {installed.version} has no test; name another suite or version")
    return tests, problems


def _last_line(output: str) -> str:
    """What went wrong, for one line: the module that failed, where it is told, and the error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    module = re.search(r"Failed to import test module: (\S+)", output)
    last = lines[-1][:300] if lines else "it said nothing"
    return f"{module[1]}: {last}" if module else last


def _packages(installed: InstalledSuite) -> tuple[tuple[str, str], ...]:
    """The suite and what brings it further tests: the distributions that its description names."""
    suite = installed.suite
    named = [*suite.requirements, *(plugin.requirement for plugin in suite.plugins)]
    names = {re.split(r"[=<>~! \[;]", requirement)[0].lower() for requirement in named}
    # A plugin that no description knows calls itself one.
    names |= {name for name in installed.versions if re.search(r"tempest[-_]plugin$|[-_]tempest[-_]tests$", name)}
    return tuple((name, version) for name, version in sorted(installed.versions.items()) if name in names)
