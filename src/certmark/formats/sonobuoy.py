"""Sonobuoy's tarball: what its plugins reported as JUnit.

Results lie in `plugins/<plugin>/results/…` (https://sonobuoy.io/docs/main/snapshot/); those of the
conformance suite are `plugins/e2e/results/global/junit_01.xml`. The archive is read as a stream;
members are never written anywhere, and their names are never used as paths.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from certmark.domain.results import Attempt
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.junit import read_junit
from certmark.formats.reading import Reading, Source

FORMAT = "sonobuoy"
_MOST_MEMBERS = 200_000
_MOST_FILES = 1_000
"""JUnit files of one archive."""
_LARGEST_FILE = 1 << 30
_LONGEST_PATH = 4_096
_PLUGIN = re.compile(r"(?:\./)?plugins/([^/]+)/")
_JUNIT = re.compile(r"(?:\./)?plugins/([^/]+)/results/(?:.*/)?[^/]*junit[^/]*\.xml\Z", re.IGNORECASE)


def read_sonobuoy(source: Source) -> Reading:
    """Every attempt in the JUnit files of all plugins, in the order of the archive.

    An archive that stops in the middle is read as far as its last whole JUnit file. Raises
    UnreadableResults where there is none.
    """
    survey = _Survey(source)
    attempts: list[Attempt] = []
    remarks: list[str] = []
    for reading in survey.readings():
        attempts += reading.attempts
        remarks += reading.remarks
    if not survey.files:
        raise UnreadableResults(_nothing(source.name, survey))
    return Reading(FORMAT, tuple(attempts), truncated=survey.is_cut, remarks=(*survey.remarks(), *remarks))


class _Member(NamedTuple):
    """A file in the archive, as a source; it can be opened once."""

    name: str
    stream: BinaryIO

    def open(self) -> BinaryIO:
        return self.stream


class _Survey:
    """One pass over an archive."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.plugins: dict[str, None] = {}
        self.files: dict[str, None] = {}
        self.is_cut = False
        self._climbing = 0
        self._odd = 0

    def readings(self) -> Iterator[Reading]:
        with self._source.open() as stream:
            try:
                with tarfile.open(fileobj=stream, mode="r|", errorlevel=0) as archive:
                    for number, member in enumerate(archive):
                        self._check_count(number, archive)
                        if self._is_wanted(member):
                            yield self._read(archive, member)
            except (tarfile.TarError, EOFError):
                self.is_cut = True
            except (ValueError, OverflowError, RecursionError) as error:
                if isinstance(error, UnreadableResults):
                    raise
                raise UnreadableResults(f"{self._source.name}: a header of this tar archive is damaged") from error

    def remarks(self) -> Iterator[str]:
        """What was odd."""
        if self._climbing:
            yield f"{self._climbing} members with paths that climb out of the archive were ignored"
        if self._odd:
            yield f"{self._odd} links or devices among the results were ignored"
        if len(self.files) > 1:
            yield f"results of {len(self.files)} JUnit files: {', '.join(excerpt(name, 60) for name in list(self.files)[:3])}"

    def _check_count(self, number: int, archive: tarfile.TarFile) -> None:
        archive.members = []  # tarfile keeps every header otherwise
        if number >= _MOST_MEMBERS:
            raise UnreadableResults(
                f"{self._source.name} has more than {_MOST_MEMBERS:,} members; send the archive of one run"
            )

    def _is_wanted(self, member: tarfile.TarInfo) -> bool:
        path = member.name
        if len(path) > _LONGEST_PATH:
            raise UnreadableResults(f"{self._source.name}: a member's path of {len(path):,} characters is no path")
        if path.startswith("/") or ".." in path.split("/"):
            self._climbing += 1
            return False
        plugin = _PLUGIN.match(path)
        if plugin and len(self.plugins) < 100:  # noqa: PLR2004 - enough for a message
            self.plugins[plugin[1]] = None
        if not _JUNIT.match(path):
            return False
        self._odd += not member.isreg()
        return member.isreg()

    def _read(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Reading:
        shown = f"{self._source.name}, {excerpt(member.name, 120)}"
        if member.size > _LARGEST_FILE:
            raise UnreadableResults(f"{shown} has more than {_LARGEST_FILE >> 30} GiB, too much for results of one run")
        if len(self.files) >= _MOST_FILES:
            raise UnreadableResults(f"{self._source.name} has more than {_MOST_FILES:,} JUnit files")
        reading = read_junit(_Member(shown, cast("BinaryIO", archive.extractfile(member))))
        self.files[member.name] = None
        self.is_cut |= reading.truncated
        return reading


def _nothing(name: str, survey: _Survey) -> str:
    if survey.is_cut:
        return f"{name} is a tar archive that stops or breaks before any JUnit file in it ends; take a fresh copy"
    plugins = ", ".join(excerpt(plugin, 40) for plugin in list(survey.plugins)[:10])
    found = f"its plugins are {plugins}" if plugins else "it has no plugins"
    return f"{name} is a tar archive without plugins/…/results/…junit….xml ({found}); name a tarball of Sonobuoy"
