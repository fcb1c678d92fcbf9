"""Sonobuoy's tarball -> one reading for each plugin (`sonobuoy.members` says where things lie).

The archive is read as a stream; members are never written anywhere, and their names are never
used as paths. Results of different nodes, or plugins, are those of different tests: their places differ.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from certmark.domain.phrases import count_of
from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.results.contents import MAX_ATTEMPTS, MAX_REASON, Reading
from certmark.formats.results.junit import read_junit
from certmark.formats.results.sonobuoy.members import MemberPlace, MemberRole, climbs, place_of, read_up_to
from certmark.formats.results.sonobuoy.summary import LARGEST, status_of, tests_of
from certmark.formats.results.suite_log import SuiteLog, read_log
from certmark.formats.secrets.hiding import scrub
from certmark.formats.sources import Source
from certmark.formats.tar import Stopped, TarMember, read_members

FORMAT = "sonobuoy"
CONFORMANCE = "e2e"
"""The plugin of the conformance suite."""
_MOST_FILES = 1_000
"""JUnit files of one archive."""
_MOST_PLUGINS = 100
_MOST_TROUBLES = 50
"""Errors kept of one plugin; a large cluster in trouble has one for each node."""
_LARGEST_FILE = 1 << 30
_LARGEST_ERROR = 64 << 10
_MOST_SUMMARIES = 4 << 20
"""Bytes of all summaries that are read: YAML is slow."""
_HEAD = 4 << 10
_SHOWN = 10
_JUNIT = re.compile(rb"<(?:[\w.-]+:)?testsuites?[\s/>]|\A(?:\xff\xfe|\xfe\xff)")


def read_sonobuoy(source: Source) -> tuple[Reading, ...]:
    """What each plugin that has tests or errors reported, in the order of the archive.

    An archive that stops in the middle is read as far as it goes. Raises UnreadableResults where
    no test is in it.
    """
    survey = _Survey(source.name)
    survey.go(source)
    plugins = [plugin for plugin in survey.plugins.values() if plugin.speaks]
    if not any(plugin.has_tests for plugin in plugins):
        raise survey.refusal()
    about = (*survey.remarks(), *_which(plugins))
    return tuple(plugin.reading(about, truncated=survey.is_cut) for plugin in plugins)


class _Inside(NamedTuple):
    """A member of the archive as a source; it can be opened once."""

    name: str
    content: BinaryIO

    def open(self) -> BinaryIO:
        return self.content


class _Plugin:
    """What one plugin reported."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: list[str] = []
        """JUnit files that were read."""
        self.attempts: dict[str | None, list[Attempt]] = {}
        """By node; None: of the whole cluster."""
        self.troubles: list[Trouble] = []
        self.remarks: list[str] = []
        self.logs: dict[str | None, SuiteLog] = {}
        self.status: str | None = None
        self.summary: bytes | None = None
        self.summarised: list[Attempt] = []
        """The tests of its summary, which count where there is no JUnit file."""
        self.foreign = 0
        """XML files that are no JUnit."""

    @property
    def has_tests(self) -> bool:
        """Whether it reported tests."""
        return bool(self.files or self.summarised)

    @property
    def speaks(self) -> bool:
        """Whether there is anything to tell of it."""
        return self.has_tests or bool(self.troubles)

    def reading(self, about: tuple[str, ...], *, truncated: bool) -> Reading:
        """Everything as one reading; `about` are remarks on the archive."""
        attempts = [attempt for found in self.attempts.values() for attempt in found]
        if not self.files:
            attempts = [self.at_node(attempt, attempt.place) for attempt in self.summarised]
        return Reading(
            FORMAT,
            tuple(attempts),
            truncated=truncated,
            remarks=(*about, *self._odd(), *self.remarks),
            troubles=(*self.troubles, *self._contradictions(attempts)),
            plugin=self.name,
        )

    def at_node(self, attempt: Attempt, node: str | None) -> Attempt:
        """`attempt` with its place: the plugin unless it is the conformance suite's, the node, the suite."""
        plugin = None if self.name == CONFORMANCE else self.name
        suite = attempt.place if node is None or attempt.place != node else None
        return attempt._replace(place=", ".join(filter(None, (plugin, node, suite))) or None)

    def summarise(self) -> None:
        """Take the tests of its summary where it left no JUnit file."""
        if self.summary is None or self.files or self.name == CONFORMANCE:
            return
        try:
            self.summarised = tests_of(self.summary, "sonobuoy_results.yaml")
        except UnreadableResults as error:
            self.trouble(TroubleKind.ERROR, str(error))

    def trouble(self, kind: TroubleKind, sentence: str) -> None:
        """Note it, unless there are very many."""
        if len(self.troubles) < _MOST_TROUBLES:
            self.troubles.append(Trouble(kind, sentence))

    def _odd(self) -> Iterator[str]:
        if len(self.files) > 1:
            yield f"the results stand in {len(self.files)} JUnit files: {_some(self.files)}"
        if self.foreign:
            yield f"{count_of(self.foreign, 'XML file', 'XML files')} ignored: no JUnit"
        if not self.files and self.summarised:
            yield "its results are those of sonobuoy_results.yaml, there is no JUnit file"
        for log in self.logs.values():
            yield from log.remarks()

    def _contradictions(self, attempts: list[Attempt]) -> Iterator[Trouble]:
        for node, log in self.logs.items():
            if node in self.attempts:
                yield from log.troubles(self.attempts[node], "e2e.log")
        is_bad = any(
            attempt.outcome is not Outcome.PASSED and attempt.outcome is not Outcome.SKIPPED for attempt in attempts
        )
        if self.status in {"failed", "timeout"} and attempts and not is_bad and not self.troubles:
            sentence = f"sonobuoy_results.yaml says {self.status} of the plugin, the tests show no failure"
            yield Trouble(TroubleKind.CONTRADICTION, sentence)


