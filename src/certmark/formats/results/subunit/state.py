"""What a pass over a stream of version 2 has learnt: tests in progress, attempts that ended, remarks."""

from __future__ import annotations

from collections import Counter
from typing import Final, TypeAlias

from certmark.domain.identity import split
from certmark.domain.results import Attempt, Outcome
from certmark.formats.results.contents import MAX_NAME
from certmark.formats.results.subunit.own_words import OWN
from certmark.formats.results.subunit.packets import STATUSES, Packet

Labels: TypeAlias = tuple[str | None, tuple[str, ...]]
"""The worker, and the other tags in order."""
Place: TypeAlias = tuple[int, int]
"""Where a packet with an attachment is in the stream, and its size."""
Key: TypeAlias = bytes | tuple[bytes, bytes]
"""A test id; with its route code where it has one, since the same test may run behind two routes at once."""
Row: TypeAlias = tuple[bytes, Outcome, int | None, int | None, Labels]
"""Test id, outcome, beginning and end in nanoseconds since 1970, labels."""

UNLABELLED: Final[Labels] = (None, ())

OUTCOMES: Final = {
    "success": Outcome.PASSED,
    "uxsuccess": Outcome.UNEXPECTED_SUCCESS,
    "skip": Outcome.SKIPPED,
    "fail": Outcome.FAILED,
    "xfail": Outcome.EXPECTED_FAILURE,
}
"""By the word for the status of a final packet."""
BEGUN: Final = "inprogress"

MAX_PLACES: Final = 4_096
"""Attachments remembered of one test; if there are more, some in the middle are forgotten."""
_MAX_LABELS: Final = 1_024
"""Sets of tags remembered; more are made anew each time."""

# The end of nearly all of Tempest's ids, and what tells it: every hexadecimal digit as 0. What
# differs goes to `identity.split`, which says the same of these. A pattern takes twice the time.
_PLAIN_END: Final = b"[i0-00000000-0000-0000-0000-000000000000]"
_D: Final = ord("d")
_DIGITS: Final = bytes.maketrans(b"0123456789abcdef", b"0" * 16)


