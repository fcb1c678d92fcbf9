"""The suite of a run: described, chosen for the cloud's release, installed, with a remark for each step."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from certmark.domain.remarks import Listener, Remark
from certmark.places import cache_home
from certmark.runner.environments import InstallProgress
from certmark.runner.journal import Header
from certmark.runner.suites import InstalledSuite, Suite, install, load_suite, plugins_for


def installed_for(
    suite: Suite, version: str | None, wheels: str | None, names: Iterable[str], listen: Listener
) -> InstalledSuite:
    """`suite` with the plugins that tests of these `names` need. Raises SuiteError."""

    def say(progress: InstallProgress) -> None:
        listen(Remark(progress.sentence))

    return install(
        suite,
        absolute(version),
        cache=Path(cache_home()),
        wheels=Path(wheels) if wheels is not None else None,
        on_event=say,
        plugins=plugins_for(suite, names),
    )


def installed_again(header: Header, listen: Listener) -> InstalledSuite:
    """The suite with which a run began. Raises SuiteError."""
    details = header.details
    suite = load_suite(str(details["suite"]))
    version, wheels = details.get("suite_wanted"), details.get("wheels")
    names = details.get("names")
    return installed_for(
        suite,
        None if version is None else str(version),
        None if wheels is None else str(wheels),
        [str(name) for name in names] if isinstance(names, list) else [],
        listen,
    )


def absolute(text: str | None) -> str | None:
    """A path as it means the same from everywhere; a version stays a version."""
    return os.path.abspath(text) if text is not None and os.path.exists(text) else text
