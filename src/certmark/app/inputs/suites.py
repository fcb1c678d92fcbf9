"""The suite of a run: described, chosen for the cloud's release, installed, with a remark for each step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from certmark.domain.remarks import Listener, Remark
from certmark.formats.run_record import RunRecord
from certmark.places import cache_home
from certmark.runner.environments import InstallProgress
from certmark.runner.suites import InstalledSuite, Suite, install, load_suite, plugins_for


def installed_for(
    suite: Suite, version: str | None, wheels: str | None, names: Iterable[str], listen: Listener
) -> InstalledSuite:
    """`suite` with the plugins that tests of these `names` need. Raises SuiteError."""

    def tell(progress: InstallProgress) -> None:
        listen(Remark(progress.sentence))

    return install(
        suite,
        absolute(version),
        cache=cache_home(),
        wheels=Path(wheels) if wheels is not None else None,
        on_event=tell,
        plugins=plugins_for(suite, names),
    )


def installed_again(record: RunRecord, listen: Listener) -> InstalledSuite:
    """The suite with which a run began. Raises SuiteError."""
    suite = record.suite
    return installed_for(load_suite(suite.description), suite.wanted, suite.wheels, suite.names, listen)


def absolute(text: str | None) -> str | None:
    """A path as it means the same from everywhere; a version stays a version."""
    return str(Path(text).absolute()) if text is not None and Path(text).exists() else text
