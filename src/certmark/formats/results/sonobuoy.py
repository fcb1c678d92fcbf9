"""Sonobuoy's tarball: what its plugins reported as JUnit.

Results lie in `plugins/<plugin>/results/…` (https://sonobuoy.io/docs/main/snapshot/); those of the
conformance suite are `plugins/e2e/results/global/junit_01.xml`. The archive is read as a stream;
members are never written anywhere, and their names are never used as paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from certmark.domain.phrases import count_of
from certmark.domain.results import Attempt
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.contents import MAX_ATTEMPTS, Reading
from certmark.formats.results.junit import read_junit
from certmark.formats.sources import Source
from certmark.formats.tar import Stopped, TarMember, read_members

FORMAT = "sonobuoy"
_MOST_FILES = 1_000
"""JUnit files of one archive."""
_LARGEST_FILE = 1 << 30
_SHOWN = 10
_PLUGIN = re.compile(r"(?:\./)?plugins/([^/]+)/")
_JUNIT = re.compile(r"(?:\./)?plugins/[^/]+/results/(?:.*/)?[^/]*junit[^/]*\.xml\Z", re.IGNORECASE)


def read_sonobuoy(source: Source) -> Reading:
    """Every attempt in the JUnit files of all plugins, in the order of the archive.

    An archive that stops in the middle is read as far as it goes. Raises UnreadableResults where
    no JUnit file is in it.
    """
    survey = _Survey(source.name)
    attempts: list[Attempt] = []
    remarks: list[str] = []
    for reading in survey.readings(source):
        attempts += reading.attempts
        remarks += reading.remarks
        if len(attempts) > MAX_ATTEMPTS:
            raise UnreadableResults(f"{source.name} has more tests than a run has; send the archive of one run")
    if not survey.files:
        raise UnreadableResults(survey.why_empty())
    return Reading(FORMAT, tuple(attempts), truncated=survey.is_cut, remarks=(*survey.remarks(), *remarks))


class _Inside(NamedTuple):
    """A member of the archive as a source; it can be opened once."""

    name: str
    member: TarMember

    def open(self) -> BinaryIO:
        return cast("BinaryIO", self.member.content)


class _Survey:
    """One pass over an archive."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._climbing = 0
        self._odd = 0
        self._plugins: dict[str, None] = {}
        self.files: list[str] = []
        self.is_cut = False

    def readings(self, source: Source) -> Iterator[Reading]:
        """The readings of its JUnit files; what else it met is in the survey afterwards."""
        with source.open() as stream:
            try:
                for member in read_members(stream, self._name):
                    if self._is_wanted(member):
                        yield self._read(member)
            except Stopped:
                self.is_cut = True

    def remarks(self) -> Iterator[str]:
        """What was odd."""
        if self._climbing:
            yield f"{count_of(self._climbing, 'member', 'members')} ignored: the path climbs out of the archive"
        if self._odd:
            yield f"{count_of(self._odd, 'member', 'members')} ignored: named like results, but no plain file"
        if len(self.files) > 1:
            yield f"the results stand in {len(self.files)} JUnit files: {_some(self.files)}"

    def why_empty(self) -> str:
        """Why there are no results."""
        if self.is_cut:
            return f"{self._name} is a tar archive that stops before any JUnit file in it; take a fresh copy"
        found = f"its plugins are {_some(list(self._plugins))}" if self._plugins else "it has no plugins"
        what = f"a tar archive without a JUnit file in plugins/…/results ({found})"
        return f"{self._name} is {what}; name Sonobuoy's tarball"

    def _is_wanted(self, member: TarMember) -> bool:
        if member.path.startswith("/") or ".." in member.path.split("/"):
            self._climbing += 1
            return False
        plugin = _PLUGIN.match(member.path)
        if plugin and len(self._plugins) < 10 * _SHOWN:
            self._plugins[plugin[1]] = None
        if not _JUNIT.match(member.path):
            return False
        self._odd += not member.is_file
        return member.is_file

    def _read(self, member: TarMember) -> Reading:
        shown = f"{self._name}, {excerpt(member.path, 120)}"
        if member.size > _LARGEST_FILE:
            raise UnreadableResults(f"{shown} has more than {_LARGEST_FILE >> 30} GiB, too much for results of one run")
        if len(self.files) >= _MOST_FILES:
            raise UnreadableResults(
                f"{self._name} has more than {_MOST_FILES:,} JUnit files; send the archive of one run"
            )
        try:
            reading = read_junit(_Inside(shown, member))
        except UnreadableResults as error:
            if member.content.is_cut:
                raise Stopped from error
            raise
        self.files.append(member.path)
        self.is_cut |= reading.truncated
        return reading


def _some(names: list[str]) -> str:
    return ", ".join(excerpt(name, 60) for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
