"""A suite: described, chosen for the cloud's release, installed, surveyed, with a remark for each step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.surveys import Survey
from certmark.formats.run_record import RunRecord
from certmark.formats.surveys import load_survey
from certmark.places import cache_home
from certmark.runner.environments import InstallProgress, OnEvent, SuiteError
from certmark.runner.suites import InstalledSuite, Plugin, Suite, install, load_suite, plugins_for
from certmark.runner.surveying import survey


def installed_for(
    suite: Suite, version: str | None, wheels: str | None, names: Iterable[str], listen: Listener
) -> InstalledSuite:
    """`suite` with the plugins that tests of these `names` need. Raises SuiteError."""

    def tell(progress: InstallProgress) -> None:
        listen(Remark(progress.sentence))

    return _installed(suite, version, wheels, names, tell)


def _installed(
    suite: Suite, version: str | None, wheels: str | None, names: Iterable[str], tell: OnEvent
) -> InstalledSuite:
    return install(
        suite,
        absolute(version),
        cache=cache_home(),
        wheels=Path(wheels) if wheels is not None else None,
        on_event=tell,
        plugins=plugins_for(suite, names),
    )


class _NotHere(Exception):
    """The suite would have to be installed."""


def installed_already(
    suite: Suite, version: str | None, wheels: str | None, names: Iterable[str], listen: Listener
) -> InstalledSuite | None:
    """Likewise, where nothing has to be installed for it; None where something has, or it cannot be used."""

    def tell(progress: InstallProgress) -> None:
        if progress.stage == "create":
            raise _NotHere
        listen(Remark(progress.sentence))

    try:
        return _installed(suite, version, wheels, names, tell)
    except (_NotHere, SuiteError):
        return None


def installed_again(record: RunRecord, listen: Listener) -> InstalledSuite:
    """The suite with which a run began. Raises SuiteError."""
    suite = record.suite
    return installed_for(load_suite(suite.description), suite.wanted, suite.wheels, suite.names, listen)


def absolute(text: str | None) -> str | None:
    """A path as it means the same from everywhere; a version stays a version."""
    return str(Path(text).absolute()) if text is not None and Path(text).exists() else text


_PLUGIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(==(?P<version>[^/-][^/]*))?\Z")


@dataclass(frozen=True, kw_only=True)
class SuiteRequest:
    """A suite to install and read."""

    name: str = "tempest"
    """Of a shipped suite, or a suite file."""
    version: str | None = None
    """A version, or a source tree, wheel or environment; None: the suite's own."""
    plugins: Sequence[str] = ()
    """Names of plugins, or packages, each with a version after `==` or without; none: those that are needed."""
    wheels: str | None = None
    """A folder of wheels to install from, without a network."""


def survey_of(source: SuiteRequest | str, guideline: Guideline, listen: Listener = ignore) -> Survey:
    """The survey in the file `source`, else that of a suite, with the plugins of `guideline` unless it names some.

    Raises InvalidSurvey, OSError, InvalidRequest or CannotProceed.
    """
    if isinstance(source, str):
        return load_survey(source)

    def tell(progress: InstallProgress) -> None:
        listen(Remark(progress.sentence))

    cache = Path(cache_home())
    suite = load_suite(source.name)
    tests = {test.name for capability in guideline.capabilities.values() for test in capability.tests}
    installed = install(
        suite,
        absolute(source.version),
        cache=cache,
        wheels=Path(source.wheels) if source.wheels is not None else None,
        on_event=tell,
        plugins=_plugins(source.plugins, suite.plugins) if source.plugins else plugins_for(suite, tests),
    )
    return survey(installed, cache=cache, on_event=tell)


def _plugins(words: Iterable[str], known: Sequence[Plugin]) -> tuple[Plugin, ...]:
    return tuple(_plugin(word, known) for word in words)


def _plugin(word: str, known: Sequence[Plugin]) -> Plugin:
    named = _PLUGIN.match(word)
    if named is None:
        raise InvalidRequest(
            f"{word!r} names no plugin; name one like dns, or a package like heat-tempest-plugin==3.0.0"
        )
    name, version = named["name"], named["version"]
    plugin = next((item for item in known if name in {item.name, item.requirement}), Plugin(name, name, (), ()))
    pinned = f"{plugin.requirement}=={version}" if version else plugin.requirement
    return plugin._replace(name=name, requirement=pinned)
