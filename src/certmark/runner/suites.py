"""Suites as data: how one is installed, how its tests are listed and run, what it reports.

A description is a JSON file (docs/reference/suite.md). Those that ship lie in `data/suites`;
`--suite FILE` reads another. Certmark's own process never imports a suite.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.runner.environments import (
    PRIVATE,
    Environment,
    Failed,
    InstallProgress,
    OnEvent,
    SuiteError,
    WantedEnvironment,
    download,
    existing,
    make,
    run,
)
from certmark.runner.suite_files import Plugin, Release, Suite, SuiteKind, load_suite, shipped_suites

__all__ = [
    "InstalledSuite",
    "Plugin",
    "Release",
    "Suite",
    "SuiteError",
    "SuiteKind",
    "config_env",
    "install",
    "list_tests",
    "load_suite",
    "plugins_for",
    "release_for",
    "run_command",
    "selectors",
    "shipped_suites",
]
_DATA = Path(__file__).resolve().parent.parent / "data" / "constraints"
_LISTER = Path(__file__).resolve().parent / "in_suite" / "lister_main.py"
_LIST_SECONDS = 600


class InstalledSuite(NamedTuple):
    """A suite in an environment of its own."""

    suite: Suite
    version: str
    """Of the suite's first requirement, as installed."""
    python: Path
    """The interpreter of its environment."""
    folder: Path
    """The environment; the person's own where an interpreter was named."""
    versions: Mapping[str, str]
    """Every distribution installed there."""
    lists: Path
    """A folder for what was listed before."""


def install(
    suite: Suite,
    version: str | None,
    *,
    cache: Path,
    wheels: Path | None,
    on_event: OnEvent,
    plugins: Sequence[Plugin] = (),
    constraints: Path | str | None = None,
) -> InstalledSuite:
    """`suite` at `version` (None: the description's), with `plugins`, in an environment of its own.

    `version` may be a path: of a source tree or wheel, which is installed, or of an interpreter or
    environment that has the suite, which is used as it is. Raises SuiteError.
    """
    folder = cache / "suites"
    asked = version or suite.default_version
    interpreter = _interpreter(asked)
    if interpreter is not None:
        environment = existing(interpreter)
        on_event(InstallProgress("reuse", f"using the environment of {interpreter}"))
    else:
        environment = make(
            _offline(_environment_of(suite, asked, plugins, constraints), wheels),
            cache=folder,
            wheels=wheels,
            on_event=on_event,
        )
    found = _version_in(suite, environment)
    return InstalledSuite(suite, found, environment.python, environment.folder, environment.versions, folder / "lists")


def fetch(
    suite: Suite, version: str | None, folder: Path, *, on_event: OnEvent, plugins: Sequence[Plugin] = ()
) -> None:
    """The wheels of `suite` at `version` (None: the description's) and of all that it needs, into `folder`.

    Raises SuiteError or OSError.
    """
    download(_environment_of(suite, version or suite.default_version, plugins, None), folder, on_event)


def list_tests(installed: InstalledSuite, config_folder: Path) -> tuple[str, ...]:
    """The full ids of all tests of the suite, in its order, under the configuration in `config_folder`.

    Tags in the ids depend on the configuration, so what was listed is kept by the versions of
    everything installed and by the configuration's content. Raises SuiteError.
    """
    return tuple(_listing(installed, config_folder))


def selectors(installed: InstalledSuite, config_folder: Path, tests: Iterable[str]) -> tuple[str, ...]:
    """How the suite's own command wants `tests` named; the full ids themselves for most suites."""
    listing = _listing(installed, config_folder)
    return tuple(listing[test] for test in tests)


