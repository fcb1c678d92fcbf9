"""Reads subunit v1, the text in which stestr keeps a run (`.stestr/0`).

A directive per line (`test: NAME`, `success: NAME`, `time: …`, `tags: …`); an outcome may carry
details, in brackets (`failure: NAME [` … `]`) or as multipart of MIME type, name and chunks of
hexadecimal length. https://github.com/testing-cabal/subunit#version-1

What version 1 cannot say, the attempts lack: it has no route codes, tests never overlap, and
`error` and `failure` are both FAILED.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from certmark.domain.identity import split
from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_ATTEMPTS, MAX_NAME, Reading
from certmark.formats.results.subunit.deaths import deaths
from certmark.formats.results.subunit.details import SPENT, Allowance, Attachments, detail_of
from certmark.formats.results.subunit.lines import LineReader
from certmark.formats.results.subunit.state import is_worker
from certmark.formats.sources import Source

FORMAT: Final = "subunit-v1"

_OUTCOMES: Final = {
    b"success": Outcome.PASSED,
    b"successful": Outcome.PASSED,
    b"failure": Outcome.FAILED,
    b"error": Outcome.FAILED,
    b"skip": Outcome.SKIPPED,
    b"xfail": Outcome.EXPECTED_FAILURE,
    b"uxsuccess": Outcome.UNEXPECTED_SUCCESS,
}
_OLD_BEGINNINGS: Final = (b"test", b"testing")
"""Directives that may lack their colon."""
_BRACKET: Final = b" ["
_MULTIPART: Final = b" [ multipart"
_MAX_TAGS: Final = 1_000
"""Tags in force at once; a run has one or two."""
_MAX_STRAYS: Final = 1_000
"""Lines remembered that tell of a failure outside of its test."""
_MAX_CHUNK_DIGITS: Final = 8
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_LATEST: Final = 2**63
"""Nanoseconds since 1970, in 2262."""


def read_v1(source: Source) -> Reading:
    """The attempts in a stream of version 1, in its order.

    An outcome whose details are cut off is not believed: the attempt is unfinished. Lines that
    are no directives are the output of programs; they are counted in a remark. Raises
    UnreadableResults if no test is named.
    """
    with source.open() as stream:
        text = _Text(LineReader(stream), source.name)
        text.go()
    if not text.attempts and not text.directives:
        raise UnreadableResults(f"{source.name} names no test in the manner of subunit v1; name another file")
    attempts = tuple(text.attempts)
    return Reading(
        FORMAT,
        attempts,
        truncated=text.cut is not None,
        remarks=tuple(text.remarks()),
        troubles=(*text.troubles(), *deaths(attempts)),
    )


class _Text:
    """A pass over the text."""

    def __init__(self, lines: LineReader, name: str) -> None:
        self._name = name
        self.attempts: list[Attempt] = []
        self.directives = 0
        self.cut: int | None = None
        """Where the stream stops in the middle of a line, of details or of a test."""
        self._lines = lines
        self._now: int | None = None
        self._tags: dict[str, None] = {}
        self._test: bytes | None = None
        self._started: int | None = None
        self._test_tags: dict[str, None] = {}
        self._unfinished = 0
        self._stray: list[int] = []
        self._strays = self._long_names = 0
        self._stray_failures: set[bytes] = set()
        """Names of which a line says that they failed, while another test was under way or none."""
        self._damages: list[int] = []
        self._allowance = Allowance()
        self._verbs: dict[bytes, Callable[[bytes], bool]] = {
            b"test": self._begin,
            b"testing": self._begin,
            b"time": self._set_time,
            b"tags": self._set_tags,
            b"progress": lambda _: True,
        }

    def go(self) -> None:
        """Take every line."""
        while True:
            offset = self._lines.offset
            line = self._lines.line()
            if not line.endswith(b"\n"):
                break
            if self._directive(line[:-1]):
                self.directives += 1
                if len(self.attempts) > MAX_ATTEMPTS:
                    raise UnreadableResults(f"{self._name} has more tests than a run has; send the results of one run")
            elif line.strip():
                self._strays += 1
                self._stray = self._stray or [offset]
        if line or self._test is not None:
            self.cut = self._lines.offset
        if self._test is not None:
            self._unfinish()

    def remarks(self) -> list[str]:
        """What was odd, one sentence each."""
        said = []
        if self._strays:
            lines = "1 line is" if self._strays == 1 else f"{self._strays} lines are"
            said.append(f"{lines} not subunit, first at byte {self._stray[0]}")
        if self._damages:
            places = "1 place" if len(self._damages) == 1 else f"{len(self._damages)} places"
            said.append(f"details that make no sense in {places}, first at byte {self._damages[0]}")
        if self._long_names:
            said.append(f"{self._long_names} names of tests have more than {MAX_NAME} bytes; those are not counted")
        if self.cut is not None:
            said.append(f"the stream stops in the middle at byte {self.cut}")
        if self._unfinished:
            tests = "1 test" if self._unfinished == 1 else f"{self._unfinished} tests"
            said.append(f"{tests} had begun and not ended when the stream stopped or went on to another")
        if self._allowance.is_spent:
            said.append(SPENT)
        return said

    def troubles(self) -> list[Trouble]:
        """What was lost, and may have been a failure."""
        found = []
        if self._long_names:
            sentence = f"{self._long_names} tests have names of more than {MAX_NAME} bytes and are not counted"
            found.append(Trouble(TroubleKind.ERROR, sentence))
        # A program's own output may look so; that it has the name of a test of the stream is no chance.
        failed = {split(name.decode("utf-8", "replace")).name for name in self._stray_failures}
        for name in sorted(failed.intersection(attempt.name for attempt in self.attempts) if failed else ()):
            sentence = f"a line outside of the test says that {name} failed"
            found.append(Trouble(TroubleKind.CONTRADICTION, sentence, name))
        return found

    def _directive(self, line: bytes) -> bool:
        """Follow a directive; False if `line` is none."""
        word, _, rest = line.partition(b" ")
        if not word.endswith(b":") and (self._test is not None or word not in _OLD_BEGINNINGS):
            return False
        word = word.removesuffix(b":")
        verb = self._verbs.get(word)
        if verb is not None:
            return verb(rest)
        outcome = _OUTCOMES.get(word)
        if outcome is None or (self._test is not None and self._outcome(outcome, self._test, rest)):
            return outcome is not None
        if outcome is Outcome.FAILED and len(rest) <= MAX_NAME and len(self._stray_failures) < _MAX_STRAYS:
            self._stray_failures.add(rest.removesuffix(_MULTIPART).removesuffix(_BRACKET))
        return False

    def _begin(self, name: bytes) -> bool:
        if not name:
            return False
        if self._test is not None:
            self._unfinish()
        if len(name) > MAX_NAME:
            self._long_names += 1
            return True
        self._test, self._started, self._test_tags = name, self._now, dict(self._tags)
        return True

    def _set_time(self, text: bytes) -> bool:
        try:
            moment = dt.datetime.fromisoformat(text.decode("ascii").strip())
        except (ValueError, UnicodeDecodeError):
            return False
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        now = (moment - _EPOCH) // _MICROSECOND * 1_000
        # What lies before is of a clock that was never set, and what lies centuries ahead as well.
        self._now = now if 0 <= now < _LATEST else None
        return True

    def _set_tags(self, text: bytes) -> bool:
        # Within a test they hold for it alone.
        tags = self._tags if self._test is None else self._test_tags
        for tag in text.decode("utf-8", "replace").split():
            if tag.startswith("-"):
                tags.pop(tag[1:], None)
            elif len(tags) < _MAX_TAGS:
                tags[tag] = None
        return True

    def _outcome(self, outcome: Outcome, test: bytes, rest: bytes) -> bool:
        attachments = Attachments()
        offset = self._lines.offset
        if rest == test + _BRACKET:
            closed = self._bracketed(outcome, attachments)
        elif rest == test + _MULTIPART:
            closed = self._multipart(outcome, attachments)
        elif rest == test:
            closed = True
        else:
            return False
        if closed:
            self._end(outcome, attachments)
        elif self._lines.has_more:
            self._damages.append(offset)
            self._unfinish()
        # Else the stream stops in the details, and `go` says so.
        return True

    def _end(self, outcome: Outcome, attachments: Attachments | None) -> None:
        """Note the attempt at the current test."""
        name, uuid, attributes = split((self._test or b"").decode("utf-8", "replace"))
        tags = sorted(self._test_tags)
        worker = next((tag for tag in tags if is_worker(tag)), None)
        detail = None
        if outcome is not Outcome.PASSED and attachments is not None:
            detail = detail_of(outcome, attachments)
        seconds = None
        if outcome is not Outcome.UNFINISHED and None not in (self._started, self._now):
            lasted = ((self._now or 0) - (self._started or 0)) / 1e9
            seconds = lasted if lasted >= 0 else None
        self.attempts.append(
            Attempt(
                name,
                uuid,
                outcome,
                self._started,
                seconds,
                worker,
                attributes,
                tuple(tag for tag in tags if tag != worker),
                detail and self._allowance.grant(detail),
            )
        )
        self._test = None

    def _unfinish(self) -> None:
        self._unfinished += 1
        self._end(Outcome.UNFINISHED, None)

    def _bracketed(self, outcome: Outcome, attachments: Attachments) -> bool:
        """Take the lines up to `]`; False if the stream stops before."""
        name = "reason" if outcome is Outcome.SKIPPED else "traceback"
        while (line := self._lines.line()).endswith(b"\n"):
            if line == b"]\n":
                return True
            if outcome is not Outcome.PASSED:
                attachments.add(name, line[1:] if line.startswith(b" ]") else line)
        return False

    def _multipart(self, outcome: Outcome, attachments: Attachments) -> bool:
        """Take the parts up to `]`; False if the stream stops before, or they make no sense."""
        while (line := self._lines.line()).endswith(b"\n"):
            if line == b"]\n":
                return True
            if not line.startswith(b"Content-Type:"):
                return False
            name = self._lines.line()[:-1].decode("utf-8", "replace")
            if not self._chunks(name, outcome, attachments):
                return False
        return False

    def _chunks(self, name: str, outcome: Outcome, attachments: Attachments) -> bool:
        while (line := self._lines.line()).endswith(b"\n"):
            digits = line.strip()
            try:
                length = int(digits, 16) if len(digits) <= _MAX_CHUNK_DIGITS else -1
            except ValueError:
                return False
            if length <= 0:
                return length == 0
            keep = 0 if outcome is Outcome.PASSED else attachments.wants(name, outcome)
            content = self._lines.take(length, keep)
            if content is None:
                return False
            if content:
                attachments.add(name, content)
        return False