class StreamState:
    """The state of a pass. The quick loop of `v2` writes to its containers itself."""

    __slots__ = (
        "_attributes",
        "_unbegun",
        "attempts",
        "doubtful",
        "has_own_words",
        "labels",
        "nameless",
        "opened",
        "packets",
        "places",
        "rows",
    )

    def __init__(self) -> None:
        self.opened: dict[Key, tuple[int | None, Labels]] = {}
        """Tests in progress: when they began, and how that packet was tagged."""
        self.places: dict[Key, list[Place]] = {}
        """Where the attachments of tests are that have not ended."""
        self.rows: list[Row] = []
        """Attempts that ended and are not yet in `attempts`."""
        self.attempts: list[Attempt] = []
        self.doubtful: list[tuple[int, list[Place]]] = []
        """Attempts that did not pass, by their index, and where their attachments are."""
        self.labels: dict[bytes, Labels] = {b"": UNLABELLED}
        """By the bytes of the tags in a packet."""
        self.packets = 0
        """Whether there were any; not how many."""
        self.nameless = 0
        """Packets about a test whose id is empty or absurdly long."""
        self.has_own_words = False
        """Whether a tag may be one of ours."""
        self._unbegun: list[int] = []
        """Attempts of which nobody said that they began, by their index."""
        self._attributes: dict[tuple[str, ...], tuple[str, ...]] = {}

    @property
    def size(self) -> int:
        """How many tests were heard of, ended or not."""
        return len(self.attempts) + len(self.opened) + len(self.places)

    def take(self, packet: Packet, place: Place) -> None:
        """Note what a sound packet says."""
        self.packets += 1
        test = packet.test
        if test is None:
            return  # the output of the runner itself
        if not 0 < len(test) <= MAX_NAME:
            self.nameless += 1
            return
        key: Key = test if packet.route is None else (test, packet.route)
        labels = self._labels(packet)
        status = STATUSES[packet.status]
        if status == BEGUN:
            self.opened.setdefault(key, (packet.time, labels))
        if packet.file is not None:
            self._attach(key, place)
        if status in OUTCOMES:
            self._end(key, OUTCOMES[status], packet.time, labels)

    def _attach(self, key: Key, place: Place) -> None:
        places = self.places.setdefault(key, [])
        places.append(place)
        if len(places) > MAX_PLACES:
            del places[MAX_PLACES // 4 : MAX_PLACES // 2]

    def _end(self, key: Key, outcome: Outcome, time: int | None, labels: Labels) -> None:
        entry = self.opened.pop(key, None)
        if entry is None:
            # Nobody said when it began: the only time there is says when it was heard of.
            self._unbegun.append(len(self.attempts) + len(self.rows))
            self._add(key, outcome, time, None, labels)
        else:
            self._add(key, outcome, entry[0], time, entry[1] if labels == UNLABELLED else labels)

    def _add(self, key: Key, outcome: Outcome, started: int | None, stopped: int | None, labels: Labels) -> None:
        places = self.places.pop(key, None)
        if places and outcome is not Outcome.PASSED:
            self.doubtful.append((len(self.attempts) + len(self.rows), places))
        self.rows.append((key if isinstance(key, bytes) else key[0], outcome, started, stopped, labels))

    def _labels(self, packet: Packet) -> Labels:
        """The worker (`worker-N` among the tags, else the route code) and the other tags."""
        labels = self.labels.get(packet.tag_bytes)
        if labels is None:
            tags = sorted({tag.decode("utf-8", "replace") for tag in packet.tags or ()})
            worker = next((tag for tag in tags if is_worker(tag)), None)
            labels = (worker, tuple(tag for tag in tags if tag != worker))
            self.has_own_words = self.has_own_words or any(tag.startswith(OWN) for tag in tags)
            if len(self.labels) < _MAX_LABELS:
                self.labels[packet.tag_bytes] = labels
        if labels[0] is None and packet.route:
            return (packet.route[:MAX_NAME].decode("utf-8", "replace"), labels[1])
        return labels

    def settle(self) -> None:
        """Make attempts of the rows."""
        append, new = self.attempts.append, tuple.__new__
        digits, plain = _DIGITS, _PLAIN_END
        attributes: tuple[str, ...]
        for test, outcome, started, stopped, (worker, tags) in self.rows:
            text = test.decode("utf-8", "replace")
            uuid: str | None
            if test[-41:].translate(digits) == plain and test[-39] == _D:  # the "d" of "[id-" is a digit, too
                name, uuid, attributes = text[:-41], text[-37:-1], ()
            else:
                name, uuid, attributes = split(text)
                attributes = self._attributes.setdefault(attributes, attributes)
            seconds = None
            if started is not None and stopped is not None and stopped >= started:
                seconds = (stopped - started) / 1e9
            # As Attempt(...) does, in a third of the time.
            values = (name, uuid, outcome, started, seconds, worker, attributes, tags, None, None, None, False)
            append(new(Attempt, values))
        self.rows.clear()

    def close(self) -> int:
        """End the pass: tests still in progress become unfinished attempts. Gives their number."""
        for key, (started, labels) in self.opened.items():
            self._add(key, Outcome.UNFINISHED, started, None, labels)
        unfinished = len(self.opened)
        self.opened.clear()
        self.settle()
        self._forget_false_order()
        return unfinished

    def _forget_false_order(self) -> None:
        """A further outcome of a test that did not begin anew is no later attempt: it has no time."""
        if not self._unbegun:
            return
        numbers = Counter(attempt.name for attempt in self.attempts)
        for number in self._unbegun:
            if numbers[self.attempts[number].name] > 1:
                self.attempts[number] = self.attempts[number]._replace(started=None)


def is_worker(tag: str) -> bool:
    """Whether `tag` is the one that stestr gives to all that one of its processes did."""
    return tag.startswith("worker-") and tag[7:].isdecimal()