def config_env(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    """The environment variables that point the suite at its configuration."""
    places = {"config": str(Path(config_folder).absolute()), "suite": str(installed.suite.folder)}
    return {name: _filled(value, places) for name, value in installed.suite.config_env.items()}


def command_by_hand(installed: InstalledSuite, config_folder: Path, test: str) -> list[str]:
    """The command with which a person runs one test of a suite, as configured for a run; empty where there is none."""
    if installed.suite.kind is not SuiteKind.UNITTEST:
        return []
    settings = [f"{name}={value}" for name, value in config_env(installed, config_folder).items()]
    return ["env", *settings, str(installed.python), "-m", "testtools.run", test]


def run_command(installed: InstalledSuite, config_folder: Path, tests: Sequence[str], results: Path) -> list[str]:
    """The command that runs `tests` of a suite of kind COMMAND and writes `results`."""
    chosen = selectors(installed, config_folder, tests)
    places = _places(installed, config_folder) | {"results": str(results)}
    words: list[str] = []
    for word in installed.suite.run_command:
        words += list(chosen) if word == "{tests}" else [_filled(word, places)]
    return words


def plugins_for(suite: Suite, names: Iterable[str]) -> tuple[Plugin, ...]:
    """The plugins without which tests of these names cannot be there."""
    wanted = set()
    for name in names:
        wanted |= {plugin for plugin in suite.plugins if name.startswith(plugin.prefixes)}
    return tuple(plugin for plugin in suite.plugins if plugin in wanted)


def release_for(suite: Suite, signs: Mapping[str, str]) -> Release | None:
    """The newest release that none of the cloud's `signs` contradicts, by the oldest sign.

    A sign is a version that a service tells of itself: the compute API's highest microversion,
    Swift's own version. None where the cloud gives no sign that the description knows.
    """
    found = [release for service, version in signs.items() if (release := _by_sign(suite, service, version))]
    return max(found, key=suite.releases.index) if found else None


def _by_sign(suite: Suite, service: str, version: str) -> Release | None:
    known = [release for release in suite.releases if service in release.signs]
    for release in known:  # the newest first
        if _numbers(version) >= _numbers(release.signs[service]):
            return release
    return known[-1] if known else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _offline(wanted: WantedEnvironment, wheels: Path | None) -> WantedEnvironment:
    """A folder of wheels decides the versions itself; constraints elsewhere cannot be asked for without a network."""
    is_elsewhere = isinstance(wanted.constraints, str)
    return wanted._replace(constraints=None) if wheels is not None and is_elsewhere else wanted


def _environment_of(
    suite: Suite, asked: str, plugins: Sequence[Plugin], constraints: Path | str | None
) -> WantedEnvironment:
    is_path = os.sep in asked or Path(asked).exists()
    if is_path and not Path(asked).exists():
        raise SuiteError(f"there is nothing at {asked}; name a version, or a source tree, wheel or environment")
    if not is_path and not re.fullmatch(r"[0-9][0-9A-Za-z.+!-]*", asked):
        raise SuiteError(f"{asked!r} is no version of {suite.name}; name one like {suite.default_version}, or a path")
    first = str(Path(asked).resolve()) if is_path else suite.requirements[0].replace("{version}", asked)
    rest = [requirement.replace("{version}", asked) for requirement in suite.requirements[1:]]
    label = f"{suite.name}-{Path(asked).name if is_path else asked}"
    frozen = constraints if constraints is not None else _constraints(suite, asked)
    return WantedEnvironment(label, (first, *rest, *(plugin.requirement for plugin in plugins)), frozen)


def _constraints(suite: Suite, version: str) -> Path | str | None:
    """Those of the release that the version was made for."""
    release = next((item for item in suite.releases if item.version == version), None)
    named = release.constraints if release is not None else suite.constraints
    if named is None or "://" in named:
        return named
    shipped, own = _DATA / f"{named}.txt", suite.folder / named
    if own.is_file():
        return own
    if shipped.is_file():
        return shipped
    raise SuiteError(f"the suite {suite.name} names constraints {named!r}, which are neither beside it nor shipped")


def _interpreter(asked: str) -> Path | None:
    path = Path(asked)
    if os.sep not in asked:
        return None
    if path.is_dir() and (path / "bin" / "python").exists():
        return path.absolute() / "bin" / "python"
    if path.is_file() and path.name.startswith("python") and os.access(path, os.X_OK):
        return path.absolute()
    return None


def _version_in(suite: Suite, environment: Environment) -> str:
    name = re.split(r"[=<>~! \[]", suite.requirements[0])[0].lower()
    version = environment.versions.get(name)
    if version is None:
        raise SuiteError(f"{name} is not installed in {environment.folder}; name an environment that has it")
    return version


def _listing(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    """Full id -> the suite's own word for it, from what was listed before where that still holds."""
    kept = installed.lists / f"{_list_key(installed, config_folder)}.json"
    try:
        found = json.loads(kept.read_bytes())
        if isinstance(found, dict) and found:
            return found
    except (OSError, ValueError):
        pass
    listing = _listed(installed, config_folder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(listing), encoding="utf-8")
    draft.replace(kept)
    return listing


def _list_key(installed: InstalledSuite, config_folder: Path) -> str:
    digest = hashlib.sha256(json.dumps([installed.suite.name, str(installed.folder), installed.versions]).encode())
    if installed.suite.kind is SuiteKind.COMMAND:
        digest.update(_tree_digest(installed.suite.folder))
    for name in installed.suite.config_files:
        path = Path(config_folder) / name
        content = path.read_bytes() if path.is_file() else b""
        # A run's own folder stands in its configuration; that changes no test's tags.
        digest.update(content.replace(str(Path(config_folder).absolute()).encode(), b"."))
    return digest.hexdigest()[:32]


def _tree_digest(folder: Path) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.digest()


def _listed(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    match installed.suite.kind:
        case SuiteKind.UNITTEST:
            return _listed_by_import(installed, config_folder)
        case SuiteKind.COMMAND:
            return _listed_by_command(installed, config_folder)


def _listed_by_import(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    installed.lists.mkdir(parents=True, exist_ok=True)
    answer = installed.lists / f".listing-{os.getpid()}.json"
    command = [str(installed.python), str(_LISTER), str(answer), *installed.suite.load]
    try:
        run(
            command,
            seconds=_LIST_SECONDS,
            env=environ_for(installed, config_folder),
            cwd=Path(config_folder),
            umask=PRIVATE,
        )
        found = json.loads(answer.read_bytes())
    except Failed as error:
        raise SuiteError(f"{installed.suite.name} cannot list its tests: {_cause(error.output)}") from error
    finally:
        answer.unlink(missing_ok=True)
    if not found["tests"]:
        why = _cause(found["errors"][0]) if found["errors"] else "it found none"
        raise SuiteError(f"{installed.suite.name} {installed.version} lists no test: {why}")
    return {test: test for test in found["tests"]}


def environ_for(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    """The environment of the suite's processes: the person's, without their cloud and Python settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OS_", "PYTHON", "TEMPEST_")) and name != "VIRTUAL_ENV"
    }
    return kept | {"PYTHONUNBUFFERED": "1"} | config_env(installed, config_folder)


def _listed_by_command(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    suite = installed.suite
    command = [_filled(word, _places(installed, config_folder)) for word in suite.list_command]
    try:
        output = run(
            command, seconds=_LIST_SECONDS, env=environ_for(installed, config_folder), cwd=suite.folder, umask=PRIVATE
        )
    except Failed as error:
        raise SuiteError(f"{suite.name} cannot list its tests: {_cause(error.output)}") from error
    pattern = re.compile(suite.list_pattern)
    words = [match["test"] for line in output.splitlines() if (match := pattern.match(line))]
    if not words:
        raise SuiteError(f"{suite.name} lists no test: no line of its output fits {suite.list_pattern!r}")
    return {suite.name_of(word): word for word in words}


def _cause(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return next(iter([*reversed(telling), *reversed(lines)]), "it said nothing")[:300]


def _places(installed: InstalledSuite, config_folder: Path) -> dict[str, str]:
    return {
        "python": str(installed.python),
        "config": str(Path(config_folder).absolute()),
        "suite": str(installed.suite.folder),
        "bin": str(installed.python.parent),
    }


def _filled(text: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text