class _Survey:
    """One pass over an archive."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._climbing = 0
        self._odd = 0
        self._files = self._attempts = self._summaries = 0
        self._refusal: UnreadableResults | None = None
        self.plugins: dict[str, _Plugin] = {}
        self.is_cut = False

    def go(self, source: Source) -> None:
        """Take every member."""
        with source.open() as stream:
            try:
                for member in read_members(stream, self._name):
                    self._take(member)
            except Stopped:
                self.is_cut = True
        for plugin in self.plugins.values():
            plugin.summarise()

    def remarks(self) -> Iterator[str]:
        """What was odd."""
        if self._climbing:
            yield f"{count_of(self._climbing, 'member', 'members')} ignored: the path climbs out of the archive"
        if self._odd:
            yield f"{count_of(self._odd, 'member', 'members')} ignored: named like results, but no plain file"

    def refusal(self) -> UnreadableResults:
        """Why there are no results."""
        if self.is_cut:
            return UnreadableResults(
                f"{self._name} is a tar archive that stops before any JUnit file in it; take a fresh copy"
            )
        if self._refusal is not None:
            return self._refusal
        errors = [trouble.sentence for plugin in self.plugins.values() for trouble in plugin.troubles]
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            return UnreadableResults(
                f"{self._name} has no results: {errors[0]}{more}; find out what went wrong, and run the suite again"
            )
        found = f"its plugins are {_some(list(self.plugins))}" if self.plugins else "it has no plugins"
        what = f"a tar archive without a JUnit file in plugins/…/results ({found})"
        return UnreadableResults(f"{self._name} is {what}; name Sonobuoy's tarball")

    def _take(self, member: TarMember) -> None:
        if climbs(member.path):
            self._climbing += 1
            return
        place = place_of(member.path)
        if place is None:
            return
        plugin = self._plugin(place.plugin)
        if place.role is MemberRole.OTHER:
            return
        if not member.is_file:
            self._odd += place.role is MemberRole.XML
            return
        match place.role:
            case MemberRole.XML:
                self._take_xml(member, place, plugin)
            case MemberRole.ERROR:
                plugin.trouble(TroubleKind.ERROR, _noted(member, place))
            case MemberRole.LOG:
                plugin.logs[place.node] = read_log(cast("BinaryIO", member.content))
            case MemberRole.SUMMARY:
                self._take_summary(member, plugin)
        if member.content.is_cut:
            raise Stopped

    def _plugin(self, name: str) -> _Plugin:
        if name not in self.plugins and len(self.plugins) >= _MOST_PLUGINS:
            raise UnreadableResults(f"{self._name} has more than {_MOST_PLUGINS} plugins; send the archive of one run")
        return self.plugins.setdefault(name, _Plugin(name))

    def _take_xml(self, member: TarMember, place: MemberPlace, plugin: _Plugin) -> None:
        shown = f"{self._name}, {excerpt(member.path, 120)}"
        if member.size > _LARGEST_FILE:
            raise UnreadableResults(f"{shown} has more than {_LARGEST_FILE >> 30} GiB, too much for results of one run")
        self._files += 1
        if self._files > _MOST_FILES:
            raise UnreadableResults(
                f"{self._name} has more than {_MOST_FILES:,} XML files; send the archive of one run"
            )
        head = read_up_to(member, _HEAD)
        if not place.is_junit and not _JUNIT.search(head):
            plugin.foreign += 1
            return
        try:
            reading = read_junit(_Inside(shown, cast("BinaryIO", _Joined(head, cast("BinaryIO", member.content)))))
        except UnreadableResults as error:
            if member.content.is_cut:
                raise Stopped from error
            # One damaged file does not cost the others, and may have held a failure.
            self._refusal = self._refusal or error
            plugin.trouble(TroubleKind.ERROR, f"{excerpt(member.path, 120)} cannot be read ({_why(error, shown)})")
            return
        plugin.files.append(member.path)
        self._note(plugin, place, reading)

    def _note(self, plugin: _Plugin, place: MemberPlace, reading: Reading) -> None:
        self.is_cut |= reading.truncated
        self._attempts += len(reading.attempts)
        if self._attempts > MAX_ATTEMPTS:
            raise UnreadableResults(f"{self._name} has more tests than a run has; send the archive of one run")
        attempts = plugin.attempts.setdefault(place.node, [])
        attempts += [plugin.at_node(attempt, place.node) for attempt in reading.attempts]
        plugin.troubles += reading.troubles[: max(0, _MOST_TROUBLES - len(plugin.troubles))]
        plugin.remarks += reading.remarks[: max(0, _MOST_TROUBLES - len(plugin.remarks))]

    def _take_summary(self, member: TarMember, plugin: _Plugin) -> None:
        content = read_up_to(member, LARGEST)
        plugin.status = status_of(content)
        self._summaries += len(content)
        if member.size <= LARGEST and self._summaries <= _MOST_SUMMARIES:
            plugin.summary = content
        else:
            plugin.remarks.append("its sonobuoy_results.yaml is very long and was not read")


class _Joined(io.RawIOBase):
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self.readall()
        if self._head:
            block, self._head = self._head[:size], self._head[size:]
            return block
        return self._rest.read(size)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as the library calls it
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _noted(member: TarMember, place: MemberPlace) -> str:
    """The sentence of an error file."""
    where = f" on {excerpt(place.node, 60)}" if place.node else ""
    return f"Sonobuoy notes an error of the plugin {excerpt(place.plugin, 60)}{where}: {_error_in(member)}"


def _error_in(member: TarMember) -> str:
    content = read_up_to(member, _LARGEST_ERROR)
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = content.decode("utf-8", "replace")
    if isinstance(said, dict):
        said = said.get("error") or said
    text = said if isinstance(said, str) else json.dumps(said)
    return scrub(" ".join(text.split()).rstrip("."))[:MAX_REASON] or "it does not say which"


def _why(error: UnreadableResults, shown: str) -> str:
    return str(error).removeprefix(shown).lstrip(", ").partition(";")[0]


def _which(plugins: list[_Plugin]) -> Iterator[str]:
    if len(plugins) > 1:
        yield f"several plugins reported: {_some([plugin.name for plugin in plugins])}"


def _some(names: list[str]) -> str:
    return ", ".join(excerpt(name, 60) for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
