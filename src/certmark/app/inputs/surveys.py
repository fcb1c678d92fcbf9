"""Where a survey comes from: a saved one, or a suite that is installed and read for it."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from certmark.cli.console import Console
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.surveys import Survey
from certmark.formats.surveys import load_survey


def survey_of(args: argparse.Namespace, guideline: Guideline, console: Console) -> Survey:
    """The survey that `args` ask for. Raises InvalidSurvey, OSError, InvalidRequest or CannotProceed."""
    if args.list is not None:
        if args.plugin or args.tempest is not None or args.suite != "tempest":
            raise InvalidRequest("--list takes the place of a suite; leave --suite, --tempest and --plugin out")
        return load_survey(args.list)
    return _installed(args, guideline, console)


def _installed(args: argparse.Namespace, guideline: Guideline, console: Console) -> Survey:
    from certmark.app.inputs.suites import absolute
    from certmark.places import cache_home
    from certmark.runner.environments import InstallProgress
    from certmark.runner.suites import SuiteError, install, load_suite
    from certmark.runner.surveying import survey

    def say(progress: InstallProgress) -> None:
        console.remark(progress.sentence)

    name, _, version = args.suite.partition("==")
    if args.tempest is not None and version:
        raise InvalidRequest(f"--suite {args.suite} and --tempest {args.tempest} both say which version; leave one out")
    cache = Path(cache_home())
    try:
        suite = load_suite(name)
        installed = install(
            suite,
            absolute(args.tempest) or version or None,
            cache=cache,
            wheels=Path(args.wheels) if args.wheels is not None else None,
            on_event=say,
            plugins=_plugins(suite.plugins, args.plugin, guideline),
        )
        return survey(installed, cache=cache, on_event=say)
    except SuiteError as error:
        raise CannotProceed(str(error)) from error


def _plugins(known: tuple, wanted: list[str], guideline: Guideline) -> tuple:  # type: ignore[type-arg]  # of the runner's Plugin
    """The plugins that are named, else those that the guideline's tests need."""
    from certmark.runner.suites import Plugin

    if not wanted:
        names = {test.name for capability in guideline.capabilities.values() for test in capability.tests}
        return tuple(plugin for plugin in known if any(name.startswith(plugin.prefixes) for name in names))
    found = []
    for word in wanted:
        name, _, version = word.partition("==")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) or os.sep in version or version.startswith("-"):
            raise InvalidRequest(
                f"{word!r} names no plugin; name one like dns, or a package like heat-tempest-plugin==3.0.0"
            )
        plugin = next((item for item in known if name in {item.name, item.requirement}), None)
        requirement = plugin.requirement if plugin is not None else name
        pinned = f"{requirement}=={version}" if version else requirement
        found.append(Plugin(name, pinned, plugin.prefixes if plugin else (), plugin.services if plugin else ()))
    return tuple(found)
